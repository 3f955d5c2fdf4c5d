"""Show the results as tables, for the console and in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from benchmarks.depth.peers import Line
from benchmarks.depth.qasm import Cost
from benchmarks.depth.scores import Score, compute_ratio
from benchmarks.report import Table

HARD = ("ring", "star", "shifted_ring", "brick")


def make_tables(scores: Sequence[Score], lines: Sequence[Line]) -> tuple[Table, ...]:
    """Return everything that the benchmark shows."""
    return (
        _tabulate_means(scores),
        _tabulate_cases(scores),
        _tabulate_worse(scores),
        _tabulate_left_out(scores, lines),
    )


def _tabulate_means(scores: Sequence[Score]) -> Table:
    groups = {
        "all cases": scores,
        "need routing": [score for score in scores if score.routing],
        f"{', '.join(HARD)} that need routing": [
            score for score in scores if score.routing and score.pattern in HARD
        ],
        "fit the device": [score for score in scores if not score.routing],
    }
    rows = []
    for against in ("aware", "ordinary"):
        for name, group in groups.items():
            found = compute_ratio(group, against)
            means = (f"{mean:.2f}" for mean in (found.depth, found.gates, found.sparing))
            rows.append((name, against, str(found.count), *means))
    heads = ("cases", "against", "number", "depth", "gates", "gates, objective gates")
    return Table(heads, tuple(rows), "Ours / best of the peers, geometric means")


def _tabulate_cases(scores: Sequence[Score]) -> Table:
    heads = ("case", "fits", "ours", "for gates", "aware", "fewest", "ordinary", "fewest")
    rows = tuple(map(_format_case, scores))
    return Table((*heads, "s", "Qiskit s"), rows, "Two-qubit depth / gates of each case")


def _format_case(score: Score) -> tuple[str, ...]:
    return (
        score.name,
        "" if score.routing else "yes",
        _format_cost(score.ours),
        _format_cost(score.sparing),
        _format_cost(score.aware.shallowest),
        str(score.aware.smallest.gates),
        _format_cost(score.ordinary.shallowest),
        str(score.ordinary.smallest.gates),
        f"{score.seconds:.1f}",
        f"{score.qiskit_seconds:.1f}",
    )


def _format_cost(cost: Cost | None) -> str:
    return f"{cost.depth} / {cost.gates}" if cost else "failed"


def _tabulate_worse(scores: Sequence[Score]) -> Table:
    deeper = (
        ("depth", score.name, score.ours, score.aware.shallowest, score.aware.shallowest_by)
        for score in scores
        if score.deeper
    )
    larger = (
        ("gates", score.name, score.sparing, score.aware.smallest, score.aware.smallest_by)
        for score in scores
        if score.larger
    )
    rows = tuple(
        (objective, name, _format_cost(ours), _format_cost(peer), who)
        for objective, name, ours, peer, who in (*deeper, *larger)
    )
    heads = ("objective", "case", "ours", "peer", "by")
    return Table(heads, rows, "Cases in which a peer is better")


def _tabulate_left_out(scores: Sequence[Score], lines: Iterable[Line]) -> Table:
    ours = [("qslc", score.name, "1", score.fault) for score in scores if score.fault]
    theirs = [
        (line["peer"], line["case"], str(count), why.splitlines()[0])
        for line in lines
        for why, count in line["faults"].items()
    ]
    return Table(("who", "case", "attempts", "why"), (*ours, *theirs), "Results left out")
