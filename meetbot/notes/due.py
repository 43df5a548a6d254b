"""A task that somebody takes on to when it is due, in the words of the exchange. Pure.

Who takes it on says when, there or afterwards, or agrees to what others name; what else is said to happen on a day is
not when it is due. `when` knows which day the words mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meetbot.domain import Utterance
from meetbot.notes.cues import SENTENCE, due_words, event_words, has_cue, without_due
from meetbot.notes.nominate import Candidate
from meetbot.words import content, covered

AGREED = 4  # turns in which it is agreed when something is due
BRIEF = 5  # words of a turn that says how long it takes ("two weeks?") and means by when
LITTLE = 3  # content words of a turn that says when and little else
TAKING = ("offer", "claim", "weak_offer", "other", "promised")
ASKING = ("ask", "need")


def due(utterances: Sequence[Utterance], candidate: Candidate, task: str, language: str) -> str | None:
    """When what `candidate` takes on is due, as it was said, or None; `task` is what is to be done."""
    anchor = candidate.anchor
    speaker = utterances[anchor].speaker
    # Who takes it on and then names another day means the other day.
    own = [
        *(turn for turn in reversed(candidate.turns) if turn > anchor and utterances[turn].speaker == speaker),
        anchor,
    ]
    asked = [turn for turn in candidate.turns if turn not in own]
    replies = list(_replies(utterances, anchor, task, language))
    for turns, cues in ((own, TAKING), (asked, ASKING), (replies, TAKING)):
        texts = [utterances[turn].text for turn in turns]
        for found in (_day, _event):
            words = next((words for one in texts if (words := found(one, cues, language))), None)
            if words:
                return words
    return None


def _day(text: str, first: Sequence[str], language: str) -> str | None:
    """The words of `text` that say on or by which day; those of how long something takes only if they are all of it."""
    for sentence in _ordered(text, first, language):
        words = due_words(sentence, language)
        if words and not (has_cue(words, language, "span") and len(text.split()) > BRIEF):
            return words
    return None


def _event(text: str, first: Sequence[str], language: str) -> str | None:
    """The words of `text` that say ahead of or after what something is done."""
    return next((words for one in _ordered(text, first, language) if (words := event_words(one, language))), None)


def _ordered(text: str, first: Sequence[str], language: str) -> list[str]:
    """The sentences of `text`, those with one of the cues `first` ahead of the others."""
    sentences = [match[0] for match in SENTENCE.finditer(text)]
    return sorted(sentences, key=lambda one: not any(has_cue(one, language, cue) for cue in first))


def _replies(utterances: Sequence[Utterance], anchor: int, task: str, language: str) -> Iterator[int]:
    """The next turns, as long as they say when and little else, or are about the same thing."""
    about = set(content(task))
    for turn in range(anchor + 1, min(len(utterances), anchor + 1 + AGREED)):
        text = utterances[turn].text
        words = content(without_due(text, language))
        mine = utterances[turn].speaker == utterances[anchor].speaker
        if not mine and has_cue(text, language, "offer"):
            return
        if len(words) > LITTLE and covered(words, about) == 0:
            return
        yield turn
