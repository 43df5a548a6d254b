"""Written meetings with keys to the weights of `meetbot.notes.conclude`: `python -m meetbot.evaluate.fit FOLDER …`.

A turn is an example of settling if it is evidence of a key's decision and has its words. Penalised logistic
regression by Newton's method; nothing but numpy.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meetbot.evaluate.script import load, satisfies
from meetbot.notes.conclude import every_feature
from meetbot.notes.cues import cues
from meetbot.notes.excerpt import spoken

PENALTY = 3.0
STEPS = 30


def fit(paths: Iterable[Path]) -> dict[str, float]:
    """Feature to weight, from the written meetings `paths`."""
    rows: list[list[float]] = []
    settled: list[bool] = []
    names: list[str] = []
    for path in paths:
        script = load(path)
        said = spoken(script.transcript)
        place = {one.id: index for index, one in reversed(list(enumerate(said)))}

        def places(turns: tuple[str, ...], place: dict[str, int] = place) -> set[int]:
            return {place[turn] for turn in turns if turn in place}

        evidence = {
            index
            for decision in script.key.decisions
            for index in places(decision.turns)
            if satisfies(" ".join(one.text for one in said[max(0, index - 1) : index + 1]), decision.must)
        }
        either = set[int]().union(*(places(one.turns) for one in script.key.optional if one.kind == "decision"))
        for index, values in enumerate(every_feature(said, cues(said, script.transcript.language))):
            if index not in either - evidence:  # what may be listed or not teaches nothing
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

    for name, weight in fit(path for folder in sys.argv[1:] for path in sorted(Path(folder).glob("*.txt"))).items():
        sys.stdout.write(f'    "{name}": {weight},\n')
