"""A data set made dirty on purpose: every planted fault is caught by its rule, everything clean is kept."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
import soundfile
from numpy.typing import NDArray

from meetbot.audio import SAMPLE_RATE
from meetbot.errors import UsageError
from meetbot.finetune import data, spoken
from meetbot.finetune.prepare import PrepareOptions, prepare
from meetbot.finetune.spoken import Guess

CLEAN = {
    "clean-1": "We can start when the printer is repaired, and not before.",
    "clean-2": "NASA and the BBC agreed on it, didn't they?",
    "clean-3": "Yes.",
    "clean-4": "The second invoice was paid twice; somebody has to call the bank.",
    "clean-5": "Could you send me the drawings for the new kitchen by Thursday?",
}
PLANTED = {
    "capitals": ("machine-made", "SO THE NEXT THING IS THE REPORT FOR OCTOBER"),
    "small": ("machine-made", "and then we went over the budget for the next year again"),
    "unpunctuated": ("machine-made", "Then Maria said that the boxes in the hall belong to nobody at all"),
    "music": ("empty", "[Music] (applause)"),
    "blank": ("empty", "   "),
    "repeated": ("duplicate", "We can start when the printer is repaired and not before!"),
    "same-sound": ("duplicate", "Good."),
    "crammed": ("too fast", "This is far more than anybody on this earth could ever say in a second. " * 4),
    "sparse": ("too slow", "A."),
    "tested": ("evaluation", "Nobody may learn this sentence, because it is in the test."),
    "foreign": ("language", "Nous avons parlé hier des nouvelles règles de la maison."),
    "missing": ("audio", "There is no sound that belongs to this text."),
    "endless": ("too long", "An utterance of half a minute and more, without any times in it."),
}
SECONDS = {"crammed": 1.0, "sparse": 9.0, "endless": 31.0}


def _noise(seconds: float, seed: int) -> NDArray[np.float32]:
    rng = np.random.default_rng(seed)
    return (0.1 * rng.standard_normal(round(seconds * SAMPLE_RATE))).astype(np.float32)


def _write(path: Path, seconds: float, seed: int) -> None:
    soundfile.write(path, _noise(seconds, seed), SAMPLE_RATE)


@pytest.fixture
def dirty(tmp_path: Path) -> Path:
    folder = tmp_path / "dirty"
    folder.mkdir()
    rows = []
    for seed, (name, text) in enumerate([*CLEAN.items(), *((name, text) for name, (_, text) in PLANTED.items())]):
        audio = folder / f"{name}.flac"
        if name == "same-sound":
            _write(audio, 4.0, 0)  # as clean-1
        elif name != "missing":
            _write(audio, SECONDS.get(name, 4.0), seed)
        rows.append({"audio": audio.name, "text": text, "language": "en", "speaker": name})
    (folder / "manifest.json").write_text(json.dumps(rows))
    return folder


class Ears:
    """Stands for the engine: hears the language that a test says."""


@pytest.fixture
def english(monkeypatch: pytest.MonkeyPatch) -> Ears:
    def heard(_engine: object, sounds: Sequence[NDArray[np.float32]]) -> list[Guess]:
        return [Guess("en", 0.99) for _ in sounds]

    monkeypatch.setattr(spoken, "heard", heard)
    return Ears()


def test_every_planted_fault_is_caught_and_everything_clean_is_kept(dirty: Path, english: Ears, tmp_path: Path) -> None:
    test = tmp_path / "test"
    test.mkdir()
    _write(test / "exam.flac", 3.0, 99)
    (test / "exam.txt").write_text(PLANTED["tested"][1])
    target = tmp_path / "data"
    report = prepare([str(dirty)], target, english, PrepareOptions(evaluation=(str(test),)))  # type: ignore[arg-type]
    kept = {cue.text for segment in data.read(target) for cue in segment.cues}
    assert kept == set(CLEAN.values())
    for rule in {rule for rule, _ in PLANTED.values()}:
        planted = [name for name, (by, _) in PLANTED.items() if by == rule]
        assert report.dropped[rule].count == len(planted), rule
    assert report.recordings == len(CLEAN) + len(PLANTED)


def test_a_rule_can_be_left_out(dirty: Path, english: Ears, tmp_path: Path) -> None:
    options = PrepareOptions(without=frozenset({"machine-made"}))
    report = prepare([str(dirty)], tmp_path / "data", english, options)  # type: ignore[arg-type]
    assert "machine-made" not in report.dropped
    assert PLANTED["capitals"][1] in {segment.text for segment in data.read(tmp_path / "data")}


def test_english_under_other_speech_is_for_translation(
    dirty: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def heard(_engine: object, sounds: Sequence[NDArray[np.float32]]) -> list[Guess]:
        return [Guess("de", 0.99) for _ in sounds]

    monkeypatch.setattr(spoken, "heard", heard)
    prepare([str(dirty)], tmp_path / "data", Ears())  # type: ignore[arg-type]
    tasks = {cue.text: (found.task, found.language) for found in data.read(tmp_path / "data") for cue in found.cues}
    assert tasks[CLEAN["clean-4"]] == ("translate", "de")


def _time(seconds: int) -> str:
    return f"00:{seconds // 60:02}:{seconds % 60:02}"


def test_long_recordings_with_captions_are_cut_with_their_times(english: Ears, tmp_path: Path) -> None:
    folder = tmp_path / "talks"
    folder.mkdir()
    _write(folder / "talk.wav", 95.0, 7)
    lines = [
        "Good morning, everybody.",
        "The heating was repaired on Monday, so we can use the large room again.",
        "Two people asked for a bicycle stand, and nobody minds paying for it.",
        "Then there is the garden: who waters the tomatoes in August?",
        "Thanks, see you next week.",
    ]
    starts = [2, 10, 25, 40, 90]
    blocks = [
        f"{number}\n{_time(start)},000 --> {_time(start + 4)},500\n{line}\n"
        for number, (start, line) in enumerate(zip(starts, lines, strict=True), 1)
    ]
    (folder / "talk.srt").write_text("\n".join(blocks), encoding="utf-8")
    prepare([str(folder)], tmp_path / "data", english, PrepareOptions(speechless=0.0))  # type: ignore[arg-type]
    found = list(data.read(tmp_path / "data"))
    assert [cue.text for segment in found for cue in segment.cues] == lines
    for segment in found:
        samples, rate = soundfile.read(tmp_path / "data" / segment.audio)
        assert rate == SAMPLE_RATE
        assert len(samples) / rate == pytest.approx(segment.seconds)
        assert segment.seconds <= 30
        assert all(0 <= cue.start < (cue.end or 0) <= segment.seconds for cue in segment.cues)
    assert found[0].cues[0].start == pytest.approx(0.3)


def test_nobody_is_both_trained_on_and_held_back(dirty: Path, english: Ears, tmp_path: Path) -> None:
    prepare([str(dirty)], tmp_path / "data", english, PrepareOptions(held_back=0.5))  # type: ignore[arg-type]
    splits: dict[str, set[str]] = {}
    for segment in data.read(tmp_path / "data"):
        splits.setdefault(segment.group, set()).add(segment.split)
    assert all(len(found) == 1 for found in splits.values())
    assert {"train", "held-back"} == set().union(*splits.values())


def test_of_what_only_trains_nothing_is_held_back(dirty: Path, english: Ears, tmp_path: Path) -> None:
    ordinary = tmp_path / "ordinary"
    ordinary.mkdir()
    for seed in range(200, 212):
        _write(ordinary / f"{seed}.flac", 4.0, seed)
        (ordinary / f"{seed}.txt").write_text(f"Here is what number {seed} of them says, {seed % 7} times over.")
    options = PrepareOptions(held_back=0.6, train_only=(str(ordinary),), without=frozenset({"duplicate"}))
    prepare([str(dirty)], tmp_path / "data", english, options)  # type: ignore[arg-type]
    found = list(data.read(tmp_path / "data"))
    assert {segment.split for segment in found if segment.source == "ordinary"} == {"train"}
    assert sum(segment.source == "ordinary" for segment in found) == 12
    assert "held-back" in {segment.split for segment in found}


def test_whoever_only_trains_somewhere_is_held_back_nowhere(english: Ears, tmp_path: Path) -> None:
    for number, (folder, text) in enumerate((("names", CLEAN["clean-1"]), ("ordinary", CLEAN["clean-4"]))):
        (tmp_path / folder).mkdir()
        _write(tmp_path / folder / "one.flac", 4.0, 300 + number)
        row = {"audio": "one.flac", "text": text, "language": "en", "speaker": "somebody"}
        (tmp_path / folder / "manifest.json").write_text(json.dumps([row]))
    options = PrepareOptions(held_back=0.9999999, train_only=(str(tmp_path / "ordinary"),), join=False)
    prepare([str(tmp_path / "names")], tmp_path / "data", english, options)  # type: ignore[arg-type]
    assert [segment.split for segment in data.read(tmp_path / "data")] == ["train", "train"]


def test_short_utterances_of_one_speaker_are_joined(english: Ears, tmp_path: Path) -> None:
    folder = tmp_path / "one"
    folder.mkdir()
    rows = []
    for number, text in enumerate(list(CLEAN.values())[1:]):
        _write(folder / f"{number}.flac", 8.0, number)
        rows.append(f"{number}.flac\t{text}\ten\tsomebody")
    (folder / "train.tsv").write_text("path\tsentence\tlocale\tclient_id\n" + "\n".join(rows) + "\n")
    prepare([str(folder / "train.tsv")], tmp_path / "data", english)  # type: ignore[arg-type]
    found = list(data.read(tmp_path / "data"))
    assert [len(segment.cues) for segment in found] == [3, 1]
    assert found[0].seconds == pytest.approx(3 * 8 + 2 * 0.4)
    assert found[0].cues[1].start == pytest.approx(8.4, abs=0.1)


@pytest.mark.parametrize(("name", "content"), [("list.jsonl", '{"audio": "a.wav"}'), ("list.json", "[1, 2]")])
def test_a_manifest_that_is_none_is_an_error_in_one_line(
    name: str, content: str, english: Ears, tmp_path: Path
) -> None:
    (tmp_path / name).write_text(content)
    with pytest.raises(UsageError, match=name):
        prepare([str(tmp_path / name)], tmp_path / "data", english)  # type: ignore[arg-type]
