"""Turns to candidates: what may be a task, a decision or an open question, and where the conversation says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from meetbot.domain import Utterance
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import cues
from meetbot.notes.decisions import decisions
from meetbot.notes.doubt import OVERTAKEN
from meetbot.notes.probe import Likely
from meetbot.notes.questions import questions
from meetbot.notes.scene import Scene
from meetbot.notes.tasks import tasks
from meetbot.notes.told import ENOUGH, beside, quotable, told

LITTLE = 0.05  # likelihood from which on a decision may be said in a turn near it
CLEARLY = 0.2  # how much likelier a decision must be said in a turn than a task, for the task not to quote it
FORMER = 0.4  # likelihood of what was decided before


def nominate(
    utterances: Sequence[Utterance],
    language: str,
    labels: Mapping[str, str] | None = None,
    likely: Likely | None = None,
) -> list[Candidate]:
    """The candidates of a conversation, in order; `labels` are what its speakers are called, by their ids.

    `language` must be one that `cues.known`; `likely` is what the language model thinks of every turn, if it says.
    """
    scene = Scene(utterances, cues(utterances, language), labels or {}, language)
    found = exchanges(scene, likely)
    says = [told(scene, likely, one.kind, one.anchor, one.turns) for one in found]
    quoted = [quotable(ranks, _elsewhere(one, ranks, found, says)) for one, ranks in zip(found, says, strict=True)]
    near = [beside(scene, ranks, {one.anchor, *turns}) for one, ranks, turns in zip(found, says, quoted, strict=True)]
    return [
        _completed(scene, likely, replace(one, told=turns, context=others))
        for one, turns, others in zip(found, quoted, near, strict=True)
    ]


def exchanges(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """The candidates of `scene` without what the turns around them say of them."""
    found = (*tasks(scene, likely), *decisions(scene, likely), *questions(scene, likely))
    return sorted(found, key=lambda one: (one.anchor, one.kind))


def _elsewhere(
    one: Candidate, ranks: Mapping[int, float], found: Sequence[Candidate], says: Sequence[Mapping[int, float]]
) -> set[int]:
    """The turns in which another candidate of the kind is said, rather than `one`, whose `ranks` are given.

    It is the likelier of the two; of decisions, the nearer one in which it may be: a conclusion sums up what has been
    talked about since the one before. What is taken on is not what was decided before it ("Yellow, then." "I'll do the
    labels."), so a task leaves to a decision what that clearly says.
    """
    others = [
        (other.anchor, turns)
        for other, turns in zip(found, says, strict=True)
        if other is not one and other.kind == one.kind and _held(other)
    ]

    def theirs(turn: int, at: int, sure: float, also: float) -> bool:
        mine, other = abs(turn - one.anchor), abs(turn - at)
        if one.kind == "decision" and mine != other:
            return other < mine and also > LITTLE
        return also > sure

    decided = [
        turns
        for other, turns in zip(found, says, strict=True)
        if one.kind == "action_item" and other.kind == "decision" and _held(other)
    ]
    return {
        turn
        for turn, sure in ranks.items()
        if any(at == turn or theirs(turn, at, sure, turns.get(turn, 0.0)) for at, turns in others)
        or (turn != one.anchor and any(turns.get(turn, 0.0) > sure + CLEARLY for turns in decided))
    }


def _held(one: Candidate) -> bool:
    """Whether what `one` says is its own: also what was settled then and is decided otherwise later."""
    return one.doubt in (None, OVERTAKEN)


def _completed(scene: Scene, likely: Likely | None, one: Candidate) -> Candidate:
    """`one` with the turns that say who does it and when, and what it was before."""

    def ask(asked: str, enough: float = ENOUGH) -> list[int]:
        ranks = told(scene, likely, asked, one.anchor, one.turns)
        return [turn for turn, sure in ranks.items() if sure >= enough]

    if one.kind == "action_item":
        owner = ask("owner")[:1] if one.speaker else []
        speaker = scene.said[owner[0]].speaker if owner else one.speaker
        return replace(one, speaker=speaker, due=tuple(ask("due")))
    if one.kind == "decision":
        former = [turn for turn in ask("former", FORMER) if turn not in one.told]
        return replace(one, former=next(iter(former), one.former))
    return one
