"""The samples and their references agree: with each other, with the audio and with the written script."""

from __future__ import annotations

import datetime
import json
import random
from itertools import pairwise
from pathlib import Path
from typing import Any, NamedTuple

import jsonschema
import numpy as np
import pytest

from meetbot.audio import SAMPLE_RATE, load
from samples import compose, digits, noise, references, room, script
from samples.references import Said

SAMPLES = Path(__file__).parents[2] / "samples"
NAMES = sorted(path.stem for path in script.SCRIPTS.glob("*.toml"))
TOO_LARGE = 20_000_000  # bytes of all recordings together: they live in git

SAID = {
    "type": "array",
    "items": {
        "type": "object",
        "required": ["speaker", "start", "end", "quote"],
        "additionalProperties": False,
        "properties": {
            "speaker": {"type": "string"},
            "start": {"type": "number"},
            "end": {"type": "number"},
            "quote": {"type": "string", "minLength": 1},
        },
    },
}
ITEM = {"text": {"type": "string"}, "said": SAID}
TEXTS = {"type": "array", "items": {"type": "string"}}


def listed(required: list[str], **properties: Any) -> dict[str, Any]:
    item = {"type": "object", "required": required, "additionalProperties": False, "properties": properties}
    return {"type": "array", "items": item}


FACTS = {
    "type": "object",
    "required": ["schema_version", "title", "date", "language", "speakers"],
    "additionalProperties": False,
    "properties": {
        "schema_version": {"const": 1},
        "title": {"type": "string"},
        "date": {"type": "string"},
        "language": {"type": "string"},
        "speakers": TEXTS,
        "decisions": listed(
            ["text", "said", "history"], **ITEM, mentions=TEXTS, history=listed(["text", "said"], **ITEM)
        ),
        "action_items": listed(
            ["owner", "task", "due", "said"],
            owner={"type": "string"},
            present={"type": "boolean"},
            task={"type": "string"},
            due={"type": "string"},
            due_date={"type": "string"},
            said=SAID,
        ),
        "open_questions": listed(["text", "said"], **ITEM),
        "withdrawn": listed(["text", "said"], **ITEM),
        "questions": listed(["question", "answers", "said"], question={"type": "string"}, answers=TEXTS, said=SAID),
    },
}


class Segment(NamedTuple):
    """A line of an STM, or of an RTTM (then without text)."""

    speaker: str
    start: float
    end: float
    text: str = ""


def stm(name: str) -> list[Segment]:
    rows = [row.split(" ", 5) for row in (SAMPLES / f"{name}.stm").read_text(encoding="utf-8").splitlines()]
    assert {(row[0], row[1]) for row in rows} == {(name, "1")}
    return [Segment(row[2], float(row[3]), float(row[4]), row[5]) for row in rows]


def rttm(name: str) -> list[Segment]:
    rows = [row.split() for row in (SAMPLES / f"{name}.rttm").read_text(encoding="utf-8").splitlines()]
    assert {(row[0], row[1], row[2]) for row in rows} == {("SPEAKER", name, "1")}
    return [Segment(row[7], float(row[3]), float(row[3]) + float(row[4])) for row in rows]


def quotes(value: Any) -> list[dict[str, Any]]:
    if isinstance(value, dict):
        return [value] if "quote" in value else [quote for inner in value.values() for quote in quotes(inner)]
    return [quote for inner in value for quote in quotes(inner)] if isinstance(value, list) else []


def test_all_recordings_are_small_enough_for_git() -> None:
    assert sum(path.stat().st_size for path in SAMPLES.glob("*.flac")) < TOO_LARGE


@pytest.mark.parametrize("name", NAMES)
class TestSample:
    def test_references_lie_within_the_audio(self, name: str) -> None:
        duration = load(SAMPLES / f"{name}.flac").duration
        for segment in [*stm(name), *rttm(name)]:
            assert 0 <= segment.start < segment.end <= duration

    def test_speech_is_louder_than_the_rest(self, name: str) -> None:
        audio = load(SAMPLES / f"{name}.flac")
        speech = np.zeros(len(audio.samples), dtype=bool)
        for segment in rttm(name):
            speech[int(segment.start * SAMPLE_RATE) : int(segment.end * SAMPLE_RATE)] = True
        power = audio.samples.astype(np.float64) ** 2
        assert 10 * np.log10(power[speech].mean() / power[~speech].mean()) > 15

    def test_rttm_divides_the_turns_of_the_stm(self, name: str) -> None:
        turns = stm(name)
        pieces = rttm(name)
        assert {piece.speaker for piece in pieces} == {turn.speaker for turn in turns}
        for piece in pieces:
            holders = [
                turn
                for turn in turns
                if turn.speaker == piece.speaker and turn.start - 0.002 <= piece.start <= piece.end <= turn.end + 0.002
            ]
            assert len(holders) == 1

    def test_stm_says_what_the_script_says(self, name: str) -> None:
        play = script.read(script.SCRIPTS / f"{name}.toml")
        assert sorted((turn.speaker, turn.text) for turn in stm(name)) == sorted(
            (line.speaker, line.text) for line in play.lines
        )

    def test_facts_quote_the_recording(self, name: str) -> None:
        path = SAMPLES / f"{name}.facts.json"
        if not script.read(script.SCRIPTS / f"{name}.toml").facts:
            assert not path.exists()
            return
        facts = json.loads(path.read_text(encoding="utf-8"))
        jsonschema.validate(facts, FACTS)
        datetime.date.fromisoformat(facts["date"])
        turns = {(turn.speaker, turn.start): turn.text for turn in stm(name)}
        assert quotes(facts)
        for quote in quotes(facts):
            assert quote["quote"] in turns[quote["speaker"], quote["start"]]
        for item in facts.get("action_items", []):
            assert (item["owner"] in facts["speakers"]) == item.get("present", True)
            assert "due_date" not in item or datetime.date.fromisoformat(item["due_date"])


def test_weekly_sync_is_what_the_readme_promises() -> None:
    facts = json.loads((SAMPLES / "weekly-sync.facts.json").read_text(encoding="utf-8"))
    duration = load(SAMPLES / "weekly-sync.flac").duration
    assert len(facts["speakers"]) == 4
    assert 180 <= duration <= 240
    assert any(decision["history"] for decision in facts["decisions"])
    assert sum("due_date" in item for item in facts["action_items"]) >= 5
    assert facts["open_questions"]


def test_words_have_known_gaps() -> None:
    rows = [row.split() for row in (SAMPLES / "words.ctm").read_text(encoding="utf-8").splitlines()]
    starts = np.array([float(row[2]) for row in rows])
    ends = starts + np.array([float(row[3]) for row in rows])
    gaps = starts[1:] - ends[:-1]
    assert gaps.min() > 0.49
    assert gaps.max() < 2.01
    assert [row[4] for row in rows] == [turn.text.rstrip(".") for turn in stm("words")]


CAST = {"Ana": script.Role("a", "en-us"), "Ben": script.Role("b", "en-us", pace=0.5)}


class TestScript:
    def test_directions_continuations_and_silences(self) -> None:
        lines = script.parse(
            "Ana: Hello,\n  Ben.\n\n# a remark\n"
            "(silence 3)\nBen (pause 1.5, pace 2): {API|A P I}.\nAna (during 0.5): Mm.",
            CAST,
        )
        assert [line.text for line in lines] == ["Hello, Ben.", "API.", "Mm."]
        assert (lines[1].spoken, lines[1].silence, lines[1].pause, lines[1].pace) == ("A P I.", 3.0, 1.5, 1.0)
        assert lines[2].during == 0.5

    @pytest.mark.parametrize(
        "screenplay",
        ["Chloe: Hi.", "Ana says hi", "Ana (louder): Hi.", "Ana (pause 1, overlap 1): Hi.", "Ana (overlap 1): Hi.",
         "Ana: Hi.\n(silence 2)"],
    )  # fmt: skip
    def test_what_cannot_be_performed_is_refused(self, screenplay: str) -> None:
        with pytest.raises(script.ScriptError):
            script.parse(screenplay, CAST)


class TestReferences:
    def test_limits_are_those_of_the_energy(self) -> None:
        # 0.5 to 1.0, 1.1 to 1.5 and 2.0 to 2.5 s: the first two are nearer than SPLIT.
        loud = np.repeat([0, 1, 0, 1, 0, 1, 0], np.array([5, 5, 1, 4, 5, 5, 5]) * SAMPLE_RATE // 10)
        dry = (loud * np.random.default_rng(0).normal(0, 0.1, len(loud))).astype(np.float32)
        spans = references.speech_spans(dry)
        assert np.allclose(spans, [(0.5, 1.5), (2.0, 2.5)], atol=0.01)

    def test_silence_has_no_limits(self) -> None:
        with pytest.raises(ValueError, match="no speech"):
            references.speech_spans(np.zeros(SAMPLE_RATE, dtype=np.float32))

    def test_names_with_spaces_stay_one_field(self, tmp_path: Path) -> None:
        references.write_rttm(tmp_path / "x.rttm", [Said("Ana Li", "Hi.", ((0.5, 1.0), (1.5, 2.0)))])
        assert (tmp_path / "x.rttm").read_text().splitlines() == [
            "SPEAKER x 1 0.500 0.500 <NA> <NA> Ana_Li <NA> <NA>",
            "SPEAKER x 1 1.500 0.500 <NA> <NA> Ana_Li <NA> <NA>",
        ]


class TestComposed:
    @pytest.fixture
    def pool(self) -> dict[str, list[compose.Clip]]:
        rng = np.random.default_rng(1)
        padding = np.zeros(SAMPLE_RATE // 4, dtype=np.float32)
        burst = rng.normal(0, 0.1, SAMPLE_RATE).astype(np.float32)
        clip = np.concatenate([padding, burst, padding])
        return {name: [compose.Clip(f"{name} {number}", clip) for number in range(3)] for name in "AB"}

    def test_a_seed_gives_a_meeting_of_everybody_within_its_time(self, pool: dict[str, list[compose.Clip]]) -> None:
        recording, said = compose.compose(pool, ["A", "B", "A@1.2"], seconds=60, overlap=0.3, seed=1)
        again, same = compose.compose(pool, ["A", "B", "A@1.2"], seconds=60, overlap=0.3, seed=1)
        assert np.array_equal(recording, again)
        assert said == same
        assert {line.speaker for line in said} == {"A", "B", "A@1.2"}
        assert max(line.end for line in said) <= len(recording) / SAMPLE_RATE <= 60
        assert any(later.start < line.end for line, later in pairwise(said))

    def test_a_telephone_keeps_only_its_band(self, pool: dict[str, list[compose.Clip]]) -> None:
        recording, _ = compose.compose(pool, ["A"], seconds=20, overlap=0, seed=1)
        spectrum = np.abs(np.fft.rfft(compose.telephone(recording))) ** 2
        frequency = np.fft.rfftfreq(len(recording), 1 / SAMPLE_RATE)
        assert spectrum[frequency > 4200].sum() < 1e-3 * spectrum.sum()


class TestDigits:
    FILES = tuple(Path(f"{digit}_ana_{take}.wav") for digit in range(10) for take in range(4))

    @pytest.mark.parametrize(("shortest", "longest", "left_over"), [(1, 1, 0), (6, 8, 5)])
    def test_every_file_is_used_at_most_once(self, shortest: int, longest: int, left_over: int) -> None:
        made = list(digits.numbers(self.FILES, shortest, longest, random.Random("ana")))
        used = [file for number in made for file in number]
        assert len(used) == len(set(used)) >= len(self.FILES) - left_over
        assert {len(number) for number in made} <= set(range(shortest, longest + 1))
        assert made == list(digits.numbers(self.FILES, shortest, longest, random.Random("ana")))

    def test_takes_share_no_file(self) -> None:
        first, rest = (digits.takes(self.FILES, *limits)["ana"] for limits in ((0, 1), (1, 4)))
        assert sorted(first + rest) == sorted(self.FILES)
        assert len(first) == 10
        assert digits.text(first[:3]) == "0, 1, 2."

    def test_gaps_are_quiet_and_digits_are_as_loud_as_speech(self) -> None:
        tone = np.sin(2 * np.pi * 440 * np.arange(4000) / 8000).astype(np.float32)
        heard = digits.spoken([tone, 0.5 * tone], np.random.default_rng(1))
        loud = np.abs(heard[: len(heard) // 160 * 160]).reshape(-1, 160).max(1) > 0.01
        changes = np.flatnonzero(np.diff(loud.astype(int)))
        assert len(changes) == 4
        assert digits.GAP[0] - 0.03 < (changes[2] - changes[1]) / 100 < digits.GAP[1] + 0.03
        assert 20 * np.log10(room.loudness(heard)) == pytest.approx(room.SPEECH_DBFS, abs=1)


def test_noise_is_as_long_as_asked_and_the_same_for_a_seed() -> None:
    made = noise.without_words(150.5, seed=1)
    assert len(made) == 150.5 * SAMPLE_RATE
    assert np.array_equal(made, noise.without_words(150.5, seed=1))
    levels = [
        float(np.sqrt(np.mean(made[first * SAMPLE_RATE :][: 30 * SAMPLE_RATE] ** 2))) for first in range(0, 150, 30)
    ]
    assert levels[0] < 1e-4 < min(levels[1:])
    assert np.abs(made).max() < 1


def test_a_seat_keeps_the_time_and_sets_the_level() -> None:
    rng = np.random.default_rng(0)
    dry = rng.normal(0, 0.3, SAMPLE_RATE).astype(np.float32)
    near = room.Seat(level=0.0, distance=0.5, rng=rng).sound(dry)
    far = room.Seat(level=-6.0, distance=0.5, rng=rng).sound(dry)
    assert len(near) > len(dry)
    assert 20 * np.log10(room.loudness(near) / room.loudness(far)) == pytest.approx(6.0, abs=2.5)
