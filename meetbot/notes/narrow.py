"""A candidate to an item: the model says in few words what a task is; of the others, what was said is quoted.

It is shown the exchange and a few turns before it, nothing else. Which turns are cited, who does it and when is
settled by code: the model neither chooses nor copies ids, names or dates. Where what it writes is not borne out, or
says no more than "do it", the words of the exchange stand instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from meetbot.domain import Transcript, Utterance
from meetbot.llm import LanguageModel, Prompt, neutral
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import SENTENCE, has_cue
from meetbot.notes.due import due
from meetbot.notes.excerpt import excerpt
from meetbot.notes.extract import Found
from meetbot.notes.ground import unsupported
from meetbot.notes.people import does_something, full_name, people_named, titled_names
from meetbot.notes.quote import ENOUGH, TELLING, quoted, telling, tidy
from meetbot.notes.wording import shortened
from meetbot.prompting import prompt

BEFORE = 4  # turns shown ahead of an exchange whose words do not stand for themselves
AFTER = 1  # and after it
LONGEST = 12  # turns shown at most: a model shown two subjects writes one sentence about both


def word(
    model: LanguageModel, transcript: Transcript, utterances: Sequence[Utterance], candidate: Candidate, language: str
) -> Found:
    """The item that `candidate` is, in few words of `language` (a language's English name).

    What the model writes and the exchange does not bear out is replaced by the words that were spoken. It is asked for
    tasks alone: of decisions it says less than was said.
    """
    spoken = as_spoken(transcript, utterances, candidate)
    if candidate.doubt or candidate.kind != "action_item":
        return spoken
    anchor = candidate.anchor
    said = utterances[anchor].text
    full = telling(said, transcript.language, ENOUGH)
    near = [turn for turn in candidate.turns if abs(turn - anchor) <= LONGEST // 2]
    first = max(0, min(near) - (1 if full else BEFORE))
    shown = excerpt(transcript, utterances[first : min(len(utterances), max(near) + AFTER + 1)])
    who = neutral(transcript.label(candidate.speaker)) if candidate.speaker else "somebody"
    question = prompt("task", turn=utterances[anchor].id, who=who, said=neutral(said)[:300], language=language)
    field = {"type": "string", "minLength": 2, "maxLength": 140}
    schema = {"type": "object", "properties": {"task": field}, "required": ["task"], "additionalProperties": False}
    answer = model.answer(Prompt(prompt("system"), f"Transcript:\n{shown.text}\n\n", question), schema, room=80)
    text = tidy(answer["task"], transcript.language)
    vague = not telling(text, transcript.language, TELLING) or has_cue(text, transcript.language, "first_person")
    cited = [index for index, one in enumerate(utterances[: anchor + 1]) if one.id in spoken.turns]
    exchange = [(index, one.strip()) for index in cited for one in SENTENCE.findall(utterances[index].text)]
    since = next(place for place, (index, _) in enumerate(exchange) if not full or index == anchor)
    borne_out = shortened(text, [one for _, one in exchange], transcript.language, since)
    if vague or not borne_out or unsupported(transcript, text, spoken.turns):
        return spoken
    return replace(spoken, text=text)


def as_spoken(transcript: Transcript, utterances: Sequence[Utterance], candidate: Candidate) -> Found:
    """The item that `candidate` is, in the words of the exchange: no model takes part."""
    text, places = quoted(utterances, candidate, transcript.language)
    turns = tuple(dict.fromkeys(utterances[index].id for index in sorted({candidate.anchor, *places})))
    context = tuple(utterances[index].id for index in candidate.context)
    if candidate.kind != "action_item":
        former = None if candidate.former is None else utterances[candidate.former].id
        return Found(candidate.kind, text, turns, doubt=candidate.doubt, former=former, context=context)
    owner = _owner(transcript, utterances, candidate)
    when = due(utterances, candidate, transcript.language)
    return Found(candidate.kind, text, turns, owner, when, candidate.doubt, context=context)


def _owner(transcript: Transcript, utterances: Sequence[Utterance], candidate: Candidate) -> str | None:
    """The label of who takes it on, or the name said nearest to where it is reported."""
    if candidate.speaker:
        return transcript.label(candidate.speaker)
    present = {part for speaker in transcript.speakers for part in (speaker.label, *speaker.label.split())}
    for index in range(candidate.anchor, max(-1, candidate.anchor - 3), -1):
        text = utterances[index].text
        titled = titled_names(text)
        said = [name for name in people_named(text, transcript.language) if name not in present]
        doing = [name for name in said if does_something(name, text)]
        if titled or said:
            return titled[0] if titled else full_name(max(doing or said, key=text.rfind), text)
    return None
