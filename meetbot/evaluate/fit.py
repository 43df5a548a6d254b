"""Written meetings with keys to the weights of `meetbot.notes.conclude`: `python -m meetbot.evaluate.fit FOLDER`.

A turn is an example of settling if it is evidence of a key's decision and has its words. Penalised logistic
regression by Newton's method; nothing but numpy.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meetbot.evaluate.script import load, satisfies
from meetbot.notes.conclude import features
from meetbot.notes.cues import cues
from meetbot.words import content, numbers

PENALTY = 1.0
STEPS = 30


def fit(paths: Iterable[Path]) -> dict[str, float]:
    """Feature to weight, from the written meetings `paths`."""
    rows: list[list[float]] = []
    settled: list[bool] = []
    names: list[str] = []
    for path in paths:
        script = load(path)
        said = script.transcript.utterances
        does = cues(said, script.transcript.language)
        words = [set(content(one.text)) | numbers(one.text) for one in said]
        place = {one.id: index for index, one in enumerate(said)}
        evidence = set()
        for decision in script.key.decisions:
            for index in (place[turn] for turn in decision.turns):
                if satisfies(" ".join(one.text for one in said[max(0, index - 1) : index + 1]), decision.must):
                    evidence.add(index)
        for index in range(len(said)):
            values = features(said, does, words, index)
            names = list(values)
            rows.append(list(values.values()))
            settled.append(index in evidence)
    weights = _newton(np.array(rows), np.array(settled, dtype=np.float64), [name != "bias" for name in names])
    return {name: round(float(weight), 1) for name, weight in zip(names, weights, strict=True)}


def _newton(rows: NDArray[np.float64], settled: NDArray[np.float64], penalised: list[bool]) -> NDArray[np.float64]:
    weights = np.zeros(rows.shape[1])
    penalty = PENALTY * np.array(penalised, dtype=np.float64) + 1e-6
    for _ in range(STEPS):
        likely = 1 / (1 + np.exp(-rows @ weights))
        curvature = (rows * (likely * (1 - likely))[:, None]).T @ rows + np.diag(penalty)
        weights -= np.linalg.solve(curvature, rows.T @ (likely - settled) + penalty * weights)
    return weights


if __name__ == "__main__":
    import sys

    for name, weight in fit(sorted(Path(sys.argv[1]).glob("*.txt"))).items():
        sys.stdout.write(f'    "{name}": {weight},\n')
