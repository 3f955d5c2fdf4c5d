"""BLEU and ROUGE, by sacrebleu and rouge-score."""

from __future__ import annotations

from collections.abc import Sequence
from importlib.metadata import version
from itertools import zip_longest
from statistics import fmean

from qslc.diagnostics import Diagnostic, InputError

ROUGES = ("rouge1", "rouge2", "rougeL")


def overlap_scores(written: Sequence[str], references: Sequence[Sequence[str]]) -> dict[str, float]:
    """Corpus BLEU (Papineni et al. 2002) and mean ROUGE F1 (Lin 2004), 0 to 100.

    BLEU counts n-grams of any of a text's references, with sacrebleu's defaults (13a tokens, mixed
    case, exponential smoothing). ROUGE is that of the reference with the highest F1, for ROUGE-1,
    -2 and -L each, without stemming.

    Args:
        written: a text for each source.
        references: one or more for each text.
    """
    try:
        from rouge_score.rouge_scorer import RougeScorer
        from sacrebleu.metrics import BLEU
    except ImportError:
        raise _missing() from None
    columns = [list(column) for column in zip_longest(*references)]
    scorer = RougeScorer(list(ROUGES))
    rouge = [scorer.score_multi(r, w) for w, r in zip(written, references, strict=True)]
    return {
        "bleu": float(BLEU().corpus_score(list(written), columns).score),
        **{name: 100 * fmean(score[name].fmeasure for score in rouge) for name in ROUGES},
    }


def overlap_versions() -> dict[str, str]:
    """The versions that scores depend on."""
    return {name: version(name) for name in ("sacrebleu", "rouge-score")}


def _missing() -> InputError:
    return InputError(
        Diagnostic(
            "BLEU and ROUGE need sacrebleu and rouge-score, which are not installed",
            help='pip install "qslc[study]"; finished runs are kept',
        )
    )
