"""Beam search over a batch: for each window the most likely of several texts. Cache and prompts in, tokens out.

As openai-whisper does it with patience 1: `width` texts go on at a time, a text that ends is put aside, and a window is
done when `width` of them have ended; the winner is the most likely per token. Concedes: cross-attention is held
once per text, not once per window, and probabilities of single tokens are those along the winner.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import torch
from torch import Tensor

from meetbot.transcribe.decoder import Cache, logits, step
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder


@dataclass(frozen=True, slots=True)
class _Text:
    tokens: tuple[int, ...] = ()
    logprobs: tuple[float, ...] = ()

    @property
    def total(self) -> float:
        return sum(self.logprobs)


@dataclass(eq=False)
class _Window:
    going: list[_Text]
    ended: list[_Text] = field(default_factory=list)


@torch.inference_mode()
def search(decoder: Decoder, cache: Cache, prompt: Tensor, rules: Rules, width: int) -> list[Decoded]:
    """One text for each window; `cache` and `prompt` hold every window `width` times, next to each other."""
    count = prompt.shape[0] // width
    windows = [_Window([_Text()] * width) for _ in range(count)]
    state = rules.start(count * width)
    positions = torch.zeros(count * width, dtype=torch.long, device=prompt.device)
    feed = prompt
    limit = min(decoder.context // 2, decoder.context + 1 - prompt.shape[1])
    for _ in range(limit):
        hidden = step(decoder, cache, feed, positions)
        positions = positions + feed.shape[1]
        scores = rules.apply(logits(decoder, hidden[:, -1]), state).log_softmax(-1)
        best, tokens = scores.topk(width + 1)
        sources = _extend(windows, best.tolist(), tokens.tolist(), width, rules.eot)
        if all(len(window.ended) >= width for window in windows):
            break
        order = torch.tensor(sources, device=prompt.device)
        feed = torch.tensor([[text.tokens[-1]] for window in windows for text in window.going], device=prompt.device)
        state = rules.advance(state.select(order), feed[:, 0])
        cache.reorder(order)
    return [_winner(window, rules.eot) for window in windows]


def _extend(
    windows: list[_Window], best: list[list[float]], tokens: list[list[int]], width: int, eot: int
) -> list[int]:
    """Every window's `width` likeliest continuations, and the row that each goes on from."""
    sources = []
    for index, window in enumerate(windows):
        candidates: dict[tuple[int, ...], tuple[_Text, int]] = {}  # keyed by text: all beams begin alike
        for beam, text in enumerate(window.going):
            row = index * width + beam
            for logprob, token in zip(best[row], tokens[row], strict=True):
                longer = _Text((*text.tokens, token), (*text.logprobs, logprob))
                candidates[longer.tokens] = (longer, row)
        going: list[tuple[_Text, int]] = []
        for text, row in sorted(candidates.values(), key=lambda candidate: -candidate[0].total):
            if text.tokens[-1] != eot:
                going.append((text, row))
            elif len(window.ended) < width:
                window.ended.append(text)
            if len(going) == width:
                break
        window.going = [text for text, _ in going]
        sources += [row for _, row in going]
    return sources


def _winner(window: _Window, eot: int) -> Decoded:
    texts = window.ended or window.going
    best = max(texts, key=lambda text: text.total / max(1, len(text.tokens) - (text.tokens[-1:] == (eot,))))
    plain = tuple(token for token in best.tokens if token != eot)
    return Decoded(
        tokens=plain,
        probabilities=tuple(math.exp(value) for value in best.logprobs[: len(plain)]),
        mean_logprob=best.total / (len(plain) + 1),
    )
