"""The model of speculation against what can be worked out by hand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from meetbot.transcribe.drafters.cost import (
    DraftCost,
    Machine,
    Shape,
    best_length,
    break_even,
    decoder_pass,
    expected_tokens,
    speedup,
)

BASE = Shape(layers=6, width=512, vocabulary=51865)
LARGE = Shape(layers=32, width=1280, vocabulary=51866)
SLOW_MEMORY = Machine.of_peaks("memory-bound", 10e9, 1e15, 0.0)
SLOW_ARITHMETIC = Machine.of_peaks("arithmetic-bound", 1e15, 1e10, 0.0)
FREE = DraftCost("free")


def test_a_pass_reads_every_weight_and_every_row_its_own_sound() -> None:
    one = decoder_pass(SLOW_MEMORY, BASE, 1, 1)
    assert one.weights + one.projection == pytest.approx(BASE.parameters * 2 / 10e9)
    assert one.cross_cache == pytest.approx(2 * 6 * 512 * 1500 * 2 / 10e9)
    many = decoder_pass(SLOW_MEMORY, BASE, 16, 5)
    assert (many.weights, many.projection) == (one.weights, one.projection)
    assert many.cross_cache == pytest.approx(16 * one.cross_cache)  # whatever number of tokens it is read for


def test_bound_by_arithmetic_a_pass_grows_with_its_tokens() -> None:
    one, five = (decoder_pass(SLOW_ARITHMETIC, BASE, 1, fed).seconds for fed in (1, 5))
    assert five == pytest.approx(5 * one, rel=1e-3)


def test_weights_of_known_models() -> None:
    # openai/whisper: base has 72,593,920 parameters, of which the decoder's layers without norms, biases and the
    # projections of the sound (2 d² a layer) are these.
    assert BASE.weights == 6 * (16 - 2) * 512**2
    assert BASE.parameters == pytest.approx(48.6e6, rel=0.01)
    assert LARGE.parameters == pytest.approx(800e6, rel=0.02)


def test_a_free_and_perfect_draft_on_slow_memory_saves_all_other_passes() -> None:
    assert speedup(SLOW_MEMORY, LARGE, 1, FREE, acceptance=1.0, length=7) == pytest.approx(8, rel=0.02)


def test_where_arithmetic_is_the_limit_nothing_pays() -> None:
    assert best_length(SLOW_ARITHMETIC, BASE, 16, FREE, 0.9) == 0
    assert break_even(SLOW_ARITHMETIC, BASE, 16, DraftCost("layers", layers=2, vocabulary=51865)) is None


def test_a_draft_that_projects_on_the_whole_vocabulary_costs_most_of_a_small_target() -> None:
    # On base more than half of the weights of a pass are the projection: two of six layers do not make a cheap draft.
    small, shortlisted = (DraftCost("d", layers=2, vocabulary=v) for v in (51865, 6000))
    whole = decoder_pass(SLOW_MEMORY, BASE, 1, 1).seconds
    assert small.seconds(SLOW_MEMORY, BASE, 1, 1, 1.0) > 0.6 * whole
    assert shortlisted.seconds(SLOW_MEMORY, BASE, 1, 1, 1.0) < 0.3 * whole


@given(st.floats(0, 1), st.integers(0, 16))
def test_expected_tokens_are_the_geometric_sum(acceptance: float, length: int) -> None:
    tokens = expected_tokens(acceptance, length)
    assert 1 <= tokens <= length + 1
    if acceptance < 0.99:
        assert tokens == pytest.approx((1 - acceptance ** (length + 1)) / (1 - acceptance))


@given(st.floats(0, 0.98), st.sampled_from([1, 4, 16]), st.sampled_from([BASE, LARGE]))
def test_the_best_length_is_no_worse_than_its_neighbours_and_never_loses(
    acceptance: float, rows: int, shape: Shape
) -> None:
    machine = Machine.of_peaks("both", 40e9, 400e9, 10e-6)
    draft = DraftCost("ctc", frames=200, vocabulary=6000)
    best = best_length(machine, shape, rows, draft, acceptance)
    found = [
        speedup(machine, shape, rows, draft, acceptance=acceptance, length=length)
        for length in (max(0, best - 1), best, best + 1)
    ]
    assert found[1] == pytest.approx(max(found)) or best == 16
    assert found[1] >= 1.0


def test_break_even_is_where_the_speed_up_passes_one() -> None:
    machine = Machine.of_peaks("both", 40e9, 400e9, 10e-6)
    draft = DraftCost("decoder", layers=1, vocabulary=6000)
    acceptance = break_even(machine, BASE, 4, draft)
    assert acceptance is not None
    assert best_length(machine, BASE, 4, draft, acceptance - 0.01) == 0
    assert best_length(machine, BASE, 4, draft, acceptance + 0.01) > 0
