"""Three meetings of one team: voices named in the first are known in the next two, others by what they are called."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from meetbot.domain import Turn
from meetbot.evaluate.identification import names
from meetbot.evaluate.references import read_rttm
from tests.end_to_end.command import here

SAMPLES = Path(__file__).parents[2] / "samples"
SMALL = ["--model", "whisper-tiny.en", "-q"]

pytestmark = pytest.mark.usefixtures("models")


@pytest.fixture(autouse=True)
def own_library(tmp_path: Path) -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
        yield


def test_who_was_named_once_is_known_and_others_are_called_what_is_said(tmp_path: Path) -> None:
    assert here("transcribe", str(SAMPLES / "team-1.flac"), *SMALL).code == 0
    offered = json.loads(here("speakers", "label", "team-1", "--json").out)["speakers"]
    assert {offer["suggestion"]["name"] for offer in offered if offer["suggestion"]} <= {"Nora", "Sam", "Maya"}
    (tmp_path / "names.json").write_text('{"S1": "Nora", "S2": "Sam", "S3": "Maya"}')
    assert here("speakers", "label", "team-1", "--apply", str(tmp_path / "names.json")).code == 0
    # Jonas and Lena, whom nobody named, say who they are.
    for meeting, known, heard in (("team-2", {"Sam", "Maya"}, {"Jonas"}), ("team-3", {"Nora"}, {"Jonas", "Lena"})):
        said = json.loads(here("transcribe", str(SAMPLES / f"{meeting}.flac"), *SMALL, "--json").out)
        turns = [Turn(one["speaker"], one["start"], one["end"]) for one in said["utterances"]]
        for source, called in (("voice", known), ("talk", heard)):
            given = {one["id"]: one["name"] if one["source"] == source else None for one in said["speakers"]}
            false, missing = names(read_rttm(SAMPLES / f"{meeting}.rttm"), turns, given, called)
            assert (false.errors, false.total) == (0, len(called))
            assert missing.errors == 0
        assert all(one["confidence"] > 0.5 for one in said["speakers"] if one["name"])
        unnamed = json.loads(here("transcribe", str(SAMPLES / f"{meeting}.flac"), *SMALL, "--json", "--no-names").out)
        assert {one["name"] for one in unnamed["speakers"] if one["name"]} == known
    assert "forgotten" in here("speakers", "forget", "Nora").err
    assert "Nora" not in here("speakers", "list").out
