"""The native kernels compute what PyTorch computes in 32 bits, as nearly as 16-bit factors allow."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor
from torch.nn import functional

from meetbot.transcribe.kernels import pick
from meetbot.transcribe.kernels.compile import library
from meetbot.transcribe.kernels.native import Native
from meetbot.transcribe.kernels.plain import Plain

WIDTH, HEADS = 128, 2
EXACT = Plain(torch.float32)


@pytest.fixture(scope="module")
def native() -> Native:
    if not torch.cpu._is_avx512_bf16_supported():
        pytest.skip("this processor does not multiply bfloat16")
    found = library()
    assert not isinstance(found, str), found
    return Native(found)


def _random(*shape: int) -> Tensor:
    """Numbers that 16 bits hold exactly, so that only sums are rounded."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).to(torch.bfloat16).float()


def _near(found: Tensor, expected: Tensor, bits: int = 8) -> None:
    torch.testing.assert_close(found.float(), expected, rtol=2.0**-bits, atol=float(expected.abs().max()) * 2.0**-bits)


@pytest.mark.parametrize("rows", [1, 5, 6, 16, 97, 200])
@pytest.mark.parametrize("out", [64, 192])
def test_layers(native: Native, rows: int, out: int) -> None:
    weight, bias, x = _random(out, WIDTH), _random(out), _random(2, rows, WIDTH)
    ours, theirs = native.layer(weight, bias), EXACT.layer(weight, bias)
    rounded = x.to(torch.bfloat16)
    _near(ours(rounded), theirs(x))
    _near(ours.gelu(rounded), theirs.gelu(x))
    sums = _random(2, rows, out)
    torch.testing.assert_close(ours.onto(rounded, sums.clone()), theirs.onto(x, sums), rtol=1e-4, atol=1e-3)


def test_gelu_at_its_ends(native: Native) -> None:
    x = torch.zeros(1, 64)
    x[0] = torch.linspace(-12, 12, 64)
    eye = native.layer(torch.eye(64), None)
    rounded = x.to(torch.bfloat16)
    _near(eye.gelu(rounded), functional.gelu(rounded.float()))


def test_norms(native: Native) -> None:
    weight, bias, x = _random(WIDTH), _random(WIDTH), _random(3, 7, WIDTH) * 5 + 2
    _near(native.norm(weight, bias)(x), EXACT.norm(weight, bias)(x))


@pytest.mark.parametrize("stride", [1, 2])
def test_convolutions(native: Native, stride: int) -> None:
    weight, bias, x = _random(64, 80, 3), _random(64), _random(2, 50, 80)
    _near(native.convolution(weight, bias, stride)(x), EXACT.convolution(weight, bias, stride)(x))


@pytest.mark.parametrize("frames", [5, 64, 150])
def test_attention_of_the_encoder(native: Native, frames: int) -> None:
    qkv = _random(2, frames, 3 * WIDTH)
    _near(native.self_attention(qkv.to(torch.bfloat16), HEADS), EXACT.self_attention(qkv, HEADS), bits=7)


@pytest.mark.parametrize("count", [1, 4, 6, 13])
@pytest.mark.parametrize("wanted", [[], [1]])
def test_attention_to_the_sound(native: Native, count: int, wanted: list[int]) -> None:
    kv, query = _random(3, 150, 2 * WIDTH), _random(3, count, WIDTH)
    ours, raw = native.cross_attention(
        query.to(torch.bfloat16), *native.remember(kv.to(torch.bfloat16), HEADS), 150, wanted
    )
    theirs, expected = EXACT.cross_attention(query, *EXACT.remember(kv, HEADS), 150, wanted)
    _near(ours, theirs, bits=7)
    assert (raw is None) == (expected is None)
    if raw is not None and expected is not None:
        torch.testing.assert_close(raw, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("count", [1, 3, 20])
def test_attention_to_the_text_at_each_rows_own_place(native: Native, count: int) -> None:
    qkv, positions = _random(3, count, 3 * WIDTH), torch.tensor([0, 17, 40])
    keys, values = _random(3, HEADS, 64, 64), _random(3, HEADS, 64, 64)
    ours = [part.to(torch.bfloat16) for part in (keys, values)]
    found = native.own_attention(qkv.to(torch.bfloat16), ours[0], ours[1], positions)
    _near(found, EXACT.own_attention(qkv, keys, values, positions), bits=7)
    for written, expected in zip(ours, (keys, values), strict=True):
        torch.testing.assert_close(written.float(), expected)


@pytest.mark.parametrize("vocabulary", [100, 192])
def test_scores_and_their_summary(native: Native, vocabulary: int) -> None:
    text = vocabulary - 20
    embedding, hidden = _random(vocabulary, WIDTH), _random(2, 3, WIDTH) * 1.01
    banned = torch.zeros(vocabulary)
    banned[7] = float("-inf")
    ours, theirs = native.vocabulary(embedding), EXACT.vocabulary(embedding)
    _near(ours.scores(hidden), theirs.scores(hidden))
    found, expected = ours.summary(hidden, banned, text, 6), theirs.summary(hidden, banned, text, 6)
    assert torch.equal(found.token, expected.token)
    _near(found.best, expected.best)
    one = ours.summary(hidden, banned, text)
    assert torch.equal(one.token, found.token[..., :1])
    torch.testing.assert_close(found.total, expected.total, rtol=1e-2, atol=1e-1)
    _near(found.rest, expected.rest)
    highest = torch.maximum(found.best[..., 0], found.rest.amax(-1))  # scored again in 32 bits
    exact = torch.maximum(expected.best[..., 0], expected.rest.amax(-1))
    torch.testing.assert_close(highest, exact, rtol=1e-5, atol=1e-4)


@pytest.mark.parametrize("count", [2, 6, 9])
def test_a_token_is_the_same_bits_alone_and_among_others(native: Native, count: int) -> None:
    """So that drafts change no text in 16 bits either."""
    x = (_random(1, count, WIDTH) * 1.01).to(torch.bfloat16)
    layer = native.layer(_random(192, WIDTH) * 1.01, _random(192))
    query, sound = x, native.remember(_random(1, 150, 2 * WIDTH).to(torch.bfloat16), HEADS)
    listed, banned = native.vocabulary(_random(192, WIDTH)), torch.zeros(192)
    summed = listed.summary(x.float(), banned, 170)
    heard, _ = native.cross_attention(query, *sound, 150, [])
    qkv = (_random(1, count, 3 * WIDTH) * 1.01).to(torch.bfloat16)
    room = torch.zeros(4, 1, HEADS, 64, 64, dtype=torch.bfloat16)
    said = native.own_attention(qkv, room[0], room[1], torch.tensor([3]))
    for at in range(count):
        alone = x[:, at : at + 1].contiguous()
        assert torch.equal(layer(alone), layer(x)[:, at : at + 1])
        assert torch.equal(native.cross_attention(alone, *sound, 150, [])[0], heard[:, at : at + 1])
        one = qkv[:, at : at + 1].contiguous()
        assert torch.equal(native.own_attention(one, room[2], room[3], torch.tensor([3 + at])), said[:, at : at + 1])
        found = listed.summary(alone.float(), banned, 170)
        assert torch.equal(found.rest, summed.rest[:, at : at + 1])
        assert torch.equal(found.best, summed.best[:, at : at + 1])


def test_numbers_of_another_kind_are_refused(native: Native) -> None:
    layer = native.layer(_random(64, WIDTH), None)
    with pytest.raises(TypeError, match="contiguous"):
        layer(_random(2, WIDTH))


def test_without_a_compiler_the_kernels_are_pytorchs_and_the_reason_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cpu, "_is_avx512_bf16_supported", lambda: True)
    monkeypatch.setenv("PATH", "")
    monkeypatch.delenv("CXX", raising=False)
    library.cache_clear()
    try:
        found, missing = pick(torch.device("cpu"), torch.bfloat16, (WIDTH, HEADS))
    finally:
        library.cache_clear()
    assert isinstance(found, Plain)
    assert missing == "there is no C++ compiler"
    assert pick(torch.device("cpu"), torch.float32, (WIDTH, HEADS))[1] == ""


def test_heads_of_another_width_are_left_to_pytorch() -> None:
    found, missing = pick(torch.device("cpu"), torch.bfloat16, (WIDTH, HEADS), (WIDTH, 2 * HEADS))
    assert isinstance(found, Plain)
    assert not missing
