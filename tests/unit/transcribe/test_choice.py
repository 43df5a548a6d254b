"""The choice of drafter and length follows what it sees, and is none where drafting does not pay."""

from __future__ import annotations

from itertools import cycle
from types import SimpleNamespace

import pytest
import torch
from torch import Tensor

from meetbot.transcribe.drafters import choice
from meetbot.transcribe.drafters.choice import Choice, PassTimes
from meetbot.transcribe.greedy import Rows


class Clock:
    """A pass over B rows of n tokens takes what it is told to."""

    def __init__(self) -> None:
        self.now = 0.0

    def perf_counter(self) -> float:
        return self.now


class Always:
    """Guesses whose correctness the test decides."""

    def __init__(self) -> None:
        self.begun = 0

    def begin(self, rows: Rows) -> None:
        self.begun += 1

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        pass

    def propose(self, rows: Rows, k: int) -> Tensor:
        return torch.ones(len(rows.names), k, dtype=torch.long)

    def select(self, kept: Tensor) -> None:
        pass


def _lengths(
    monkeypatch: pytest.MonkeyPatch, *, a_token: float, right: list[int], rows: int = 4, passes: int = 200
) -> list[int]:
    """Drafted lengths over `passes` passes; of each draft so many tokens as `right` says by turns are accepted."""
    clock = Clock()
    monkeypatch.setattr(choice, "time", clock)
    tested = Choice([Always()])
    state = SimpleNamespace(
        names=list(range(rows)),
        tokens=[[1] for _ in range(rows)],
        positions=torch.zeros(rows, dtype=torch.long),
        active=torch.ones(rows, dtype=torch.bool),
    )
    tested.begin(state)  # type: ignore[arg-type]
    found: list[int] = []
    for count in cycle(right):
        if len(found) == passes:
            break
        drafts = tested.propose(state, 8)  # type: ignore[arg-type]
        found.append(drafts.shape[1])
        clock.now += 5e-3 + 1e-3 * rows + a_token * rows * (1 + drafts.shape[1])
        for tokens in state.tokens:
            tokens.extend([1] * (1 + min(count, drafts.shape[1])))
        tested.observe(state, drafts)  # type: ignore[arg-type]
    return found


def test_a_good_draft_where_tokens_are_cheap_is_long(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _lengths(monkeypatch, a_token=1e-4, right=[8])
    assert set(found[50:]) == {8}


def test_a_bad_draft_where_tokens_are_dear_is_none_but_for_a_probe(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _lengths(monkeypatch, a_token=5e-3, right=[0, 0, 1])[50:]
    assert sum(map(bool, found)) / len(found) < 0.1


def test_a_large_batch_hardly_pays_for_finding_out(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _lengths(monkeypatch, a_token=6e-4, right=[0, 0, 0, 1], rows=16, passes=80)
    assert sum(map(bool, found)) <= 10


def test_one_row_drafts_as_soon_as_two_passes_were_timed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _lengths(monkeypatch, a_token=3e-4, right=[2, 0, 1], rows=1, passes=40)
    assert not any(found[: choice.FIRST])
    assert all(found[choice.FIRST :])


def test_what_changes_is_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    found = _lengths(monkeypatch, a_token=1e-3, right=[0] * 200 + [8] * 1000, passes=1200)
    assert sum(map(bool, found[100:200])) < 20
    assert min(found[-100:]) >= 4


def test_times_of_passes_are_learnt() -> None:
    times = PassTimes()
    for rows, fed in [(1, 1), (4, 1), (16, 1), (16, 4), (4, 5), (1, 3), (16, 2)] * 3:
        times.learn(rows, fed, 5e-3 + 1e-3 * rows + 1e-4 * fed + 5e-4 * rows * fed)
    assert times.constants() == pytest.approx([5e-3, 1e-3, 1e-4, 5e-4], rel=1e-3)
