"""Windows keep every second of speech, stay within thirty seconds and end in pauses."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from meetbot.domain import Turn
from meetbot.transcribe.windows import LIMIT, Span, Window, alone, fixed, pack


def middle(start: float, end: float) -> float:
    return (start + end) / 2


@st.composite
def speech(draw: st.DrawFn) -> list[Span]:
    spans, at = [], draw(st.floats(0, 5))
    for _ in range(draw(st.integers(0, 25))):
        length = draw(st.floats(0.15, 70))
        spans.append((at, at + length))
        at += length + draw(st.floats(0.05, 20))
    return spans


@given(speech())
def test_no_speech_is_lost_or_heard_twice(spans: list[Span]) -> None:
    cut = pack(spans, middle)
    assert sum(window.spoken for window in cut) == _approx(sum(end - start for start, end in spans))
    for window in cut:
        assert 0 < window.duration <= LIMIT + 1e-6
        for start, end in window.speech:
            assert any(first - 1e-6 <= start and end <= last + 1e-6 for first, last in window.pieces)
    pieces = [piece for window in cut for piece in window.pieces]
    assert all(earlier[1] <= later[0] + 1e-6 for earlier, later in pairwise(pieces))


def _approx(value: float) -> object:
    import pytest

    return pytest.approx(value, abs=1e-3)


def test_a_window_ends_in_the_long_pause_rather_than_the_last_one() -> None:
    spans = [(0.0, 10.0), (10.2, 20.0), (21.2, 27.0), (27.1, 29.0), (29.1, 40.0), (40.2, 45.0)]
    assert [window.speech[-1][1] for window in pack(spans, middle)] == [20.0, 45.0]


def test_long_silence_is_left_out_and_times_find_their_way_back() -> None:
    (window,) = pack([(1.0, 3.0), (100.0, 104.0)], middle)
    assert window.duration < 8
    first = window.pieces[0]
    after = first[1] - first[0]
    assert window.moment(0.5) == first[0] + 0.5
    assert window.moment(after, ending=True) == first[1]
    assert window.moment(after + 0.5) == window.pieces[1][0] + 0.5
    assert window.moment(99.0) == window.pieces[-1][1]


def test_speech_without_a_pause_is_cut_where_it_is_quietest() -> None:
    def quietest(start: float, end: float) -> float:
        return 22.0 if start <= 22.0 <= end else end

    cut = pack([(0.0, 50.0)], quietest)
    assert [window.speech for window in cut] == [((0.0, 22.0),), ((22.0, 50.0),)]


def test_every_turn_alone_with_context_keeps_only_its_own_words() -> None:
    turns = [Turn("S1", 5.0, 7.0), Turn("S2", 6.5, 8.0)]
    assert alone(turns, middle, context=1.5)[0] == Window(((3.5, 8.5),), ((5.0, 7.0),), (5.0, 7.0))
    assert [window.core for window in alone(turns, middle)] == [None, None]


def test_fixed_windows_cover_everything() -> None:
    assert [window.pieces[0] for window in fixed(0.0, 65.0)] == [(0.0, 30.0), (30.0, 60.0), (60.0, 65.0)]
