"""Pages in a headless Chromium."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

FLAWS = (Path(__file__).parent / "flaws.js").read_text(encoding="utf-8")
CHROMIUM = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")

SCREENS = (360, 768, 1366, 1920)
"""Widths of a phone, a tablet, a laptop and a monitor."""

PAPERS = {"A4": 688, "Letter": 710}
"""Widths between margins of 14 mm, in pixels of 1/96 inch."""

SMALLEST = {"screen": 8.0, "print": 6.0}
"""Letters in pixels; 6 px are 4.5 points on paper."""


@pytest.fixture(scope="package")
def browser_page() -> Iterator[Any]:
    """Yield a page of Chromium, for all tests of a worker; they are skipped where there is none."""
    sync_api = pytest.importorskip("playwright.sync_api", reason="playwright is not installed")
    path = next(filter(None, map(shutil.which, CHROMIUM)), None)
    if path is None:
        pytest.skip("no Chromium on this machine (Debian: apt-get install chromium)")
    with sync_api.sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=path, args=["--no-sandbox"])
        yield launched.new_page()
        launched.close()


@pytest.fixture
def flaws(browser_page: Any) -> Callable[..., list[str]]:
    """Return a function of HTML and a width that finds the flaws of the page at this width."""
    loaded: list[str] = []

    def found(html: str, width: int, media: str = "screen") -> list[str]:
        browser_page.emulate_media(media=media)
        browser_page.set_viewport_size({"width": width, "height": 900})
        if loaded != [html]:
            browser_page.set_content(html)
            loaded[:] = [html]
        asked = {"print": media == "print", "smallest": SMALLEST[media]}
        answer: list[str] = browser_page.evaluate(FLAWS, asked)
        return answer

    return found
