"""Say in words what was done, and what a reader must know before the tables."""

from __future__ import annotations

from collections.abc import Iterator

from qslc.spec.wording import join_words, pluralize
from qslc_study.page import Json
from qslc_study.page.table import count_parameters, has_role
from qslc_study.spec.methods import Role, find_method


def list_facts(summary: Json) -> list[tuple[str, str]]:
    """Return the labels and values of the line under the title."""
    study = summary["study"]
    steps, batch = study["training"]["steps"], study["training"]["batch"]
    return [
        ("base", _describe_base(study["base"])),
        ("arms", str(len(summary["arms"]))),
        ("seeds", str(len(study["seeds"]))),
        ("training", f"{pluralize(steps, 'step')} of {pluralize(batch, 'example')}"),
        ("loss before training", f"{summary['before']:.3f}"),
    ]


def list_settings(summary: Json) -> Iterator[tuple[str, str]]:
    """Yield everything that one needs to know to believe the table, or to repeat it."""
    study, pairs = summary["study"], summary["pairs"]
    training = study["training"]
    clip = training["clip"]
    clipping = "no clipping" if clip is None else f"gradients clipped at norm {clip:g}"
    yield "Command", summary["command"]
    yield (
        "Data",
        f"{pairs['train']:,} pairs to train on, {pairs['validation']:,} for validation, "
        f"{pairs['test']:,} to test; no source stands in two parts. Prompt: {study['prompt']}",
    )
    yield "Pretraining text", describe_overlap(summary)
    yield (
        "Loss",
        "Mean cross-entropy in nats per token of the target, the end token included; prompt "
        "tokens do not count. Perplexity is its exponential.",
    )
    if any("loss_off_chip" in arm["measures"] for arm in summary["arms"]):
        yield (
            "Chip",
            "Virtual: the noise of the compiled spec, and shots; the whole circuit where the spec "
            "has a preparation, or else what follows it. Test loss: of trained arms on their "
            "chip. Loss off the chip: of the same weights on the engine that trained them.",
        )
    yield (
        "Training",
        f"AdamW, batches of {training['batch']}, {training['schedule']} schedule, "
        f"{training['warmup']} steps of warm-up, weight decay {training['weight_decay']:g}, "
        f"{clipping}, at most {training['length']} tokens. Examples of "
        "similar length share a batch. All arms of a seed see the same batches."
        + _describe_backend(training, summary["environment"]),
    )
    yield "Tuning", _describe_tuning(summary)
    if any(has_role(arm, Role.QUANTUM) for arm in summary["arms"]):
        yield "Controls", describe_controls(summary)
    yield "Decoding", _describe_decoding(summary)
    yield from _yield_metrics(summary)
    yield (
        "Time and memory",
        "Seconds of a step: the median, tracing excluded. Peak MiB: the largest resident memory "
        "of the run's own process up to the end of training (of the GPU, where there is one); "
        "training MiB: the part of it that came after the model and the data were loaded. "
        + describe_machines(summary),
    )
    yield "Intervals", "95 %, Student's t over seeds; differences are paired by seed."
    names = ("python", "tensorflow", "jax", "jaxlib", "keras", "keras-hub", "numpy", "qslc")
    known = {name: summary["environment"].get(name) for name in names}
    versions = {**{name: each for name, each in known.items() if each}, **summary["versions"]}
    yield "Versions", ", ".join(f"{name} {version}" for name, version in versions.items())


CONTROLS = ("lora", "lora_xs", "vera", "quadratic")
"""Methods that a sublayer is to be compared with at its own size; so is its frozen circuit."""
NEAR = 2.0
"""An arm is of a sublayer's size if it has at most so many times as many parameters, or as few."""


def describe_controls(summary: Json) -> str:
    """Return which controls the sublayers lack at their own size."""
    sizes: dict[str, list[Json]] = {find_method(name).label: [] for name in CONTROLS}
    frozen = sizes.setdefault("frozen circuit", [])
    quantum: list[Json] = []
    for arm in summary["arms"]:
        if has_role(arm, Role.QUANTUM):
            fixed = arm["arm"].get("options", {}).get("trainable_angles") is False
            (frozen if fixed else quantum).append(arm)
        elif arm["method"] in CONTROLS:
            sizes[find_method(arm["method"]).label].append(arm)
    lacking = []
    for arm in sorted(quantum, key=count_parameters):
        missing = [label for label, others in sizes.items() if not _find_near(arm, others)]
        if missing:
            lacking.append(f"{arm['name']} ({join_words(missing, 'and')})")
    what = join_words(sizes, "and")
    if not lacking:
        return f"Each sublayer has these of about its size, within a factor of {NEAR:g}: {what}."
    return (
        f"A sublayer is to be compared with {what} of about its size, within a factor of {NEAR:g}. "
        f"Missing: {', '.join(lacking)}."
    )


def _find_near(arm: Json, others: list[Json]) -> bool:
    size = count_parameters(arm)
    return any(size / NEAR <= count_parameters(other) <= size * NEAR for other in others)


def describe_overlap(summary: Json) -> str:
    """Return how new the test data is to the base, and what the test loss is over."""
    found = summary["overlap"]
    if found is None:
        return (
            "Not known (pretraining names no files): whether the base has read the test references "
            "was not counted."
        )
    grams = f"{found['seen_grams']:,} of {found['grams']:,} of their 8-grams"
    counted = (
        f"Of {found['references']:,} distinct test references {found['whole']:,} stand word for "
        f"word in the {found['words']:,} words that the base was pretrained on, "
        f"{found['touched']:,} share 8 words in a row with them, and {grams} stand there. "
    )
    if not found["whole"]:
        return counted + "No pair of the test data was seen."
    if any("loss_all" in arm["measures"] for arm in summary["arms"]):
        return counted + (
            "Test loss is over the pairs whose reference does not; the loss on all test pairs is "
            "beside it. Texts are written for unseen sources first."
        )
    return counted + "All pairs of the test loss stand there: it says nothing of new text."


def _describe_base(base: Json) -> str:
    if "gguf" in base:
        return str(base["gguf"]).rpartition("/")[2].removesuffix(".gguf")
    for kind in ("preset", "package"):
        if kind in base:
            return str(base[kind])
    if "folder" in base:
        return str(base["folder"]).rstrip("/").rpartition("/")[2]
    shape = base["scratch"]
    return f"GPT-2 from scratch, {shape['blocks']} blocks of {shape['width']}"


def _describe_backend(training: Json, environment: Json) -> str:
    """Return what of the backend is not as usual."""
    parts = training.get("devices")
    kind = "devices" if environment.get("gpus") else "virtual devices of the processor"
    mesh = f" on {parts['data']} x {parts['model']} {kind} (data x model)" if parts else ""
    return f" Trained with JAX{mesh}." if training.get("backend") == "jax" else ""


def _describe_tuning(summary: Json) -> str:
    if not summary["tuning"]:
        return "None: each arm has the one rate that the study gives."
    tries = max(map(len, summary["tuning"].values()))
    tuning, choose = summary["study"]["tuning"], summary["study"]["choose"]
    chosen = f"{tries} learning rates for each arm"
    if choose:
        sets = "; ".join(" or ".join(names) for names in choose)
        chosen = f"{chosen}, and of some only the best arm ({sets})"
    return (
        f"{chosen}: a run each on seed {tuning['seed']}, which is not among those compared; what "
        "has the lowest validation loss at the end is used for all seeds. Test data is not seen."
    )


def _describe_decoding(summary: Json) -> str:
    generate = summary["study"]["evaluate"]["generate"]
    if generate is None:
        return "No texts were written."
    how = {
        "greedy": "greedy",
        "beam": f"beam search with {generate['beams']} beams",
        "top_k": f"sampling from the {generate['k']} most probable tokens",
    }[generate["decoding"]]
    return (
        f"{how}, at most {generate['max_tokens']} tokens, for {summary['sources']:,} sources of "
        f"the test data with {summary['references']:,} references."
    )


def _yield_metrics(summary: Json) -> Iterator[tuple[str, str]]:
    if summary["study"]["evaluate"]["generate"] is None:
        return
    yield (
        "BLEU, ROUGE",
        "Corpus BLEU against all references of a source (sacrebleu's defaults); ROUGE F1 of the "
        "best reference, without stemming (rouge-score). 0 to 100.",
    )
    encoder = summary["study"]["evaluate"]["encoder"]
    if encoder is None:
        yield "BERTScore", "Left out: the study names no encoder (evaluate: encoder)."
        return
    layer = "the last block" if encoder["layer"] is None else f"block {encoder['layer']}"
    weights = "with" if encoder["idf"] else "without"
    yield (
        "BERTScore",
        f"F1 of the best reference, greedy matching of the embeddings of {layer} of "
        f"{_describe_base(encoder['model'])}, {weights} inverse document frequencies; not "
        "rescaled, 0 to 100.",
    )


def are_alike(summary: Json) -> bool:
    """Return whether all runs were on machines of one kind, so that their times can be compared."""
    return len(summary["machines"]) == 1


def describe_machines(summary: Json) -> str:
    """Return on what it was measured; if on unlike machines, that times are not compared."""
    at_once = summary["environment"]["processes"]
    runs = "one run" if at_once == 1 else f"{at_once} runs"
    if are_alike(summary):
        return f"Measured with {runs} at a time, {_describe_kind(summary['machines'][0])}."
    kinds = "; ".join(
        f"{pluralize(kind['runs'], 'run')} with {_describe_kind(kind)}"
        for kind in summary["machines"]
    )
    return (
        "The runs were on unlike machines, so that their times and memory are neither averaged "
        f"nor compared; each record has its own. {kinds}."
    )


def _describe_kind(kind: Json) -> str:
    """Return "2 threads each, on 8 cores", and what more is known of the machine."""
    where = f"{kind['cores']} cores"
    if kind["gpus"]:
        where = "a GPU" if kind["gpus"] == 1 else f"{kind['gpus']} GPUs"
    models = "".join(f" ({kind[key]})" for key in ("accelerator", "processor") if kind[key])
    place = f" of a cluster of {kind['cluster'].capitalize()}" if kind["cluster"] else ""
    return f"{pluralize(kind['threads'], 'thread')} each, on {where}{models}{place}"


def describe_chance(summary: Json) -> str:
    """Return how many differences exceed the spread, and how many would by chance."""
    pairs = [each for each in summary["differences"] if each["measure"] == "test_loss"]
    larger = sum(each["exceeds_spread"] for each in pairs)
    seeds = len(summary["study"]["seeds"])
    if seeds < 2:
        return "One seed: there are no intervals, and no difference can be told from chance."
    return (
        f"{larger} of {len(pairs)} differences in test loss are larger than the spread of "
        f"{seeds} seeds. Were all arms equal, {0.05 * len(pairs):.1f} would be by chance: the "
        "intervals are not corrected for their number."
    )


def list_warnings(summary: Json) -> list[str]:
    """Return what a reader must know about single arms."""
    edges = [arm["name"] for arm in summary["arms"] if arm["rate_at_edge"]]
    found = [
        f"{arm['name']}: {arm['diverged']} of {len(arm['runs'])} runs diverged; it has no results."
        for arm in summary["arms"]
        if arm["diverged"]
    ]
    if edges:
        found.append(f"The best rate is at the edge of the grid: {', '.join(edges)}.")
    if summary["overlap"] and summary["overlap"]["whole"]:
        found.append(describe_overlap(summary))
    if not are_alike(summary):
        found.append(describe_machines(summary))
    cut = sum(summary["cut"].values())
    if cut:
        length = summary["study"]["training"]["length"]
        pairs = "1 pair is" if cut == 1 else f"{cut:,} pairs are"
        found.append(f"{pairs} longer than {length} tokens and cut there.")
    return found
