"""Meetings in which people come back: who is known, missed, or taken for somebody else."""

from __future__ import annotations

from meetbot.domain import Diarization, Turn
from meetbot.evaluate.voices import Acquaintance

ANA, BEN, CEM = (1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0)


def meeting(**voices: tuple[float, ...]) -> Diarization:
    turns = tuple(Turn(speaker, 10.0 * number, 10.0 * number + 9) for number, speaker in enumerate(voices))
    return Diarization(turns, turns, voices)


def truth(*people: str) -> tuple[Turn, ...]:
    return tuple(Turn(person, 10.0 * number, 10.0 * number + 9) for number, person in enumerate(people))


def test_people_are_enrolled_where_they_first_speak_and_known_from_then_on() -> None:
    met = Acquaintance()
    met.meet("one", truth("Ana", "Ben"), meeting(S1=ANA, S2=BEN))
    met.meet("two", truth("Cem", "Ana"), meeting(S1=CEM, S2=ANA))
    found = met.report()
    assert [one.given for one in found.meetings] == [{}, {"S2": "Ana"}]
    assert {one.metric: (one.errors, one.total) for one in found.pooled} == {
        "false names": (0, 1),
        "missing names": (0, 1),
    }
    assert found.equal_error is not None
    assert found.equal_error.rate == 0


def test_a_stranger_with_a_known_voice_is_a_false_name() -> None:
    met = Acquaintance()
    met.meet("one", truth("Ana"), meeting(S1=ANA))
    met.meet("two", truth("Cem"), meeting(S1=(0.9, 0.0, (1 - 0.81) ** 0.5)))
    rates = {one.metric: (one.errors, one.total) for one in met.report().pooled}
    assert rates["false names"] == (1, 1)
