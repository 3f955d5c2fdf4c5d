"""The checks of pages see each flaw, and none on a page that has none."""

from __future__ import annotations

import pytest

from tests.pages.conftest import PAPERS, SCREENS

PAGE = "<!DOCTYPE html><html><body style='margin:0;font:15px sans-serif'>{}</body></html>"
SVG = "<svg class='plot' width='200' height='100' viewBox='0 0 200 100'>{}</svg>"

FLAWED = {
    "text over text": (
        "<p>first</p><p style='margin-top:-30px'>second</p>",
        '"first" lies over "second"',
    ),
    "wide word in a narrow column": (
        "<dl style='display:flex'><dt style='width:20px;flex:none'>X0*X1*X2</dt>"
        "<dd style='margin:0'>measured</dd></dl>",
        '"X0*X1*X2" lies over "measured"',
    ),
    "labels of a drawing": (
        SVG.format("<text x='20' y='50'>alpha</text><text x='40' y='50'>beta</text>"),
        '"alpha" lies over "beta"',
    ),
    "a legend over a point": (
        SVG.format(
            "<defs><circle id='m' r='4'/></defs><text x='20' y='50'>legend</text>"
            "<g id='axes_1'><use href='#m' x='40' y='46'/></g>"
        ),
        '"legend" lies over a point of a plot',
    ),
    "text outside of a drawing": (
        SVG.format("<text x='180' y='50'>far too long</text>"),
        '"far too long" stands outside of its drawing',
    ),
    "text cut at the right": (
        "<div style='width:80px;overflow:hidden;white-space:nowrap'>longer than its box</div>",
        '"longer than its box" is cut',
    ),
    "text cut at the bottom": (
        "<div style='width:80px;height:20px;overflow:hidden'>more lines than its box</div>",
        '"more lines than its box" is cut',
    ),
    "sideways scrolling": (
        "<div style='width:2200px'>wide</div>",
        "the page scrolls sideways",
    ),
    "a table wider than the page": (
        "<table><tr><td style='min-width:2200px'>wide</td></tr></table>",
        "a table is wider than the page",
    ),
    "text left of the page": (
        "<p style='margin-left:-30px'>early</p>",
        '"early" stands outside of the page',
    ),
    "tiny letters": (
        "<svg width='100' height='50' viewBox='0 0 400 200'><text x='9' y='99'>small</text></svg>",
        '"small" is 3.8 px small',
    ),
}

FINE = {
    "lines of a paragraph": "<p style='line-height:1.15;width:100px'>" + "words " * 30 + "</p>",
    "turned labels": SVG.format(
        "<text transform='translate(40 80) rotate(-45)'>theta</text>"
        "<text transform='translate(60 80) rotate(-45)'>theta</text>"
    ),
    "what is folded": "<details><summary>more</summary><p>one</p>"
    "<p style='margin-top:-34px'>two</p></details>",
    "a point beside its name": SVG.format(
        "<defs><circle id='m' r='4'/></defs><text x='50' y='50'>name</text>"
        "<g id='axes_1'><use href='#m' x='40' y='46'/></g>"
    ),
}

SCROLLING = "<div style='overflow-x:auto'><div style='width:2200px'>wide</div></div>"


@pytest.mark.parametrize("name", FLAWED)
def test_a_flaw_is_found(flaws, name):
    body, expected = FLAWED[name]
    for width in SCREENS:
        assert expected in flaws(PAGE.format(body), width)


@pytest.mark.parametrize("name", FINE)
def test_a_page_without_flaws_has_none(flaws, name):
    for width in SCREENS:
        assert flaws(PAGE.format(FINE[name]), width) == []


def test_what_scrolls_by_itself_is_cut_on_paper(flaws):
    page = PAGE.format(SCROLLING)
    assert flaws(page, 768) == []
    assert '"wide" is cut' in flaws(page, PAPERS["A4"], "print")
