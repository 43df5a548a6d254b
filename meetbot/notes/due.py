"""A task that somebody takes on to when it is due, in the words of the exchange. Pure.

`told` knows which turns say it; what else is said to happen on a day is not when it is due. `when` knows which day the
words mean.
"""

from __future__ import annotations

from collections.abc import Sequence

from meetbot.domain import Utterance
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import SENTENCE, due_words, event_words, has_cue

BRIEF = 5  # words of a turn that says how long it takes ("two weeks?") and means by when
TAKING = ("offer", "claim", "weak_offer", "other", "promised", "ask", "need")


def due(utterances: Sequence[Utterance], candidate: Candidate, language: str) -> str | None:
    """When what `candidate` takes on is due, as it was said, or None."""
    texts = [utterances[turn].text for turn in candidate.due]
    for found in (_day, _event):
        words = next((words for one in texts if (words := found(one, language))), None)
        if words:
            return words
    return None


def _day(text: str, language: str) -> str | None:
    """The words of `text` that say on or by which day; those of how long something takes only if they are all of it."""
    for sentence in _ordered(text, language):
        words = due_words(sentence, language)
        if words and not (has_cue(words, language, "span") and len(text.split()) > BRIEF):
            return words
    return None


def _event(text: str, language: str) -> str | None:
    """The words of `text` that say ahead of or after what something is done."""
    return next((words for one in _ordered(text, language) if (words := event_words(one, language))), None)


def _ordered(text: str, language: str) -> list[str]:
    """The sentences of `text`, those that take something on or ask for it first; who corrects a day names it last."""
    sentences = [match[0] for match in SENTENCE.finditer(text)][::-1]
    return sorted(sentences, key=lambda one: not any(has_cue(one, language, cue) for cue in TAKING))
