"""Fallback, guards and the vote on languages: judgements, without a model."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from meetbot.transcribe.fallback import compression, loops, settle
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.guards import invented
from meetbot.transcribe.languages import Heard, Vote
from meetbot.transcribe.options import TranscribeOptions

TEXTS = {
    (0, 0.0): ("and so we went on to the next point", -0.3),
    (1, 0.0): ("the the the the the the the the the the the the the the the the the the the the the", -0.2),
    (1, 0.2): ("the next thing is the budget", -0.4),
    (2, 0.0): ("mumble", -1.4),
    (2, 0.2): ("mumble", -1.3),
    (2, 0.4): ("mumbling", -1.2),
    (3, 0.0): ("nothing here", -1.5),
}


def test_each_row_falls_back_by_itself() -> None:
    asked: list[tuple[tuple[int, ...], float]] = []

    def decode(rows: Sequence[int], temperature: float) -> list[Decoded]:
        asked.append((tuple(rows), temperature))
        return [Decoded((row, round(temperature * 10)), (), TEXTS[row, temperature][1]) for row in rows]

    judged = settle(
        range(4),
        [0.0, 0.0, 0.1, 0.9],
        decode,
        lambda tokens: TEXTS[tokens[0], tokens[1] / 10][0],
        TranscribeOptions(temperatures=(0.0, 0.2, 0.4)),
    )
    # Row 3 holds no speech by Whisper's own account: a guess there is not worth another.
    assert asked == [((0, 1, 2, 3), 0.0), ((1, 2), 0.2), ((2,), 0.4)]
    assert [judged[row].temperature for row in range(4)] == [0.0, 0.2, 0.4, 0.0]


def test_loops_are_found_short_and_long() -> None:
    assert compression("I think so. " * 30) > 2.4
    assert loops("we should ship it we should ship it we should ship it we should ship it")
    assert not loops("Yeah, yeah, yeah, we should ship it.")
    assert not loops("")


@pytest.mark.parametrize(
    ("text", "voice", "dropped"),
    [
        ("Thank you.", 0.4, True),
        ("Thank you.", 1.2, False),
        ("You", 10.0, True),
        ("Thank you, Ana, that was all.", 0.4, False),
        ("Thanks for watching!", 2.0, True),
        ("Thanks for watching the build while I was away.", 2.4, False),
        (" . . .", 5.0, True),
        ("Okay, bye.", 1.0, False),
    ],
)
def test_stock_phrases_go_only_where_little_is_said(text: str, voice: float, dropped: bool) -> None:
    assert invented(text, voice) is dropped


def test_a_short_window_follows_the_meeting_and_a_clear_one_does_not() -> None:
    vote = Vote()
    english = Heard({"en": 0.95, "de": 0.03, "nn": 0.02}, 25.0)
    noisy = Heard({"en": 0.2, "de": 0.1, "nn": 0.7}, 1.0)
    german = Heard({"en": 0.01, "de": 0.98, "nn": 0.01}, 20.0)
    assert vote.decide([english] * 10 + [noisy, german]) == ["en"] * 11 + ["de"]
    assert vote.decide([english, noisy]) == ["en", "en"]
