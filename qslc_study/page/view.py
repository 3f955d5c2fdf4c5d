"""The page and the Markdown, through their templates."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from qslc.templates import environment
from qslc_study.page import differences, early, findings, plots, settings
from qslc_study.page.colours import css, styles
from qslc_study.page.differences import Matrix, Table
from qslc_study.page.table import Row, columns, rows
from qslc_study.page.tiles import Tile, tiles
from qslc_study.page.words import described
from qslc_study.results.measures import QUALITY

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """An arm in the legend."""

    name: str
    about: str
    colour: str
    dash: str


@dataclass(frozen=True, slots=True)
class View:
    """What ``study.html.jinja`` and ``study.md.jinja`` show."""

    name: str
    facts: tuple[tuple[str, str], ...]
    tiles: tuple[Tile, ...]
    columns: tuple[str, ...]
    rows: tuple[Row, ...]
    cost_columns: tuple[str, ...]
    costs: tuple[Row, ...]
    legend: tuple[Key, ...]
    chance: str
    warnings: tuple[str, ...]
    budgets: Table
    ranking: Table
    matrices: tuple[Matrix, ...]
    level: str
    early_note: str
    claim_head: tuple[str, ...]
    claims: tuple[tuple[str, ...], ...]
    early_head: tuple[str, ...]
    early_rows: tuple[tuple[str, ...], ...]
    early_details: tuple[tuple[str, ...], ...]
    tuning: tuple[tuple[str, tuple[str, ...]], ...]
    samples: tuple[Json, ...]
    settings: tuple[tuple[str, str], ...]


def html(summary: Json) -> str:
    """One HTML file that loads nothing. Text from the input is escaped."""
    drawn = {name: Markup(plot) for name, plot in _drawings(summary).items()}  # noqa: S704
    template = environment().get_template("study.html.jinja")
    return template.render(view=_view(summary), plots=drawn)


def markdown(summary: Json) -> str:
    """The same without plots."""
    return environment().get_template("study.md.jinja").render(view=_view(summary))


def _view(summary: Json) -> View:
    quality = [each for each in columns(summary) if not each.cost]
    costs = [each for each in columns(summary) if each.cost]
    return View(
        name=summary["name"],
        facts=tuple(settings.facts(summary)),
        tiles=tuple(tiles(summary)),
        columns=tuple(each.name for each in quality),
        rows=tuple(rows(summary, quality)),
        cost_columns=tuple(each.name for each in costs),
        costs=tuple(rows(summary, costs)),
        legend=_legend(summary),
        chance=findings.chance(summary),
        warnings=tuple(findings.warnings(summary)),
        budgets=differences.budgets(summary),
        ranking=differences.ranking(summary),
        matrices=tuple(differences.matrix(summary, key) for key in differences.compared(summary)),
        level=early.level_text(summary),
        early_note=early.early_note(summary),
        claim_head=early.CLAIM_HEAD,
        claims=tuple(early.early_claims(summary)),
        early_head=early.HEAD,
        early_rows=tuple(early.early_rows(summary)),
        early_details=tuple(early.early_details(summary)),
        tuning=tuple(_tried(summary)),
        samples=tuple(summary["samples"]),
        settings=tuple(settings.settings(summary)),
    )


def _legend(summary: Json) -> tuple[Key, ...]:
    look = styles(summary["arms"])
    return tuple(
        Key(arm["name"], described(arm["arm"]), look[arm["name"]][0], css(look[arm["name"]][1]))
        for arm in summary["arms"]
    )


def _tried(summary: Json) -> list[tuple[str, tuple[str, ...]]]:
    chosen = {arm["name"]: f"{arm['learning_rate']:g}" for arm in summary["arms"]}
    return [
        (arm, tuple(_try(rate, loss, rate == chosen.get(arm)) for rate, loss in tried.items()))
        for arm, tried in summary["tuning"].items()
    ]


def _try(rate: str, loss: float | None, chosen: bool) -> str:
    shown = "diverged" if loss is None else f"{loss:.4f}"
    return f"{rate}: {shown}{' ←' if chosen else ''}"


def _drawings(summary: Json) -> dict[str, str]:
    having = {key for arm in summary["arms"] for key in arm["measures"]}
    others = any("test_loss" in a["measures"] for a in summary["arms"] if a["method"] != "full")
    full = any(arm["method"] == "full" for arm in summary["arms"])
    keys = (key for key in QUALITY if key in having and (full or key != "test_loss"))
    return {
        **({"adapters": plots.quality(summary, "test_loss", adapters=True)} if others else {}),
        **{f"quality-{key}": plots.quality(summary, key) for key in keys},
        "validation-steps": plots.losses(summary, "validation", "steps"),
        "validation-seconds": plots.losses(summary, "validation", "seconds"),
        "train-steps": plots.losses(summary, "train", "steps"),
        "step_seconds": plots.bars(summary, "step_seconds", "seconds per step"),
        "step_mib": plots.bars(summary, "step_mib", "MiB for training"),
    }
