"""Written meetings with keys to a probe of `meetbot.notes.probe`: `python -m meetbot.evaluate.fit_probe FOLDER STATES`.

The model reads every meeting (hours on two cores for the tuning ones); its states are kept in the folder STATES. With
--recordings heard ones are read, too (`material`). The probe tells the turns that are evidence of a task, a decision
or an open question of the key, those that say it and those whose speaker owns the task. `--cross` says
how well, each meeting judged without itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.linalg import eigh

from meetbot.domain import ItemKind
from meetbot.evaluate.material import Meeting, meetings
from meetbot.evaluate.probing import Reduction, average_precision, probe, reduction
from meetbot.evaluate.script import Script, normalise
from meetbot.llm import DEFAULT, LanguageModel, Prompt, open_model
from meetbot.llm.probe import Probe, save
from meetbot.notes.excerpt import places, spoken
from meetbot.notes.probe import COLUMNS, SHARED, SYSTEM, Likely, line, log_odds

LAYERS = (16, 19)  # of 28: docs/notes.md has what others tell
COMPONENTS = 256
PENALTY = 240.0
DIRECTIONS = 32
RIDGE = 0.1  # of the variance within what is about one thing, added in every direction
FOLDS = 6


@dataclass(frozen=True)
class Example:
    """A meeting. `states`: (turns, 2 layers widths); `marked`: (columns, turns), what holds; `either`: may hold.

    `items`: the turns of each item of the key.
    """

    meeting: Meeting
    states: NDArray[np.float32]
    marked: NDArray[np.bool_]
    either: NDArray[np.bool_]
    items: tuple[tuple[int, ...], ...]


def example(meeting: Meeting, states: NDArray[np.float32]) -> Example:
    """`meeting` with the states of its turns."""
    script = meeting.script
    said = spoken(script.transcript)
    place = places(said)
    key = script.key
    owned = [
        [turn for turn in one.turns if turn in place and said[place[turn]].speaker == one.owner]
        for one in key.action_items
    ]
    dated = [
        [turn for turn in one.turns if mentioned(one.due, script.transcript.by_id[turn].text)]
        for one in key.action_items
    ]
    columns: list[tuple[ItemKind, Sequence[Sequence[str]]]] = [
        *((kind, [one.turns for one in items]) for kind, items in key.items.items()),
        *((kind, [one.says for one in items]) for kind, items in key.items.items()),
        ("action_item", owned),
        ("action_item", dated),
        ("decision", [old.turns for one in key.decisions for old in one.history]),
    ]
    marked, either = (np.zeros((len(COLUMNS), len(states)), np.bool_) for _ in range(2))
    for column, (kind, found) in enumerate(columns):
        marked[column, [place[turn] for turns in found for turn in turns if turn in place]] = True
        optional = [turn for one in key.optional if one.kind == kind for turn in one.turns]
        either[column, [place[turn] for turn in optional if turn in place]] = True
    every = [
        sorted({place[turn] for turn in one.turns if turn in place}) for items in key.items.values() for one in items
    ]
    return Example(meeting, states, marked, either & ~marked, tuple(tuple(turns) for turns in every if turns))


def mentioned(due: Sequence[str], said: str) -> bool:
    """Whether one of the wordings `due` stands in what was said."""
    return any(normalise(words) in normalise(said) for words in due)


def read(model: LanguageModel, script: Script) -> NDArray[np.float32]:
    """The states of `model` after each turn of `script`. Raises ValueError for a model that runs elsewhere."""
    lines = [line(script.transcript, one) for one in spoken(script.transcript)]
    states = model.engine.states(Prompt(SYSTEM, SHARED, ""), lines, LAYERS, lambda _: None)
    if states is None:
        raise ValueError(f"{model.name} does not say what it holds in mind")
    return states


def gather(meetings: Sequence[Meeting], states: Path, model: str) -> list[Example]:
    """All `meetings`; the states of `model` are read from the folder `states`, or put there."""
    states.mkdir(parents=True, exist_ok=True)
    examples, opened = [], None
    for one in meetings:
        kept = states / f"{one.id}.npy"
        if not kept.exists():
            opened = opened or open_model(model)
            np.save(kept, read(opened, one.script).astype(np.float16))
        examples.append(example(one, np.load(kept).astype(np.float32)))
    return examples


def fit(examples: Sequence[Example]) -> Probe:
    """The probe of `examples`."""
    examples = [one for one in examples for _ in range(one.meeting.times)]
    states = [one.states for one in examples]
    reduced = reduction(states, COMPONENTS)
    marked = np.concatenate([one.marked for one in examples], axis=1)
    counts = ~np.concatenate([one.either for one in examples], axis=1)
    subject = reduced.means @ _subject(examples, reduced)
    return probe(LAYERS, states, marked, counts, reduced, penalty=PENALTY, subject=subject)


def _subject(examples: Sequence[Example], reduced: Reduction) -> NDArray[np.float64]:
    """The directions, of components, in which items of one meeting differ most and turns of one item least.

    Linear discriminants (Fisher 1936), items being the classes, each compared with those of its own meeting.
    """
    same, other = [], []
    for one in examples:
        means = reduced.about(one.states)
        centres = np.array([means[list(turns)].mean(axis=0) for turns in one.items])
        same += [means[list(turns)] - centre for turns, centre in zip(one.items, centres, strict=True)]
        other.append(centres - centres.mean(axis=0))
    within, between = _variance(same), _variance(other)
    ridge = RIDGE * np.trace(within) / len(within) * np.eye(len(within))
    directions: NDArray[np.float64] = eigh(between, within + ridge)[1]
    return directions[:, ::-1][:, :DIRECTIONS]


def _variance(parts: Sequence[NDArray[np.float64]]) -> NDArray[np.float64]:
    """The covariance matrix of what lies around the centres of `parts`, of which it was taken away."""
    rows = np.concatenate(parts)
    return rows.T @ rows / (len(rows) - len(parts))


def cross(examples: Sequence[Example]) -> dict[str, Likely]:
    """What probes that were made without a meeting, written or heard, say of it, by the ids of all."""
    names = list(dict.fromkeys(one.meeting.name for one in examples))
    order = np.random.RandomState(1).permutation(len(names))
    found: dict[str, Likely] = {}
    for fold in range(FOLDS):
        held = {names[index] for index in order[fold::FOLDS]}
        fitted = fit([one for one in examples if one.meeting.name not in held])
        projections = fitted.projections()
        for one in examples:
            if one.meeting.name in held:
                found[one.meeting.id] = log_odds(one.states @ projections, fitted)
    return found


def main() -> None:
    """Read what has not been read yet, fit, and write or judge the probe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meetings", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--recordings", type=Path)
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--cross", action="store_true")
    chosen = parser.parse_args()
    examples = gather(meetings(chosen.meetings, chosen.recordings), chosen.states, chosen.model)
    if chosen.output:
        save(fit(examples), chosen.output)
    if chosen.cross:
        found = cross(examples)
        for column, name in enumerate(COLUMNS):
            precise = [
                average_precision(np.array(astuple(found[one.meeting.id])[column]), one.marked[column])
                for one in examples
                if one.marked[column].any()
            ]
            sys.stdout.write(f"{name}: mean average precision {np.mean(precise):.3f}\n")


if __name__ == "__main__":
    main()
