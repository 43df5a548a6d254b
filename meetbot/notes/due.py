"""A task that somebody takes on to when it is due, in the words of the exchange. Pure.

`told` knows which turns say it. What else is said to happen on a day there is not when it is due, nor is a day that is
corrected in the same breath ("Friday. No, Monday."): a logistic model weighs everything there that says when. Its
weights are in `weights.toml`. `when` knows which day the words mean.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from meetbot.domain import Utterance
from meetbot.logistic import logistic
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import has_cue, spans, spelled
from meetbot.notes.weights import weights

NAME = "due_words"  # of the model
ENOUGH = 0.3  # likelihood from which on words say when it is due
BRIEF = 5  # words of a turn that says how long it takes ("two weeks?") and means by when
NEAR = 14  # characters before words that may deny them
AFTER, BEFORE = 45, 60  # characters after words, and before others, in which they may be corrected
LONG = 40  # characters of words that say when
TAKING = ("offer", "claim", "weak_offer", "other", "promised", "ask", "need")


def due(utterances: Sequence[Utterance], candidate: Candidate, language: str) -> str | None:
    """When what `candidate` takes on is due, as it was said, or None."""
    weighed = weights(NAME, probe=False)  # of cues alone
    found = [(logistic(values, weighed), words) for words, values in phrases(utterances, candidate, language)]
    likely, words = max(found, key=lambda one: one[0], default=(0.0, None))
    return words if likely >= ENOUGH else None


def phrases(
    utterances: Sequence[Utterance], candidate: Candidate, language: str
) -> Iterator[tuple[str, dict[str, float]]]:
    """The words that may say when `candidate` is due, and what speaks for and against each."""
    for rank, turn in enumerate(candidate.due):
        text = utterances[turn].text
        folded = spelled(text)  # what places count in
        said = _whole(text, language)
        takes = [start for start, _, _ in spans(text, language, *TAKING)]
        corrected = _corrected(said, [start for start, _, _ in spans(text, language, "corrects")])
        given_up = {words for (_, _, words), gone in zip(said, corrected, strict=True) if gone}
        denies = [start for start, _, _ in spans(text, language, "denies")]
        for number, (start, end, words) in enumerate(said):
            taken = max((place for place in takes if place <= start), default=None)
            last = number == len(said) - 1
            span = has_cue(words, language, "span")
            if span and len(text.split()) > BRIEF:
                continue
            yield (
                words,
                {
                    "bias": 1.0,
                    "likeliest turn": float(rank == 0),
                    "second turn": float(rank == 1),
                    "event": float(not spans(words, language, "due")),
                    "span": float(span),
                    "length": min(end - start, LONG) / LONG,
                    "only": float(len(said) == 1),
                    "first": float(number == 0),
                    "last": float(last),
                    "after taking on": float(taken is not None),
                    "the first after it": float(
                        taken is not None and not any(taken <= other < start for other, _, _ in said)
                    ),
                    "before taking on": float(taken is None and bool(takes)),
                    "corrected": float(corrected[number]),
                    "corrects": float(number > 0 and corrected[number - 1]),
                    "given up": float(any(other.endswith(words) for other in given_up) and not corrected[number]),
                    "denied": float(any(start - NEAR <= place < start for place in denies)),
                    "opens the turn": float(start < len("on ")),
                    "opens a clause": float(folded[:start].rstrip().endswith((",", ".", ";", "，", "。"))),
                    "asked": float("?" in folded[end : end + AFTER]),
                    "anchor": float(turn == candidate.anchor),
                    "earlier": float(turn < candidate.anchor),
                    "told": float(turn in candidate.told),
                },
            )


def _corrected(said: Sequence[tuple[int, int, str]], corrects: Sequence[int]) -> list[bool]:
    """For each that says when, whether the next, close behind it, takes its place: "Thursday. No, sorry, Friday."."""
    following = (start for start, _, _ in said[1:])
    pairs = [(end, start) for (_, end, _), start in zip(said, following, strict=False)]
    return [
        *(
            any(end <= place < min(start, end + AFTER) and start - BEFORE <= place for place in corrects)
            for end, start in pairs
        ),
        *([False] if said else []),
    ]


def _whole(text: str, language: str) -> list[tuple[int, int, str]]:
    """What says when in `text`, in order; nothing that is part of another."""
    found = sorted(spans(text, language, "due", "event"), key=lambda one: (one[0], -one[1]))
    return [
        one
        for at, one in enumerate(found)
        if not any(other[0] <= one[0] and one[1] <= other[1] for other in found[:at])
    ]
