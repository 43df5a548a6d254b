"""What probe and weights of notes learn from: written meetings, and some of them spoken and heard again.

Talk that was heard is not what was written: short turns are missing, two run together, words are others. Whoever has
learnt from written talk alone finds less in it (docs/notes.md).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from meetbot import codec
from meetbot.domain import Transcript
from meetbot.evaluate import heard
from meetbot.evaluate.references import read_stm
from meetbot.evaluate.script import Script, load

HEARD = 3
"""How often a meeting that was heard counts: there are few of them."""


@dataclass(frozen=True)
class Meeting:
    """A meeting with its key. `name` is that of the written one, `times` how often it counts."""

    name: str
    script: Script
    heard: bool = False

    @property
    def id(self) -> str:
        """What tells it from the same meeting as written."""
        return f"{self.name}-heard" if self.heard else self.name

    @property
    def times(self) -> int:
        """How often it counts."""
        return HEARD if self.heard else 1


def meetings(folder: Path, recordings: Path | None = None) -> list[Meeting]:
    """The written meetings of `folder`, then those of them that `recordings` has as heard, each in order of name.

    Of a recording NAME of `samples.dialogue` it has NAME.stm, and NAME.json, which `meetbot transcribe -f json` wrote.
    Raises UsageError for a recording of something else.
    """
    written = [Meeting(path.stem, load(path)) for path in sorted(folder.glob("*.txt"))]
    if recordings is None:
        return written
    there = [one for one in written if (recordings / f"{one.name}.json").exists()]
    return [*written, *(Meeting(one.name, _heard(one, recordings), heard=True) for one in there)]


def _heard(meeting: Meeting, recordings: Path) -> Script:
    said = read_stm(recordings / f"{meeting.name}.stm")
    transcript = codec.from_json(Transcript, (recordings / f"{meeting.name}.json").read_text(encoding="utf-8"))
    return heard.as_heard(meeting.script, transcript, said)
