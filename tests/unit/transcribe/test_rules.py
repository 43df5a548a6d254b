"""The batched rules against openai-whisper's own filters, on random texts and random scores."""

from __future__ import annotations

import random

import pytest
import torch
from whisper.decoding import ApplyTimestampRules, SuppressTokens
from whisper.tokenizer import get_tokenizer

from meetbot.transcribe.kernels import Summary
from meetbot.transcribe.rules import NEVER, Rules, State

TOKENIZER = get_tokenizer(True, num_languages=99, language="en", task="transcribe")
VOCABULARY = 51865
RULES = Rules.of(TOKENIZER, VOCABULARY, torch.device("cpu"))


def _history(seed: int) -> list[int]:
    """A text such as Whisper writes: timestamps open and close segments, or not yet."""
    chance = random.Random(seed)
    begin = TOKENIZER.timestamp_begin
    tokens, time = [], chance.randrange(30)
    for _ in range(chance.randrange(4)):
        tokens.append(begin + time)
        tokens += [chance.randrange(300, 5000) for _ in range(chance.randrange(1, 4))]
        time += chance.randrange(1, 50)
        tokens.append(begin + time)
    return tokens[: chance.randrange(len(tokens) + 1)]


@pytest.mark.parametrize("seed", range(40))
def test_masks_are_whispers(seed: int) -> None:
    history = _history(seed)
    torch.manual_seed(seed)
    scores = torch.randn(2, VOCABULARY) * 4
    # One row in which timestamps weigh little, so that both sides of the last rule are met.
    scores[1, TOKENIZER.timestamp_begin :] -= 20
    never = (RULES.banned == float("-inf")).nonzero()[:, 0].tolist()
    expected = scores.clone()
    prompt = list(TOKENIZER.sot_sequence)
    tokens = torch.tensor([prompt + history] * 2)
    SuppressTokens([token for token in never if token != TOKENIZER.no_timestamps]).apply(expected, tokens)
    ApplyTimestampRules(TOKENIZER, len(prompt), 50).apply(expected, tokens)

    state: State = RULES.start(2)
    for token in history:
        state = RULES.advance(state, torch.tensor([token, token]))
    found = RULES.apply(scores.clone(), state)
    assert torch.equal(found == float("-inf"), expected == float("-inf"))
    assert torch.equal(found.argmax(-1), expected.argmax(-1))

    summed = scores + RULES.banned
    summed[:, TOKENIZER.eot + 1 : TOKENIZER.timestamp_begin] = float("-inf")  # languages: never likely, never asked
    found[:, TOKENIZER.eot + 1 : TOKENIZER.timestamp_begin] = float("-inf")
    best, text = summed[:, : TOKENIZER.eot].topk(6)
    summary = Summary(best, text, summed[:, : TOKENIZER.eot].logsumexp(-1), summed[:, TOKENIZER.eot :])
    tokens, chances = RULES.candidates(summary, state, 6)
    likeliest, places = found.log_softmax(-1).topk(6)
    torch.testing.assert_close(chances, likeliest)
    assert torch.equal(tokens[likeliest > NEVER], places[likeliest > NEVER])
    assert torch.equal(RULES.choose(summary, state)[0], places[:, 0])
