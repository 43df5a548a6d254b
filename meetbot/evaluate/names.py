"""What people in written meetings are called, as it is heard and as it is: who gets his name, a wrong one, or none."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from meetbot import names
from meetbot.domain import Transcript
from meetbot.evaluate.script import Script, load
from meetbot.names.calls import key
from meetbot.words import fold


@dataclass(frozen=True)
class Naming:
    """What the speakers of one meeting get. `wrong` and `unsure`: (what was heard, who it is) of each such speaker.

    `right` and `wrong` are names asserted; `suggested` counts the right ones of those only suggested, `unsure` are
    the others.
    """

    meeting: str
    language: str
    speakers: int
    right: int
    wrong: tuple[tuple[str, str], ...]
    suggested: int
    unsure: tuple[tuple[str, str], ...]


def nameless(script: Script) -> Transcript:
    """What was said in `script`, by speakers without names."""
    speakers = tuple(replace(one, name=None, source=None) for one in script.transcript.speakers)
    return replace(script.transcript, speakers=speakers)


def right(name: str, of: str, language: str) -> bool:
    """Whether `name` is one of the names of somebody called `of` in full, or the one behind his title."""
    return key(name, language) in {fold(part) for part in of.split()}


def judged(path: Path) -> Naming:
    """What the speakers of the written meeting at `path` get when their names are not known. Raises UsageError."""
    script = load(path)
    transcript = nameless(script)
    found = names.heard(transcript)
    holds = {who: right(own.name, script.names[who], transcript.language) for who, own in found.items()}

    def missed(certain: bool) -> Iterator[tuple[str, str]]:
        for who, own in found.items():
            if own.certain is certain and not holds[who]:
                yield own.name, script.names[who]

    return Naming(
        meeting=path.stem,
        language=transcript.language,
        speakers=len(transcript.speakers),
        right=sum(own.certain and holds[who] for who, own in found.items()),
        wrong=tuple(missed(True)),
        suggested=sum(not own.certain and holds[who] for who, own in found.items()),
        unsure=tuple(missed(False)),
    )
