"""A question and the turns that may answer it, to a short answer with verbatim quotes, or to none.

The model chooses turns and writes the answer, and is asked whether the turns it chose bear it out; code takes the
quotes out of the turns and refuses an answer with a number or a name that they do not have. `found` is False rather
than a guess.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from meetbot.ask.certain import CERTAIN, HOPELESS, holds, says
from meetbot.ask.later import changed, earlier_word
from meetbot.ask.windows import Window, line
from meetbot.domain import Answer, Citation, Transcript, Utterance
from meetbot.llm import LanguageModel, Prompt, heard, neutral
from meetbot.prompting import prompt
from meetbot.translate import calendar_words
from meetbot.words import content, covered, names, numbers

READ_TOKENS = 1000  # of excerpts put before the model
BEFORE = 2  # turns read ahead of one that changes an answer


@dataclass(frozen=True)
class Place:
    """A turn as it stands in the prompt: `key` is unique across meetings ("T17", or "M2T17" with several)."""

    key: str
    meeting: int
    utterance: Utterance


def answer(
    model: LanguageModel,
    question: str,
    meetings: Sequence[tuple[str, Transcript]],
    found: Sequence[Window],
    language: str,
) -> Answer:
    """The answer to `question` from the windows `found`, best first."""
    places = _places(model, meetings, found)
    if not places:
        return Answer(question, False, "")
    read = _excerpts(meetings, places)
    sure = holds(model, read, question)
    if sure < HOPELESS:
        return Answer(question, False, "")
    given = _asked(model, question, meetings, places, shared=read, language=language)
    if given is None:
        return Answer(question, False, "")
    text, cited = given
    alone = _excerpts(meetings, cited)
    if sure + holds(model, alone, question) + says(model, alone, question, text) < CERTAIN:
        return Answer(question, False, "")
    citations = [_citation(meetings, place, question, text) for place in _telling(cited, text)]
    if newer := _changed(model, question, meetings, cited, text=text, language=language):
        before, (text, cited) = text, newer
        citations = [_citation(meetings, place, question, text) for place in _telling(cited, text)] + citations
        spoken = meetings[cited[0].meeting][1].language
        text = f"{text} ({earlier_word(spoken)}: {before})"
    return Answer(question, True, text, tuple(dict.fromkeys(citations)))


def _asked(
    model: LanguageModel,
    question: str,
    meetings: Sequence[tuple[str, Transcript]],
    places: Sequence[Place],
    *,
    shared: str,
    language: str,
) -> tuple[str, list[Place]] | None:
    """What the model answers from `places`, and the turns it cites; None if it has no answer that they bear out."""
    asked = Prompt(prompt("system"), shared, prompt("answer", question=neutral(question), language=language))
    schema = {
        "type": "object",
        "properties": {
            "turns": {"type": "array", "items": {"enum": [place.key for place in places]}, "maxItems": 4},
            "answer": {"anyOf": [{"type": "string", "minLength": 1, "maxLength": 300}, {"type": "null"}]},
        },
        "required": ["turns", "answer"],
        "additionalProperties": False,
    }
    reply = model.answer(asked, schema, room=240)
    text = (reply["answer"] or "").strip()
    cited = [place for place in places if place.key in reply["turns"]]
    if not text or not cited or not _supported(text, question, meetings, places):
        return None
    return text, cited


def _changed(
    model: LanguageModel,
    question: str,
    meetings: Sequence[tuple[str, Transcript]],
    cited: Sequence[Place],
    *,
    text: str,
    language: str,
) -> tuple[str, list[Place]] | None:
    """The answer of the later turn that changes `text`, if one does: of two that contradict each other it holds."""
    meeting = cited[-1].meeting
    if any(place.meeting != meeting for place in cited):
        return None
    transcript = meetings[meeting][1]
    last = transcript.utterances.index(cited[-1].utterance)
    spoken = transcript.language
    found = changed(transcript.utterances, last, text, question, language=spoken, days=calendar_words(spoken))
    if found is None:
        return None
    places = [
        Place(utterance.id, meeting, utterance)
        for utterance in transcript.utterances[max(last + 1, found - BEFORE) : found + 1]
        if neutral(heard(utterance.text))
    ]
    shared = _excerpts(meetings, places)
    newer = _asked(model, question, meetings, places, shared=shared, language=language)
    return newer if newer and numbers(newer[0]) | set(content(newer[0])) != numbers(text) | set(content(text)) else None


def _places(model: LanguageModel, meetings: Sequence[tuple[str, Transcript]], found: Sequence[Window]) -> list[Place]:
    """The turns of the best windows with their neighbours, as many as may be read, in order of time."""
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
            total += model.count(line(transcript, utterance)) + 4
            if total > READ_TOKENS and chosen:
                return [chosen[key] for key in sorted(chosen)]
            key = utterance.id if len(meetings) == 1 else f"M{window.meeting + 1}{utterance.id}"
            chosen[window.meeting, index] = Place(key, window.meeting, utterance)
    return [chosen[key] for key in sorted(chosen)]


def _excerpts(meetings: Sequence[tuple[str, Transcript]], places: Sequence[Place]) -> str:
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


def _supported(text: str, question: str, meetings: Sequence[tuple[str, Transcript]], places: Sequence[Place]) -> bool:
    """Whether everything the answer names or counts was read, or stands in the question."""
    read = " ".join(line(meetings[place.meeting][1], place.utterance) for place in places) + " " + question
    if not numbers(text) <= numbers(read):
        return False
    heard = content(read)
    return all(covered(content(name), heard) == 1 for name in names(text)) and covered(content(text), heard) >= 0.5


def _telling(cited: Sequence[Place], text: str) -> list[Place]:
    """Those of the cited turns that have something of the answer, or all of them if none has."""
    wanted = {*content(text), *numbers(text)}
    shared = [place for place in cited if wanted & {*content(place.utterance.text), *numbers(place.utterance.text)}]
    return shared or list(cited)


def _citation(meetings: Sequence[tuple[str, Transcript]], place: Place, question: str, text: str) -> Citation:
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
