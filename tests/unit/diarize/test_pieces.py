from __future__ import annotations

import numpy as np

from meetbot.diarize import pieces

RATE = 60.0


def test_pieces_hold_all_speech_and_are_cut_where_voices_change() -> None:
    active = np.zeros((1, 600, 3), bool)
    active[0, 60:180, 0] = True
    active[0, 180:300, 1] = True
    active[0, 420:480, 0] = True
    found = pieces.cut(*pieces.votes(active, np.array([0])), RATE)
    spans = [(piece.start, piece.end) for piece in found]
    assert spans[0][0] == 60
    assert spans[-1] == (420, 480)
    assert any(abs(start - 180) <= 3 for start, _ in spans)
    assert sum(end - start for start, end in spans) == 300


def test_long_speech_is_cut_into_pieces_of_bounded_length() -> None:
    active = np.zeros((1, 1200, 3), bool)
    active[0, :, 0] = True
    found = pieces.cut(*pieces.votes(active, np.array([0])), RATE)
    assert max(piece.end - piece.start for piece in found) <= pieces.LONGEST * RATE + 1


def test_a_short_piece_borrows_context_but_not_outside_the_recording() -> None:
    active = np.zeros((1, 200, 3), bool)
    active[0, 0:10, 0] = True
    (piece,) = pieces.cut(*pieces.votes(active, np.array([0])), RATE)
    assert (piece.start, piece.end, piece.first) == (0, 10, 0)
    assert piece.last > 10


def test_silence_has_no_pieces() -> None:
    assert pieces.cut(*pieces.votes(np.zeros((2, 100, 3), bool), np.array([0, 40])), RATE) == []


def test_alone_is_what_most_windows_hear() -> None:
    active = np.zeros((3, 10, 3), bool)
    active[:, :, 0] = True
    active[:2, 5:, 1] = True
    assert pieces.alone(active, np.array([0, 0, 0])).tolist() == [True] * 5 + [False] * 5
