from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from meetbot.diarize import cluster

SECONDS = 3.0


def voices(people: int, each: int, *, spread: float = 0.5, seed: int = 1) -> NDArray[np.float32]:
    """`each` unit vectors around each of `people` well separated directions."""
    random = np.random.default_rng(seed)
    centres = np.linalg.qr(random.standard_normal((192, people)))[0].T
    noise = random.standard_normal((people, each, 192)) * spread / np.sqrt(192)
    return cluster.unit((centres[:, None] + noise).reshape(-1, 192).astype(np.float32))


@pytest.mark.parametrize("people", [1, 2, 4, 8])
def test_the_number_of_people_is_found(people: int) -> None:
    vectors = voices(people, 20)
    assert len(cluster.people(vectors, np.full(len(vectors), SECONDS))) == people


def test_bounds_on_the_number_of_people_are_kept() -> None:
    vectors = voices(3, 20)
    seconds = np.full(len(vectors), SECONDS)
    for wanted in (1, 2, 3, 5):
        assert len(cluster.people(vectors, seconds, fewest=wanted, most=wanted)) == wanted
    assert len(cluster.people(vectors, seconds, fewest=4)) == 4
    assert len(cluster.people(vectors, seconds, most=2)) == 2


def test_a_few_isolated_seconds_are_no_person() -> None:
    vectors = voices(3, 20)[:41]  # the third says one thing
    seconds = np.full(len(vectors), SECONDS)
    seconds[40] = 1.5
    assert len(cluster.people(vectors, seconds)) == 2


def test_in_half_a_minute_a_word_of_a_stranger_is_a_person_but_not_of_somebody_alike() -> None:
    known = voices(1, 10)
    stranger, alike = cluster.unit(voices(2, 1, seed=3)[1:]), cluster.unit(known[:1] + voices(2, 1, seed=3)[1:])
    seconds = np.array([SECONDS] * 10 + [1.0])
    assert len(cluster.people(np.concatenate([known, stranger]), seconds)) == 2
    assert len(cluster.people(np.concatenate([known, alike]), seconds)) == 1


def test_one_short_vector_is_one_person() -> None:
    assert len(cluster.people(voices(1, 1), np.array([0.3]))) == 1


def test_many_vectors_are_sampled_evenly() -> None:
    vectors = voices(4, 60)
    options = cluster.ClusterOptions(most=50)
    assert len(cluster.people(vectors, np.full(len(vectors), SECONDS), options)) == 4


def test_two_speakers_of_a_window_are_two_people_unless_that_is_absurd() -> None:
    first, second = means = np.eye(2, 192, dtype=np.float32)
    between = cluster.unit(0.7 * first + 0.6 * second)
    unknown = np.full(192, np.nan, np.float32)
    people = cluster.assign(np.stack([[first, between], [first, first], [unknown, second]]), means)
    assert people.tolist() == [[0, 1], [0, 0], [-1, 1]]
