"""Written meetings with keys to a probe of `meetbot.notes.probe`: `python -m meetbot.evaluate.fit_probe FOLDER STATES`.

The model reads every meeting (hours on two cores for the tuning ones); its states are kept in the folder STATES. With
--recordings heard ones are read, too (`material`). The states are reduced to what varies most (principal components),
and penalised logistic regression tells the turns that are evidence of a key's task, decision or open question from the
others, and likewise those that say it and those whose speaker owns the task. `--cross` says how well, each meeting
judged without itself.
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
from meetbot.evaluate.fit import newton
from meetbot.evaluate.material import Meeting, meetings
from meetbot.evaluate.script import Script, normalise
from meetbot.llm import DEFAULT, LanguageModel, Prompt, open_model
from meetbot.notes.excerpt import places, spoken
from meetbot.notes.probe import COLUMNS, SHARED, SYSTEM, Likely, Probe, line, log_odds, save

LAYERS = (16, 19)  # of 28: docs/notes.md has what others tell
COMPONENTS = 256
PENALTY = 240.0
DIRECTIONS = 32
RIDGE = 0.1  # of the variance within what is about one thing, added in every direction
STEPS = 8
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
    width = examples[0].states.shape[1] // 2
    every = np.concatenate([one.states for one in examples])
    mean, reduce = _reduced(every, width)
    rows = np.concatenate([_features(one.states, mean, reduce) for one in examples])
    marked = np.concatenate([one.marked for one in examples], axis=1)
    counts = ~np.concatenate([one.either for one in examples], axis=1)
    weights, bias, last = np.zeros((2 * width, 2 * len(COLUMNS))), np.zeros(len(COLUMNS)), np.zeros(len(COLUMNS))
    for column in range(len(COLUMNS)):
        found = _logistic(rows[counts[column]], marked[column][counts[column]])
        here, after, about = np.split(found[:-1], 3)
        weights[:width, 2 * column] = reduce[0] @ here
        weights[width:, 2 * column] = reduce[1] @ about
        weights[:width, 2 * column + 1] = reduce[0] @ after
        last[column] = mean[:width] @ weights[:width, 2 * column + 1]
        bias[column] = found[-1] - mean @ weights[:, 2 * column] - last[column]
    subject = reduce[1] @ _subject(examples, mean[width:], reduce[1])
    parts = (one.astype(np.float32) for one in (weights, bias, last, subject))
    return Probe(np.array(LAYERS), *parts)


def _subject(
    examples: Sequence[Example], mean: NDArray[np.float64], reduce: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The directions, of components, in which items of one meeting differ most and turns of one item least.

    Linear discriminants (Fisher 1936), items being the classes, each compared with those of its own meeting.
    """
    same, other = [], []
    for one in examples:
        means = (one.states[:, -len(mean) :] - mean) @ reduce
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
        probe = fit([one for one in examples if one.meeting.name not in held])
        projections = probe.projections()
        for one in examples:
            if one.meeting.name in held:
                found[one.meeting.id] = log_odds(one.states @ projections, probe)
    return found


def average_precision(likely: NDArray[np.float64], evidence: NDArray[np.bool_]) -> float:
    """The mean precision at every turn that is evidence, likeliest first."""
    right = evidence[np.argsort(-likely, kind="stable")]
    return float((np.cumsum(right) / np.arange(1, len(right) + 1))[right].mean())


def _reduced(states: NDArray[np.float32], width: int) -> tuple[NDArray[np.float64], list[NDArray[np.float64]]]:
    """The mean of all states, and what turns those at the end, and the means, into components of one variance."""
    mean = states.mean(axis=0, dtype=np.float64)
    reduce = []
    for part in (slice(0, width), slice(width, 2 * width)):
        centred = states[:, part] - mean[part]
        scale = centred.std(axis=0) + 1e-3
        variance, axes = np.linalg.eigh((centred / scale).T @ (centred / scale) / len(states))
        reduce.append(axes[:, ::-1][:, :COMPONENTS] / np.sqrt(variance[::-1][:COMPONENTS]) / scale[:, None])
    return mean, reduce


def _features(
    states: NDArray[np.float32], mean: NDArray[np.float64], reduce: Sequence[NDArray[np.float64]]
) -> NDArray[np.float64]:
    width = len(mean) // 2
    ends, means = (states[:, :width] - mean[:width]) @ reduce[0], (states[:, width:] - mean[width:]) @ reduce[1]
    return np.concatenate([ends, np.append(ends[1:], np.zeros((1, ends.shape[1])), axis=0), means], axis=1)


def _logistic(rows: NDArray[np.float64], wanted: NDArray[np.bool_]) -> NDArray[np.float64]:
    """The weights of `rows`, and a bias behind them, which alone is not penalised."""
    rows = np.append(rows, np.ones((len(rows), 1)), axis=1)
    return newton(rows, wanted, np.append(np.full(rows.shape[1] - 1, PENALTY), 1e-6), STEPS)


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
