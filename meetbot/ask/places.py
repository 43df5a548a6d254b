"""The turns that were found, as the model reads them and as an answer cites them. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from meetbot.ask.windows import Window, line
from meetbot.domain import Citation, Transcript, Utterance
from meetbot.llm import heard, neutral
from meetbot.words import content, covered, numbers

READ_TOKENS = 1000  # of excerpts put before the model
ABOUT = 2  # turns around one that tell whether it is talk of the question
BESIDE = 1  # turns beside one that may answer that are read with it: who asks, or who says yes


@dataclass(frozen=True)
class Place:
    """A turn as it stands in the prompt: `key` is unique across meetings ("T17", or "M2T17" with several)."""

    key: str
    meeting: int
    utterance: Utterance


def gathered(
    count: Callable[[str], int],
    meetings: Sequence[tuple[str, Transcript]],
    found: Sequence[Window],
    most: int = READ_TOKENS,
) -> list[Place]:
    """The turns of the best windows with their neighbours, as many as `most` tokens have room for, in order of time."""
    chosen: dict[tuple[int, int], Place] = {}
    total = 0
    for window in found:
        transcript = meetings[window.meeting][1]
        position = {utterance.id: index for index, utterance in enumerate(transcript.utterances)}
        first, last = position[window.turns[0].id], position[window.turns[-1].id]
        for index in range(max(0, first - 1), min(len(transcript.utterances), last + 2)):
            utterance = transcript.utterances[index]
            if (window.meeting, index) in chosen or not neutral(heard(utterance.text)):
                continue
            total += count(line(transcript, utterance)) + 4
            if total > most and chosen:
                return [chosen[key] for key in sorted(chosen)]
            chosen[window.meeting, index] = _place(meetings, window.meeting, utterance)
    return [chosen[key] for key in sorted(chosen)]


def excerpts(meetings: Sequence[tuple[str, Transcript]], places: Sequence[Place]) -> str:
    """`places` as the model reads them."""
    lines = []
    meeting = -1
    for place in places:
        title, transcript = meetings[place.meeting]
        if place.meeting != meeting and len(meetings) > 1:
            lines.append(f"Meeting: {neutral(title)}")
        meeting = place.meeting
        lines.append(f"{place.key} {line(transcript, place.utterance)}")
    return "Excerpts of a transcript:\n" + "\n".join(lines) + "\n\n"


def citing(
    meetings: Sequence[tuple[str, Transcript]],
    places: Sequence[Place],
    chosen: Sequence[Place],
    *,
    text: str,
    question: str,
) -> list[Place]:
    """The turns `chosen`, or the one of `places` that has more of the words of the answer, in talk of the question.

    A small model finds the answer and then names a turn beside it, or one that only sounds like the question.
    """
    wanted = [*content(text), *sorted(numbers(text))]

    def has(place: Place) -> float:
        said = line(meetings[place.meeting][1], place.utterance)
        return covered(wanted, [*content(said), *numbers(said)])

    def about(place: Place) -> float:
        near = beside(meetings, [place], ABOUT)
        said = " ".join(line(meetings[other.meeting][1], other.utterance) for other in near)
        return covered(content(question), content(said))

    most = max(map(has, places))
    if not wanted or not chosen or most <= max(map(has, chosen)):
        return list(chosen)
    return [max((place for place in places if has(place) == most), key=about)]


def beside(meetings: Sequence[tuple[str, Transcript]], cited: Sequence[Place], reach: int) -> list[Place]:
    """The turns `cited` and those up to `reach` before and after each, in order."""
    found: dict[tuple[int, int], Place] = {}
    for place in cited:
        said = meetings[place.meeting][1].utterances
        at = said.index(place.utterance)
        for index in range(max(0, at - reach), min(len(said), at + reach + 1)):
            if neutral(heard(said[index].text)):
                found[place.meeting, index] = _place(meetings, place.meeting, said[index])
    return [found[key] for key in sorted(found)]


def _place(meetings: Sequence[tuple[str, Transcript]], meeting: int, utterance: Utterance) -> Place:
    return Place(utterance.id if len(meetings) == 1 else f"M{meeting + 1}{utterance.id}", meeting, utterance)


def telling(cited: Sequence[Place], text: str) -> list[Place]:
    """Those of the cited turns that have something of the answer, or all of them if none has."""
    wanted = {*content(text), *numbers(text)}
    shared = [place for place in cited if wanted & {*content(place.utterance.text), *numbers(place.utterance.text)}]
    return shared or list(cited)


def citation(meetings: Sequence[tuple[str, Transcript]], place: Place, question: str, text: str) -> Citation:
    """`place` with the sentence of it that is most about `question` and its answer `text`."""
    title, transcript = meetings[place.meeting]
    return Citation(
        meeting=title,
        turn=place.utterance.id,
        speaker=transcript.label(place.utterance.speaker),
        start=place.utterance.start,
        quote=quote(place.utterance.text, f"{text} {question}"),
    )


def quote(said: str, about: str) -> str:
    """The sentence of `said` that shares most with `about`, verbatim."""
    sentences = [match[0].strip() for match in re.finditer(r"[^.!?。！？]+[.!?。！？]*[\"”»)]*", said)]
    wanted = [*content(about), *numbers(about)]
    ranked = [
        (sum(covered([word], [*content(sentence), *numbers(sentence)]) for word in wanted), -index, sentence)
        for index, sentence in enumerate(sentences)
        if sentence
    ]
    return max(ranked)[2] if ranked else said
