"""What a user may correct about who is who: names, and two speakers who are one. Pure; words and turn ids stay.

Ids of utterances do not change, so every citation of the meeting's notes and answers still points at its words.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from meetbot.domain import Attendee, Diarization, Notes, Speaker, Transcript, Turn
from meetbot.errors import UsageError


def speaker_of(transcript: Transcript, wanted: str) -> Speaker:
    """The speaker whose id or name is `wanted`, whatever its capitals. Raises UsageError."""
    for speaker in transcript.speakers:
        if wanted.casefold() in (speaker.id.casefold(), (speaker.name or "").casefold()):
            return speaker
    known = ", ".join(speaker.label for speaker in transcript.speakers) or "nobody"
    raise UsageError(f"Nobody in this meeting is {wanted!r}.", hint=f"There are {known}.", kind="no_speaker")


def with_name(transcript: Transcript, wanted: str, name: str | None, *, source: str = "user") -> Transcript:
    """`transcript` with speaker `wanted` called `name` (None takes the name away)."""
    chosen = speaker_of(transcript, wanted)
    name = " ".join(name.split()) if name else None
    if name and any(
        other.id != chosen.id and other.label.casefold() == name.casefold() for other in transcript.speakers
    ):
        raise UsageError(
            f"Somebody else in this meeting is called {name}.", hint="`meetbot speakers merge` makes one of two."
        )
    fresh = replace(chosen, name=name, confidence=1.0 if name else None, source=source if name else None)
    return replace(transcript, speakers=tuple(fresh if one is chosen else one for one in transcript.speakers))


def merged(transcript: Transcript, wanted: str, other: str) -> Transcript:
    """`transcript` with everything that `other` said given to `wanted`. Raises UsageError."""
    kept, gone = speaker_of(transcript, wanted), speaker_of(transcript, other)
    if kept is gone:
        raise UsageError(f"{wanted!r} and {other!r} are one speaker already.")
    utterances = tuple(
        replace(said, speaker=kept.id) if said.speaker == gone.id else said for said in transcript.utterances
    )
    both = replace(kept, talk_time=kept.talk_time + gone.talk_time, turns=kept.turns + gone.turns)
    if kept.name is None and gone.name is not None:
        both = replace(both, name=gone.name, confidence=gone.confidence, source=gone.source)
    speakers = tuple(both if one is kept else one for one in transcript.speakers if one is not gone)
    return replace(transcript, speakers=speakers, utterances=utterances)


def notes_after(notes: Notes, transcript: Transcript, moved: Mapping[str, str] | None = None) -> Notes:
    """`notes` with the speakers of the corrected `transcript`; `moved` is {old id: new id}."""
    moved = moved or {}
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    items = []
    for item in notes.action_items:
        owner = moved.get(item.owner, item.owner) if item.owner else None
        items.append(replace(item, owner=owner, owner_name=names.get(owner) or item.owner_name) if owner else item)
    attendees = tuple(Attendee(one.id, one.name, one.talk_time) for one in transcript.speakers)
    return replace(notes, speakers=attendees, action_items=tuple(items))


def merged_turns(diarization: Diarization, kept: str, gone: str) -> Diarization:
    """`diarization` after the same merge; the voice is that of the one who spoke longer."""

    def renamed(turns: tuple[Turn, ...]) -> tuple[Turn, ...]:
        return tuple(replace(turn, speaker=kept) if turn.speaker == gone else turn for turn in turns)

    def talk(speaker: str) -> float:
        return sum(turn.duration for turn in diarization.turns if turn.speaker == speaker)

    voices = dict(diarization.voices)
    lost = voices.pop(gone, None)
    if lost is not None and (kept not in voices or talk(gone) > talk(kept)):
        voices[kept] = lost
    return Diarization(renamed(diarization.turns), renamed(diarization.exclusive), voices)
