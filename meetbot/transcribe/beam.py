"""Beam search over a batch: for each window its likeliest texts. Cache and prompts in, tokens out.

As openai-whisper does it with patience 1: `width` texts go on at a time, a text that ends is put aside, and a window is
done when `width` of them have ended; they are ranked by likelihood per token. The texts of a window share its sound:
they attend to it together, which is read once. Concedes: probabilities of single tokens are those along each text.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import torch
from torch import Tensor

from meetbot.transcribe.decoder import Cache, side_by_side, step, summarize, texts_of
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.rules import NEVER, Rules
from meetbot.transcribe.weights import Decoder

Step = tuple[list[int], list[int], list[float]]
"""For each text of a window: which one it goes on from, its new token, its log-probability so far."""


@dataclass(eq=False)
class _Window:
    """The search of one window: what every step chose, and texts that ended: their log-probability, step, parent."""

    steps: list[Step] = field(default_factory=list)
    ended: list[tuple[float, int, int]] = field(default_factory=list)


@torch.inference_mode()
def search(
    decoder: Decoder, cache: Cache, prompts: Sequence[Sequence[int]], rules: Rules, width: int
) -> list[list[Decoded]]:
    """At most `width` texts for each window of `cache`, the likeliest first, which is whisper's.

    `prompts` are the tokens before each window's text, which may differ in length. The cache is used up.
    """
    windows = [_Window() for _ in prompts]
    going = list(range(len(windows)))
    device = cache.sound.device
    feed, places = side_by_side(prompts, device)
    limit = min(decoder.context // 2, decoder.context + 1 - feed.shape[1])
    hidden = step(decoder, cache, feed, places * 0)[torch.arange(len(prompts), device=device), places - 1]
    state = rules.start(len(prompts))
    totals = torch.zeros(len(prompts), 1, device=device)
    for _ in range(limit):
        scores = summarize(decoder, hidden[:, None], rules.banned, rules.eot, width + 1).at(0)
        candidates = rules.candidates(scores, state, width + 1)
        texts = totals.shape[1]
        parents, feed, totals = _extend([windows[name] for name in going], totals, *candidates, rules.eot)
        unfinished = [at for at, name in enumerate(going) if len(windows[name].ended) < width]
        if not unfinished:
            break
        sources = (torch.arange(len(going), device=device)[:, None] * texts + parents).flatten()
        state = rules.advance(state.select(sources), feed.flatten())
        cache.reorder(sources, int(places.max()))
        if len(unfinished) <= 0.75 * len(going):
            kept = torch.tensor(unfinished, device=device)
            cache.keep(kept)
            places, feed, totals = places[kept], feed[kept], totals[kept]
            state = state.select(texts_of(kept, width))
            going = [going[at] for at in unfinished]
        hidden = step(decoder, cache, feed.view(-1, 1), places.repeat_interleave(width))[:, 0]
        places = places + 1
    return [_ranked(window) for window in windows]


def _extend(
    windows: list[_Window], totals: Tensor, tokens: Tensor, chances: Tensor, eot: int
) -> tuple[Tensor, Tensor, Tensor]:
    """The likeliest texts one token longer: the text each goes on from, the token, the log-probability so far.

    totals: (windows, texts); tokens, chances: (windows · texts, width + 1) what may follow each. All results are
    (windows, width). Every text ends in one way at most, so 2 · width candidates hold all that is asked.
    """
    count, many = len(windows), tokens.shape[1]
    width = many - 1
    sums = (totals.view(-1, 1) + chances).view(count, -1)
    best, index = sums.topk(min(2 * width, sums.shape[1]))
    tokens, parents = tokens.view(count, -1).gather(1, index), index // many
    ends = tokens == eot
    before = (~ends).cumsum(1)  # texts that go on, up to each candidate
    ended = ends & (before < width) & (best > NEVER)
    for row, place in ended.nonzero().tolist():
        if len(windows[row].ended) < width:
            length = len(windows[row].steps)
            windows[row].ended.append((float(best[row, place]), length, int(parents[row, place])))
    kept = (~ends & (before <= width)).nonzero()[:, 1].view(count, width)
    kept = kept.gather(1, _in_place(parents.gather(1, kept)))
    parents, tokens, totals = parents.gather(1, kept), tokens.gather(1, kept), best.gather(1, kept)
    for window, *chosen in zip(windows, parents.tolist(), tokens.tolist(), totals.tolist(), strict=True):
        window.steps.append((chosen[0], chosen[1], chosen[2]))
    return parents, tokens, totals


def _in_place(parents: Tensor) -> Tensor:
    """An order of each window's texts in which a text stands where the one it goes on from stood, if one can.

    So that little of the cache is moved: only where two texts go on from one. (windows, width) to the same.

    >>> _in_place(torch.tensor([[2, 2, 0]]))
    tensor([[2, 1, 0]])
    """
    width = parents.shape[1]
    same = parents[:, :, None] == parents[:, None, :]
    first = ~same.tril(-1).any(-1)
    taken = torch.zeros_like(parents).scatter_add(1, parents, first.long())
    # Places nobody goes on in, in order, for those whose parent's place is taken.
    free = taken.argsort(dim=1, stable=True)
    rest = free.gather(1, ((~first).cumsum(1) - 1).clamp(min=0))
    places = torch.where(first, parents, rest)
    return torch.empty_like(places).scatter_(1, places, torch.arange(width, device=parents.device).expand_as(places))


def _ranked(window: _Window) -> list[Decoded]:
    last = len(window.steps)
    going = sorted(((total, last, text) for text, total in enumerate(window.steps[-1][2])), reverse=True)
    texts = [*window.ended, *going][: len(going)]
    return [_traced(window, *text) for text in sorted(texts, key=lambda text: text[0] / max(1, text[1]), reverse=True)]


def _traced(window: _Window, total: float, length: int, text: int) -> Decoded:
    tokens, sums = [], []
    for parents, written, totals in reversed(window.steps[:length]):
        tokens.append(written[text])
        sums.append(totals[text])
        text = parents[text]
    chances = [later - earlier for later, earlier in pairwise([*sums, 0.0])]
    return Decoded(
        tokens=tuple(reversed(tokens)),
        probabilities=tuple(math.exp(chance) for chance in reversed(chances)),
        mean_logprob=total / (len(tokens) + 1),
    )
