"""Links between the documentation's pages lead somewhere."""

from __future__ import annotations

import pytest

from tests.docs.pages import PAGES, ROOT, list_anchors, list_links


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_links_lead_somewhere(page):
    for link in list_links(page):
        if ":" in link:
            continue
        name, _, anchor = link.partition("#")
        target = page.parent / name if name else page
        assert target.exists(), link
        assert not anchor or anchor in list_anchors(target), link
