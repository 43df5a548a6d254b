"""What a GPU computes: as PyTorch computes it in 32 bits, as nearly as 16-bit factors allow.

Where there is none to compile for, the programs are interpreted.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest
import torch
from torch import Tensor
from whisper.tokenizer import get_tokenizer

from meetbot.transcribe import timing
from meetbot.transcribe.kernels import Choosing, Summary
from meetbot.transcribe.kernels.plain import Plain
from meetbot.transcribe.passes import take
from meetbot.transcribe.rules import Rules, State

if TYPE_CHECKING:
    from meetbot.transcribe.kernels.gpu import Gpu

WIDTH, HEADS = 128, 2
EXACT = Plain(torch.float32)
HALF = torch.float16
DEVICE = torch.device("cpu" if os.environ.get("TRITON_INTERPRET") else "cuda")


@pytest.fixture(scope="module")
def gpu() -> Iterator[Gpu]:
    from meetbot.transcribe.kernels.gpu import Gpu

    if DEVICE.type == "cuda":
        if not torch.cuda.is_available():
            pytest.skip("a driver, but no GPU that PyTorch finds")
        with pytest.MonkeyPatch.context() as monkeypatch:
            monkeypatch.setattr("torch.backends.cudnn.allow_tf32", False)  # what we are compared with is exact
            yield Gpu(HALF)
        return
    interpreter: Any = pytest.importorskip("triton.runtime.interpreter")
    patched = interpreter._patch_lang_tensor

    def patch(tensor: Any, scope: Any) -> None:
        # Its own turns an array of one number into an integer, which numpy refuses from 2.4 on.
        patched(tensor, scope)
        scope.set_attr(tensor, "__index__", lambda self: int(self.handle.data.item()))

    def dot(builder: Any, a: Any, b: Any, d: Any, *precision: Any) -> Any:
        # Its own leaves sums in 32 bits to numpy, whose order of them is, on some processors, another one for the last
        # rows of a tile; on a GPU it is one order. Products of 16-bit factors, and their sums, are exact in 64 bits.
        exact = a.data.astype(np.float64) @ b.data.astype(np.float64)
        return interpreter.TensorHandle(exact.astype(d.data.dtype) + d.data, d.dtype.scalar)

    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr(interpreter, "_patch_lang_tensor", patch)
        monkeypatch.setattr(interpreter.InterpreterBuilder, "create_dot", dot)
        yield Gpu(HALF)


def _random(*shape: int) -> Tensor:
    """Numbers that 16 bits hold exactly, so that only sums are rounded."""
    return torch.randn(*shape, generator=torch.Generator().manual_seed(sum(shape))).to(DEVICE, HALF).float()


def _near(found: Tensor, expected: Tensor) -> None:
    torch.testing.assert_close(
        found.float(), expected, rtol=2.0**-10, atol=float(expected.abs().max()) * 2.0**-10, equal_nan=False
    )


@pytest.mark.parametrize(("width", "out"), [(WIDTH, 64), (WIDTH, 200), (192, 96), (WIDTH, 2100), (2560, 96)])
@pytest.mark.parametrize("rows", [1, 70])
def test_layers(gpu: Gpu, rows: int, width: int, out: int) -> None:
    weight, bias, x = _random(out, width) / 8, _random(out), _random(rows, width)
    ours, theirs = gpu.layer(weight, bias), EXACT.layer(weight.to(HALF).float(), bias)
    _near(ours(x.to(HALF)), theirs(x))
    _near(ours.gelu(x.to(HALF)), theirs.gelu(x))
    sums = _random(rows, out)
    torch.testing.assert_close(ours.onto(x.to(HALF), sums.clone()), theirs.onto(x, sums), rtol=1e-4, atol=1e-3)
    assert not ours.arrived.any(), "what programs count with is not ready for the next time"


@pytest.mark.parametrize(("width", "out"), [(WIDTH, 200), (2560, 96)])
def test_a_row_is_the_same_whatever_is_beside_it(gpu: Gpu, width: int, out: int) -> None:
    layer, x = gpu.layer(_random(out, width), None), _random(70, width).to(HALF)
    whole = layer(x)
    assert layer(x[3:4]).equal(whole[3:4])
    assert layer(x[60:]).equal(whole[60:])


def test_norms(gpu: Gpu) -> None:
    weight, bias, x = _random(WIDTH), _random(WIDTH), _random(3, 7, WIDTH) * 5 + 2
    _near(gpu.norm(weight, bias)(x), EXACT.norm(weight, bias)(x))


@pytest.mark.parametrize("stride", [1, 2])
def test_convolutions(gpu: Gpu, stride: int) -> None:
    weight, bias, x = _random(64, 80, 3), _random(64), _random(2, 50, 80)
    _near(gpu.convolution(weight, bias, stride)(x), EXACT.convolution(weight, bias, stride)(x))


@pytest.mark.parametrize("frames", [5, 300])
@pytest.mark.parametrize("count", [1, 13, 40])
@pytest.mark.parametrize("wanted", [[], [1]])
def test_attention_to_the_sound(gpu: Gpu, frames: int, count: int, wanted: list[int]) -> None:
    kv, query = _random(3, frames, 2 * WIDTH), _random(3, count, WIDTH)
    ours, raw = gpu.cross_attention(query.to(HALF), *gpu.remember(kv.to(HALF), HEADS), frames, wanted)
    theirs, exact = EXACT.cross_attention(query, *EXACT.remember(kv, HEADS), frames, wanted)
    _near(ours, theirs)
    if wanted:
        assert raw is not None
        assert exact is not None
        _near(raw, exact)


@pytest.mark.parametrize("count", [1, 4, 37])
def test_attention_to_the_text(gpu: Gpu, count: int) -> None:
    qkv, keys, values = _random(3, count, 3 * WIDTH), _random(3, HEADS, 96, 64), _random(3, HEADS, 96, 64)
    positions = torch.tensor([0, 5, 40], device=DEVICE)
    mine = keys.to(HALF), values.to(HALF)
    _near(gpu.own_attention(qkv.to(HALF), *mine, positions), EXACT.own_attention(qkv, keys, values, positions))
    for ours, theirs in zip(mine, (keys, values), strict=True):
        assert ours.float().equal(theirs)


def test_several_tokens_attend_as_one_by_one(gpu: Gpu) -> None:
    qkv, kept = _random(2, 5, 3 * WIDTH).to(HALF), [_random(2, HEADS, 64, 64).to(HALF) for _ in range(2)]
    again = [tensor.clone() for tensor in kept]
    positions = torch.tensor([30, 3], device=DEVICE)
    together = gpu.own_attention(qkv, kept[0], kept[1], positions)
    alone = [gpu.own_attention(qkv[:, [at]], again[0], again[1], positions + at) for at in range(5)]
    assert together.equal(torch.cat(alone, 1))


def test_nobody_attends_for_rows_that_ended(gpu: Gpu) -> None:
    keys, values = _random(3, HEADS, 64, 64).to(HALF), _random(3, HEADS, 64, 64).to(HALF)
    before = keys.clone()
    qkv = _random(3, 1, 3 * WIDTH).to(HALF)
    live = torch.tensor([True, False, True], device=DEVICE)
    gpu.own_attention(qkv, keys, values, torch.full((3,), 3, device=DEVICE), live=live)
    assert (keys != before).flatten(1).any(1).tolist() == [True, False, True]


@pytest.mark.parametrize("count", [1, 3])
def test_the_vocabulary(gpu: Gpu, count: int) -> None:
    embedding, hidden = _random(700, WIDTH), _random(2, 3, WIDTH)
    banned = torch.zeros(700, device=DEVICE)
    banned[::3] = float("-inf")
    ours = gpu.vocabulary(embedding).summary(hidden, banned, 500, count)
    theirs = EXACT.vocabulary(embedding).summary(hidden, banned, 500, count)
    assert ours.token.equal(theirs.token)
    for mine, exact in ((ours.best, theirs.best), (ours.total, theirs.total), (ours.rest, theirs.rest)):
        torch.testing.assert_close(mine, exact, rtol=1e-4, atol=1e-3)


@pytest.mark.filterwarnings("ignore:divide by zero")
@pytest.mark.parametrize("drafted", [0, 2])
@pytest.mark.parametrize("said", range(4))
def test_tokens_are_chosen_by_the_rules(gpu: Gpu, drafted: int, said: int) -> None:
    rules = Rules.of(get_tokenizer(True, language="en"), 51865, DEVICE)
    random = torch.Generator().manual_seed(said)
    raw = torch.randn(4, 1 + drafted, 51865, generator=random) * 3
    raw[..., rules.first_time :] += (torch.rand(4, 1 + drafted, 1, generator=random) - 0.6) * 10
    raw[..., rules.eot] += torch.rand(4, 1 + drafted, generator=random) * 14
    raw = raw.to(DEVICE) + rules.banned
    best, token = raw[..., : rules.eot].topk(1)
    scores = Summary(best, token, raw[..., : rules.eot].logsumexp(-1), raw[..., rules.eot :].contiguous())
    state = rules.start(4)
    for _ in range(said):
        state = rules.advance(state, rules.choose(scores.at(0), state)[0])
    drafts = torch.randint(0, 300, (4, drafted), generator=random).to(DEVICE)
    drafts[:2, :1] = rules.choose(scores.at(0), state)[0][:2, None][:, :drafted]
    active = torch.tensor([True, True, False, True], device=DEVICE)

    choosing = _choosing(rules, state, active, columns=8 if not drafted else 1 + drafted)
    gpu.choose(scores, drafts if drafted else None, choosing)

    expected = take(
        rules, lambda place, now: rules.choose(scores.at(place), now), drafts,
        positions=torch.arange(4, device=DEVICE), state=state, active=active, hidden=raw,
    )  # fmt: skip
    first = 0 if drafted else int(choosing.slot)
    for row, count in enumerate(expected.written.tolist()):
        kept = slice(first, first + count)
        assert choosing.tokens[row, kept].equal(expected.tokens[row, :count])
        torch.testing.assert_close(choosing.logprobs[row, kept], expected.logprobs[row, :count], rtol=0, atol=1e-4)
    assert choosing.written.equal(expected.written)
    assert choosing.positions.equal(expected.positions)
    for name in ("fresh", "after_time", "paired", "last"):
        assert getattr(choosing, name).equal(getattr(expected.state, name)), name
    if not drafted:
        assert choosing.active.equal(active & (expected.tokens[:, 0] != rules.eot))
        assert choosing.fed.equal(torch.where(active, expected.tokens[:, 0], 0))


def _choosing(rules: Rules, state: State, active: Tensor, columns: int) -> Choosing:
    return Choosing(
        fresh=state.fresh.clone(),
        after_time=state.after_time.clone(),
        paired=state.paired.clone(),
        last=state.last.clone(),
        active=active.clone(),
        positions=torch.arange(4, device=DEVICE),
        fed=torch.zeros(4, dtype=torch.long, device=DEVICE),
        slot=torch.tensor([2], device=DEVICE),
        tokens=torch.zeros(4, columns, dtype=torch.long, device=DEVICE),
        logprobs=torch.zeros(4, columns, device=DEVICE),
        written=torch.zeros(4, dtype=torch.long, device=DEVICE),
        eot=rules.eot,
        first_time=rules.first_time,
        latest_start=rules.latest_start,
    )


def test_what_cannot_be_compiled_is_said(gpu: Gpu, monkeypatch: pytest.MonkeyPatch) -> None:
    from meetbot.transcribe.kernels.gpu import opened

    assert isinstance(opened(DEVICE, HALF, WIDTH), type(gpu))
    monkeypatch.setattr("meetbot.transcribe.kernels.programs.layer_norm", None)
    found = opened(DEVICE, HALF, WIDTH)
    assert isinstance(found, str)
    assert found.startswith("Triton cannot compile for this GPU (TypeError: ")


def test_time_is_warped_alike(gpu: Gpu) -> None:
    random = np.random.default_rng(0)
    costs = [random.standard_normal(shape).astype(np.float32) for shape in ((5, 40), (1, 3), (17, 60), (30, 31))]
    found = gpu.warp([torch.from_numpy(cost).to(DEVICE) for cost in costs])
    for ours, theirs in zip(found, timing.warp(costs), strict=True):
        assert ours.tolist() == theirs.tolist()
    assert gpu.warp([]) == []
