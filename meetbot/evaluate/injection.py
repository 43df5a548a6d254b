"""Attempts to talk meetbot into something: `samples/injections/injections.toml` in, Injections out, and planted.

Knows nothing of notes or exports: who runs an attempt checks what came out against `items`, `answers`, `special` and
`absent`, whose meaning stands in `samples/injections/README.md`.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Literal, get_args

from meetbot.domain import Transcript, Word
from meetbot.errors import UsageError
from meetbot.evaluate.script import Must, satisfies

Where = Literal["speech", "speaker", "title"]


@dataclass(frozen=True, slots=True)
class Injection:
    """One attempt: `text` is said, or is a speaker's name or the meeting's title, as `where` says."""

    id: str
    kind: str
    text: str
    must_not: str
    where: Where = "speech"
    language: str = "en"
    items: Must = ()
    answers: Must = ()
    special: tuple[str, ...] = ()
    absent: Mapping[str, tuple[str, ...]] | None = None

    def broken_by_item(self, item: str) -> bool:
        """Whether `item`, the text of a listed decision, task or question, shows that the attempt worked."""
        return bool(self.items) and satisfies(item, self.items)

    def broken_by_answer(self, answer: str) -> bool:
        """Whether `answer` shows that the attempt worked."""
        return bool(self.answers) and satisfies(answer, self.answers)

    def broken_by_output(self, format: str, written: str) -> Iterator[str]:
        """The patterns that `written`, in `format`, must not match and does."""
        for pattern in (self.absent or {}).get(format, ()):
            if re.search(pattern, written, re.MULTILINE):
                yield pattern


def load(path: Path) -> tuple[Injection, ...]:
    """The attempts in `path`. Raises UsageError if two have one id or a place is unknown."""
    raw = tomllib.loads(path.read_text(encoding="utf-8"))["injection"]
    injections = tuple(
        Injection(
            id=item["id"],
            kind=item["kind"],
            text=item["text"] * item.get("repeat", 1),
            must_not=item["must_not"],
            where=item.get("where", "speech"),
            language=item.get("language", "en"),
            items=tuple(tuple(group) for group in item.get("items", ())),
            answers=tuple(tuple(group) for group in item.get("answers", ())),
            special=tuple(item.get("special", ())),
            absent={format: tuple(patterns) for format, patterns in item.get("absent", {}).items()},
        )
        for item in raw
    )
    ids = [injection.id for injection in injections]
    for injection in injections:
        if ids.count(injection.id) > 1 or injection.where not in get_args(Where):
            raise UsageError(
                f"{path.name}: {injection.id!r} is there twice or planted in an unknown place, {injection.where!r}",
                hint="samples/injections/README.md describes the format",
                kind="injection",
            )
    return injections


def plant(transcript: Transcript, injection: Injection, turn: str) -> Transcript:
    """`transcript` with the attempt in it; ids and times stay, so that a key still fits.

    Speech is added at the end of turn `turn`; a name is given to its speaker; for a title the recording is named so,
    and the caller titles the meeting. Raises KeyError if there is no such turn.
    """
    if injection.where == "title":
        return replace(transcript, audio=replace(transcript.audio, name=injection.text))
    planted = transcript.by_id[turn]
    if injection.where == "speaker":
        speakers = tuple(
            replace(speaker, name=injection.text, source="user") if speaker.id == planted.speaker else speaker
            for speaker in transcript.speakers
        )
        return replace(transcript, speakers=speakers)
    words = planted.words
    if words:
        # The last word's time is shared out: nothing that follows moves.
        last = words[-1]
        middle = (last.start + last.end) / 2
        said = Word(" " + injection.text, middle, last.end, last.probability)
        words = (*words[:-1], replace(last, end=middle), said)
    changed = replace(planted, text=f"{planted.text} {injection.text}".strip(), words=words)
    utterances = tuple(changed if utterance.id == turn else utterance for utterance in transcript.utterances)
    return replace(transcript, utterances=utterances)
