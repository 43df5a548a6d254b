"""What a user may correct about who is who: names, two speakers who are one, one who is two. Pure.

Words and ids of utterances do not change, so every citation of the meeting still points at its words.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping
from dataclasses import replace

from meetbot.domain import ActionItem, Attendee, Notes, Speaker, Transcript
from meetbot.errors import UsageError
from meetbot.names import TALK


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
    same = [
        one for one in transcript.speakers if name and one is not chosen and one.label.casefold() == name.casefold()
    ]
    if any(one.source != TALK for one in same):
        raise UsageError(
            f"Somebody else in this meeting is called {name}.", hint="`meetbot speakers merge` makes one of two."
        )
    # Somebody else who only seemed to be called so is nobody by name again.
    fresh = {one.id: _named(one, None, None) for one in same}
    fresh[chosen.id] = _named(chosen, name, source if name else None)
    return replace(transcript, speakers=tuple(fresh.get(one.id, one) for one in transcript.speakers))


def _named(speaker: Speaker, name: str | None, source: str | None) -> Speaker:
    return replace(speaker, name=name, confidence=1.0 if name else None, source=source, said_in=())


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
        both = replace(both, name=gone.name, confidence=gone.confidence, source=gone.source, said_in=gone.said_in)
    speakers = tuple(both if one is kept else one for one in transcript.speakers if one is not gone)
    return replace(transcript, speakers=speakers, utterances=utterances)


def split(transcript: Transcript, wanted: str, turns: Collection[str]) -> tuple[Transcript, str]:
    """`transcript` with those `turns` of speaker `wanted` given to somebody new, and the new speaker's id.

    Talk time is shared by the length of the turns. Raises UsageError unless both are left with something.
    """
    chosen = speaker_of(transcript, wanted)
    mine = [said for said in transcript.utterances if said.speaker == chosen.id]
    gone = [said for said in mine if said.id in turns]
    if not gone or len(gone) == len(mine):
        raise UsageError(f"Only one voice is heard in what {chosen.label} says.", kind="one_voice")
    number = 1 + max(int(speaker.id[1:]) for speaker in transcript.speakers)
    share = sum(said.end - said.start for said in gone) / (sum(said.end - said.start for said in mine) or 1.0)
    stays = replace(chosen, talk_time=chosen.talk_time * (1 - share), turns=len(mine) - len(gone))
    fresh = Speaker(f"S{number}", talk_time=chosen.talk_time * share, turns=len(gone))
    moved = {said.id for said in gone}
    utterances = tuple(replace(said, speaker=fresh.id) if said.id in moved else said for said in transcript.utterances)
    speakers = (*(stays if one is chosen else one for one in transcript.speakers), fresh)
    return replace(transcript, speakers=speakers, utterances=utterances), fresh.id


def notes_after(
    notes: Notes,
    transcript: Transcript,
    moved: Mapping[str, str] | None = None,
    *,
    divided: tuple[str, str] | None = None,
) -> Notes:
    """`notes` with the speakers of the corrected `transcript`; `moved` is {old id: new id} after a merge.

    `divided` is (speaker, new speaker) after a split: a task of the first goes to the second if of the two only the
    second says the turns that show it. Ids that stand in sentences become names, too, and in the overview and the
    gists so do names that were others' before.
    """
    moved = moved or {}
    names = {speaker.id: speaker.name for speaker in transcript.speakers}
    labels = {old: transcript.label(new) for old, new in moved.items()} | {
        speaker.id: speaker.label for speaker in transcript.speakers
    }

    former = {one.name: labels[one.id] for one in notes.speakers if one.name and one.id in labels}

    def owned(item: ActionItem) -> ActionItem:
        owner = moved.get(item.owner, item.owner) if item.owner else None
        said_by = {transcript.by_id[turn].speaker for turn in item.turns if turn in transcript.by_id}
        if divided and owner == divided[0] and said_by & set(divided) == {divided[1]}:
            owner = divided[1]
        name = (names.get(owner) or item.owner_name) if owner else item.owner_name
        return replace(item, owner=owner, owner_name=name, task=_labelled(item.task, labels))

    return replace(
        notes,
        speakers=tuple(Attendee(one.id, one.name, one.talk_time) for one in transcript.speakers),
        overview=_labelled(notes.overview, labels | former),
        topics=tuple(replace(one, gist=_labelled(one.gist, labels | former)) for one in notes.topics),
        decisions=tuple(replace(one, text=_labelled(one.text, labels)) for one in notes.decisions),
        action_items=tuple(owned(item) for item in notes.action_items),
        open_questions=tuple(replace(one, text=_labelled(one.text, labels)) for one in notes.open_questions),
    )


def _labelled(text: str, labels: Mapping[str, str]) -> str:
    """`text` with what somebody was called, the keys of `labels`, replaced by what he is called now."""
    called = "|".join(re.escape(one) for one in sorted(labels, key=len, reverse=True))
    return re.sub(rf"\b(?:{called})\b", lambda match: labels[match[0]], text) if called else text
