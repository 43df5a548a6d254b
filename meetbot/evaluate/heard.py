"""A written meeting that was spoken and heard again: its notes put back to the turns of the script, or its key to
what was heard. Pure.

The key of a meeting (`script.py`) names turns of the text. Of a recording of that text (`samples.dialogue`; its STM has
a segment for each turn) other words are heard, by other speakers' ids, divided otherwise. What the notes cite of it
becomes the turns in which it was said, so that `notes.score` counts what a user gets from the recording itself.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TypeVar

from meetbot.domain import ActionItem, Decision, Notes, OpenQuestion, Speaker, Transcript, Turn, Utterance
from meetbot.errors import UsageError
from meetbot.evaluate.identification import person
from meetbot.evaluate.references import Said
from meetbot.evaluate.script import ExpectedDecision, ExpectedQuestion, ExpectedTask, Script

Item = TypeVar("Item", ActionItem, Decision, OpenQuestion)
Expected = TypeVar("Expected", ExpectedTask, ExpectedDecision, ExpectedQuestion)

SHARE = 0.5
"""What is heard was said in a turn of its speaker when they share this much of the shorter of the two."""


def spoken_turns(script: Script, said: Sequence[Said]) -> dict[str, Turn]:
    """When each turn of `script` is said in its recording, by the turn's id. Raises UsageError if one is not."""
    waiting = list(said)
    found = {}
    for one in script.transcript.utterances:
        wanted = one.speaker, one.text
        place = next((at for at, other in enumerate(waiting) if (other.speaker, other.text) == wanted), None)
        if place is None:
            raise UsageError(
                f"The recording of {script.title!r} lacks its turn {one.id}: {one.text[:40]!r}.",
                hint="Make it anew with `python -m samples.dialogue`, all words of it.",
                kind="script",
            )
        segment = waiting.pop(place)
        found[one.id] = Turn(one.speaker, segment.start, segment.end)
    return found


def people(turns: Mapping[str, Turn], transcript: Transcript) -> dict[str, str]:
    """The speaker of `turns` with whom each speaker of `transcript` shares most time, by ids; not those of nobody."""
    reference = list(turns.values())
    heard = [Turn(one.speaker, one.start, one.end) for one in transcript.utterances]
    found = {one.id: person(one.id, reference, heard) for one in transcript.speakers}
    return {speaker: whose for speaker, whose in found.items() if whose is not None}


def introduced(script: Script, transcript: Transcript, people: Mapping[str, str]) -> Transcript:
    """`transcript` with the names that the script's transcript carries, as if its user had told who is who."""
    known = {one.id: one for one in script.transcript.speakers}

    def named(one: Speaker) -> Speaker:
        name = known[people[one.id]].name if one.id in people else None
        return replace(one, name=name, source="user" if name else None)

    return replace(transcript, speakers=tuple(named(one) for one in transcript.speakers))


def as_written(notes: Notes, transcript: Transcript, turns: Mapping[str, Turn], people: Mapping[str, str]) -> Notes:
    """`notes` of `transcript`, citing the `turns` of the script in which that was said, tasks by its speakers."""
    places = {one.id: _places(one, turns, people.get(one.speaker)) for one in transcript.utterances}

    def back(item: Item) -> Item:
        turns, context = (
            dict.fromkeys(turn for heard in of for turn in places[heard]) for of in (item.turns, item.context)
        )
        return replace(item, turns=tuple(turns), context=tuple(turn for turn in context if turn not in turns))

    def owned(item: ActionItem) -> ActionItem:
        return replace(item, owner=people.get(item.owner) if item.owner else None)

    return replace(
        notes,
        decisions=tuple(back(one) for one in notes.decisions),
        action_items=tuple(owned(back(one)) for one in notes.action_items),
        open_questions=tuple(back(one) for one in notes.open_questions),
    )


def as_heard(script: Script, transcript: Transcript, said: Sequence[Said]) -> Script:
    """`script` with what was heard of it for its text, and the turns of its key's items those in which that was heard.

    Its topics and questions are as written. Everybody has the id of the script's speaker who he is, or one of his own;
    what was not heard has no turns.
    """
    turns = spoken_turns(script, said)
    known = people(turns, transcript)
    ids: dict[str, str] = {}
    for one in transcript.speakers:
        whose = known.get(one.id)
        ids[one.id] = whose if whose and whose not in ids.values() else f"{one.id}, nobody"
    found: dict[str, list[str]] = {}
    for said_there in transcript.utterances:
        for turn in _places(said_there, turns, known.get(said_there.speaker)):
            found.setdefault(turn, []).append(said_there.id)

    def there(of: Sequence[str]) -> tuple[str, ...]:
        return tuple(dict.fromkeys(one for turn in of for one in found.get(turn, ())))

    def item(one: Expected) -> Expected:
        moved = replace(one, turns=there(one.turns), says=there(one.says))
        if isinstance(moved, ExpectedDecision):
            moved = replace(moved, history=tuple(item(old) for old in moved.history))
        return moved

    named = introduced(script, transcript, known)
    key = replace(
        script.key,
        decisions=tuple(item(one) for one in script.key.decisions),
        action_items=tuple(item(one) for one in script.key.action_items),
        open_questions=tuple(item(one) for one in script.key.open_questions),
        optional=tuple(replace(one, turns=there(one.turns)) for one in script.key.optional),
        traps=tuple(replace(one, turns=there(one.turns)) for one in script.key.traps),
    )
    heard = replace(
        named,
        speakers=tuple(replace(one, id=ids[one.id]) for one in named.speakers),
        utterances=tuple(replace(one, speaker=ids[one.speaker]) for one in named.utterances),
    )
    return replace(script, transcript=heard, key=key)


def _places(heard: Utterance, turns: Mapping[str, Turn], speaker: str | None) -> list[str]:
    """Whichever of `turns` `heard` was said in: the speaker's own, else that which shares most time."""

    def shared(turn: Turn) -> float:
        return min(heard.end, turn.end) - max(heard.start, turn.start)

    own = [
        name
        for name, turn in turns.items()
        if turn.speaker == speaker and shared(turn) >= SHARE * min(heard.end - heard.start, turn.duration)
    ]
    return own or [max(turns, key=lambda name: shared(turns[name]))]
