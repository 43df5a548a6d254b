"""Written meetings to the weights of notes: `python -m meetbot.evaluate.fit_weights FOLDER STATES > weights.toml`.

Two kinds of examples. Whatever is nominated is in the key or not, and a task of the key is done by somebody who speaks
or by another (`meetbot.notes.weigh`). And where something nominated belongs to an item of the key, each turn near it
says what that is, who does it, … or not (`meetbot.notes.told`). The states are those of `meetbot.evaluate.fit_probe`,
and so is --recordings; what the probe thinks of a meeting is thought by one that was made without it. `--cross` says
instead how well it is done, each meeting judged without itself.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeGuard, TypeVar

import numpy as np

from meetbot.domain import ItemKind
from meetbot.evaluate.fit import fitted
from meetbot.evaluate.fit_probe import FOLDS, cross, gather, mentioned
from meetbot.evaluate.material import Meeting, meetings
from meetbot.evaluate.script import ExpectedDecision, ExpectedTask, Script
from meetbot.llm import DEFAULT
from meetbot.logistic import logistic
from meetbot.notes import due, tasks, weigh
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import cues
from meetbot.notes.decisions import conclusions
from meetbot.notes.excerpt import places, spoken
from meetbot.notes.nominate import nominate as nominated
from meetbot.notes.probe import Likely
from meetbot.notes.questions import unanswered
from meetbot.notes.scene import Scene
from meetbot.notes.told import ASKED, ENOUGH, features, quotable, ranked

PENALTY = 2.0
DIGITS = 2  # of a weight
LEAST = (0.3, 0.5, 0.6, 0.7, 0.8)  # likelihoods for which `--cross` says what is right and wrong
Weights = dict[str, float]
Taught = TypeVar("Taught", "Example", "Possible")
NOMINATE: dict[ItemKind, Callable[[Scene, Likely | None], list[Candidate]]] = {
    "action_item": tasks.exchanges,
    "decision": conclusions,
    "open_question": unanswered,
}


@dataclass(frozen=True)
class Example:
    """What is asked of a nominated item: the features of the turns near it, those that say it, its evidence."""

    meeting: Meeting
    asked: str
    near: Mapping[int, Weights]
    says: frozenset[int]
    evidence: frozenset[int]


def examples(meeting: Meeting, likely: Likely | None) -> Iterator[Example]:
    """What is nominated of `meeting` and is in its key."""
    script, scene, place = opened(meeting)
    said = scene.said
    for one in (one for nominate in NOMINATE.values() for one in nominate(scene, likely)):
        meant = [item for item in script.key.items[one.kind] if one.anchor in {place[turn] for turn in item.turns}]
        if not meant:
            continue
        item = max(meant, key=lambda item: len({place[turn] for turn in item.turns} & set(one.turns)))
        evidence = frozenset(place[turn] for turn in item.turns)
        wanted: dict[str, set[int]] = {one.kind: {place[turn] for turn in item.says}}
        if isinstance(item, ExpectedTask):
            wanted["due"] = {turn for turn in evidence if mentioned(item.due, said[turn].text)}
            if item.owner:
                wanted["owner"] = {turn for turn in evidence if said[turn].speaker == item.owner}
        if isinstance(item, ExpectedDecision):
            wanted["former"] = {place[turn] for old in item.history for turn in old.turns}
        for asked, says in wanted.items():
            near = dict(features(scene, likely, asked, one.anchor, one.turns))
            yield Example(meeting, asked, near, frozenset(says), evidence)


@dataclass(frozen=True)
class Possible:
    """Something nominated: the model of `meetbot.notes.weigh` that judges it, its features, whether it holds."""

    meeting: Meeting
    model: str
    values: Weights
    holds: bool


def possible(meeting: Meeting, likely: Likely | None) -> Iterator[Possible]:
    """What is nominated of `meeting`: whether it is in the key, whether somebody who is not there does it."""
    script, scene, place = opened(meeting)
    for kind, nominate in NOMINATE.items():
        if likely is None and kind == "open_question":
            continue  # cues alone hear too few
        found = nominate(scene, likely)
        keys = [(one, {place[turn] for turn in one.turns if turn in place}) for one in script.key.items[kind]]
        either = {place[turn] for one in script.key.optional if one.kind == kind for turn in one.turns if turn in place}
        taken: set[int] = set()
        for one in sorted(found, key=lambda one: -one.likely):
            if one.doubt in tasks.FIRM and kind == "action_item":
                continue
            meant = {number for number, (_, turns) in enumerate(keys) if one.anchor in turns}
            # A second one about the same thing teaches nothing, nor does what may be listed or not.
            teaches = not meant <= taken if meant else one.anchor not in either
            taken |= meant
            values = weigh.features(scene, likely, one, found)
            if teaches:
                yield Possible(meeting, f"is_{kind}", values, bool(meant))
            owners = {bool(item.owner_name) for item in (keys[number][0] for number in meant) if owned(item)}
            if len(owners) == 1:
                yield Possible(meeting, weigh.OUTSIDE, values, owners == {True})


def dated(meeting: Meeting, likely: Likely) -> Iterator[Possible]:
    """The words near each task of `meeting` that may say when it is due, and whether its key says so too.

    The turns looked at are those that the weights there are choose.
    """
    script, scene, place = opened(meeting)
    for one in nominated(scene.said, scene.language, scene.labels, likely):
        if one.kind != "action_item" or one.doubt:
            continue
        keys = [(item, {place[turn] for turn in item.turns if turn in place}) for item in script.key.action_items]
        meant = [(len(turns & set(one.turns)), item.due) for item, turns in keys if one.anchor in turns]
        if meant:
            wanted = max(meant, key=lambda item: item[0])[1]
            for words, values in due.phrases(scene.said, one, scene.language):
                right = any(mentioned([words], wording) or mentioned([wording], words) for wording in wanted)
                yield Possible(meeting, due.NAME, values, right)


def owned(item: object) -> TypeGuard[ExpectedTask]:
    """Whether the key says who does `item`."""
    return isinstance(item, ExpectedTask) and bool(item.owner or item.owner_name)


def opened(meeting: Meeting) -> tuple[Script, Scene, dict[str, int]]:
    """The script of `meeting`, its scene, and the places of its turns."""
    script = meeting.script
    said, language = spoken(script.transcript), script.transcript.language
    place = places(said)
    labels = {one.id: one.label for one in script.transcript.speakers}
    return script, Scene(said, cues(said, language), labels, language), place


def fit(found: Sequence[Example], asked: str) -> Weights:
    """Feature to weight, for what is `asked`."""
    mine = [one for one in found if one.asked == asked]
    rows = [(values, turn in one.says) for one in counted(mine) for turn, values in one.near.items()]
    return fitted(rows, PENALTY, DIGITS)


def models(found: Iterable[Possible]) -> list[str]:
    """The models that judge `found`."""
    return sorted({one.model for one in found})


def fit_possible(found: Sequence[Possible], model: str) -> Weights:
    """Feature to weight, of the model that judges what was nominated."""
    mine = [one for one in found if one.model == model]
    return fitted([(one.values, one.holds) for one in counted(mine)], PENALTY, DIGITS)


def counted(found: Iterable[Taught]) -> Iterator[Taught]:
    """Each of `found` as often as its meeting counts."""
    return (one for one in found for _ in range(one.meeting.times))


def folds(meetings: Iterable[str]) -> Iterator[set[str]]:
    """`meetings` in FOLDS parts."""
    names = sorted(set(meetings))
    order = np.random.RandomState(2).permutation(len(names))
    for fold in range(FOLDS):
        yield {names[index] for index in order[fold::FOLDS]}


def judged_possible(found: Sequence[Possible], model: str) -> str:
    """How often what is likely enough holds, each meeting judged by weights that were made without it."""
    counts = Counter[str]()
    mine = [one for one in found if one.model == model]
    for held in folds(one.meeting.name for one in mine):
        weights = fit_possible([one for one in mine if one.meeting.name not in held], model)
        for one in mine:
            if one.meeting.name in held:
                counts["hold"] += one.holds
                for least in LEAST:
                    if logistic(one.values, weights) >= least:
                        counts[f"{'right' if one.holds else 'wrong'} from {least} on"] += 1
    return f"{model}: {', '.join(f'{count} {name}' for name, count in sorted(counts.items()))}"


def judged(found: Sequence[Example], asked: str) -> str:
    """How often the right turns are chosen, each meeting judged by weights that were made without it."""
    counts = Counter[str]()
    for held in folds(one.meeting.name for one in found):
        weights = fit([one for one in found if one.meeting.name not in held], asked)
        for one in found:
            if one.asked == asked and one.meeting.name in held:
                likely = ranked(one.near, weights)
                best, likeliest = next(iter(likely.items()))
                quoted = set(quotable(likely))
                counts["of"] += 1
                counts["say all of it"] += one.says <= quoted
                counts["cite evidence alone"] += quoted <= one.evidence
                counts["have it"] += bool(one.says)
                counts["likeliest is one, and likely"] += best in one.says and likeliest >= ENOUGH
                counts["likely, and is none"] += best not in one.says and likeliest >= ENOUGH
    return f"{asked}: {', '.join(f'{count} {name}' for name, count in counts.items())}"


def main() -> None:
    """Write the weights, or judge them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meetings", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--cross", action="store_true")
    chosen = parser.parse_args()
    known = meetings(chosen.meetings, chosen.recordings)
    thought = cross(gather(known, chosen.states, chosen.model))
    for by in ("probe", "cues"):
        minds = [(one, thought[one.id] if by == "probe" else None) for one in known]
        nominated = [row for one, likely in minds for row in possible(one, likely)]
        found = [row for one, likely in minds for row in examples(one, likely)]
        if chosen.cross:
            for model in models(nominated):
                sys.stdout.write(f"{by}, {judged_possible(nominated, model)}\n")
            for asked in ASKED:
                sys.stdout.write(f"{by}, {judged(found, asked)}\n")
        else:
            for model in models(nominated):
                write(by, model, fit_possible(nominated, model))
            for asked in ASKED:
                write(by, asked, fit(found, asked))
    spoken_days = [row for one in known for row in dated(one, thought[one.id])]
    if chosen.cross:
        sys.stdout.write(f"{judged_possible(spoken_days, due.NAME)}\n")
    else:
        write("cues", due.NAME, fit_possible(spoken_days, due.NAME))


def write(by: str, name: str, weights: Weights) -> None:
    """One table, to standard output."""
    lines = "".join(f'"{feature}" = {weight}\n' for feature, weight in weights.items())
    sys.stdout.write(f"[{by}.{name}]\n{lines}\n")


if __name__ == "__main__":
    main()
