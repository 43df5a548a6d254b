"""Turns to candidates: exchanges in which somebody may take on a task, or the group may settle something. Pure.

A task is taken on by an offer ("I'll call them"), by agreeing to a request ("can you…" – "sure"), or is reported of
somebody outside ("she said she'd send it"). A decision is a conclusion that others agree with, or that follows their
agreement. What is refused, taken back, imagined, or said to the recorder is no candidate.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from meetbot.domain import ItemKind, Utterance
from meetbot.notes.conclude import likelihoods
from meetbot.notes.cues import cues
from meetbot.notes.doubt import BACK, IMAGINED, JEST, UNLIKE, Doubts
from meetbot.notes.probe import Likely
from meetbot.notes.scene import REPLY, Scene
from meetbot.words import alike, content

CLOSE = 4  # turns within which there are no conclusions about two things
APART = 5  # turns within which only a sure conclusion that shares no word is about another thing
SURE = 0.7  # of a conclusion, for it to stand so near another
LIKELY = 0.25  # of a conclusion, for the model to be asked about it at all
# Conclusions of a conversation of n turns: at most so many times the root of n, as in the keys of the written meetings
# (an hour of talk has more of them than ten minutes, but not six times as many). Who talks without the cue words has
# low likelihoods throughout, and then the highest of them count.
A_ROOT = 0.6
ASKED = 4  # turns before somebody does not know, in which it was asked
SAME = 4  # turns within which one person's offers are about one task
# What the language model thinks of a turn, in log odds; chosen on meetings that had no part in its probe.
THOUGHT = 0.0  # of a task, for one without a cue to be nominated if there are few
SURELY = 1.5  # and however many there are
TASKS_A_ROOT = 0.8  # tasks of a conversation of n turns, times the root of n, that are few
UNTHOUGHT = -2.5  # of a task, for a cue not to be believed
CONVINCED = 2.0  # of a task, for a doubt not to be believed
BESIDE = 2  # turns beside one that are about the same task
CUES, STATES, BOTH = 0.7, 0.5, 0.8  # how much cues and the model count for a decision, and what is added
FIRM = (JEST, IMAGINED, BACK)  # doubts that hold whatever the model thinks


@dataclass(frozen=True, slots=True)
class Candidate:
    """`anchor` is the turn where it is taken on or settled; `turns` the exchange, as places in the sequence."""

    kind: ItemKind
    anchor: int
    turns: tuple[int, ...]
    speaker: str | None  # who takes it on; None if that is somebody else, or for decisions
    why: str
    doubt: str | None = None  # why it may not be asserted
    likely: float = 1.0  # how much it looks like a conclusion


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
    doubts = Doubts(utterances, scene.cues, language)
    tasks = _merged([one if one.doubt else _doubted(one, doubts) for one in _tasks(scene)])
    if likely is not None:
        tasks = [_weighed(one, likely.tasks) for one in tasks]
        tasks += _unheard(scene, tasks, likely.tasks)
    decisions = [
        replace(one, doubt=doubts.decision(one.anchor, one.likely))
        for one in _decisions(scene, _settling(scene, likely))
    ]
    questions = [replace(one, doubt=doubts.question(one.turns)) for one in _questions(scene)]
    return sorted([*tasks, *decisions, *questions], key=lambda one: (one.anchor, one.kind))


def _tasks(scene: Scene) -> Iterator[Candidate]:
    for index, utterance in enumerate(scene.said):
        if (unreal := scene.unreal(index)) is not None:
            if scene.does(index, "offer") and not scene.does(index, "machine"):
                yield Candidate("action_item", index, (index,), utterance.speaker, "offer", unreal)
            continue
        if scene.promised(index) and not scene.does(index, "question"):
            yield Candidate("action_item", index, (index,), None, "other")
        if scene.does(index, "offer"):
            yield Candidate("action_item", index, (index,), utterance.speaker, "offer")
            continue
        if scene.does(index, "weak_offer") and not scene.does(index, "reject", "question"):
            taken = next((other for other in scene.others(index, 2) if scene.does(other, "accept", "ask")), None)
            if taken is not None and not scene.does(taken, "reject"):
                yield Candidate("action_item", index, (index, taken), utterance.speaker, "weak")
                continue
        taker = scene.taker(index)
        if taker is not None:
            yield Candidate("action_item", taker, (index, taker), scene.said[taker].speaker, "asked")
        if (
            scene.does(index, "other")
            and scene.outsider(index)
            and not scene.promised(index)
            and not scene.does(index, "question")
        ):
            yield Candidate("action_item", index, (index,), None, "other")


def _unheard(scene: Scene, tasks: Sequence[Candidate], odds: Sequence[float]) -> list[Candidate]:
    """What the model thinks is a task where no cue was heard; `odds` are log odds of turns.

    Where it is sure, always; else the likeliest, as long as there are fewer than a conversation mostly has: who talks
    in other words than the cues has few candidates and low odds throughout.
    """
    found = sorted(_peaks(scene, tasks, odds), key=lambda one: -max(odds[turn] for turn in one.turns))
    room = round(TASKS_A_ROOT * math.sqrt(len(odds))) - sum(one.doubt is None for one in tasks)
    return [one for at, one in enumerate(found) if at < room or max(odds[turn] for turn in one.turns) >= SURELY]


def _peaks(scene: Scene, tasks: Sequence[Candidate], odds: Sequence[float]) -> Iterator[Candidate]:
    """The turns that the model holds to be likelier tasks than those beside them, where no cue was heard."""
    taken = {turn + step for one in tasks for turn in (one.anchor, *one.turns) for step in range(-BESIDE, BESIDE + 1)}
    for peak, value in enumerate(odds):
        around = range(max(0, peak - BESIDE), min(len(odds), peak + BESIDE + 1))
        if value < THOUGHT or value < max(odds[turn] for turn in around) or peak in taken or scene.unreal(peak):
            continue
        taking = [
            turn
            for turn in around
            if turn >= peak - 1
            and odds[turn] > 0
            and scene.does(turn, "offer", "claim", "weak_offer", "accept", "due")
            and not scene.does(turn, "question", "reject")
            and scene.real(turn)
        ]
        anchor = taking[-1] if taking else peak
        told = scene.does(anchor, "other", "promised", "gave_word") and not scene.does(anchor, "first_person")
        speaker = None if told else scene.said[anchor].speaker
        yield Candidate("action_item", anchor, tuple(sorted({peak, anchor})), speaker, "other" if told else "read")


def _settling(scene: Scene, thought: Likely | None) -> list[float]:
    """How much each turn looks like settling something, 0 to 1, by cues and by what the model thinks."""
    likely = likelihoods(scene.said, scene.cues)
    if thought is None:
        return likely
    odds = (
        CUES * math.log(one / (1 - one)) + STATES * other + BOTH
        for one, other in zip(likely, thought.decisions, strict=True)
    )
    return [1 / (1 + math.exp(-value)) for value in odds]


def _decisions(scene: Scene, likely: Sequence[float]) -> Iterator[Candidate]:
    """The turns that most look like settling something, none near a better one; `likely` says how much they do."""
    chosen: list[int] = []
    enough = _enough(scene, likely)
    for index in sorted(range(len(likely)), key=lambda index: (-likely[index], index)):
        if likely[index] < enough:
            break
        if scene.does(index, "greeting", "agenda"):
            continue
        if scene.real(index) and not any(_one_thing(scene, index, other, likely) for other in chosen):
            chosen.append(index)
            near = range(max(0, index - APART), min(len(scene.said), index + APART))
            turns = sorted(
                [*sorted((other for other in near if other != index), key=lambda other: -likely[other])[:2], index]
            )
            yield Candidate("decision", index, tuple(turns), None, "likely", likely=likely[index])


def _enough(scene: Scene, likely: Sequence[float]) -> float:
    """The likelihood from which on a turn counts: that of as many peaks as a conversation so long may have."""
    peaks = (one for index, one in enumerate(likely) if one == max(likely[max(0, index - CLOSE) : index + CLOSE + 1]))
    most = sorted(peaks, reverse=True)[: round(A_ROOT * math.sqrt(len(likely)))]
    return max(LIKELY, most[-1]) if most else LIKELY


def _one_thing(scene: Scene, one: int, other: int, likely: Sequence[float]) -> bool:
    """Whether `one` is no second conclusion beside `other`: close by; or near, unsure or with a word in common."""
    apart = abs(one - other)
    if apart <= CLOSE or apart > APART:
        return apart <= CLOSE
    words = [set(content(scene.said[index].text)) for index in (one, other)]
    return likely[one] < SURE or any(alike(word, also) for word in words[0] for also in words[1])


def _questions(scene: Scene) -> Iterator[Candidate]:
    """What is left open: said outright, or not known to two people in a row, with the question before it."""
    unsure = [
        index
        for index in range(len(scene.said))
        if scene.real(index) and scene.does(index, "open", "left_open") and not scene.does(index, "retract")
    ]
    runs: list[list[int]] = []
    for index in unsure:
        if runs and index - runs[-1][-1] <= REPLY:
            runs[-1].append(index)
        else:
            runs.append([index])
    for run in runs:
        outright = [index for index in run if scene.does(index, "left_open")]
        if not outright and len({scene.said[index].speaker for index in run}) < 2:
            continue
        anchor = outright[-1] if outright else run[-1]
        asked = [other for other in range(max(0, run[0] - ASKED), run[0] + 1) if scene.does(other, "question")]
        yield Candidate("open_question", anchor, tuple(sorted({*asked[-1:], run[0], anchor})), None, "open")


def _doubted(task: Candidate, doubts: Doubts) -> Candidate:
    first, last = task.turns[0], task.turns[-1]
    other = {"asked": first, "weak": last}.get(task.why)
    return replace(task, doubt=doubts.task(task.anchor, other, task.why))


def _weighed(task: Candidate, odds: Sequence[float]) -> Candidate:
    """`task` doubted where the model thinks of none, or no longer where it is sure; `odds` are log odds of turns."""
    value = odds[task.anchor]
    if task.doubt is None:
        return replace(task, doubt=UNLIKE) if value < UNTHOUGHT else task
    return replace(task, doubt=None) if value >= CONVINCED and task.doubt not in FIRM else task


def _merged(tasks: list[Candidate]) -> list[Candidate]:
    """One candidate for one person's offers in a row."""
    kept: list[Candidate] = []
    for task in tasks:
        twin = next(
            (
                index
                for index, other in enumerate(kept)
                if other.speaker == task.speaker and abs(task.anchor - other.anchor) <= SAME
            ),
            None,
        )
        if twin is None:
            kept.append(task)
        else:
            other = kept[twin]
            surer = task if other.doubt and not task.doubt else other
            turns = tuple(sorted({*other.turns, *task.turns}))
            kept[twin] = replace(surer, turns=turns, why=f"{other.why}+{task.why}")
    return kept
