"""Whoever did not confirm a deletion, or could not, was told that it was interrupted and goes on from there."""

from __future__ import annotations

import pytest

from meetbot.cli.bar import agreed
from meetbot.errors import UsageError


@pytest.mark.parametrize("typed", ["n\n", ""])
def test_nothing_is_deleted(typed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    import io

    monkeypatch.setattr("sys.stdin", io.StringIO(typed))
    with pytest.raises(UsageError, match="nothing was deleted"):
        agreed("Delete it?")
