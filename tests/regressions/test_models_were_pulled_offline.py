"""MEETBOT_OFFLINE=1 never fetches, except that `models pull` did."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.end_to_end.command import here


def test_offline_nothing_is_fetched(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETBOT_OFFLINE", "1")
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path))
    found = here("models", "pull", "large-v3", "turbo")
    assert found.code == 4
    assert "fetching is switched off: whisper-large-v3, whisper-" in found.err
