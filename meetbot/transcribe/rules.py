"""Which token may come next, and which one does: pure arithmetic on logits, a whole batch at once, no model.

The rules are Whisper's (Radford et al. 2022, §4.5; `whisper.decoding`): some symbols are never written; a window opens
with a timestamp of at most one second; timestamps come in pairs except before the end; they never go back; and
when all timestamps together outweigh every single piece of text, one of them is taken. Each row has its own state,
and a state is three numbers, so no row's past tokens are looked at again.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor
from whisper.tokenizer import Tokenizer

from meetbot.transcribe.kernels import Summary

NEVER = float("-inf")


@dataclass(frozen=True, slots=True)
class State:
    """Where each row of a batch stands, all of shape (rows,).

    fresh: nothing written; after_time: the last token is a timestamp; paired: the one before it is too, or there is
    none; last: the last timestamp written, or the token before the first timestamp.
    """

    fresh: Tensor
    after_time: Tensor
    paired: Tensor
    last: Tensor

    def select(self, rows: Tensor | slice) -> State:
        """The states of these rows."""
        return State(self.fresh[rows], self.after_time[rows], self.paired[rows], self.last[rows])

    def copy(self, other: State) -> None:
        """Become `other`, in place."""
        for name in ("fresh", "after_time", "paired", "last"):
            getattr(self, name).copy_(getattr(other, name))

    def where(self, chosen: Tensor, other: State) -> State:
        """This state in the rows that are `chosen`, `other` in the rest."""
        return State(
            fresh=torch.where(chosen, self.fresh, other.fresh),
            after_time=torch.where(chosen, self.after_time, other.after_time),
            paired=torch.where(chosen, self.paired, other.paired),
            last=torch.where(chosen, self.last, other.last),
        )


@dataclass(frozen=True)
class Rules:
    """What the tokenizer's numbers mean; `banned` is 0 or minus infinity a token, shape (vocabulary,)."""

    eot: int
    first_time: int
    latest_start: int
    banned: Tensor

    @classmethod
    def of(cls, tokenizer: Tokenizer, vocabulary: int, device: torch.device) -> Rules:
        """Whisper's defaults: no symbols that are not speech, and at most one second before the first word."""
        never = [*tokenizer.non_speech_tokens, tokenizer.transcribe, tokenizer.translate, tokenizer.sot,
                 tokenizer.sot_prev, tokenizer.sot_lm, tokenizer.no_speech, tokenizer.no_timestamps]  # fmt: skip
        banned = torch.zeros(vocabulary)
        banned[never] = NEVER
        return cls(tokenizer.eot, tokenizer.timestamp_begin, tokenizer.timestamp_begin + 50, banned.to(device))

    def start(self, rows: int) -> State:
        """Nothing written yet."""
        no = torch.zeros(rows, dtype=torch.bool, device=self.banned.device)
        return State(fresh=~no, after_time=no, paired=~no, last=no.long() + self.first_time - 1)

    def apply(self, logits: Tensor, state: State) -> Tensor:
        """Mask `logits` (rows, vocabulary) in place by what may follow each row's `state`; returns them."""
        logits += self.banned
        text, times = logits[:, : self.first_time], logits[:, self.first_time :]
        numbers = torch.arange(self.first_time, logits.shape[1], device=logits.device)
        # A closed pair is followed by text, a lone timestamp by its partner or the end. Time never runs backwards, and
        # a segment must last, or the text could loop on the spot.
        lone = state.after_time & ~state.paired
        floor = torch.where(lone, state.last, state.last + 1)
        times.masked_fill_((numbers < floor[:, None]) | (state.after_time & state.paired)[:, None], NEVER)
        logits[:, : self.eot].masked_fill_(lone[:, None], NEVER)
        # The first token is a timestamp within the first second.
        times.masked_fill_(state.fresh[:, None] & (numbers > self.latest_start), NEVER)
        only_times = state.fresh | (times.logsumexp(-1) > text.amax(-1))
        text.masked_fill_(only_times[:, None], NEVER)
        return logits

    def choose(self, scores: Summary, state: State) -> tuple[Tensor, Tensor]:
        """The likeliest token that may follow each row's `state`, and its log-probability; both (rows,)."""
        tokens, chances = self.candidates(scores, state, 1)
        return tokens[:, 0], chances[:, 0]

    def candidates(self, scores: Summary, state: State, count: int) -> tuple[Tensor, Tensor]:
        """The `count` likeliest tokens that may follow each row's `state`, and their log-probabilities.

        Both (rows, count), falling; what may not follow has minus infinity. The same as `apply` and the highest of
        the vocabulary, from scores (banned tokens among them left out) whose plain text is summed up to at least
        `count` tokens: what is computed here are the 1,500 timestamps.
        """
        lone = state.after_time & ~state.paired
        ending = scores.rest[:, :1]
        text = scores.best[:, :count].masked_fill(lone[:, None], NEVER)
        first = torch.maximum(text[:, :1], ending)[:, 0]
        times = scores.rest[:, self.first_time - self.eot :]
        numbers = torch.arange(times.shape[1], device=times.device) + self.first_time
        floor = torch.where(lone, state.last, state.last + 1)
        hidden = (numbers < floor[:, None]) | (state.after_time & state.paired)[:, None]
        hidden |= state.fresh[:, None] & (numbers > self.latest_start)
        times = times.masked_fill(hidden, NEVER)
        all_times = times.logsumexp(-1)
        only_times = state.fresh | (all_times > first)
        all_text = torch.logaddexp(torch.where(lone, NEVER, scores.total), ending[:, 0])
        whole = torch.where(only_times, all_times, torch.logaddexp(all_text, all_times))
        likeliest, place = times.topk(count)
        written = torch.cat([text, ending], dim=1).masked_fill(only_times[:, None], NEVER)
        best, index = torch.cat([written, likeliest], dim=1).topk(count)
        ends = torch.full_like(place[:, :1], self.eot)
        tokens = torch.cat([scores.token[:, :count], ends, place + self.first_time], dim=1).gather(1, index)
        return tokens, best - whole[:, None]

    def advance(self, state: State, tokens: Tensor) -> State:
        """Each row's state after writing `tokens` (rows,)."""
        is_time = tokens >= self.first_time
        return State(
            fresh=torch.zeros_like(state.fresh),
            after_time=is_time,
            paired=state.after_time | state.fresh,
            last=torch.where(is_time, tokens, state.last),
        )
