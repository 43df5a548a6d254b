"""Turns to candidates: what may be a task, a decision or an open question, and where the conversation says so. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from meetbot.domain import Utterance
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import cues
from meetbot.notes.decisions import decisions
from meetbot.notes.probe import Likely
from meetbot.notes.questions import questions
from meetbot.notes.scene import Scene
from meetbot.notes.tasks import tasks
from meetbot.notes.told import likely_enough, quotable, told

FORMER = 0.5  # likelihood of what was decided before


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
    return [_completed(scene, likely, one) for one in exchanges(scene, likely)]


def exchanges(scene: Scene, likely: Likely | None) -> list[Candidate]:
    """The candidates of `scene` without what the turns around them say of them."""
    found = (*tasks(scene, likely), *decisions(scene, likely), *questions(scene, likely))
    return sorted(found, key=lambda one: (one.anchor, one.kind))


def _completed(scene: Scene, likely: Likely | None, one: Candidate) -> Candidate:
    """`one` with the turns that say what it is, who does it and when, and what it was before."""

    def ask(asked: str) -> dict[int, float]:
        return told(scene, likely, asked, one.anchor, one.turns)

    one = replace(one, told=quotable(ask(one.kind)))
    if one.kind == "action_item":
        owner = likely_enough(ask("owner"))[:1] if one.speaker else []
        speaker = scene.said[owner[0]].speaker if owner else one.speaker
        return replace(one, speaker=speaker, due=tuple(likely_enough(ask("due"))))
    if one.kind == "decision":
        former = [turn for turn in likely_enough(ask("former"), FORMER) if turn not in one.told]
        return replace(one, former=next(iter(former), None))
    return one
