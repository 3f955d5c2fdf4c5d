"""Contents of a study's page: differences between arms, settings in words, plots."""

from __future__ import annotations

import pytest

from qslc_study.page import plots, view
from qslc_study.page.differences import compare_budgets, make_matrix, rank_arms
from qslc_study.page.settings import CONTROLS, describe_controls, list_facts


def arm(name: str, method: str, size: int, loss: float, bleu: float | None = None) -> dict:
    measures = {"test_loss": {"mean": loss}} | ({"bleu": {"mean": bleu}} if bleu else {})
    sizes = {"trainable": size}
    return {"name": name, "method": method, "parameters": sizes, "measures": measures}


def difference(first: str, second: str, mean: float, clear: bool, key: str = "test_loss") -> dict:
    return {
        "measure": key,
        "first": first,
        "second": second,
        "exceeds_spread": clear,
        "mean": mean,
        "low": mean - 0.5,
        "high": mean + 0.5,
        "better": -1 if key == "test_loss" else 1,
    }


SUMMARY = {
    "arms": [
        arm("small", "lora", 100, 3.0, bleu=20.0),
        arm("large", "lora", 10_000, 1.0),
        arm("quantum", "qsl", 120, 2.0, bleu=30.0),
    ],
    "differences": [
        difference("small", "large", 2.0, clear=True),
        difference("small", "quantum", 1.0, clear=False),
        difference("large", "quantum", -1.0, clear=True),
        difference("small", "quantum", -10.0, clear=True, key="bleu"),
    ],
}


def test_a_budget_is_the_sublayer_minus_the_lora_of_the_nearest_size():
    table = compare_budgets(SUMMARY)
    assert table.head[2:] == ("test loss ↓", "BLEU ↑")
    ((quantum, lora, *cells),) = table.rows
    assert (quantum, lora) == ("quantum, 120", "small, 100")
    assert [(cell, cell.tone, cell.note) for cell in cells] == [
        ("−1.000", "unclear", "[−1.500, −0.500]"),
        ("+10.00", "good", "[9.50, 10.50]"),
    ]


def test_ranks_with_the_lead_over_the_next():
    table = rank_arms(SUMMARY)
    shown = [[(cell, cell.note) if cell else "" for cell in cells] for _, *cells in table.rows]
    assert shown == [
        [("large", "−1.000"), ("quantum", "+10.00")],
        [("quantum", "−1.000"), ("small", "")],
        [("small", ""), ""],
    ]
    assert [cell.note.tone for _, cell, _ in table.rows[:2]] == ["good", "unclear"]


def test_a_matrix_is_read_as_row_minus_column():
    ((names, rows),) = make_matrix(SUMMARY, "test_loss").parts
    assert names == ("large", "quantum", "small")
    tones = [" ".join(cell.tone for cell in cells) for _, cells in rows]
    assert tones == ["self good good", "bad self unclear", "bad unclear self"]
    assert (rows[2][1][0], rows[2][1][0].note) == ("+2.000", "[1.500, 2.500]")


def test_many_arms_are_in_parts_that_fit_on_paper():
    names = [f"arm_{i}" for i in range(20)]
    arms = [arm(name, "lora", 10 + i, float(i)) for i, name in enumerate(names)]
    pairs = [
        difference(a, b, -1.0, clear=True) for i, a in enumerate(names) for b in names[i + 1 :]
    ]
    parts = make_matrix({"arms": arms, "differences": pairs}, "test_loss").parts
    assert [len(columns) for columns, _ in parts] == [18, 2]
    assert [len(rows) for _, rows in parts] == [20, 20]


def test_without_lora_there_is_no_budget():
    others = [each for each in SUMMARY["arms"] if each["method"] != "lora"]
    assert compare_budgets(SUMMARY | {"arms": others, "differences": []}).rows == ()


@pytest.mark.parametrize(
    ("steps", "batch", "words"),
    [(101, 32, "101 steps of 32 examples"), (1, 1, "1 step of 1 example")],
)
def test_steps_are_of_examples(steps, batch, words):
    study = {"base": {"preset": "a"}, "seeds": [1], "training": {"steps": steps, "batch": batch}}
    found = dict(list_facts({"study": study, "arms": [], "before": 1.0}))
    assert found["training"] == words


@pytest.mark.parametrize(
    ("methods", "drawn"),
    [
        (["lora", "qsl"], {"adapters"}),
        (["full"], {"quality-test_loss"}),
        (["full", "qsl"], {"adapters", "quality-test_loss"}),
    ],
)
def test_the_wide_plot_stands_alone_where_it_leaves_nothing_out(monkeypatch, methods, drawn):
    for name in ("plot_quality", "plot_losses", "plot_bars"):
        monkeypatch.setattr(plots, name, lambda *_, **__: "<svg></svg>")
    measures = {"test_loss": {"mean": 1.0}}
    arms = [{"name": each, "method": each, "measures": measures} for each in methods]
    found = view._draw_plots({"arms": arms, "machines": []})
    assert {name for name in found if name == "adapters" or name.startswith("quality-")} == drawn


def test_controls_that_a_sublayer_lacks_at_its_size_are_named():
    def arm(name, method, size, **options):
        given = {"method": method, "options": options}
        return {"name": name, "method": method, "arm": given, "parameters": {"trainable": size}}

    arms = [
        arm("small", "qsl", 1000),
        arm("large", "qsl", 9000),
        arm("still", "qsl", 900, trainable_angles=False),
        *(
            arm(name, name, size)
            for name, size in (("lora", 4500), ("lora_xs", 4499), ("vera", 2000))
        ),
    ]
    assert describe_controls({"arms": arms}).endswith(
        "Missing: small (LoRA, LoRA-XS and quadratic map), "
        "large (LoRA-XS, VeRA, quadratic map and frozen circuit)."
    )
    whole = [*arms[:1], *arms[2:], *(arm(name, name, 1000) for name in CONTROLS)]
    assert "Each sublayer has these" in describe_controls({"arms": whole})
