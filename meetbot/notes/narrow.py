"""Candidates to items: for each, the model says whether it is one, and in few words what it is.

The exchange with some turns around it is what the questions share, so the model reads it once. Which turns are cited,
who does it and when is settled by code: the model neither chooses nor copies ids, names or dates.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from meetbot.domain import Transcript, Utterance
from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.notes.cues import due_words
from meetbot.notes.excerpt import excerpt
from meetbot.notes.extract import Found
from meetbot.notes.nominate import Candidate
from meetbot.prompting import prompt
from meetbot.words import names

BEFORE = 5  # turns shown ahead of an exchange
AFTER = 3  # and after it
STRETCH_TOKENS = 450  # of transcript shown at once
PROMPTS = {"action_item": "task", "decision": "decision", "open_question": "question"}
LIKELY = {"action_item": 0.5, "decision": 0.5, "open_question": 0.5}


@dataclass(frozen=True)
class Stretch:
    """Consecutive turns and the candidates within them."""

    turns: tuple[Utterance, ...]
    candidates: tuple[Candidate, ...]


def stretches(
    utterances: Sequence[Utterance], candidates: Sequence[Candidate], size: Callable[[Utterance], int]
) -> Iterator[Stretch]:
    """Candidates with the turns around them, neighbours together as far as the tokens allow."""
    group: list[Candidate] = []
    first = last = 0
    for candidate in sorted(candidates, key=lambda one: min(one.turns)):
        begin, end = max(0, min(candidate.turns) - BEFORE), min(len(utterances), max(candidate.turns) + AFTER + 1)
        together = group and begin <= last
        if together and sum(size(one) for one in utterances[first : max(last, end)]) <= STRETCH_TOKENS:
            group.append(candidate)
            last = max(last, end)
            continue
        if group:
            yield Stretch(tuple(utterances[first:last]), tuple(group))
        group, first, last = [candidate], begin, end
    if group:
        yield Stretch(tuple(utterances[first:last]), tuple(group))


def judge(
    model: LanguageModel, transcript: Transcript, utterances: Sequence[Utterance], part: Stretch, language: str
) -> list[Found]:
    """The items among the candidates of `part`, written in `language` (a language's English name)."""
    shared = f"Transcript:\n{excerpt(transcript, part.turns).text}\n\n"
    found = []
    for candidate in part.candidates:
        name = PROMPTS[candidate.kind]
        turn = utterances[candidate.anchor].id
        who = neutral(transcript.label(candidate.speaker)) if candidate.speaker else "somebody"
        values = {"turn": turn, "who": who}
        likely = model.weigh(Prompt(prompt("system"), shared, prompt(f"{name}_is", **values)), ("yes", "no"))[0]
        if likely < LIKELY[candidate.kind]:
            continue
        field = {"type": "string", "minLength": 4, "maxLength": 140}
        schema = {"type": "object", "properties": {name: field}, "required": [name], "additionalProperties": False}
        asked = Prompt(prompt("system"), shared, prompt(name, language=language, **values))
        text = model.answer(asked, schema, room=80)[name].strip().rstrip(".")
        turns = tuple(utterances[index].id for index in candidate.turns)
        if candidate.kind == "action_item":
            owner = _owner(transcript, utterances, candidate)
            found.append(Found(candidate.kind, text, turns, owner, _due(transcript, utterances, candidate)))
        else:
            found.append(Found(candidate.kind, text, turns))
    return found


def _owner(transcript: Transcript, utterances: Sequence[Utterance], candidate: Candidate) -> str | None:
    """The label of who takes it on, or the name said nearest to where it is reported."""
    if candidate.speaker:
        return transcript.label(candidate.speaker)
    present = {speaker.label for speaker in transcript.speakers}
    for index in range(candidate.anchor, max(-1, candidate.anchor - 3), -1):
        said = [name for name in names(utterances[index].text) if name not in present]
        if said:
            return max(said, key=utterances[index].text.rfind)
    return None


def _due(transcript: Transcript, utterances: Sequence[Utterance], candidate: Candidate) -> str | None:
    """When it is due, in the words of the exchange: where it is taken on, else in what follows, else before."""
    anchor = candidate.anchor
    order = [anchor, *candidate.turns, anchor + 1, anchor + 2, anchor + 3, anchor - 1]
    for index in dict.fromkeys(order):
        if 0 <= index < len(utterances):
            words = due_words(utterances[index].text, transcript.language)
            if words:
                return words
    return None
