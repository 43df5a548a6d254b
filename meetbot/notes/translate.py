"""Verified items in the language of the notes, where that is not the one spoken; see `meetbot.translate`.

An item whose translation cannot be relied on stays as it was spoken and says so in its `language`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeVar

from meetbot.domain import Transcript
from meetbot.llm import LanguageModel
from meetbot.notes.ground import capitals_mean_little
from meetbot.notes.people import people_named
from meetbot.notes.settle import Settled
from meetbot.translate import calendar_words, translate
from meetbot.words import fold

T = TypeVar("T")


def translated(model: LanguageModel, transcript: Transcript, settled: Settled, language: str) -> Settled:
    """`settled` with its texts in `language`, as far as they survive that."""
    spoken = transcript.language
    people = _people(transcript, settled)

    def put(item: T, field: str) -> T:
        text = str(getattr(item, field))
        written = translate(model, text, spoken, language, names_in(text, spoken, people))
        change = {"language": spoken} if written is None else {field: written}
        return replace(item, **change)  # type: ignore[type-var]

    return Settled(
        tuple(
            replace(put(one, "text"), history=tuple(put(old, "text") for old in one.history))
            for one in settled.decisions
        ),
        tuple(put(one, "task") for one in settled.action_items),
        tuple(put(one, "text") for one in settled.open_questions),
        tuple(replace(one, language=spoken) for one in settled.unverified),
    )


def _people(transcript: Transcript, settled: Settled) -> list[str]:
    """Names that stay as they are in every language."""
    owners = [item.owner_name for item in settled.action_items if item.owner_name]
    return [*(speaker.name for speaker in transcript.speakers if speaker.name), *owners]


def names_in(text: str, spoken: str, people: Sequence[str]) -> set[str]:
    """The names in `text`: of `people`, and words with a capital where that means something."""
    folded = fold(text)
    known = {name for name in people if re.search(rf"(?<!\w){re.escape(fold(name))}(?!\w)", folded)}
    if capitals_mean_little(spoken):
        return known
    return known | {name for name in people_named(text, spoken) if fold(name) not in calendar_words(spoken)}
