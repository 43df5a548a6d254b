"""A written meeting (`.txt`) and its answer key (`.toml`): text in, a Transcript and a Key out.

    +++                                   front matter, TOML
    title = "Weekly sync"                 [#quote] Ben: I can send the quote.      a turn with an anchor
    date = 2026-03-10                     Ana: Great.                              a turn without one
    +++

The key names turns by anchor; here anchors become the transcript's own ids ("T17") and owners speaker ids ("S2").
Times are made up (a steady rate of speech, a short gap between turns), and no audio exists.
`samples/meetings/README.md` describes the format and the matching rule.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import lru_cache
from pathlib import Path
from typing import Any, get_args

from meetbot.domain import AudioInfo, ItemKind, Speaker, Transcript, Utterance, Word
from meetbot.errors import UsageError

WORDS_PER_SECOND = 2.6
CHARACTERS_PER_SECOND = 4.5  # of Chinese or Japanese
GAP = 0.35  # seconds between two turns
INTERRUPTION = 0.3  # seconds by which a turn overlaps one that breaks off with a dash

Must = tuple[tuple[str, ...], ...]
"""Groups of alternatives: a text satisfies it when it mentions at least one term of every group."""

_TURN = re.compile(r"(?:\[#(?P<anchor>[a-z0-9-]+)\]\s*)?(?P<name>[^:\[\]]+):\s*(?P<text>\S.*)")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_PIECES = re.compile(r"[\u3040-\u30ff\u3400-\u9fff][\u3000-\u303f\uff00-\uffef]*|[^\s\u3040-\u30ff\u3400-\u9fff]+|\s+")


@dataclass(frozen=True, slots=True)
class ExpectedDecision:
    """What was decided in the end; `history` is what the same decision said before, oldest first.

    `says`: the fewest of its turns from which a stranger knows what was decided.
    """

    text: str
    turns: tuple[str, ...]
    must: Must
    history: tuple[ExpectedDecision, ...] = ()
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedTask:
    """A task somebody took on. `owner` is a speaker's id; `owner_name` somebody who is not in the room.

    `due` lists wordings that are all right, `due_date` is their calendar date (None: leave it out of the score).
    `says`: the fewest of its turns from which a stranger knows what is to be done.
    """

    task: str
    turns: tuple[str, ...]
    must: Must
    owner: str | None = None
    owner_name: str | None = None
    due: tuple[str, ...] = ()
    due_date: str | None = None
    says: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ExpectedQuestion:
    """A question that is still open when the meeting ends; `says`: the fewest of its turns that tell it."""

    text: str
    turns: tuple[str, ...]
    must: Must
    says: tuple[str, ...] = ()


ExpectedItem = ExpectedDecision | ExpectedTask | ExpectedQuestion


@dataclass(frozen=True, slots=True)
class Optional:
    """What reasonable people may list or not: listed, it is neither right nor wrong; not listed, it is not missed."""

    kind: ItemKind
    text: str
    turns: tuple[str, ...]
    must: Must


@dataclass(frozen=True, slots=True)
class ExpectedTopic:
    """A rough chapter: it begins about turn `start`."""

    title: str
    start: str
    must: Must


@dataclass(frozen=True, slots=True)
class Trap:
    """Something that looks like an item and is none. With `owner` or `due_date`, only an item that says so falls in."""

    kind: str
    text: str
    turns: tuple[str, ...]
    must: Must
    must_not_be: tuple[ItemKind, ...]
    owner: str | None = None
    due_date: str | None = None


@dataclass(frozen=True, slots=True)
class Asked:
    """A question to put to the recording; `answer` is None when the recording does not say."""

    question: str
    answer: str | None = None
    turns: tuple[str, ...] = ()
    must: Must = ()


@dataclass(frozen=True, slots=True)
class Key:
    """Everything right notes would hold, what they must not hold, and questions with their answers."""

    decisions: tuple[ExpectedDecision, ...]
    action_items: tuple[ExpectedTask, ...]
    open_questions: tuple[ExpectedQuestion, ...]
    topics: tuple[ExpectedTopic, ...]
    traps: tuple[Trap, ...]
    questions: tuple[Asked, ...]
    optional: tuple[Optional, ...] = ()

    @property
    def items(self) -> Mapping[ItemKind, Sequence[ExpectedItem]]:
        """What right notes hold, by kind."""
        return {
            "action_item": self.action_items,
            "decision": self.decisions,
            "open_question": self.open_questions,
        }


@dataclass(frozen=True)
class Script:
    """A written meeting. `names` maps speaker ids to names even where the transcript does not know them."""

    title: str
    date: str
    style: str
    names: Mapping[str, str]
    anchors: Mapping[str, str]
    transcript: Transcript
    key: Key


@lru_cache(maxsize=16384)
def normalise(text: str) -> str:
    """Case, accents and punctuation removed: "Über 1,500 Wörter!" becomes "uber 1500 worter"."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", text.casefold()) if not unicodedata.combining(c))
    plain = re.sub(r"(?<=\d)[.,\u202f](?=\d{3}\b)", "", plain)
    return " ".join(re.findall(r"\d+(?:[.,]\d+)?|[^\W\d_]+", plain))


def mentions(text: str, term: str) -> bool:
    """Whether `text` holds `term` at the start of a word; "*term" also inside one, "term=" only as whole words.

    A term that ends in a digit must end where the number does. Unspaced scripts match anywhere.
    """
    anywhere = term.startswith("*") or bool(_UNSPACED.search(term))
    wanted = re.escape(normalise(term))
    before = "" if anywhere else r"(?<!\S)"
    after = r"(?!\S)" if term.endswith("=") else r"(?!\d|[.,]\d)" if wanted[-1:].isdigit() else ""
    return re.search(before + wanted + after, normalise(text)) is not None


def satisfies(text: str, must: Must) -> bool:
    """Whether `text` mentions at least one term of every group."""
    return all(any(mentions(text, term) for term in group) for group in must)


def load(path: Path) -> Script:
    """The meeting at `path` with the key beside it. Raises UsageError, naming the line, if either is malformed."""
    raw = path.read_text(encoding="utf-8")
    parts = raw.split("+++\n", 2)
    if len(parts) != 3 or parts[0]:
        raise _malformed(path, "the front matter must stand between two lines of +++")
    front = tomllib.loads(parts[1])
    first_line = parts[1].count("\n") + 3
    turns = [
        (number, _parsed(path, number, line))
        for number, line in enumerate(parts[2].splitlines(), first_line)
        if line.strip()
    ]
    known: list[str] = front["speakers"]
    for number, (_, name, _) in turns:
        if name not in known:
            raise _malformed(path, f"line {number}: {name!r} is not among the speakers")
    ids = {name: f"S{i}" for i, name in enumerate(dict.fromkeys(turn[1] for _, turn in turns), 1)}
    utterances = _timed([(ids[name], text) for _, (_, name, text) in turns], front["language"])
    anchors: dict[str, str] = {}
    for (number, (anchor, _, _)), utterance in zip(turns, utterances, strict=True):
        if anchor in anchors:
            raise _malformed(path, f"line {number}: the anchor {anchor!r} is already taken")
        if anchor:
            anchors[anchor] = utterance.id
    transcript = Transcript(
        audio=AudioInfo(path.stem + ".wav", hashlib.sha256(raw.encode()).hexdigest(), utterances[-1].end),
        language=front["language"],
        speakers=tuple(_speaker(id_, name, front["names"] == "known", utterances) for name, id_ in ids.items()),
        utterances=utterances,
    )
    return Script(
        title=front["title"],
        date=front["date"].isoformat(),
        style=front["style"],
        names={id_: name for name, id_ in ids.items()},
        anchors=anchors,
        transcript=transcript,
        key=_KeyReader(path.with_suffix(".toml"), anchors, ids).read(),
    )


def _malformed(path: Path, why: str) -> UsageError:
    return UsageError(f"{path.name}: {why}", hint="samples/meetings/README.md describes the format", kind="script")


def _parsed(path: Path, number: int, line: str) -> tuple[str | None, str, str]:
    found = _TURN.fullmatch(line.strip())
    if not found:
        raise _malformed(path, f"line {number} is no turn, which reads 'Name: text' or '[#anchor] Name: text'")
    return found["anchor"], found["name"].strip(), found["text"].strip()


def _words(text: str, start: float) -> tuple[Word, ...]:
    words = []
    for piece in _spaced(text):
        unspaced = bool(_UNSPACED.match(piece))
        end = start + (1 / CHARACTERS_PER_SECOND if unspaced else 1 / WORDS_PER_SECOND)
        words.append(Word(piece, round(start, 3), round(end, 3), 1.0))
        start = end
    return tuple(words)


def _spaced(text: str) -> list[str]:
    if not _UNSPACED.search(text):
        return [" " + word for word in text.split()]
    pieces: list[str] = []
    space = ""
    for piece in _PIECES.findall(text):
        if piece.isspace():
            space = " "
        else:
            pieces.append(space + piece)
            space = ""
    return pieces


def _timed(turns: Sequence[tuple[str, str]], language: str) -> tuple[Utterance, ...]:
    utterances: list[Utterance] = []
    clock, interrupted = 0.5, False
    for number, (speaker, text) in enumerate(turns, 1):
        words = _words(text, clock)
        breaks_off = text.endswith("—")
        utterances.append(
            Utterance(
                id=f"T{number}",
                speaker=speaker,
                start=words[0].start,
                end=words[-1].end,
                text=text,
                overlap=breaks_off or interrupted,
                words=words,
                language=language,
            )
        )
        clock = max(words[-1].end + (-INTERRUPTION if breaks_off else GAP), words[0].start + 0.05)
        interrupted = breaks_off
    return tuple(utterances)


def _speaker(id_: str, name: str, known: bool, utterances: Sequence[Utterance]) -> Speaker:
    own = [utterance for utterance in utterances if utterance.speaker == id_]
    talk_time = round(sum(utterance.end - utterance.start for utterance in own), 3)
    return Speaker(id_, name if known else None, source="user" if known else None, talk_time=talk_time, turns=len(own))


class _KeyReader:
    """Turns the key's anchors and names into the transcript's ids, and says where one does not exist."""

    def __init__(self, path: Path, anchors: Mapping[str, str], ids: Mapping[str, str]) -> None:
        self.path, self.anchors, self.ids = path, anchors, ids

    def read(self) -> Key:
        raw = tomllib.loads(self.path.read_text(encoding="utf-8"))
        unknown = raw.keys() - set(Key.__dataclass_fields__)
        if unknown:
            raise _malformed(self.path, f"unknown section {', '.join(sorted(unknown))}")
        return Key(
            decisions=tuple(self._decision(item) for item in raw["decisions"]),
            action_items=tuple(self._task(item) for item in raw["action_items"]),
            open_questions=tuple(
                ExpectedQuestion(item["text"], self._turns(item), self._must(item), self._says(item))
                for item in raw["open_questions"]
            ),
            topics=tuple(
                ExpectedTopic(item["title"], self._turn(item["start"]), self._must(item)) for item in raw["topics"]
            ),
            traps=tuple(self._trap(item) for item in raw["traps"]),
            questions=tuple(self._asked(item) for item in raw["questions"]),
            optional=tuple(
                Optional(self._kinds([item["kind"]])[0], item["text"], self._turns(item), self._must(item))
                for item in raw.get("optional", ())
            ),
        )

    def _turn(self, anchor: str) -> str:
        if anchor not in self.anchors:
            raise _malformed(self.path, f"no turn has the anchor {anchor!r}")
        return self.anchors[anchor]

    def _turns(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        return tuple(sorted({self._turn(anchor) for anchor in item["turns"]}, key=lambda turn: int(turn[1:])))

    def _says(self, item: Mapping[str, Any]) -> tuple[str, ...]:
        return self._turns({"turns": item.get("says", ())})

    def _must(self, item: Mapping[str, Any]) -> Must:
        return tuple(tuple(group) for group in item["must"])

    def _kinds(self, names: Sequence[str]) -> tuple[ItemKind, ...]:
        known: tuple[ItemKind, ...] = get_args(ItemKind)
        if not names or not set(names) <= set(known):
            raise _malformed(self.path, f"{', '.join(names) or 'nothing'} is not among {', '.join(known)}")
        return tuple(kind for kind in known if kind in names)

    def _owner(self, item: Mapping[str, Any]) -> str | None:
        owner = item.get("owner")
        if owner is not None and owner not in self.ids:
            raise _malformed(self.path, f"{owner!r} does not speak; somebody not in the room is an owner_name")
        return None if owner is None else self.ids[owner]

    def _date(self, item: Mapping[str, Any]) -> str | None:
        due: date | None = item.get("due_date")
        return None if due is None else due.isoformat()

    def _decision(self, item: Mapping[str, Any]) -> ExpectedDecision:
        history = tuple(self._decision(earlier) for earlier in item.get("history", ()))
        return ExpectedDecision(item["text"], self._turns(item), self._must(item), history, self._says(item))

    def _task(self, item: Mapping[str, Any]) -> ExpectedTask:
        return ExpectedTask(
            task=item["task"],
            turns=self._turns(item),
            must=self._must(item),
            owner=self._owner(item),
            owner_name=item.get("owner_name"),
            due=tuple(item.get("due", ())),
            due_date=self._date(item),
            says=self._says(item),
        )

    def _trap(self, item: Mapping[str, Any]) -> Trap:
        return Trap(
            kind=item["kind"],
            text=item["text"],
            turns=self._turns(item),
            must=self._must(item),
            must_not_be=self._kinds(item["must_not_be"]),
            owner=self._owner(item),
            due_date=self._date(item),
        )

    def _asked(self, item: Mapping[str, Any]) -> Asked:
        if "answer" not in item:
            return Asked(item["question"])
        return Asked(item["question"], item["answer"], self._turns(item), self._must(item))
