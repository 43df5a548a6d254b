from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from meetbot.bench import clusterings
from meetbot.diarize import cluster

PEOPLE, EACH = 3, 20


def voices() -> NDArray[np.float32]:
    """Unit vectors around three well separated directions, one person after the other."""
    random = np.random.default_rng(1)
    centres = np.linalg.qr(random.standard_normal((192, PEOPLE)))[0].T
    noise = random.standard_normal((PEOPLE, EACH, 192)) * 0.5 / np.sqrt(192)
    return cluster.unit((centres[:, None] + noise).reshape(-1, 192).astype(np.float32))


WHOSE = [str(number) for number in range(PEOPLE) for _ in range(EACH)]


@pytest.mark.parametrize(
    "find",
    [clusterings.average(0.5), clusterings.spectral(0.3), clusterings.vbx(clusterings.learn(voices(), WHOSE))],
    ids=["average", "spectral", "vbx"],
)
def test_every_way_finds_three_people_who_differ(find: cluster.Find) -> None:
    vectors = voices()
    means = find(vectors, np.full(len(vectors), 2.0))
    assert len(means) == PEOPLE
    assert len({int((means @ vector).argmax()) for vector in vectors[::EACH]}) == PEOPLE


def test_a_plda_needs_three_people() -> None:
    with pytest.raises(ValueError, match="three people"):
        clusterings.learn(voices(), ["one"] * (PEOPLE * EACH))
