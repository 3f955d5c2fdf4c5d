"""The documentation's pages as lists of snippets."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from markdown_it import MarkdownIt

ROOT = Path(__file__).parents[2]
PAGES = (
    ROOT / "README.md",
    ROOT / "CONTRIBUTING.md",
    *sorted((ROOT / "docs").glob("*.md")),
    *sorted((ROOT / "examples").rglob("*.md")),
    *sorted((ROOT / "benchmarks").glob("*.md")),
)
_HIDDEN = re.compile(r"<!-- (sh|python|yaml)\n(.*)-->\s*", re.DOTALL)


def read_project() -> dict[str, Any]:
    """Return the table ``project`` of pyproject.toml."""
    try:
        import tomllib
    except ImportError:  # Python 3.10
        import tomli as tomllib
    found: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    return found


@dataclass(frozen=True)
class Snippet:
    """A fenced code block of a page, or a comment that holds one.

    Args:
        page: File that holds it.
        first: Number of its first line of text, from 1.
        kind: Info string of the fence: "sh", "python", "python excerpt", "python tfq" (or
            another package), "yaml", "text", or nothing, which is what the command before it
            prints.
        text: Contents, which end in a line break.
        hidden: Whether it is a comment, which only tests read.
    """

    page: Path
    first: int
    kind: str
    text: str
    hidden: bool = False

    def __str__(self) -> str:
        return f"{self.page.relative_to(ROOT)}:{self.first}"


def read_snippets(page: Path) -> list[Snippet]:
    """Return the snippets of a page in their order."""
    found = []
    for token in MarkdownIt().parse(page.read_text(encoding="utf-8")):
        if token.type == "fence":
            found.append(Snippet(page, token.map[0] + 2, token.info.strip(), token.content))
        elif token.type == "html_block" and (comment := _HIDDEN.fullmatch(token.content)):
            found.append(Snippet(page, token.map[0] + 2, *comment.groups(), hidden=True))
    return found


def replace(snippet: Snippet, text: str) -> None:
    """Write another text in the place of a snippet's."""
    lines = snippet.page.read_text(encoding="utf-8").splitlines(keepends=True)
    first, count = snippet.first - 1, len(snippet.text.splitlines())
    lines[first : first + count] = text.splitlines(keepends=True)
    snippet.page.write_text("".join(lines), encoding="utf-8")


def list_links(page: Path) -> list[str]:
    """Return the targets of a page's links, in their order."""
    tokens = [
        child
        for token in MarkdownIt().parse(page.read_text(encoding="utf-8"))
        for child in token.children or ()
    ]
    return [str(token.attrs["href"]) for token in tokens if token.type == "link_open"]


def list_anchors(page: Path) -> set[str]:
    """Return the anchors that GitHub makes of a page's headings."""
    titles = re.findall(r"^#+ (.*)$", page.read_text(encoding="utf-8"), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}
