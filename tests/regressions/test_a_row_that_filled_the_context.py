"""A row that had filled the context went on being fed beyond it, where drafts had taken it there before the others.

With long prompts (hotwords, and what was said before) a looping window of good drafts ended the run with an IndexError.
"""

from __future__ import annotations

from collections.abc import Sequence

import pytest
import torch
from torch import Tensor
from whisper.model import ModelDimensions, Whisper

from meetbot.transcribe.decoder import open_cache
from meetbot.transcribe.greedy import Decoded, Rows, decode
from meetbot.transcribe.kernels.plain import Plain
from meetbot.transcribe.replay import Replay
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder, decoder_weights

WIDTH, CONTEXT, END, ROWS = 64, 128, 50, 5


class Knows:
    """Drafts the text of the first row; the others' drafts are wrong."""

    def __init__(self, text: Sequence[int]) -> None:
        self.text = text

    def begin(self, rows: Rows) -> None:
        pass

    def observe(self, rows: Rows, chosen: Tensor) -> None:
        pass

    def propose(self, rows: Rows, k: int) -> Tensor:
        at = len(rows.tokens[0])
        right = [*self.text[at : at + k], *[END] * k][:k]
        return torch.tensor([right if name == 0 else [END] * k for name in rows.names])

    def select(self, kept: Tensor) -> None:
        pass


@pytest.fixture(scope="module")
def decoder() -> Decoder:
    torch.manual_seed(0)
    dims = ModelDimensions(80, WIDTH, WIDTH, 1, 1, 64, CONTEXT, WIDTH, 1, 1)
    model = Whisper(dims).requires_grad_(False)
    torch.nn.init.normal_(model.decoder.positional_embedding)  # which its constructor leaves as memory was
    return decoder_weights(model, Plain(torch.float32))


@pytest.fixture(scope="module")
def rules() -> Rules:
    banned = torch.zeros(64)
    banned[END] = float("-inf")  # so that all write on until there is no room
    return Rules(END, END + 1, END + 2, banned)


@pytest.mark.parametrize("recorded", [False, True])
@pytest.mark.parametrize("told", [4, 62, 64, 65, 66, 67, 100])
def test_all_rows_are_written_to_their_end(*, told: int, recorded: bool, decoder: Decoder, rules: Rules) -> None:
    sound = torch.randn(ROWS, WIDTH, WIDTH, generator=torch.Generator().manual_seed(1))
    with torch.inference_mode():
        replay = Replay(decoder, rules, open_cache(decoder, sound), ROWS) if recorded else None

    def written(rows: int, *, drafts: Knows | None = None, replay: Replay | None = None) -> list[Decoded]:
        prompts = [[1 + row] * told for row in range(rows)]
        return decode(decoder, open_cache(decoder, sound[:rows]), prompts, rules, drafter=drafts, k=5, replay=replay)

    plain = written(ROWS)
    assert {len(row.tokens) for row in plain} == {min(CONTEXT // 2, CONTEXT + 1 - told)}
    drafted = written(ROWS, drafts=Knows(plain[0].tokens), replay=replay)
    assert [row.tokens for row in drafted] == [row.tokens for row in plain]
    assert [row.tokens for row in written(ROWS, replay=replay)] == [row.tokens for row in plain]
    # Fewer rows, beside those that a larger batch left behind.
    fewer = written(2, drafts=Knows(plain[0].tokens), replay=replay)
    assert [row.tokens for row in fewer] == [row.tokens for row in plain[:2]]
