"""Written meetings to the models of notes: `python -m meetbot.evaluate.fit_weights FOLDER STATES --output FOLDER`.

Trees tell what is an item of what is nominated (`fit_items`), of each turn near one whether it says what that is, who
does it, … or not (`meetbot.notes.told`), and of decisions whether they were overtaken (`fit_overtaken`). Weights tell
whether a task of the key is done by somebody who speaks or by another (`meetbot.notes.weigh`), and which of the days
that are said is its own (`meetbot.notes.due`). The states are those of `meetbot.evaluate.fit_probe`, and so is
--recordings; what the probe thinks of a meeting is thought by one that was made without it. `--cross` says how well all
of it is done, each meeting judged without itself.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeGuard, TypeVar

from meetbot.domain import ItemKind
from meetbot.evaluate import fit_overtaken
from meetbot.evaluate.boost import boost
from meetbot.evaluate.fit import fitted
from meetbot.evaluate.fit_items import NOMINATE, Nominated, counted, crossed, folds, grow, grown_by, nominated, opened
from meetbot.evaluate.fit_probe import cross, gather, mentioned
from meetbot.evaluate.material import Meeting, meetings
from meetbot.evaluate.script import ExpectedDecision, ExpectedTask
from meetbot.llm import DEFAULT
from meetbot.logistic import logistic
from meetbot.notes import due, weigh
from meetbot.notes.apart import Weighed
from meetbot.notes.excerpt import places
from meetbot.notes.nominate import nominate
from meetbot.notes.probe import Likely
from meetbot.notes.told import ASKED, ENOUGH, features, quotable, ranked
from meetbot.notes.weights import ANOTHER, IS, OVERTAKES, SAYS
from meetbot.trees import Trees

PENALTY = 2.0
DIGITS = 2  # of a weight
LEAST = (0.3, 0.5, 0.6, 0.7, 0.8)  # likelihoods for which `--cross` says what is right and wrong
Weights = dict[str, float]
Taught = TypeVar("Taught", "Example", "Possible")


@dataclass(frozen=True)
class Example:
    """What is asked of a nominated item: the features of the turns near it, those that say it, its evidence."""

    meeting: Meeting
    likely: Likely | None
    asked: str
    near: Mapping[int, Weights]
    says: frozenset[int]
    evidence: frozenset[int]


def examples(one: Nominated, worth: Sequence[Weighed]) -> Iterator[Example]:
    """What is `worth` a look of what is nominated, and is in the key."""
    place = places(one.scene.said)
    said, scene, likely = one.scene.said, one.scene, one.likely
    for this, _ in worth:
        meant = [
            item
            for item in one.meeting.script.key.items[one.kind]
            if this.anchor in {place[turn] for turn in item.turns if turn in place}
        ]
        if not meant:
            continue
        item = max(meant, key=lambda item: len({place[turn] for turn in item.turns} & set(this.turns)))
        evidence = frozenset(place[turn] for turn in item.turns)
        wanted: dict[str, set[int]] = {one.kind: {place[turn] for turn in item.says}}
        if isinstance(item, ExpectedTask):
            wanted["due"] = {turn for turn in evidence if mentioned(item.due, said[turn].text)}
            if item.owner:
                wanted["owner"] = {turn for turn in evidence if said[turn].speaker == item.owner}
        if isinstance(item, ExpectedDecision):
            wanted["former"] = {place[turn] for old in item.history for turn in old.turns}
        for asked, says in wanted.items():
            near = dict(features(scene, likely, asked, this.anchor, this.turns))
            yield Example(one.meeting, likely, asked, near, frozenset(says), evidence)


@dataclass(frozen=True)
class Possible:
    """Something nominated: the model of `meetbot.notes.weigh` that judges it, its features, whether it holds."""

    meeting: Meeting
    model: str
    values: Weights
    holds: bool


def outside(one: Nominated, worth: Sequence[Weighed]) -> Iterator[Possible]:
    """The tasks that are `worth` a look of what is nominated, and whether somebody who is not there does them."""
    owners = [item.owner_name if owned(item) else None for item in one.meeting.script.key.action_items]
    place = {this.anchor: index for index, this in enumerate(one.found)}
    for this, _ in worth:
        index = place[this.anchor]
        meant = {bool(owners[item]) for item in one.items[index] if owned(one.meeting.script.key.action_items[item])}
        if len(meant) == 1:
            yield Possible(one.meeting, weigh.OUTSIDE, dict(one.values[index]), meant == {True})


def dated(meeting: Meeting, likely: Likely) -> Iterator[Possible]:
    """The words near each task of `meeting` that may say when it is due, and whether its key says so too.

    The turns looked at are those that the weights there are choose.
    """
    script, scene, place = opened(meeting)
    for one in nominate(scene.said, scene.language, scene.labels, likely):
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


def fit(found: Sequence[Example], asked: str) -> Trees:
    """The model that tells what is `asked`."""
    mine = [one for one in found if one.asked == asked]
    rows = [(values, turn in one.says) for one in taught(mine) for turn, values in one.near.items()]
    return boost(rows, grown_by(mine[0].likely))


def fit_possible(found: Sequence[Possible], model: str) -> Weights:
    """Feature to weight, of the model that judges what was nominated."""
    mine = [one for one in found if one.model == model]
    return fitted([(one.values, one.holds) for one in taught(mine)], PENALTY, DIGITS)


def taught(found: Iterable[Taught]) -> Iterator[Taught]:
    """Each of `found` as often as its meeting counts."""
    return (one for one in found for _ in range(one.meeting.times))


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
        model = fit([one for one in found if one.meeting.name not in held], asked)
        for one in found:
            if one.asked == asked and one.meeting.name in held:
                likely = ranked(one.near, model)
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
    """Write the models, or judge them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meetings", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--cross", action="store_true")
    chosen = parser.parse_args()
    known = meetings(chosen.meetings, chosen.recordings)
    thought = cross(gather(known, chosen.states, chosen.model))
    trees: dict[str, dict[str, dict[str, object]]] = {}
    tables = []
    for by in ("probe", "cues"):
        every = {
            kind: [nominated(one, thought[one.id] if by == "probe" else None, kind) for one in known]
            for kind in NOMINATE
        }
        worth = {kind: crossed(found) if weighed(kind, by) else unweighed(found) for kind, found in every.items()}
        decided = fit_overtaken.crossed(every["decision"]) if by == "probe" else []
        rows = [row for kind in every for one in every[kind] for row in examples(one, worth[kind][one.meeting.id])]
        others = [row for one in every["action_item"] for row in outside(one, worth["action_item"][one.meeting.id])]
        if chosen.cross:
            for kind, found in every.items():
                for least in LEAST:
                    sys.stdout.write(f"{by}, {kind}, from {least} on: {counted(found, worth[kind], least)}\n")
            for asked in ASKED:
                sys.stdout.write(f"{by}, {judged(rows, asked)}\n")
            sys.stdout.write(f"{by}, {judged_possible(others, weigh.OUTSIDE)}\n")
            if decided:
                sys.stdout.write(f"{by}, {fit_overtaken.judged(decided)}\n")
        if chosen.output:
            grown = {kind: grow(found) for kind, found in every.items() if weighed(kind, by)}
            trees[by] = {
                name: asdict(model)
                for kind, two in grown.items()
                for name, model in ((f"{IS}_{kind}", two.item), (f"{ANOTHER}_{kind}", two.another))
                if model is not None
            }
            trees[by] |= {f"{SAYS}_{asked}": asdict(fit(rows, asked)) for asked in ASKED}
            if by == "probe":
                trees[by][OVERTAKES] = asdict(fit_overtaken.fit(decided))
            tables.append(table(by, weigh.OUTSIDE, fit_possible(others, weigh.OUTSIDE)))
    if chosen.output:
        (chosen.output / "trees.json").write_text(json.dumps(trees, separators=(",", ":")) + "\n", encoding="utf-8")
    days = [row for one in known for row in dated(one, thought[one.id])]
    if chosen.cross:
        sys.stdout.write(f"{judged_possible(days, due.NAME)}\n")
    if chosen.output:
        tables.append(table("cues", due.NAME, fit_possible(days, due.NAME)))
        (chosen.output / "weights.toml").write_text("\n".join(tables), encoding="utf-8")


def weighed(kind: ItemKind, by: str) -> bool:
    """Whether there are trees for `kind`: cues alone hear too few open questions."""
    return by == "probe" or kind != "open_question"


def unweighed(known: Sequence[Nominated]) -> dict[str, list[Weighed]]:
    """All that is nominated, by meetings' ids."""
    return {one.meeting.id: [(this, 1.0) for this in one.found] for one in known}


def table(by: str, name: str, weights: Weights) -> str:
    """One table of weights."""
    return f"[{by}.{name}]\n" + "".join(f'"{feature}" = {weight}\n' for feature, weight in weights.items())


if __name__ == "__main__":
    main()
