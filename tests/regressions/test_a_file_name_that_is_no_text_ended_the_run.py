"""A name in an old encoding was found out when everything had been transcribed: it cannot be stored as it is."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from meetbot.audio import load
from meetbot.library import Library
from tests.unit.export.meetings import WEEKLY

SAMPLE = Path(__file__).parents[2] / "samples" / "words.flac"


def test_it_is_read_and_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for kind in ("CACHE", "DATA"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    odd = Path(os.fsdecode(os.fsencode(tmp_path) + b"/caf\xe9.flac"))
    odd.symlink_to(SAMPLE)
    assert load(odd, end=2.0).name == "caf\ufffd.flac"
    with Library.open() as library:
        kept = library.add(WEEKLY, None, source=odd)
        assert library.find(kept.id).source.endswith("caf\ufffd.flac")
