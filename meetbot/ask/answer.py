"""A question and the turns that were found for it, to a short answer with verbatim quotes, or to none.

A probe says which of them may answer it (`select`); the model reads those, writes the answer, and is asked whether they
bear it out. Code takes the quotes out of the turns and refuses an answer with a number or a name that they do not have.
`found` is False rather than a guess.
"""

from __future__ import annotations

from collections.abc import Sequence

from meetbot.ask.certain import certain, holds, hopeless, says
from meetbot.ask.later import changed, earlier_word
from meetbot.ask.places import BESIDE, Place, beside, citation, citing, excerpts, gathered, telling
from meetbot.ask.select import select
from meetbot.ask.windows import Window, line
from meetbot.domain import Answer, Transcript
from meetbot.llm import LanguageModel, Prompt, heard, neutral
from meetbot.prompting import prompt
from meetbot.translate import calendar_words
from meetbot.words import content, covered, names, numbers

BEFORE = 2  # turns read ahead of one that changes an answer


def answer(
    model: LanguageModel,
    question: str,
    meetings: Sequence[tuple[str, Transcript]],
    found: Sequence[Window],
    language: str,
) -> Answer:
    """The answer to `question` from the windows `found`, best first."""
    places = gathered(model.count, meetings, found)
    if not places:
        return Answer(question, False, "")
    selected = select(model, question, meetings, places)
    read = excerpts(meetings, selected.places)
    if hopeless(model, read, question, selected.odds):
        return Answer(question, False, "")
    given = _asked(model, question, meetings, selected.places, shared=read, language=language)
    if given is None:
        return Answer(question, False, "")
    text, cited = given
    alone = excerpts(meetings, beside(meetings, cited, BESIDE))
    if certain(selected.odds, holds(model, alone, question), says(model, alone, question, text)) < 0:
        return Answer(question, False, "")
    citations = [citation(meetings, place, question, text) for place in telling(cited, text)]
    if newer := _changed(model, question, meetings, cited, text=text, language=language):
        before, (text, cited) = text, newer
        citations = [citation(meetings, place, question, text) for place in telling(cited, text)] + citations
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
    if not text or not _supported(text, question, meetings, places):
        return None
    cited = citing(meetings, places, cited, text=text, question=question)
    return (text, cited) if cited else None


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
    shared = excerpts(meetings, places)
    newer = _asked(model, question, meetings, places, shared=shared, language=language)
    return newer if newer and numbers(newer[0]) | set(content(newer[0])) != numbers(text) | set(content(text)) else None


def _supported(text: str, question: str, meetings: Sequence[tuple[str, Transcript]], places: Sequence[Place]) -> bool:
    """Whether everything the answer names or counts was read, or stands in the question."""
    read = " ".join(line(meetings[place.meeting][1], place.utterance) for place in places) + " " + question
    if not numbers(text) <= numbers(read):
        return False
    heard = content(read)
    return all(covered(content(name), heard) == 1 for name in names(text)) and covered(content(text), heard) >= 0.5
