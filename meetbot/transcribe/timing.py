"""When each word was said: cross-attention in, words with times out. Whole batches at once; knows no model.

The alignment heads of a Whisper decoder look at the sound of the token they are about to write. Their attention is
normalised over tokens, smoothed, averaged, and dynamic time warping finds the path through it (openai-whisper's
`timing`, after Giorgino 2009). The warping runs along anti-diagonals over all windows at once, so that neither a
compiler nor a loop over cells is needed.

Then the silence at each word's edges is taken off, by the sound itself.
Concedes: in noise as loud as speech a word that follows a pause can begin inside the pause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.nn import functional
from whisper.tokenizer import Tokenizer

from meetbot.domain import Word
from meetbot.transcribe.features import energies

TOKEN_SECONDS = 0.02
SMOOTHING = 7  # frames of the median filter
# Comparisons after which the middle one of seven is their median (Devillard 1998, "Fast median search").
EXCHANGES = ((0, 5), (0, 3), (1, 6), (2, 4), (0, 1), (3, 5), (2, 6), (2, 3), (3, 6), (4, 5), (1, 4), (1, 3), (3, 4))
QUIET = 28.0  # dB below a word's loudest 20 ms
EDGE = 0.14  # seconds of silence at a word's edge that are worth taking off
MARGIN = 0.04  # seconds of it that stay
OPENING = "\"'“¿([{-"
CLOSING = "\"'.。,，!！?？:：”)]}、"


@dataclass(frozen=True, slots=True)
class TimedWord:
    """A word with its tokens' count and times in seconds from the window's start."""

    text: str
    tokens: int
    start: float
    end: float


def attention_cost(scores: Tensor, frames: int, before: int) -> Tensor:
    """Raw scores of one window (heads, tokens, 1500) to a cost matrix (text tokens + end, frames), lower is likelier.

    `frames` of the window are sound, 20 ms each; `before` tokens precede the text in `scores`, the last of them being
    the one whose successor is the first token of the text; the end of text is last and has no row of its own.
    """
    weights = scores[:, :, :frames].softmax(-1)
    deviation, mean = torch.std_mean(weights, dim=-2, keepdim=True, unbiased=False)
    smooth = _median((weights - mean) / deviation.clamp(min=1e-9))
    cost: Tensor = -smooth.mean(0)[before - 1 : -1]
    return cost


def _median(x: Tensor) -> Tensor:
    """A median over seven neighbours along the last axis, mirrored at its ends; `x` is (heads, tokens, frames).

    By a sorting network over seven shifted views, a tenth of the time of sorting every neighbourhood; on a processor
    a head at a time, so that they stay in the cache.
    """
    half = SMOOTHING // 2
    if x.shape[-1] <= half:
        return x
    found = []
    padded = functional.pad(x, (half, half), mode="reflect")
    for some in torch.split(padded, 1 if x.device.type == "cpu" else len(x)):
        seven = [some[..., shift : shift + x.shape[-1]] for shift in range(SMOOTHING)]
        for low, high in EXCHANGES:
            seven[low], seven[high] = torch.minimum(seven[low], seven[high]), torch.maximum(seven[low], seven[high])
        found.append(seven[half])
    return torch.cat(found)


def warp(costs: Sequence[NDArray[np.float32]]) -> list[NDArray[np.int64]]:
    """For every cost matrix (tokens, frames) the frame at which each token begins, (tokens,).

    >>> warp([np.array([[0, 1, 1], [1, 0, 0]], np.float32)])
    [array([0, 1])]
    """
    if not costs:
        return []
    tokens, frames = max(len(cost) for cost in costs), max(cost.shape[1] for cost in costs)
    steps = tokens + frames + 1
    # Row i of a matrix is moved i to the right: what was an anti-diagonal is a column that depends on columns before.
    skewed = np.zeros((steps, len(costs), tokens), np.float32)
    for index, cost in enumerate(costs):
        for place, row in enumerate(cost):
            skewed[place + 2 : place + 2 + len(row), index, place] = row
    moves = np.zeros((steps, len(costs), tokens + 1), np.int8)
    older = np.full((len(costs), tokens + 1), np.inf, np.float32)
    older[:, 0] = 0.0
    newer = np.full_like(older, np.inf)
    for at in range(2, steps):
        both, token, frame = older[:, :-1], newer[:, :-1], newer[:, 1:]
        move = np.where((both < token) & (both < frame), 0, np.where((token < both) & (token < frame), 1, 2))
        moves[at, :, 1:] = move
        current = np.full_like(older, np.inf)
        current[:, 1:] = skewed[at] + np.minimum(np.minimum(both, token), frame)
        older, newer = newer, current
    return [_begins(moves[:, index], *cost.shape) for index, cost in enumerate(costs)]


def _begins(moves: NDArray[np.int8], tokens: int, frames: int) -> NDArray[np.int64]:
    begins = np.zeros(tokens, np.int64)
    token, frame = tokens, frames
    while token > 0 and frame > 0:
        begins[token - 1] = frame - 1  # walking back, the last visit is the first frame
        move = moves[token + frame, token]
        token -= move in (0, 1)
        frame -= move in (0, 2)
    return begins


def words(tokenizer: Tokenizer, text: Sequence[int], begins: NDArray[np.int64]) -> list[TimedWord]:
    """Text tokens and the frame at which each of them, and the end, begins, to words with punctuation attached."""
    pieces, groups = tokenizer.split_to_word_tokens([*text, tokenizer.eot])
    found = []
    at = 0
    for piece, group in zip(pieces[:-1], groups[:-1], strict=True):
        start, end = begins[at], begins[min(at + len(group), len(begins) - 1)]
        found.append(TimedWord(piece, len(group), start * TOKEN_SECONDS, end * TOKEN_SECONDS))
        at += len(group)
    return attach(found)


def attach(found: Sequence[TimedWord]) -> list[TimedWord]:
    """Punctuation joined to the word it belongs to, without stretching that word's times.

    >>> [word.text for word in attach([TimedWord(" Yes", 1, 0.0, 0.3), TimedWord(",", 1, 0.3, 0.9)])]
    [' Yes,']
    """
    joined: list[TimedWord] = []
    for word in found:
        if joined and word.text in CLOSING and not joined[-1].text.endswith(" "):
            last = joined[-1]
            joined[-1] = TimedWord(last.text + word.text, last.tokens + word.tokens, last.start, last.end)
        elif joined and joined[-1].text.startswith(" ") and joined[-1].text.strip() in OPENING:
            last = joined[-1]
            joined[-1] = TimedWord(last.text + word.text, last.tokens + word.tokens, word.start, word.end)
        else:
            joined.append(word)
    return joined


def within_voice(word: Word, sound: NDArray[np.float32]) -> Word:
    """`word` without the silence at its edges; `sound` is the recording from its start to its end, 16 kHz.

    The path of least cost hands every frame to some token, so a word that follows a pause begins where the one before
    ended. Silence is what stays `QUIET` below the word's loudest frame; edges shorter than `EDGE` are left alone, as
    are words in noise, which never get that quiet. Some of the silence stays, for weak consonants.
    """
    loudness = energies(sound)
    if len(loudness) < 2 * EDGE / TOKEN_SECONDS:
        return word
    voiced = np.flatnonzero(loudness >= loudness.max() * 10 ** (-QUIET / 10))
    lead = voiced[0] * TOKEN_SECONDS
    tail = (len(loudness) - 1 - voiced[-1]) * TOKEN_SECONDS
    start = word.start + lead - MARGIN if lead >= EDGE else word.start
    end = word.end - tail + MARGIN if tail >= EDGE else word.end
    return replace(word, start=start, end=end)
