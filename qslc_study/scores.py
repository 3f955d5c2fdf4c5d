"""Score every run's texts, and keep each score once it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from importlib.metadata import version
from itertools import zip_longest
from statistics import fmean
from typing import Any

from qslc.diagnostics import Diagnostic, InputError
from qslc_study import worker
from qslc_study.materials import Material
from qslc_study.plan import Records
from qslc_study.progress import Show
from qslc_study.spec.source import Source
from qslc_study.store import Store, compute_digest


def score_runs(
    source: Source,
    records: Records,
    references: Sequence[Sequence[str]],
    encoder: Material | None,
    store: Store,
    threads: int,
    show: Show,
) -> dict[str, dict[str, float]]:
    """Return BLEU and ROUGE, and BERTScore if the study names an encoder, by the runs' keys.

    Args:
        records: Records of the compared runs; those that wrote no texts have no scores.
        references: References of each source, in the order of the texts.
        encoder: Encoder of BERTScore, if the study names one.
    """
    texts = {key: record["texts"]["written"] for key, record in records.items() if record["texts"]}
    scores = {key: _find_overlap(written, references, store) for key, written in texts.items()}
    asked = source.study.evaluate.encoder
    if not (asked and encoder and texts):
        return scores
    common = {"references": references, "layer": asked.layer, "idf": asked.idf}
    keys = {
        run: compute_digest({**common, "encoder": encoder.digest, "texts": written})
        for run, written in texts.items()
    }
    missing = {keys[run]: texts[run] for run in texts if store.get(keys[run]) is None}
    if missing:
        progress = show("BERTScore", len(missing))

        def keep(message: Mapping[str, Any]) -> None:
            store.put(message["key"], message["bertscore"])
            progress(message)

        job = {"task": "bertscore", "encoder": encoder.place, **common, "texts": missing}
        worker.work(job, threads, keep)
    for run, key in keys.items():
        scores[run]["bertscore"] = float(store.get(key) or 0.0)
    return scores


def _find_overlap(
    written: Sequence[str], references: Sequence[Sequence[str]], store: Store
) -> dict[str, float]:
    key = compute_digest({"texts": written, "references": references, **list_score_versions()})
    known: dict[str, float] | None = store.get(key)
    if known is None:
        known = score_overlap(written, references)
        store.put(key, known)
    return known


ROUGES = ("rouge1", "rouge2", "rougeL")


def score_overlap(written: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Return corpus BLEU (Papineni et al. 2002) and mean ROUGE F1 (Lin 2004), 0 to 100.

    BLEU counts n-grams of any of a text's references, with sacrebleu's defaults (13a tokens, mixed
    case, exponential smoothing). ROUGE is that of the reference with the highest F1, for ROUGE-1,
    -2 and -L each, without stemming.

    Args:
        written: A text for each source.
        references: One or more for each text.
    """
    try:
        from rouge_score.rouge_scorer import RougeScorer
        from sacrebleu.metrics import BLEU
    except ImportError:
        message = "BLEU and ROUGE need sacrebleu and rouge-score, which are not installed"
        advice = 'pip install "qslc[study]"; finished runs are kept'
        raise InputError(Diagnostic(message, help=advice)) from None
    columns = [list(column) for column in zip_longest(*references)]
    scorer = RougeScorer(list(ROUGES))
    rouge = [scorer.score_multi(r, w) for w, r in zip(written, references, strict=True)]
    return {
        "bleu": float(BLEU().corpus_score(list(written), columns).score),
        **{name: 100 * fmean(score[name].fmeasure for score in rouge) for name in ROUGES},
    }


def list_score_versions() -> dict[str, str]:
    """Return the versions of the packages that scores depend on."""
    return {name: version(name) for name in ("sacrebleu", "rouge-score")}
