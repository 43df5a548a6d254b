"""Diarizations of a recording's channels as one."""

from meetbot.diarize.together import distinct, together
from meetbot.domain import Diarization, Turn


def side(*turns: tuple[str, float, float], **voices: tuple[float, ...]) -> Diarization:
    made = tuple(Turn(*turn) for turn in turns)
    return Diarization(made, made, voices)


LEFT = side(("S1", 1, 4), ("S1", 6, 7), S1=(1.0, 0.0))
RIGHT = side(("S1", 0, 2), ("S2", 5, 8), S1=(0.0, 1.0), S2=(0.6, 0.8))


def test_everybody_is_numbered_by_first_appearance_on_any_channel() -> None:
    left, right = distinct([LEFT, RIGHT])
    assert [turn.speaker for turn in left.turns] == ["S2", "S2"]
    assert [turn.speaker for turn in right.turns] == ["S1", "S3"]
    assert (left.voices, right.voices) == ({"S2": (1.0, 0.0)}, {"S1": (0.0, 1.0), "S3": (0.6, 0.8)})


def test_all_turns_are_kept_and_one_at_a_time_holds_the_floor() -> None:
    whole = together(distinct([LEFT, RIGHT]))
    assert whole.turns == (Turn("S1", 0, 2), Turn("S2", 1, 4), Turn("S3", 5, 8), Turn("S2", 6, 7))
    assert whole.exclusive == (Turn("S1", 0, 2), Turn("S2", 2, 4), Turn("S3", 5, 8))
    assert list(whole.voices) == ["S1", "S2", "S3"]


def test_nobody_on_a_channel_changes_nothing() -> None:
    assert together(distinct([LEFT, side()])) == LEFT
