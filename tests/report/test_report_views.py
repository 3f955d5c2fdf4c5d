from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable
from dataclasses import asdict, is_dataclass, replace
from html import unescape
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree

import pytest

from qslc.pipeline import FILES, compile_spec
from qslc.report.compilation.contents import make_contents
from qslc.report.compilation.data import make_report, write_report
from qslc.report.compilation.views import render_html, render_markdown
from qslc.spec import load, parse
from tests.report.report_samples import DEVICE, FIDELITY, NOISE, SPEC, make_stages

GOLDEN = Path(__file__).parents[1] / "golden" / "reports"
PREPARED = """\
qslc: 1
name: prepared
qubits: 3
encoder: {kind: amplitude, features: 8, project: orthogonal, preparation: multiplexed}
ansatz: {depth: 1, rotations: [ry], entangler: {gate: cnot, pattern: linear}}
measure: z
device: weber
noise: device
"""
HOSTILE = "</svg><script>alert('1')</script>\n| `x` &amp; \"<b>"
VOID = {"meta"}


def make_data(noise=None, device=DEVICE, fidelity=None, **options):
    return json.loads(write_report(make_report(make_stages(device, noise, fidelity, **options))))


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


def parse_page(text: str) -> Balanced:
    parser = Balanced()
    parser.feed(text)
    assert parser.open == []
    return parser


def judge_prepared():
    """Compile a layer with its preparation for a chip with noise; returns the verdict's section."""
    text = render_markdown(make_report(compile_spec(parse(PREPARED))))
    return text[text.index("## Verdict") : text.index("## Gain")]


GOLDEN_TEXTS = {
    "ideal": lambda: render_markdown(make_data()),
    "noisy": lambda: render_markdown(make_data(NOISE, fidelity=FIDELITY)),
    "verdict": judge_prepared,
}


@pytest.mark.parametrize("name", GOLDEN_TEXTS)
def test_golden_markdown(name):
    found = GOLDEN_TEXTS[name]()
    golden = GOLDEN / f"{name}.md"
    if "QSLC_UPDATE_GOLDEN" in os.environ:
        golden.write_text(found, encoding="utf-8")
    assert found == golden.read_text(encoding="utf-8")


def test_html_is_balanced_draws_and_links_to_the_files_beside_it():
    html = render_html(make_data(NOISE))
    check_drawings(html)
    page = parse_page(html)
    assert set(page.outside) == {*FILES} - {"report.html"}
    assert "script" not in page.seen
    assert page.seen.count("svg") == 3


def extract_text(page: str) -> str:
    """Return the text of a page, without markup and drawings."""
    plain = re.sub(r"<(style|svg).*?</\1>", "", page, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", plain)).split())


def list_texts(value):
    """List all texts in the contents of a report."""
    if isinstance(value, str):
        return [" ".join(value.split())]
    value = asdict(value) if is_dataclass(value) else value
    inside = value.values() if isinstance(value, dict) else value
    return [t for each in inside for t in list_texts(each)] if isinstance(inside, Iterable) else []


@pytest.mark.parametrize("options", [{}, {"fits": False}, {"level": 0}])
def test_html_shows_all_contents(options):
    """What the contents are, the golden Markdown says."""
    report = make_data(NOISE, fidelity=FIDELITY, **options)
    contents = make_contents(report) | {"layout": ()}  # which HTML draws
    text = extract_text(render_html(report))
    assert [each for each in list_texts(contents) if each not in text] == []


@pytest.mark.parametrize(
    ("options", "there", "absent"),
    [
        ({}, "two-qubit gates 8 4 −50 %", "+100 %"),  # from 2 gates as written to 4
        ({"level": 0}, "A plain compile The spec asks for optimization level 0", "change"),
        ({"fits": False}, "A circuit that would not fit", "change"),
    ],
    ids=["optimized", "plain", "fits only when optimized"],
)
def test_the_gain_is_over_the_plain_compile_if_there_is_one(options, there, absent):
    text = extract_text(render_html(make_data(**options)))
    assert there in text
    assert absent not in text


def test_words_of_notes_are_explained_where_they_occur():
    one = make_data()
    assert "Words of this table" in render_html(one)
    one["alternatives"][0]["note"] = one["alternatives"][1]["note"] = "on couplers"
    assert "Words of this table" not in render_html(one)
    one["alternatives"][1]["note"] = "6 frames on 4 device qubits, CNOTs; depth 1, holes 0.7"
    text = extract_text(render_html(one))
    assert "frames The search keeps" in text
    assert "holes The price" in text
    assert "fill The price" not in text


def test_the_spec_is_shown_so_that_it_can_be_used_again(tmp_path):
    page = render_html(make_data())
    path = tmp_path / "again.yaml"
    path.write_text(unescape(re.search(r'<pre class="spec">(.*?)</pre>', page, re.DOTALL)[1]))
    again = load(path).spec
    assert again.objective == SPEC.objective
    assert again.model_copy(update={"optimize": SPEC.optimize}) == SPEC


def test_html_marks_the_way_that_was_chosen():
    assert render_html(make_data()).count('<tr class="chosen">') == 1


def test_html_explains_each_step_once():
    one = make_data()
    one["passes"] = [one["passes"][1]] * 2
    assert render_html(one).count("SWAPs bring the qubits") == 1


def test_long_circuits_are_folded():
    long = make_data()
    assert "<details>" not in render_html(long)
    long["drawings"]["logical"]["moments"] *= 60
    page = render_html(long)
    assert parse_page(page).seen.count("details") == 1
    assert "The rest of the circuit" in page


def check_drawings(page: str) -> None:
    """Assert that drawings are XML."""
    for svg in re.findall(r"<svg.*?</svg>", page, flags=re.DOTALL):
        ElementTree.fromstring(svg)


def test_hostile_names_stay_text():
    hostile = make_data(device=replace(DEVICE, name=HOSTILE))
    page = render_html(hostile | {"name": HOSTILE, "digest": HOSTILE})
    assert "script" not in parse_page(page).seen
    assert "&lt;script&gt;" in page


@pytest.mark.parametrize("view", [render_html, render_markdown])
def test_names_hide_nothing_and_turn_no_text_around(view):
    hidden = "\x1b[2J\u202e\u200b\xa0\u2066"
    hostile = make_data(device=replace(DEVICE, name=hidden)) | {"name": hidden, "digest": hidden}
    page = view(hostile)
    assert not {*page} & {*hidden} - {*"[2J"}
    assert r"\u202e" in page.replace("\\\\", "\\")


def test_hostile_labels_stay_text_in_drawings():
    hostile = make_data()
    hostile["drawings"]["logical"]["wires"][0] = HOSTILE
    hostile["drawings"]["logical"]["moments"][0][0][2] = HOSTILE
    hostile["drawings"]["device"]["qubits"][0][0] = HOSTILE
    page = render_html(hostile)
    assert "script" not in parse_page(page).seen
    check_drawings(page)


def test_hostile_names_do_not_break_markdown_tables():
    harmless, hostile = make_data(), make_data()
    for report_, text in ((harmless, "text"), (hostile, HOSTILE)):
        report_["passes"][0]["note"] = report_["alternatives"][0]["note"] = text
    text = render_markdown(hostile | {"name": HOSTILE})
    assert "<script>" not in text
    assert len(text.splitlines()) == len(render_markdown(harmless).splitlines())
