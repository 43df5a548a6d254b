"""The order of the stages and their cache, with fakes in place of the three models."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import scipy.io.wavfile

from meetbot.audio.recording import Clip
from meetbot.config import Settings
from meetbot.domain import Answer, Diarization, Notes, Segment, Transcript, Transcription, Turn, Word
from meetbot.pipeline import Pipeline
from meetbot.store import Store
from meetbot.templates import Part, Template, Text

TURNS = (Turn("S1", 0.0, 1.0), Turn("S2", 1.0, 2.0))
WORDS = (Word(" Hello.", 0.1, 0.9, 0.9), Word(" Hi.", 1.1, 1.9, 0.9))


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> Counter[str]:
    """How often each fake model was run."""
    import meetbot.diarize.likeness
    import meetbot.notes
    import meetbot.transcribe

    counted: Counter[str] = Counter()

    def diarize(*_: Any, **__: Any) -> Diarization:
        counted["diarize"] += 1
        return Diarization(TURNS, TURNS, {"S1": (1.0, 0.0)})

    def transcribe(*_: Any, **__: Any) -> Transcription:
        counted["transcribe"] += 1
        return Transcription((Segment(WORDS, "en"),), "en")

    def likeness(_: Any, spans: Sequence[Any], voices: Mapping[str, Any], **__: Any) -> list[tuple[float, ...]]:
        counted["align"] += 1
        return [tuple(0.5 for _ in voices) for _ in spans]

    def summarize(transcript: Transcript, options: Any, **_: Any) -> Notes:
        counted["notes"] += 1
        return Notes("A title", options.date, "en", transcript.audio.duration, (), options.length)

    monkeypatch.setattr(meetbot.diarize, "diarize", diarize)
    monkeypatch.setattr(meetbot.transcribe, "transcribe", transcribe)
    monkeypatch.setattr(meetbot.diarize.likeness, "likeness", likeness)
    monkeypatch.setattr(meetbot.notes, "summarize", summarize)
    return counted


@pytest.fixture
def recording(tmp_path: Path) -> Path:
    path = tmp_path / "talk.wav"
    scipy.io.wavfile.write(path, 16_000, (np.sin(np.arange(32_000) / 9) * 9_000).astype(np.int16))
    return path


def pipeline(tmp_path: Path, **changed: Any) -> Pipeline:
    return Pipeline(replace(Settings(), **changed), Store(tmp_path / "cache"))


def summarized(stages: Pipeline, recording: Path) -> tuple[Transcript, Notes]:
    transcript = stages.transcribe(stages.open(recording))
    return transcript, stages.summarize(transcript, "2026-11-23")


def test_a_second_run_does_nothing_again(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    first, second = (summarized(pipeline(tmp_path), recording) for _ in range(2))
    assert calls == {"diarize": 1, "transcribe": 1, "align": 1, "notes": 1}
    assert second[0].utterances == first[0].utterances
    assert second[1] == replace(first[1], timings=second[1].timings)


def test_another_length_of_the_notes_does_not_transcribe_again(
    tmp_path: Path, recording: Path, calls: Counter[str]
) -> None:
    for length in ("short", "long"):
        stages = pipeline(tmp_path, length=length)
        assert summarized(stages, recording)[1].overview == length
    assert calls == {"diarize": 1, "transcribe": 1, "align": 1, "notes": 2}


def test_another_prompt_writes_other_notes(
    tmp_path: Path, recording: Path, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    summarized(pipeline(tmp_path), recording)
    (tmp_path / "config/meetbot/prompts").mkdir(parents=True)
    (tmp_path / "config/meetbot/prompts/overview.md").write_text("Write a limerick about {facts}.")
    summarized(pipeline(tmp_path), recording)
    assert calls == {"diarize": 1, "transcribe": 1, "align": 1, "notes": 2}


def test_a_template_asks_orders_and_names(
    tmp_path: Path, recording: Path, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[str] = []

    class Asker:
        def __init__(self, *_: Any, **__: Any) -> None:
            pass

        def ask(self, question: str) -> Answer:
            asked.append(question)
            return Answer(question, True, "Hello.")

    monkeypatch.setattr("meetbot.ask.Asker", Asker)
    heading = Text({"en": "Blockers", "de": "Hindernisse"})
    parts = (Part("answer", heading, Text({"": "What delays {team}?"})), Part("overview"))
    template = Template("mine", parts, tone="Plain.", parameters={"team": ""})
    stages = pipeline(tmp_path)
    transcript = stages.transcribe(stages.open(recording))
    for _ in range(2):
        notes = stages.summarize(transcript, "2026-11-23", template.filled({"team": "Ops"}))
    assert [(one.kind, one.heading) for one in notes.sections] == [("answer", "Blockers"), ("overview", None)]
    assert notes.sections[0].answer == Answer("What delays Ops?", True, "Hello.")
    assert (notes.template, notes.parameters, asked) == ("mine", {"team": "Ops"}, ["What delays Ops?"])
    stages.summarize(transcript, "2026-11-23")
    assert calls["notes"] == 2  # the tone is part of what determines the notes


def test_another_number_of_speakers_does(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    for speakers in (2, 3):
        stages = pipeline(tmp_path, speakers=speakers)
        stages.transcribe(stages.open(recording))
    assert calls["diarize"] == 2


def test_a_copy_under_another_name_is_the_same_recording(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    stages = pipeline(tmp_path)
    stages.transcribe(stages.open(recording))
    copy = tmp_path / "copy.wav"
    copy.write_bytes(recording.read_bytes())
    assert stages.transcribe(stages.open(copy)).audio.name == "copy.wav"
    assert calls["transcribe"] == 1


def test_another_part_is_another_recording(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    stages = pipeline(tmp_path)
    stages.transcribe(stages.open(recording))
    part = replace(stages, clip=Clip(0.5, 1.5))
    part.transcribe(part.open(recording))
    assert calls["transcribe"] == 2


def test_without_diarization_there_is_one_speaker(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    stages = pipeline(tmp_path, diarize=False)
    transcript = stages.transcribe(stages.open(recording))
    assert [speaker.id for speaker in transcript.speakers] == ["S1"]
    assert calls["diarize"] == 0
    assert "segmentation" not in transcript.models


def test_an_artefact_of_another_form_is_made_again(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    stages = pipeline(tmp_path)
    stages.transcribe(stages.open(recording))
    for path, _ in stages.store.sizes():
        path.write_text('{"of": "another version"}')
    stages.transcribe(stages.open(recording))
    assert calls["transcribe"] == 2


def test_restart_ignores_the_cache(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    stages = pipeline(tmp_path)
    stages.transcribe(stages.open(recording))
    again = replace(stages, store=Store(tmp_path / "cache", fresh=True))
    again.transcribe(again.open(recording))
    assert calls["transcribe"] == 2


def test_the_date_is_the_files_when_nothing_else_tells(tmp_path: Path, recording: Path, calls: Counter[str]) -> None:
    import os

    os.utime(recording, (1_700_000_000, 1_700_000_000))
    stages = pipeline(tmp_path)
    assert stages.date(stages.open(recording)) == "2023-11-14"


def test_a_call_is_heard_channel_by_channel(
    tmp_path: Path, calls: Counter[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    import meetbot.diarize.likeness
    import meetbot.transcribe

    def loud(audio: Any) -> bool:
        return bool(np.abs(audio.window(0.0, 0.5)).max() > 0.1)

    def diarize(audio: Any, *_: Any, **__: Any) -> Diarization:
        calls["diarize"] += 1
        turns = (Turn("S1", 0.0, 0.9) if loud(audio) else Turn("S1", 0.8, 2.0),)
        return Diarization(turns, turns, {"S1": (1.0, 0.0)})

    def transcribe(audio: Any, *_: Any, **__: Any) -> Transcription:
        calls["transcribe"] += 1
        return Transcription((Segment((WORDS[0] if loud(audio) else WORDS[1],), "en"),), "en")

    monkeypatch.setattr(meetbot.diarize, "diarize", diarize)
    monkeypatch.setattr(meetbot.transcribe, "transcribe", transcribe)
    rng = np.random.default_rng(0)
    sides = np.zeros((32_000, 2))
    sides[:14_400, 1] = rng.normal(scale=9000, size=14_400)
    sides[12_800:, 0] = rng.normal(scale=9000, size=19_200)
    path = tmp_path / "call.wav"
    scipy.io.wavfile.write(path, 16_000, sides.clip(-32768, 32767).astype(np.int16))
    for _ in range(2):
        stages = pipeline(tmp_path, channels="split")
        opened = stages.open(path)
        transcript = stages.transcribe(opened)
        assert [(said.speaker, said.text) for said in transcript.utterances] == [("S1", "Hello."), ("S2", "Hi.")]
        assert stages.diarize(opened).value.turns == (Turn("S1", 0.0, 0.9), Turn("S2", 0.8, 2.0))
    assert calls == {"diarize": 2, "transcribe": 2, "align": 2}
    plain = pipeline(tmp_path, channels="split", diarize=False)
    assert {one.id for one in plain.transcribe(plain.open(path)).speakers} == {"S1", "S2"}
    mixed = pipeline(tmp_path)
    assert len(mixed.transcribe(mixed.open(path)).utterances) == 1
