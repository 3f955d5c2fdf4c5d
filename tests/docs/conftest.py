"""What documentation that is run leaves behind, and must not."""

from __future__ import annotations

import pytest


@pytest.fixture
def own_registries(monkeypatch: pytest.MonkeyPatch) -> None:
    """Forget afterwards what a page or an example registered."""
    from qslc_runtime.families import FAMILIES
    from qslc_runtime.sampling import SAMPLERS

    for registry in (FAMILIES, SAMPLERS):
        monkeypatch.setattr(registry, "_entries", dict(registry._entries))
