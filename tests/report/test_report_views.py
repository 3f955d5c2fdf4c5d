from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qslc.pipeline import FILES
from qslc.report.compilation.data import make_report, write_report
from qslc.report.compilation.views import render_html, render_markdown
from qslc.spec import load
from tests.report.report_samples import DEVICE, FIDELITY, NOISE, SPEC, stages

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
HOSTILE = "</svg><script>alert('1')</script>\n| `x` &amp; \"<b>"
VOID = {"meta"}


def data(noise=None, device=DEVICE, fidelity=None, **options):
    return json.loads(write_report(make_report(stages(device, noise, fidelity, **options))))


class Balanced(HTMLParser):
    """Fails on a tag that closes another than the last one opened; collects scripts and links."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[str] = []
        self.seen: list[str] = []
        self.outside: list[str] = []

    def handle_starttag(self, tag, attrs):
        self.seen.append(tag)
        self.outside += [value for name, value in attrs if name in ("src", "href")]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.seen.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def parsed(text: str) -> Balanced:
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    return parser


@pytest.mark.parametrize("name", ["ideal", "noisy"])
def test_golden_markdown(name):
    found = render_markdown(data(NOISE, fidelity=FIDELITY) if name == "noisy" else data())
    golden = GOLDEN / f"{name}.md"
    if "QSLC_UPDATE_GOLDEN" in os.environ:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_html_is_balanced_and_links_to_the_files_beside_it():
    page = parsed(render_html(data(NOISE)))
    assert set(page.outside) == {*FILES} - {"report.html"}
    assert "script" not in page.seen
    assert page.seen.count("svg") == 3


def shown(page: str) -> str:
    """The text of a page, without markup and drawings."""
    plain = re.sub(r"<(style|svg).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain)).split())


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_first_the_gain_then_what_the_chip_returns_then_how(render):
    text = shown(render(data(NOISE, fidelity=FIDELITY)))
    parts = (
        "Gain over a plain compile",
        "2.5 times the estimated fidelity of a plain compile",
        "What the chip will return",
        "An estimated fidelity of 6.55 %",
        "From the spec to the chip",
        "Passes",
        "Ways to the device",
        "Spec",
        "Files",
    )
    places = [text.index(part) for part in parts]
    assert places == sorted(places)


def test_the_gain_is_over_the_plain_compile_and_never_over_the_circuit_as_written():
    text = shown(render_html(data()))
    assert "50 % less two-qubit depth than a plain compile" in text
    assert "two-qubit gates 8 4 −50 %" in text
    assert "+100 %" not in text  # from 2 gates as written to 4


def test_a_plain_compile_says_that_it_is_one():
    text = shown(render_html(data(level=0)))
    assert "A plain compile The spec asks for optimization level 0" in text
    assert "change" not in text


def test_a_circuit_that_fits_only_when_optimized_has_no_gain_in_numbers():
    text = shown(render_html(data(fits=False, fidelity=FIDELITY)))
    assert "A circuit that would not fit" in text
    assert "estimated fidelity 25 %" in text


def test_the_error_budget_has_a_row_for_each_source():
    text = shown(render_html(data(fidelity=FIDELITY)))
    assert "state preparation 6 gates 26.2 % 49.1 %" in text
    assert "two-qubit gates 2 gates 50 % 25.4 %" in text
    assert "idle qubits 1.5 µs in all 100 % 0.0 %" in text
    assert "the circuit, without state preparation 25 %" in text
    assert "all together 6.55 %" in text
    assert "has no calibration" in shown(render_html(data()))


def test_html_shows_where_first_and_where_at_last():
    assert "12.5 % on those first found, 25 % on those chosen" in render_html(
        data(fidelity=FIDELITY)
    )


def test_html_names_dead_weights():
    assert "Seen by no gate: theta_2" in render_html(data())


def test_words_of_notes_are_explained_where_they_occur():
    one = data()
    assert "Words of this table" in render_html(one)
    one["alternatives"][0]["note"] = one["alternatives"][1]["note"] = "on couplers"
    assert "Words of this table" not in render_html(one)
    one["alternatives"][1]["note"] = "6 frames on 4 device qubits, CNOTs; depth 1, holes 0.7"
    text = shown(render_html(one))
    assert "frames The search keeps" in text
    assert "holes The price" in text
    assert "fill The price" not in text


def test_the_spec_is_shown_so_that_it_can_be_used_again(tmp_path):
    page = render_html(data())
    path = tmp_path / "again.yaml"
    path.write_text(unescape(re.search(r'<pre class="spec">(.*?)</pre>', page, re.DOTALL)[1]))
    assert load(path).spec == SPEC


def test_html_marks_the_way_that_was_chosen_and_says_why():
    text = render_html(data())
    assert text.count('<tr class="chosen">') == 1
    assert "Here route (1 swap) won with depth 4 and 4 gates." in text
    assert "it does not fit" in text


def test_html_explains_each_step_once():
    one = data()
    one["passes"] = [one["passes"][1]] * 2
    assert render_html(one).count("SWAPs bring the qubits") == 1


def test_long_circuits_are_folded():
    long = data()
    assert "<details>" not in render_html(long)
    long["drawings"]["logical"]["moments"] *= 60
    page = render_html(long)
    assert parsed(page).seen.count("details") == 1
    assert "The rest of the circuit" in page


def test_drawings_are_xml():
    for svg in re.findall(r"<svg.*?</svg>", render_html(data()), flags=re.DOTALL):
        ElementTree.fromstring(svg)


def test_hostile_names_stay_text():
    page = render_html(
        data(device=replace(DEVICE, name=HOSTILE)) | {"name": HOSTILE, "digest": HOSTILE}
    )
    assert "script" not in parsed(page).seen
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("view", [render_html, render_markdown])
def test_names_hide_nothing_and_turn_no_text_around(view):
    hidden = "\x1b[2J\u202e\u200b\xa0\u2066"
    hostile = data(device=replace(DEVICE, name=hidden)) | {"name": hidden, "digest": hidden}
    page = view(hostile)
    assert not {*page} & {*hidden} - {*"[2J"}
    assert r"\u202e" in page.replace("\\\\", "\\")


def test_hostile_labels_stay_text_in_drawings():
    hostile = data()
    hostile["drawings"]["logical"]["wires"][0] = HOSTILE
    hostile["drawings"]["logical"]["moments"][0][0][2] = HOSTILE
    hostile["drawings"]["device"]["qubits"][0][0] = HOSTILE
    page = render_html(hostile)
    assert "script" not in parsed(page).seen
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        ElementTree.fromstring(svg)


def test_hostile_names_do_not_break_markdown_tables():
    harmless, hostile = data(), data()
    for report_, text in ((harmless, "text"), (hostile, HOSTILE)):
        report_["passes"][0]["note"] = report_["alternatives"][0]["note"] = text
    text = render_markdown(hostile | {"name": HOSTILE})
    assert "<script>" not in text
    assert len(text.splitlines()) == len(render_markdown(harmless).splitlines())
