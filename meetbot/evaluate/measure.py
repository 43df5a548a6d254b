"""Written meetings through notes and answers, scored against their keys: what `meetbot evaluate notes|ask` prints.

`naive` measures the same model asked once a meeting for everything, without candidates or checks: what the rest of
the room has to beat. Answers of the model are remembered in `memo`, so that a second run costs nothing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from meetbot import names
from meetbot.ask import AskOptions, ask
from meetbot.domain import ActionItem, Decision, Notes, Transcript
from meetbot.evaluate import heard
from meetbot.evaluate.notes import NotesScore, near, score
from meetbot.evaluate.references import Said
from meetbot.evaluate.script import Asked, Script, load, satisfies
from meetbot.llm import LanguageModel, Prompt, open_model
from meetbot.notes.compose import items
from meetbot.notes.cues import known
from meetbot.notes.excerpt import excerpt, spoken
from meetbot.notes.narrow import as_spoken
from meetbot.notes.nominate import nominate
from meetbot.notes.settle import Settled, settle
from meetbot.progress import Progress, Silent
from meetbot.store import Memo, NoMemo

NAIVE = (
    "Summarise this meeting: list all decisions and all action items with owner and due date, each with the ids of "
    "the turns it comes from."
)

Hear = Callable[[str], tuple[Transcript, Sequence[Said]]]


@dataclass(frozen=True)
class Measured:
    """One meeting's score, the seconds it took, and the notes that were scored."""

    name: str
    score: NotesScore
    seconds: float
    script: Script
    notes: Notes


def notes(
    paths: Sequence[Path],
    llm: str,
    *,
    naive: bool = False,
    hear: Hear | None = None,
    memo: Memo | None = None,
    progress: Progress | None = None,
) -> Iterator[Measured]:
    """What `llm` lists of the written meetings `paths`, scored, one by one. Topics and overview are not written.

    With `hear`, of their recordings: it gives what is heard of a meeting's and what was really said in it.
    """
    model = open_model(llm, memo=memo or NoMemo(), progress=progress or Silent())
    for path in paths:
        script = load(path)
        begun = time.monotonic()
        if naive:
            made = single_call(model, script)
        elif hear:
            made = _heard(model, script, *hear(path.stem))
        else:
            transcript, _ = names.named(script.transcript)
            made = _listed(script, items(model, transcript, date.fromisoformat(script.date)))
        yield Measured(path.stem, score(script, made), time.monotonic() - begun, script, made)


def _heard(model: LanguageModel, script: Script, transcript: Transcript, said: Sequence[Said]) -> Notes:
    """What `model` lists of `transcript`, put back to the turns of `script`."""
    turns = heard.spoken_turns(script, said)
    people = heard.people(turns, transcript)
    transcript, _ = names.named(heard.introduced(script, transcript, people))
    made = _listed(script, items(model, transcript, date.fromisoformat(script.date)))
    return heard.as_written(made, transcript, turns, people)


def spoken_words(paths: Sequence[Path]) -> Iterator[Measured]:
    """The written meetings `paths` scored on what code nominates and checks alone, in the words of the exchanges.

    What the model's wording adds to this, or loses, is its share. Only languages with cues; others give no items.
    """
    for path in paths:
        script = load(path)
        begun = time.monotonic()
        transcript = script.transcript
        said = spoken(transcript)
        nominated = (
            nominate(said, transcript.language, {one.id: one.label for one in transcript.speakers})
            if known(transcript.language)
            else []
        )
        found = [as_spoken(transcript, said, candidate) for candidate in nominated]
        made = _listed(script, settle(transcript, found, date.fromisoformat(script.date)))
        yield Measured(path.stem, score(script, made), time.monotonic() - begun, script, made)


def _listed(script: Script, settled: Settled) -> Notes:
    """Notes that hold `settled` alone."""
    return Notes(
        title=script.title,
        date=script.date,
        language=script.transcript.language,
        duration=script.transcript.audio.duration,
        speakers=(),
        overview="",
        topics=(),
        decisions=settled.decisions,
        action_items=settled.action_items,
        open_questions=settled.open_questions,
        unverified=settled.unverified,
    )


def single_call(model: LanguageModel, script: Script) -> Notes:
    """Notes from one call about as much of the meeting as fits, nothing of it checked."""
    transcript = script.transcript
    lines = excerpt(transcript, spoken(transcript)).text.splitlines()
    while model.room(Prompt(NAIVE, "\n".join(lines), "")) < 2000:
        lines = lines[: int(len(lines) * 0.9)]
    turns = {"type": "array", "items": {"enum": [line.split(" ", 1)[0] for line in lines]}, "maxItems": 4}
    text = {"type": "string", "maxLength": 160}
    maybe = {"anyOf": [{"type": "string", "maxLength": 40}, {"type": "null"}]}
    schema = _object(
        decisions=_list(_object(turns=turns, text=text), 10),
        action_items=_list(_object(turns=turns, task=text, owner=maybe, due=maybe), 15),
    )
    answer = model.answer(
        Prompt("You summarise meetings as JSON.", "\n".join(lines) + "\n\n", NAIVE), schema, room=1600
    )
    ids = {speaker.label: speaker.id for speaker in transcript.speakers}
    decisions = tuple(Decision(one["text"], tuple(one["turns"]), 0.0, True) for one in answer["decisions"])
    tasks = tuple(
        ActionItem(
            task=one["task"],
            owner=ids.get(one["owner"] or ""),
            owner_name=one["owner"],
            due=one["due"],
            due_date=None,
            turns=tuple(one["turns"]),
            start=0.0,
            verified=True,
        )
        for one in answer["action_items"]
    )
    return Notes(script.title, script.date, transcript.language, 0.0, (), "", (), decisions, tasks)


@dataclass(frozen=True, slots=True)
class AskScore:
    """Questions the recording answers, and those it does not: how many were treated rightly."""

    right: int = 0
    answerable: int = 0
    abstained: int = 0
    unanswerable: int = 0

    def __add__(self, other: AskScore) -> AskScore:
        return AskScore(
            self.right + other.right,
            self.answerable + other.answerable,
            self.abstained + other.abstained,
            self.unanswerable + other.unanswerable,
        )


def answers(folder: Path, llm: str, *, memo: Memo | None = None) -> Iterator[tuple[str, AskScore]]:
    """Every question in the keys of `folder`, put to its meeting."""
    for path in sorted(folder.glob("*.txt")):
        script = load(path)
        total = AskScore()
        for asked in script.key.questions:
            total += _one(script.transcript, asked, llm, memo)
        yield path.stem, total


def _one(transcript: Transcript, asked: Asked, llm: str, memo: Memo | None) -> AskScore:
    answer = ask(asked.question, [("meeting", transcript)], AskOptions(llm), memo=memo)
    if asked.answer is None:
        return AskScore(abstained=int(not answer.found), unanswerable=1)
    place = {one.id: index for index, one in enumerate(transcript.utterances)}
    cited = [citation.turn for citation in answer.citations]
    return AskScore(
        right=int(answer.found and satisfies(answer.answer, asked.must) and near(cited, asked.turns, place)),
        answerable=1,
    )


def _object(**fields: object) -> dict[str, object]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


def _list(item: object, most: int) -> dict[str, object]:
    return {"type": "array", "items": item, "maxItems": most}
