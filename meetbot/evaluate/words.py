"""What was said, scored: WER or CER, cpWER, tcpWER and WDER from two lists of who said what.

WER takes all words in order of time, whoever said them; where people talk at once a turn's words are spread over it
by their length, on both sides alike. cpWER (CHiME-6) joins each speaker's words and takes the best assignment of
speakers, so a word given to the wrong person costs two errors. tcpWER (von Neumann et al. 2023) also forbids words
to match that lie more than 5 s apart. WDER (Shafey et al. 2019) is the part of the matched or substituted words
that went to the wrong person. Errors are exact edit distances, by meeteval.
"""

from __future__ import annotations

import contextlib
import logging
import warnings
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from meetbot.evaluate.references import Said
from meetbot.evaluate.scores import Score
from meetbot.evaluate.text import by_character, units

COLLAR = 5.0  # seconds, as in CHiME-8 and NOTSOFAR-1


@dataclass(frozen=True, slots=True)
class _Unit:
    text: str
    speaker: str
    time: float


def word_errors(reference: Sequence[str], hypothesis: Sequence[str], metric: str) -> Score:
    """The edit distance of two sequences of words (or characters), as a Score called `metric`."""
    from meeteval.wer import siso_word_error_rate

    return _score(metric, siso_word_error_rate(" ".join(reference), " ".join(hypothesis)))


def words(reference: Sequence[Said], hypothesis: Sequence[Said], language: str) -> Score:
    """WER, or CER by `language`, whoever spoke."""
    metric = "CER" if by_character(language) else "WER"
    return word_errors(
        [unit.text for unit in _in_time(reference, language)],
        [unit.text for unit in _in_time(hypothesis, language)],
        metric,
    )


def attributed_words(reference: Sequence[Said], hypothesis: Sequence[Said], language: str) -> tuple[Score, ...]:
    """cpWER, tcpWER and WDER (cpCER and tcpCER where characters are counted)."""
    from meeteval.wer import cp_word_error_rate, time_constrained_minimum_permutation_word_error_rate

    kind = "CER" if by_character(language) else "WER"
    truth, found = _segments(reference, language), _segments(hypothesis, language)
    with _quietly():
        permuted = cp_word_error_rate(truth, found)
        constrained = time_constrained_minimum_permutation_word_error_rate(truth, found, collar=COLLAR)
    return (
        _score(f"cp{kind}", permuted),
        _score(f"tcp{kind}", constrained),
        _diarization_errors(_in_time(reference, language), _in_time(hypothesis, language)),
    )


def _diarization_errors(reference: Sequence[_Unit], hypothesis: Sequence[_Unit]) -> Score:
    """WDER under the assignment of speakers that agrees on most words."""
    from kaldialign import align
    from scipy.optimize import linear_sum_assignment

    gap = "\0"
    truth, found = iter(reference), iter(hypothesis)
    together: Counter[tuple[str, str]] = Counter()
    for one, other in align([unit.text for unit in reference], [unit.text for unit in hypothesis], gap):
        first = next(truth) if one != gap else None
        second = next(found) if other != gap else None
        if first and second:
            together[first.speaker, second.speaker] += 1
    rows = sorted({pair[0] for pair in together})
    columns = sorted({pair[1] for pair in together})
    agreed = np.array([[together[row, column] for column in columns] for row in rows]).reshape(len(rows), len(columns))
    best = agreed[linear_sum_assignment(agreed, maximize=True)].sum()
    total = together.total()
    return Score("WDER", total - int(best), total)


def _in_time(said: Sequence[Said], language: str) -> list[_Unit]:
    """Words in order of the moment each is spoken, its part of the turn being that of its characters."""
    spread = []
    for part in said:
        texts = units(part.text, language)
        lengths = np.array([len(text) for text in texts], float)
        middles = (np.cumsum(lengths) - lengths / 2) / max(lengths.sum(), 1)
        for text, middle in zip(texts, middles, strict=True):
            spread.append(_Unit(text, part.speaker, part.start + float(middle) * (part.end - part.start)))
    return sorted(spread, key=lambda unit: unit.time)


def _segments(said: Sequence[Said], language: str) -> Any:
    from meeteval.io.seglst import SegLST

    return SegLST(
        [
            {
                "session_id": "recording",
                "speaker": part.speaker,
                "start_time": part.start,
                "end_time": max(part.end, part.start),
                "words": " ".join(units(part.text, language)),
            }
            for part in said
        ]
    )


def _score(metric: str, rate: Any) -> Score:
    detail = {name: float(getattr(rate, name)) for name in ("substitutions", "deletions", "insertions")}
    return Score(metric, float(rate.errors), float(rate.length), detail)


@contextlib.contextmanager
def _quietly() -> Iterator[None]:
    """Without meeteval's remarks on speakers that overlap with themselves, which a diarization's may."""
    loggers = [logging.getLogger(name) for name in ("preprocess", "time_constrained")]
    levels = [logger.level for logger in loggers]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for logger in loggers:
            logger.setLevel(logging.ERROR)
        try:
            yield
        finally:
            for logger, level in zip(loggers, levels, strict=True):
                logger.setLevel(level)
