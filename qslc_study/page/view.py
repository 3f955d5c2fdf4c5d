"""Write the reports: the page and the Markdown, through their templates, and the numbers."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from qslc.diagnostics import escape_json
from qslc.output import write_file
from qslc.report.templates import mark_safe, render
from qslc_study.page import differences, early, plots, settings
from qslc_study.page.differences import Matrix, Table
from qslc_study.page.table import (
    Row,
    Tile,
    describe_arm,
    has_role,
    list_columns,
    list_rows,
    make_tiles,
    render_csv,
)
from qslc_study.results.measures import QUALITY
from qslc_study.spec.methods import Role

Json = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Key:
    """An entry of the legend."""

    name: str
    about: str
    color: str
    dash: str


@dataclass(frozen=True, slots=True)
class View:
    """Contents of ``study.html.jinja`` and ``study.md.jinja``."""

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


def write_reports(folder: Path, summary: Json) -> None:
    """Write the reports of a study: its numbers as JSON and CSV, text, a picture, and a page.

    Raises:
        InputError: A file cannot be written.
    """
    reports = {
        "study.json": escape_json(json.dumps(summary, indent=1, ensure_ascii=False)) + "\n",
        "study.csv": render_csv(summary),
        "study.md": render_markdown(summary),
        "study.svg": plots.draw_picture(summary),
        "study.html": render_html(summary),
    }
    for name, text in reports.items():
        write_file(folder / name, text)


def render_html(summary: Json) -> str:
    """Return the page as one HTML file that loads nothing. Text from the input is escaped."""
    drawn = {name: mark_safe(plot) for name, plot in _draw_plots(summary).items()}
    return render("study.html.jinja", view=_make_view(summary), plots=drawn)


def render_markdown(summary: Json) -> str:
    """Return the same in Markdown, without plots."""
    return render("study.md.jinja", view=_make_view(summary))


def _make_view(summary: Json) -> View:
    quality = [each for each in list_columns(summary) if not each.cost]
    costs = [each for each in list_columns(summary) if each.cost]
    return View(
        name=summary["name"],
        facts=tuple(settings.list_facts(summary)),
        tiles=tuple(make_tiles(summary)),
        columns=tuple(each.name for each in quality),
        rows=tuple(list_rows(summary, quality)),
        cost_columns=tuple(each.name for each in costs),
        costs=tuple(list_rows(summary, costs)),
        legend=_list_keys(summary),
        chance=settings.describe_chance(summary),
        warnings=tuple(settings.list_warnings(summary)),
        budgets=differences.compare_budgets(summary),
        ranking=differences.rank_arms(summary),
        matrices=tuple(
            differences.make_matrix(summary, key) for key in differences.list_compared(summary)
        ),
        level=early.describe_level(summary),
        early_note=early.describe_claims(summary),
        claim_head=early.CLAIM_HEAD,
        claims=tuple(early.check_claims(summary)),
        early_head=early.HEAD,
        early_rows=tuple(early.list_early_rows(summary)),
        early_details=tuple(early.list_comparisons(summary)),
        tuning=tuple(_list_tries(summary)),
        samples=tuple(summary["samples"]),
        settings=tuple(settings.list_settings(summary)),
    )


def _list_keys(summary: Json) -> tuple[Key, ...]:
    styles = plots.assign_styles(summary["arms"])
    return tuple(
        Key(arm["name"], describe_arm(arm), style.color, style.border)
        for arm, style in zip(summary["arms"], styles.values(), strict=True)
    )


def _list_tries(summary: Json) -> list[tuple[str, tuple[str, ...]]]:
    chosen = {arm["name"]: f"{arm['learning_rate']:g}" for arm in summary["arms"]}
    return [
        (
            arm,
            tuple(
                _describe_try(rate, loss, rate == chosen.get(arm)) for rate, loss in tried.items()
            ),
        )
        for arm, tried in summary["tuning"].items()
    ]


def _describe_try(rate: str, loss: float | None, chosen: bool) -> str:
    shown = "diverged" if loss is None else f"{loss:.4f}"
    return f"{rate}: {shown}{' ←' if chosen else ''}"


def _draw_plots(summary: Json) -> dict[str, str]:
    having = {key for arm in summary["arms"] for key in arm["measures"]}
    whole = {arm["name"] for arm in summary["arms"] if has_role(arm, Role.WHOLE)}
    others = any("test_loss" in a["measures"] for a in summary["arms"] if a["name"] not in whole)
    keys = (key for key in QUALITY if key in having and (whole or key != "test_loss"))
    return {
        **({"adapters": plots.plot_quality(summary, "test_loss", adapters=True)} if others else {}),
        **{f"quality-{key}": plots.plot_quality(summary, key) for key in keys},
        "validation-steps": plots.plot_losses(summary, "validation", "steps"),
        "validation-seconds": plots.plot_losses(summary, "validation", "seconds"),
        "train-steps": plots.plot_losses(summary, "train", "steps"),
        "step_seconds": plots.plot_bars(summary, "step_seconds", "seconds per step"),
        "step_mib": plots.plot_bars(summary, "step_mib", "MiB for training"),
    }
