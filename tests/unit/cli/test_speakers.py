"""What the commands about speakers change, print and refuse; the voices themselves are heard in the end-to-end test."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from meetbot.cli.speakers import speakers_app
from meetbot.domain import Notes, Transcript
from meetbot.errors import MeetbotError, UsageError
from meetbot.library import Library
from meetbot.voices import profiles
from meetbot.voices.profiles import Profiles, Sample
from tests.unit.export.meetings import NOTES, WEEKLY


@pytest.fixture(autouse=True)
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A library with one meeting whose recording is gone."""
    for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
        monkeypatch.setenv(f"XDG_{kind}_HOME", str(tmp_path / kind.lower()))
    with Library.open() as library:
        library.add(WEEKLY, NOTES, source=tmp_path / "gone.flac")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def run(*arguments: str, typed: str = "") -> str:
    """What a command prints; an error of meetbot's own is raised."""
    result = CliRunner().invoke(speakers_app, arguments, input=typed)
    if isinstance(result.exception, MeetbotError):
        raise result.exception
    assert result.exit_code == 0, result.output
    return result.output


def meeting() -> tuple[Transcript, Notes]:
    with Library.open() as library:
        kept = library.load(library.find("weekly").id)
    assert kept.notes is not None
    return kept.transcript, kept.notes


def test_a_name_reaches_transcript_notes_and_search() -> None:
    before, _ = meeting()
    first = before.speakers[0]
    assert f"{first.id} is Zoe" in run("name", "weekly", first.id, "Zoe", "--no-voices")
    transcript, notes = meeting()
    assert (transcript.speakers[0].name, transcript.speakers[0].source) == ("Zoe", "user")
    assert "Zoe" in [one.name for one in notes.speakers]
    assert [item.owner_name for item in notes.action_items if item.owner == first.id] == [
        "Zoe" for item in notes.action_items if item.owner == first.id
    ]
    assert [one.text for one in transcript.utterances] == [one.text for one in before.utterances]
    with Library.open() as library:
        assert library.search("zoe")


def test_a_name_is_kept_when_the_voice_cannot_be_learned() -> None:
    assert "not where it was" in run("name", "weekly", "S1", "Zoe")
    assert meeting()[0].speakers[0].name == "Zoe"
    assert profiles.load() == Profiles()


def test_merged_speakers_are_one_everywhere() -> None:
    run("merge", "weekly", "S1", "S2")
    transcript, notes = meeting()
    assert {one.speaker for one in transcript.utterances} == {"S1"}
    assert [one.id for one in notes.speakers] == ["S1"]
    assert {item.owner for item in notes.action_items} <= {"S1", None}


def test_labels_come_from_a_file(kept: Path) -> None:
    (kept / "names.json").write_text('{"S1": "Zoe", "S2": "Yan"}')
    assert "Named 2" in run("label", "weekly", "--apply", "names.json", "--no-voices")
    assert [one.name for one in meeting()[0].speakers] == ["Zoe", "Yan"]
    offers = json.loads(run("label", "weekly", "--json").splitlines()[-1])["speakers"]
    assert [offer["name"] for offer in offers] == ["Zoe", "Yan"]
    assert all(1 <= len(offer["snippets"]) <= 2 for offer in offers)


@pytest.mark.parametrize("content", ["", "[]", '{"S1": 3}', '{"S1": " "}', '{"S9": "Zoe"}'])
def test_a_file_of_names_that_is_none_changes_nothing(kept: Path, content: str) -> None:
    before = meeting()
    (kept / "names.json").write_text(content)
    with pytest.raises(UsageError):
        run("label", "weekly", "--apply", "names.json", "--no-voices")
    assert meeting() == before


def test_voices_travel_and_are_forgotten(kept: Path) -> None:
    profiles.save(Profiles().enrolled("Ana", [Sample((1.0, 0.0), 12.0, "one")]))
    run("export", "voices.json")
    assert (kept / "voices.json").stat().st_mode & 0o777 == 0o600
    assert "forgotten" in run("forget", "ana")
    assert not profiles.default_path().exists()
    assert json.loads(run("list", "--json"))["people"] == []
    run("import", "voices.json")
    assert run("list") == "Ana  12 s of speech from 1 recording(s)\n"


@pytest.mark.parametrize(
    "arguments",
    [
        ("name", "nothing", "S1", "Ana"),
        ("name", "weekly", "S9", "Ana"),
        ("merge", "weekly", "S1", "S1"),
        ("split", "weekly", "S1"),
        ("forget", "Zoe"),
        ("import", "none.json"),
        ("label", "weekly", "--json", "--snippets", "folder"),
    ],
)
def test_what_cannot_be_is_refused(arguments: tuple[str, ...]) -> None:
    before = meeting()
    with pytest.raises(MeetbotError) as refused:
        run(*arguments)
    assert refused.value.exit_code == 2
    assert meeting() == before
