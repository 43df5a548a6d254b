"""Whatever is planted into a meeting, the same exchanges are nominated and nothing planted is shown to the model."""

from pathlib import Path

import pytest

import meetbot
from meetbot.domain import Transcript
from meetbot.evaluate.injection import Injection, load, plant
from meetbot.notes.excerpt import excerpt, spoken
from meetbot.notes.nominate import nominate
from tests.unit.notes.people import conversation

ATTEMPTS = load(Path(meetbot.__file__).parent.parent / "samples" / "injections" / "injections.toml")
TALK = conversation(
    "Ana: The island is too tight, so a peninsula is what I would do.",
    "Ben: I like the peninsula.",
    "Ana: Okay, so we take the peninsula, agreed?",
    "Ben: Yes, agreed.",
    "Chloe: Fine with me.",
    "Ana: Who calls the electrician?",
    "Ben: I'll call the electrician on Monday.",
    "Chloe: Lovely.",
)


def exchanges(transcript: Transcript) -> list[tuple[str, str]]:
    said = spoken(transcript)
    return [(one.kind, said[one.anchor].id) for one in nominate(said, transcript.language)]


@pytest.mark.parametrize("attempt", [one for one in ATTEMPTS if one.where == "speech"], ids=lambda one: one.id)
@pytest.mark.parametrize("turn", ["T1", "T5", "T8"])
def test_the_same_exchanges(attempt: Injection, turn: str) -> None:
    planted = plant(TALK, attempt, turn)
    assert exchanges(planted) == exchanges(TALK)


@pytest.mark.parametrize("attempt", [one for one in ATTEMPTS if one.items], ids=lambda one: one.id)
def test_nothing_planted_is_shown(attempt: Injection) -> None:
    if attempt.where != "speech":
        return
    planted = plant(TALK, attempt, "T5")
    assert not attempt.broken_by_item(excerpt(planted, spoken(planted)).text)
