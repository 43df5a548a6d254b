"""`meetbot evaluate` from the command line, on a pipeline that says what it is told to."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from typer.testing import CliRunner

from meetbot.cli.evaluate import evaluate_app
from meetbot.config import Settings
from meetbot.domain import AudioInfo, Diarization, Speaker, Transcript, Turn, Utterance, Word

STM = "talk 1 Ana 0.00 2.00 we meet on monday\ntalk 1 Ben 2.00 4.00 no on tuesday please\n"
CTM = "talk 1 0.00 0.50 we\ntalk 1 0.50 0.50 meet\ntalk 1 1.00 0.50 on\ntalk 1 1.50 0.50 monday\n"
HEARD = (("S1", 0.0, "we meet on sunday"), ("S2", 2.0, "no on tuesday please"))


@dataclass(frozen=True)
class Told:
    """A pipeline without models: two speakers, one word wrong."""

    settings: Settings

    def open(self, source: Path) -> Path:
        return source

    def diarize(self, _: Path) -> Any:
        turns = (Turn("S1", 0.0, 2.0), Turn("S2", 2.0, 4.0))
        return SimpleNamespace(value=Diarization(turns, turns))

    def facts(self, recording: Path) -> Any:
        return SimpleNamespace(value=SimpleNamespace(info=AudioInfo(recording.name, "0", 4.0)))

    def transcribe(self, recording: Path) -> Transcript:
        utterances = tuple(
            Utterance(
                f"T{number}",
                speaker if self.settings.diarize else "S1",
                start,
                start + 2,
                text,
                words=tuple(
                    Word(f" {word}", start + at / 2, start + at / 2 + 0.5, 1.0) for at, word in enumerate(text.split())
                ),
            )
            for number, (speaker, start, text) in enumerate(HEARD, 1)
        )
        language = self.settings.language or "en"
        return Transcript(AudioInfo(recording.name, "0", 4.0), language, (Speaker("S1"), Speaker("S2")), utterances)


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> str:
    monkeypatch.setattr("meetbot.cli.run.pipeline", lambda settings, *_, **__: Told(settings))
    for name, text in {"talk.flac": "", "talk.stm": STM, "talk.ctm": CTM}.items():
        (tmp_path / name).write_text(text)
    return str(tmp_path)


def call(*arguments: str) -> str:
    result = CliRunner().invoke(evaluate_app, arguments, catch_exceptions=False)
    assert result.exit_code == 0
    return result.stdout


def test_a_folder_alone_means_its_meetings(folder: str) -> None:
    table = call(folder)
    assert table == call("meetings", folder)
    assert "| WER" in table
    assert "12.5 %" in table
    assert "2/2" in table


def test_one_document_of_json(folder: str) -> None:
    report = json.loads(call("meetings", folder, "--json", "--joins"))
    assert report["schema_version"] == 1
    pooled = {one["metric"]: one["rate"] for one in report["pooled"]}
    assert pooled["WER"] == pooled["cpWER"] == 0.125
    assert pooled["DER"] == pooled["JER"] == pooled["WDER"] == pooled["speaker count"] == 0
    assert {join["join"] for join in report["joins"]} == {"meetbot", "WhisperX, sentences", "WhisperX, words"}
    assert report["recordings"][0]["name"] == "talk"


def test_words_only(folder: str) -> None:
    report = json.loads(call("meetings", folder, "--json", "--words-only"))
    assert [one["metric"] for one in report["pooled"]] == ["WER"]


def test_words_by_language(folder: str, tmp_path: Path) -> None:
    entries = [{"audio": "talk.flac", "text": text, "language": code} for text, code in (("we", "en"), ("今", "zh"))]
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    report = json.loads(call("words", folder, "--by", "language", "--json"))
    assert [(one["language"], one["pooled"]["metric"]) for one in report["languages"]] == [("en", "WER"), ("zh", "CER")]
    assert "| talk" in call("words", folder, "--by", "utterance")


def test_times(folder: str) -> None:
    report = json.loads(call("times", folder, "--json"))
    assert (report["words"]["matched"], report["words"]["total"]) == (3, 4)  # Sunday is not Monday
    assert report["words"]["start_median"] == report["utterances"]["end_p95"] == 0
    assert "utterances" in call("times", folder)


@pytest.mark.parametrize("command", [[], ["meetings"], ["words"], ["times"]])
def test_every_command_has_help_with_an_example(command: list[str]) -> None:
    assert "meetbot evaluate" in call(*command, "--help")
