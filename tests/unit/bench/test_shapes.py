"""Speed of a shape without its weights: what it says of itself, and that the text has the length it is told to have."""

from __future__ import annotations

import json

import pytest
import torch
from whisper.model import AudioEncoder, TextDecoder

from meetbot.bench import shapes
from meetbot.transcribe.kernels.plain import Plain
from tests.end_to_end.command import here


def test_a_shape_is_measured_with_drafts_and_beside_the_peer() -> None:
    found = here("bench", "shape", "tiny", "--batch", "2", "--runs", "1", "--draft", "2", "--peer", "1", "--json")
    report = json.loads(found.out)
    ours, peer = report["ours"][0], report["peers"][0]
    assert ours["breakdown"]["tokens"] == sum(shapes.TOKENS[:2])
    assert [stage["name"] for stage in ours["breakdown"]["stages"]][1:4] == ["encode", "ask the language", "decode"]
    assert ours["drafts"][0]["same"]
    assert 1 < ours["drafts"][0]["tokens_per_pass"] <= 3
    assert peer["seconds"] > 0


def test_an_unknown_shape_is_a_usage_error() -> None:
    found = here("bench", "shape", "enormous")
    assert found.code == 2
    assert found.err.startswith("Error: There is no shape 'enormous'. Use one of tiny, ")


@pytest.mark.parametrize("name", shapes.SHAPES)
def test_shapes_are_those_of_the_models(name: str) -> None:
    """Parameters as the authors count them, in millions."""
    millions = {"tiny": 39, "base": 74, "small": 244, "medium": 769, "large-v2": 1550, "large-v3": 1550, "turbo": 809}
    dims = shapes.dimensions(name)
    with torch.device("meta"):
        halves = (
            AudioEncoder(dims.n_mels, dims.n_audio_ctx, dims.n_audio_state, dims.n_audio_head, dims.n_audio_layer),
            TextDecoder(dims.n_vocab, dims.n_text_ctx, dims.n_text_state, dims.n_text_head, dims.n_text_layer),
        )
    count = sum(tensor.numel() for half in halves for tensor in half.parameters())
    assert count / 1e6 == pytest.approx(millions[name], rel=0.06)


def test_a_random_engine_goes_on_to_the_end() -> None:
    engine = shapes.random_engine("tiny", torch.device("cpu"), lambda _: Plain(torch.float32))
    assert engine.rules.banned[engine.rules.eot] == float("-inf")
