"""Questions of written meetings' keys to a probe of `meetbot.ask.select`: `python -m meetbot.evaluate.fit_select …`.

    python -m meetbot.evaluate.fit_select samples/meetings/tune STATES --output meetbot/ask/probes/MODEL.safetensors

For every question, what `ask` would find in the meeting is read after it (four seconds each on two cores); the states
are kept in the folder STATES. The probe tells the turns that the key names as the answer's from the others; a question
that the recording does not answer has none. `--questions` takes so many, `--cross` says how well, each meeting judged
without itself.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from random import Random

import numpy as np
from numpy.typing import NDArray

from meetbot import models
from meetbot.ask.embed import embed
from meetbot.ask.options import AskOptions
from meetbot.ask.places import gathered
from meetbot.ask.retrieve import Index
from meetbot.ask.select import asking, judged, lines
from meetbot.evaluate.probing import average_precision, probe, reduction
from meetbot.evaluate.script import Asked, load
from meetbot.llm import DEFAULT, LanguageModel, open_model
from meetbot.llm.probe import Probe, save

LAYERS = (16, 19)  # of 28
COMPONENTS = 192
PENALTY = 100.0
TOKENS = 600  # of turns read after a question; `ask` reads more, which teaches little
WINDOWS = 8
FOLDS = 6


@dataclass(frozen=True)
class Example:
    """A question of `meeting`. `states`: (turns, 2 layers widths) after what was found; `marked`: which answer it."""

    meeting: str
    asked: Asked
    states: NDArray[np.float32]
    marked: NDArray[np.bool_]


def drawn(questions: Mapping[str, Sequence[Asked]], number: int) -> dict[str, list[Asked]]:
    """`number` of the questions about each meeting, with and without an answer, about as many of one as of another."""
    places = []
    for name, every in questions.items():
        random = Random(name)  # noqa: S311: not a secret
        answered, unanswered = ([one for one in every if (one.answer is None) is none] for none in (False, True))
        random.shuffle(answered)
        random.shuffle(unanswered)
        places += [(at + random.random() * 0.9, name, one) for at, one in enumerate(answered)]
        places += [(at * 1.7 + 0.3 + random.random() * 0.9, name, one) for at, one in enumerate(unanswered)]
    found: dict[str, list[Asked]] = {}
    for _, name, one in sorted(places, key=lambda place: place[0])[:number]:
        found.setdefault(name, []).append(one)
    return found


def gather(folder: Path, kept: Path, model: str, number: int) -> Iterator[Example]:
    """Questions of the keys in `folder`; the states of `model` are read from the folder `kept`, or put there."""
    kept.mkdir(parents=True, exist_ok=True)
    weights = models.require(AskOptions().embedding)
    opened = open_model(model)
    scripts = {path.stem: load(path) for path in sorted(folder.glob("*.txt"))}
    for name, questions in drawn({name: one.key.questions for name, one in scripts.items()}, number).items():
        script = scripts[name]
        meetings = [(script.title, script.transcript)]
        index = Index.of([script.transcript], lambda texts: embed(texts, weights))
        for asked in questions:
            places = gathered(opened.count, meetings, index.search(asked.question, WINDOWS), TOKENS)
            if not places:
                continue
            file = kept / f"{name}-{sha256(asked.question.encode()).hexdigest()[:12]}.npy"
            if not file.exists():
                np.save(file, read(opened, asked.question, lines(meetings, places)).astype(np.float16))
            marked = np.array([place.utterance.id in asked.turns for place in places])
            yield Example(name, asked, np.load(file).astype(np.float32), marked)


def read(model: LanguageModel, question: str, turns: Sequence[str]) -> NDArray[np.float32]:
    """The states of `model` after each of `turns`. Raises ValueError for a model that runs elsewhere."""
    states = model.engine.states(asking(question), turns, LAYERS, lambda _: None)
    if states is None:
        raise ValueError(f"{model.name} does not say what it holds in mind")
    return states


def fit(examples: Sequence[Example]) -> Probe:
    """The probe of `examples`."""
    states = [one.states for one in examples]
    marked = np.concatenate([one.marked for one in examples])[None]
    reduced = reduction(states, COMPONENTS)
    return probe(LAYERS, states, marked, np.ones_like(marked), reduced, penalty=PENALTY)


def cross(examples: Sequence[Example]) -> list[list[float]]:
    """What probes that were made without its meeting say of the turns read after each question."""
    names = list(dict.fromkeys(one.meeting for one in examples))
    order = np.random.RandomState(1).permutation(len(names))
    found: list[list[float]] = [[]] * len(examples)
    for fold in range(FOLDS):
        held = {names[index] for index in order[fold::FOLDS]}
        fitted = fit([one for one in examples if one.meeting not in held])
        for index, one in enumerate(examples):
            if one.meeting in held:
                found[index] = judged(one.states @ fitted.projections(), fitted)
    return found


def told(examples: Sequence[Example], found: Sequence[Sequence[float]]) -> str:
    """How well `found` tells turns that answer, and questions that have an answer."""
    rows = [(one, np.array(odds)) for one, odds in zip(examples, found, strict=True)]
    there = [(one, odds) for one, odds in rows if one.marked.any()]
    first = np.mean([one.marked[odds.argmax()] for one, odds in there])
    precise = np.mean([average_precision(odds, one.marked) for one, odds in there])
    right = [odds.max() for one, odds in there if one.marked[odds.argmax()]]
    never = [odds.max() for one, odds in rows if one.asked.answer is None]
    area = np.mean([[a > b for b in never] for a in right])
    return (
        f"{len(there)} questions with an answer among what was found: a turn of it is likeliest for {first:.3f}, mean "
        f"average precision {precise:.3f}\n"
        f"the likeliest turn, where it is right, against that of {len(never)} questions without an answer: area under "
        f"the curve {area:.3f}\n"
    )


def main() -> None:
    """Read what has not been read yet, fit, and write or judge the probe."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meetings", type=Path)
    parser.add_argument("states", type=Path)
    parser.add_argument("--model", default=DEFAULT)
    parser.add_argument("--questions", type=int, default=900)
    parser.add_argument("--output", type=Path)
    parser.add_argument("--cross", action="store_true")
    options = parser.parse_args()
    examples = list(gather(options.meetings, options.states, options.model, options.questions))
    if options.output:
        save(fit(examples), options.output)
    if options.cross:
        sys.stdout.write(told(examples, cross(examples)))


if __name__ == "__main__":
    main()
