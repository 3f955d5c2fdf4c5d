"""Write the reports: the page and the Markdown, through their templates, and the numbers."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from qslc.diagnostics import escape_json
from qslc.output import write_file
from qslc.report.sections import Table
from qslc.templates import mark_safe, render
from qslc_study.page import Json, chip, differences, early, plots, settings, table
from qslc_study.results.measures import QUALITY
from qslc_study.spec.methods import Role


def write_reports(folder: Path, summary: Json) -> None:
    """Write the reports of a study: its numbers as JSON and CSV, text, a picture, and a page.

    Raises:
        InputError: A file cannot be written.
    """
    reports = {
        "study.json": escape_json(json.dumps(summary, indent=1, ensure_ascii=False)) + "\n",
        "study.csv": table.render_csv(summary),
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


def _make_view(summary: Json) -> dict[str, Any]:
    """Return the contents of ``study.html.jinja`` and ``study.md.jinja``."""
    columns = table.list_columns(summary)
    quality, costs, changes = (
        [each for each in columns if each.kind == kind] for kind in ("quality", "cost", "change")
    )
    compared = differences.list_compared(summary)
    return {
        "name": summary["name"],
        "facts": settings.list_facts(summary),
        "tiles": table.make_tiles(summary),
        "results": table.tabulate_results(summary, quality),
        "costs": table.tabulate_costs(summary, costs),
        "changes": table.tabulate_changes(summary, changes),
        "legend": _list_keys(summary),
        "chance": settings.describe_chance(summary),
        "warnings": settings.list_warnings(summary),
        "budgets": differences.compare_budgets(summary),
        "conditions": chip.tabulate_conditions(summary),
        "ranking": differences.rank_arms(summary),
        "matrices": [differences.make_matrix(summary, key) for key in compared],
        "level": early.describe_level(summary),
        "early_note": early.describe_claims(summary),
        "claims": early.check_claims(summary),
        "early": early.tabulate_early(summary),
        "early_details": early.tabulate_comparisons(summary),
        "tuning": _tabulate_tries(summary),
        "samples": summary["samples"],
        "settings": list(settings.list_settings(summary)),
    }


def _list_keys(summary: Json) -> list[dict[str, str]]:
    """Return the entries of the legend."""
    styles = plots.assign_styles(summary["arms"])
    return [
        {"name": name, "about": table.describe_arm(arm), "color": style.color, "dash": style.border}
        for arm, (name, style) in zip(summary["arms"], styles.items(), strict=True)
    ]


def _tabulate_tries(summary: Json) -> Table:
    """Tabulate the rates that were tried for each arm and what they led to."""
    chosen = {arm["name"]: f"{arm['learning_rate']:g}" for arm in summary["arms"]}
    rows = []
    for arm, tried in summary["tuning"].items():
        losses = {r: "diverged" if loss is None else f"{loss:.4f}" for r, loss in tried.items()}
        marks = {chosen.get(arm): " ←"}
        tries = (f"{rate}: {loss}{marks.get(rate, '')}" for rate, loss in losses.items())
        rows.append((arm, *tries))
    return Table((), tuple(rows), texts=max(map(len, rows), default=0))


def _draw_plots(summary: Json) -> dict[str, str]:
    having = {key for arm in summary["arms"] for key in arm["measures"]}
    whole = any(table.has_role(arm, Role.WHOLE) for arm in summary["arms"])
    others = plots.list_measured(summary, "test_loss", adapters=True)
    keys = (key for key in QUALITY if key in having and (whole or key != "test_loss"))
    return {
        **({"adapters": plots.plot_quality(summary, "test_loss", adapters=True)} if others else {}),
        **{f"quality-{key}": plots.plot_quality(summary, key) for key in keys},
        "validation-steps": plots.plot_losses(summary, "validation", "steps"),
        "train-steps": plots.plot_losses(summary, "train", "steps"),
        **(_draw_costs(summary) if settings.are_alike(summary) else {}),
    }


def _draw_costs(summary: Json) -> dict[str, str]:
    """Draw what depends on the machine, where all runs were on machines of one kind."""
    return {
        "validation-seconds": plots.plot_losses(summary, "validation", "seconds"),
        "step_seconds": plots.plot_bars(summary, "step_seconds", "seconds per step"),
        "step_mib": plots.plot_bars(summary, "step_mib", "MiB for training"),
    }
