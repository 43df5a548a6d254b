"""Written meetings with keys to the weights of `meetbot.notes.conclude`: `python -m meetbot.evaluate.fit FOLDER …`.

A turn is an example of settling if it is evidence of a key's decision and has its words. Penalised logistic
regression by Newton's method; nothing but numpy.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from meetbot.evaluate.script import load, satisfies
from meetbot.notes.conclude import every_feature
from meetbot.notes.cues import cues
from meetbot.notes.excerpt import places, spoken

PENALTY = 3.0
STEPS = 30


def fit(paths: Iterable[Path]) -> dict[str, float]:
    """Feature to weight, from the written meetings `paths`."""
    rows: list[tuple[Mapping[str, float], bool]] = []
    for path in paths:
        script = load(path)
        said = spoken(script.transcript)
        place = places(said)

        def at(turns: tuple[str, ...], place: dict[str, int] = place) -> set[int]:
            return {place[turn] for turn in turns if turn in place}

        evidence = {
            index
            for decision in script.key.decisions
            for index in at(decision.turns)
            if satisfies(" ".join(one.text for one in said[max(0, index - 1) : index + 1]), decision.must)
        }
        either = set[int]().union(*(at(one.turns) for one in script.key.optional if one.kind == "decision"))
        for index, values in enumerate(every_feature(said, cues(said, script.transcript.language))):
            if index not in either - evidence:  # what may be listed or not teaches nothing
                rows.append((values, index in evidence))
    return fitted(rows, PENALTY, 1)


def fitted(rows: Sequence[tuple[Mapping[str, float], bool]], penalty: float, digits: int) -> dict[str, float]:
    """Feature to weight, rounded to `digits`, from features and whether it holds; the bias is hardly penalised."""
    names = list(rows[0][0])
    values = np.array([[values[name] for name in names] for values, _ in rows])
    penalties = penalty * np.array([name != "bias" for name in names]) + 1e-6
    weights = newton(values, np.array([holds for _, holds in rows]), penalties)
    return {name: round(float(weight), digits) for name, weight in zip(names, weights, strict=True)}


def newton(
    rows: NDArray[np.float64], wanted: NDArray[np.bool_], penalty: NDArray[np.float64], steps: int = STEPS
) -> NDArray[np.float64]:
    """The weights of a logistic regression of `wanted` on `rows`; `penalty`: of each weight's square."""
    weights = np.zeros(rows.shape[1])
    for _ in range(steps):
        likely = 1 / (1 + np.exp(-np.clip(rows @ weights, -30, 30)))
        curvature = (rows * (likely * (1 - likely))[:, None]).T @ rows + np.diag(penalty)
        weights -= np.linalg.solve(curvature, rows.T @ (likely - wanted) + penalty * weights)
    return weights


if __name__ == "__main__":
    import sys

    for name, weight in fit(path for folder in sys.argv[1:] for path in sorted(Path(folder).glob("*.txt"))).items():
        sys.stdout.write(f'    "{name}": {weight},\n')
