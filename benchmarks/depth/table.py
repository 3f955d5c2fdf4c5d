"""Show the results as tables, for the console and in Markdown."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from rich.table import Table as RichTable

from benchmarks.depth.counter import Cost
from benchmarks.depth.peers_run import Line
from benchmarks.depth.scores import Ratio, Score, compute_ratio

HARD = ("ring", "star", "shifted_ring", "brick")


@dataclass(frozen=True, slots=True)
class Table:
    """A title, the heads of the columns, and rows of text."""

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def rich(self) -> RichTable:
        table = RichTable(*self.heads, title=self.title, title_justify="left")
        for row in self.rows:
            table.add_row(*row)
        return table

    def markdown(self) -> str:
        rule = tuple("---" for _ in self.heads)
        lines = (f"| {' | '.join(row)} |" for row in (self.heads, rule, *self.rows))
        return f"## {self.title}\n\n" + "\n".join(lines) + "\n"


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
    return Table(
        "Ours / best of the peers, geometric means",
        ("cases", "against", "number", "depth", "gates", "gates, objective gates"),
        tuple(
            (name, against, *_format_ratio(compute_ratio(group, against)))
            for against in ("aware", "ordinary")
            for name, group in groups.items()
        ),
    )


def _format_ratio(found: Ratio) -> tuple[str, ...]:
    return str(found.count), *(f"{x:.2f}" for x in (found.depth, found.gates, found.sparing))


def _tabulate_cases(scores: Sequence[Score]) -> Table:
    heads = (
        "case",
        "fits",
        "ours",
        "for gates",
        "aware",
        "fewest",
        "ordinary",
        "fewest",
        "s",
        "Qiskit s",
    )
    return Table("Two-qubit depth / gates of each case", heads, tuple(map(_format_case, scores)))


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
    return Table("Cases in which a peer is better", heads, rows)


def _tabulate_left_out(scores: Sequence[Score], lines: Iterable[Line]) -> Table:
    failed = tuple(("qslc", score.name, "1", score.fault) for score in scores if score.fault)
    return Table(
        "Results left out",
        ("who", "case", "attempts", "why"),
        failed
        + tuple(
            (line["peer"], line["case"], str(count), why.splitlines()[0])
            for line in lines
            for why, count in line["faults"].items()
        ),
    )
