"""The scores of every run's texts; each is kept once it is known."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from qslc_study.digest import digest
from qslc_study.materials import Material, Shown
from qslc_study.scores.overlap import overlap_scores, overlap_versions
from qslc_study.spec.source import Source
from qslc_study.store import Store
from qslc_study.worker import work

Records = Mapping[str, Mapping[str, Any]]


def score(
    source: Source,
    records: Records,
    references: Sequence[Sequence[str]],
    encoder: Material | None,
    store: Store,
    threads: int,
    shown: Shown,
) -> dict[str, dict[str, float]]:
    """BLEU and ROUGE, and BERTScore if the study names an encoder, by the runs' keys.

    Args:
        records: of the runs that are compared; those that wrote no texts have no scores.
        references: of each source, in the order of the texts.
        encoder: of BERTScore, if the study names one.
    """
    texts = {key: record["texts"]["written"] for key, record in records.items() if record["texts"]}
    scores = {key: _overlap(written, references, store) for key, written in texts.items()}
    asked = source.study.evaluate.encoder
    if asked and encoder and texts:
        settings = {"layer": asked.layer, "idf": asked.idf}
        found = _bertscores(encoder, settings, texts, references, store, threads, shown)
        for key, value in found.items():
            scores[key]["bertscore"] = value
    return scores


def _overlap(
    written: Sequence[str], references: Sequence[Sequence[str]], store: Store
) -> dict[str, float]:
    key = digest({"texts": written, "references": references, **overlap_versions()})
    known: dict[str, float] | None = store.get(key)
    if known is None:
        known = overlap_scores(written, references)
        store.put(key, known)
    return known


def _bertscores(
    encoder: Material,
    settings: Mapping[str, Any],
    texts: Mapping[str, Sequence[str]],
    references: Sequence[Sequence[str]],
    store: Store,
    threads: int,
    shown: Shown,
) -> dict[str, float]:
    common = {"encoder": encoder.digest, "references": references, **settings}
    keys = {run: digest({**common, "texts": written}) for run, written in texts.items()}
    missing = {keys[run]: texts[run] for run in texts if store.get(keys[run]) is None}
    job = {
        "task": "bertscore",
        "encoder": encoder.place,
        **settings,
        "references": references,
        "texts": missing,
    }

    if missing:
        progress = shown("BERTScore", len(missing))

        def keep(message: Mapping[str, Any]) -> None:
            store.put(message["key"], message["bertscore"])
            progress(message)

        work(job, threads, keep)
    return {run: float(store.get(key) or 0.0) for run, key in keys.items()}
