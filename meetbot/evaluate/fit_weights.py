"""Written meetings to the weights of notes: `python -m meetbot.evaluate.fit_weights FOLDER STATES > weights.toml`.

Two kinds of examples. Whatever may be a task is one of the key's or not (`meetbot.notes.weigh`). And where something
nominated belongs to an item of the key, each turn near it says what that is, who does it, … or not
(`meetbot.notes.told`). The states are those of `meetbot.evaluate.fit_probe`; what the probe thinks of a meeting is
thought by one that was made without it. `--cross` says instead how well it is done, each meeting judged without itself.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from meetbot.evaluate.fit import fitted
from meetbot.evaluate.fit_probe import FOLDS, cross, gather, mentioned
from meetbot.evaluate.script import ExpectedDecision, ExpectedTask, Script, load
from meetbot.llm import DEFAULT
from meetbot.notes import tasks, weigh
from meetbot.notes.cues import cues
from meetbot.notes.decisions import decisions
from meetbot.notes.excerpt import places, spoken
from meetbot.notes.probe import Likely
from meetbot.notes.questions import questions
from meetbot.notes.scene import Scene
from meetbot.notes.told import ASKED, ENOUGH, features, quotable, ranked
from meetbot.notes.weights import logistic

PENALTY = 2.0
DIGITS = 2  # of a weight
Weights = dict[str, float]


@dataclass(frozen=True)
class Example:
    """What is asked of a nominated item: the features of the turns near it, those that say it, its evidence."""

    meeting: str
    asked: str
    near: Mapping[int, Weights]
    says: frozenset[int]
    evidence: frozenset[int]


def examples(path: Path, likely: Likely | None) -> Iterator[Example]:
    """What is nominated of the meeting `path` and is in its key."""
    script, scene, place = opened(path)
    said = scene.said
    nominated = (*tasks.exchanges(scene, likely), *decisions(scene, likely), *questions(scene, likely))
    for one in nominated:
        meant = [item for item in script.key.items[one.kind] if one.anchor in {place[turn] for turn in item.turns}]
        if not meant or (one.doubt and one.kind != "action_item"):
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
            yield Example(path.stem, asked, near, frozenset(says), evidence)


def possible_tasks(path: Path, likely: Likely | None) -> Iterator[tuple[str, Weights, bool]]:
    """The meeting `path`, the features of what may be a task of it, and whether it is one of the key's."""
    script, scene, place = opened(path)
    evidence = {place[turn] for task in script.key.action_items for turn in task.turns}
    either = {place[turn] for one in script.key.optional if one.kind == "action_item" for turn in one.turns}
    for one in tasks.exchanges(scene, likely):
        if one.doubt not in tasks.FIRM and one.anchor not in either - evidence:
            yield path.stem, weigh.features(scene, likely, one), one.anchor in evidence


def opened(path: Path) -> tuple[Script, Scene, dict[str, int]]:
    """The meeting `path`, its scene, and the places of its turns."""
    script = load(path)
    said, language = spoken(script.transcript), script.transcript.language
    place = places(said)
    labels = {one.id: one.label for one in script.transcript.speakers}
    return script, Scene(said, cues(said, language), labels, language), place


def fit(found: Sequence[Example], asked: str) -> Weights:
    """Feature to weight, for what is `asked`."""
    mine = [one for one in found if one.asked == asked]
    return fitted([(values, turn in one.says) for one in mine for turn, values in one.near.items()], PENALTY, DIGITS)


def folds(meetings: Iterable[str]) -> Iterator[set[str]]:
    """`meetings` in FOLDS parts."""
    names = sorted(set(meetings))
    order = np.random.RandomState(2).permutation(len(names))
    for fold in range(FOLDS):
        yield {names[index] for index in order[fold::FOLDS]}


def judged_tasks(found: Sequence[tuple[str, Weights, bool]]) -> str:
    """How often what is likely enough is a task, each meeting judged by weights that were made without it."""
    counts = Counter[str]()
    for held in folds(name for name, _, _ in found):
        weights = fitted([(values, holds) for name, values, holds in found if name not in held], PENALTY, DIGITS)
        for name, values, holds in found:
            if name in held:
                listed = logistic(values, weights) >= tasks.LIKELY
                counts["listed, a task" if holds and listed else "listed, none" if listed else "not listed"] += 1
                counts["tasks"] += holds
    return f"task: {', '.join(f'{count} {name}' for name, count in counts.items())}"


def judged(found: Sequence[Example], asked: str) -> str:
    """How often the right turns are chosen, each meeting judged by weights that were made without it."""
    counts = Counter[str]()
    for held in folds(one.meeting for one in found):
        weights = fit([one for one in found if one.meeting not in held], asked)
        for one in found:
            if one.asked == asked and one.meeting in held:
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
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--cross", action="store_true")
    chosen = parser.parse_args()
    thought = cross(gather(chosen.meetings, chosen.states, chosen.model))
    paths = sorted(chosen.meetings.glob("*.txt"))
    for by in ("probe", "cues"):
        minds = {path: thought[path.stem] if by == "probe" else None for path in paths}
        possible = [one for path, likely in minds.items() for one in possible_tasks(path, likely)]
        found = [one for path, likely in minds.items() for one in examples(path, likely)]
        if chosen.cross:
            sys.stdout.write(f"{by}, {judged_tasks(possible)}\n")
            for asked in ASKED:
                sys.stdout.write(f"{by}, {judged(found, asked)}\n")
        else:
            write(by, "task", fitted([(values, holds) for _, values, holds in possible], PENALTY, DIGITS))
            for asked in ASKED:
                write(by, asked, fit(found, asked))


def write(by: str, name: str, weights: Weights) -> None:
    """One table, to standard output."""
    lines = "".join(f'"{feature}" = {weight}\n' for feature, weight in weights.items())
    sys.stdout.write(f"[{by}.{name}]\n{lines}\n")


if __name__ == "__main__":
    main()
