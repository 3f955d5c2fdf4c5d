from __future__ import annotations

import json
import os
import re
from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qslc.emit.report.data import report, report_json
from qslc.emit.report.views import html, markdown
from tests.emit.report_samples import DEVICE, FIDELITY, NOISE, stages

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
HOSTILE = "</svg><script>alert('1')</script>\n| `x` &amp; \"<b>"
VOID = {"meta"}


def data(noise=None, device=DEVICE, fidelity=None):
    return json.loads(report_json(report(stages(device, noise, fidelity))))


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
    found = markdown(data(NOISE, fidelity=FIDELITY) if name == "noisy" else data())
    golden = GOLDEN / f"{name}.md"
    if "QSLC_UPDATE_GOLDEN" in os.environ:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_html_is_balanced_and_loads_nothing():
    page = parsed(html(data(NOISE)))
    assert page.outside == []
    assert "script" not in page.seen
    assert page.seen.count("svg") == 3


def test_html_shows_the_fidelity_of_a_calibrated_device_alone():
    text = html(data(fidelity=FIDELITY))
    assert "first found: 12.5 %" in text
    assert "first found" not in html(data())
    assert "no calibration" in html(data())


def test_html_shows_the_summary():
    text = html(data(NOISE))
    assert "2 → 4" in text
    assert "2 effective" in text
    assert "+6" in text
    assert "Seen by no gate: theta_2" in text


def test_html_marks_the_way_that_was_chosen_and_says_why():
    text = html(data())
    assert text.count('<tr class="chosen">') == 1
    assert "Here route (1 swap) won with depth 4 and 4 gates." in text
    assert "it does not fit" in text


def test_html_explains_each_step_once():
    one = data()
    one["passes"] = [one["passes"][1]] * 2
    assert html(one).count("SWAPs bring the qubits") == 1


def test_long_circuits_are_folded():
    long = data()
    assert "<details>" not in html(long)
    long["drawings"]["logical"]["moments"] *= 60
    page = html(long)
    assert parsed(page).seen.count("details") == 1
    assert "more rows" in page


def test_drawings_are_xml():
    for svg in re.findall(r"<svg.*?</svg>", html(data()), flags=re.DOTALL):
        ElementTree.fromstring(svg)


def test_hostile_names_stay_text():
    page = html(data(device=replace(DEVICE, name=HOSTILE)) | {"name": HOSTILE, "digest": HOSTILE})
    assert "script" not in parsed(page).seen
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("view", [html, markdown])
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
    page = html(hostile)
    assert "script" not in parsed(page).seen
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        ElementTree.fromstring(svg)


def test_hostile_names_do_not_break_markdown_tables():
    harmless, hostile = data(), data()
    for report_, text in ((harmless, "text"), (hostile, HOSTILE)):
        report_["passes"][0]["name"] = report_["alternatives"][0]["note"] = text
    text = markdown(hostile | {"name": HOSTILE})
    assert "<script>" not in text
    assert len(text.splitlines()) == len(markdown(harmless).splitlines())
