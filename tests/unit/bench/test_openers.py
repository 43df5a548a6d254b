"""What opens a contender reaches a process of its own: whatever is compared, its opener can be pickled."""

from __future__ import annotations

import pickle

import numpy as np

from meetbot.bench import clusterings as ways
from meetbot.bench import diarizers, peers
from meetbot.transcribe import TranscribeOptions
from tests.unit.bench.test_clusterings import WHOSE, voices


def test_openers_of_transcribers() -> None:
    with peers.transcribers(tuple(peers.PACKAGES), TranscribeOptions(), "cpu") as openers:
        assert list(pickle.loads(pickle.dumps(openers))) == list(peers.PACKAGES)
    with peers.word_timer(TranscribeOptions(), "cpu") as opener:
        assert pickle.dumps(opener)


def test_openers_of_diarizers() -> None:
    openers = diarizers.diarizers(tuple(diarizers.PACKAGES), "cpu") | diarizers.steps([1, 2.5], "cpu")
    openers |= diarizers.clusterings(["average", "spectral"], (), "cpu")
    assert list(pickle.loads(pickle.dumps(openers))) == list(openers)
    assert {"meetbot, every 2.5 s", "meetbot, spectral", "meetbot, average link to 0.5"} <= set(openers)


def test_what_vbx_has_learnt() -> None:
    learnt = ways.learn(voices(), WHOSE)
    again = pickle.loads(pickle.dumps(learnt))
    assert np.array_equal(again.axes, learnt.axes)
