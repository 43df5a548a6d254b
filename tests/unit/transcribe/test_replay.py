"""Recorded passes write what passes one by one write. Here nothing is recorded: the same work is done each time."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from whisper.model import Whisper
from whisper.tokenizer import get_tokenizer

from meetbot.domain import Drafting
from meetbot.transcribe.decoder import open_cache
from meetbot.transcribe.drafters import drafter
from meetbot.transcribe.encode import encode
from meetbot.transcribe.greedy import Decoded, Tally, decode
from meetbot.transcribe.kernels.plain import Plain
from meetbot.transcribe.replay import BURST, Replay
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder, decoder_weights, encoder_weights

ROWS = 4


@pytest.fixture(scope="module")
def decoder(tiny: Whisper) -> Decoder:
    return decoder_weights(tiny, Plain(torch.float32))


@pytest.fixture(scope="module")
def features(tiny: Whisper, mels: Tensor) -> Tensor:
    return encode(encoder_weights(tiny, Plain(torch.float32)), mels[: ROWS - 1])


@pytest.fixture(scope="module")
def rules(tiny: Whisper) -> Rules:
    return Rules.of(get_tokenizer(False), tiny.dims.n_vocab, torch.device("cpu"))


@pytest.fixture(scope="module")
def replay(decoder: Decoder, features: Tensor, rules: Rules) -> Replay:
    with torch.inference_mode():
        return Replay(decoder, rules, open_cache(decoder, features), ROWS)


@pytest.fixture(scope="module")
def one_by_one(decoder: Decoder, features: Tensor, rules: Rules) -> list[Decoded]:
    return decode(decoder, open_cache(decoder, features), _prompts(len(features)), rules)


def _prompts(rows: int) -> list[list[int]]:
    return [list(get_tokenizer(False).sot_sequence)] * rows


def _tokens(found: list[Decoded]) -> list[tuple[int, ...]]:
    return [row.tokens for row in found]


@pytest.mark.parametrize("draft", ["none", "ngram", "lookahead"])
def test_the_text_is_the_same(
    *,
    draft: Drafting,
    decoder: Decoder,
    features: Tensor,
    rules: Rules,
    replay: Replay,
    one_by_one: list[Decoded],
) -> None:
    """Of a batch, and of a smaller one after it, with whatever the larger one left behind."""
    guesses, tally = drafter(draft, decoder, rules), Tally()
    for rows in (slice(None), slice(1, 3)):
        cache = open_cache(decoder, features[rows])
        found = decode(
            decoder, cache, _prompts(len(features[rows])), rules, drafter=guesses, k=3, replay=replay, tally=tally
        )
        assert _tokens(found) == _tokens(one_by_one[rows])
    assert tally.row_passes + tally.accepted == tally.tokens
    assert draft != "none" or tally.passes % BURST == 2, "bursts, behind the first pass of either batch"


def test_what_is_drawn_is_the_same(decoder: Decoder, features: Tensor, rules: Rules, replay: Replay) -> None:
    def drawn(replay: Replay | None) -> list[tuple[int, ...]]:
        cache, seeds = open_cache(decoder, features[:2]), [3, 4]
        return _tokens(decode(decoder, cache, _prompts(2), rules, temperature=0.8, seeds=seeds, replay=replay))

    assert drawn(replay) == drawn(None)


def test_what_goes_on_goes_on_alike(
    decoder: Decoder, features: Tensor, rules: Rules, replay: Replay, one_by_one: list[Decoded]
) -> None:
    kept = [row.tokens[: 5 + 4 * at] for at, row in enumerate(one_by_one)]
    cache = open_cache(decoder, features)
    found = decode(decoder, cache, _prompts(len(features)), rules, written=kept, replay=replay)
    assert [(*begin, *row.tokens) for begin, row in zip(kept, found, strict=True)] == _tokens(one_by_one)


@pytest.mark.parametrize("recorded", [True, False])
def test_no_row_is_longer_than_it_may_be(
    *,
    recorded: bool,
    decoder: Decoder,
    features: Tensor,
    rules: Rules,
    replay: Replay,
    one_by_one: list[Decoded],
) -> None:
    most = [1, 9, 1000]
    cache = open_cache(decoder, features)
    found = decode(decoder, cache, _prompts(len(features)), rules, most=most, replay=replay if recorded else None)
    assert _tokens(found) == [row.tokens[:count] for row, count in zip(one_by_one, most, strict=True)]


def test_too_many_rows_go_one_by_one(
    decoder: Decoder, features: Tensor, rules: Rules, one_by_one: list[Decoded]
) -> None:
    with torch.inference_mode():
        small = Replay(decoder, rules, open_cache(decoder, features[:1]), 1)
    found = decode(decoder, open_cache(decoder, features), _prompts(len(features)), rules, replay=small)
    assert _tokens(found) == _tokens(one_by_one)
