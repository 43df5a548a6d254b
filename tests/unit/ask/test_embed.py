"""The encoder gives what the library gives whose checkpoints it reads; one query as many texts."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest

from meetbot.ask.embed import embed
from meetbot.ask.query import embed_query

TEXTS = ["When do we release the service?", "Ana: The banner costs 300 euros.\nBen: Too much.", "release"]


@pytest.fixture
def folder(tmp_path: Path, models: Callable[[str], Path]) -> Path:
    """A model of three layers, twelve heads and small numbers, with the tokenizer of the real one."""
    import torch
    from transformers import BertConfig, BertModel

    torch.manual_seed(0)
    config = BertConfig(hidden_size=48, num_hidden_layers=3, num_attention_heads=12, intermediate_size=96)
    BertModel(config, add_pooling_layer=False).save_pretrained(tmp_path)
    shutil.copy(models("minilm-l6-v2") / "tokenizer.json", tmp_path)
    return tmp_path


def test_vectors_are_those_of_the_published_encoder(folder: Path) -> None:
    import torch
    from transformers import BertModel

    from meetbot.ask.embed import tokenizer_of

    theirs = BertModel.from_pretrained(folder, add_pooling_layer=False).train(False)
    ours = embed(TEXTS, folder)
    for text, vector in zip(TEXTS, ours, strict=True):
        ids = torch.tensor([tokenizer_of(folder).encode(text).ids])
        with torch.inference_mode():
            mean = theirs(ids).last_hidden_state[0].mean(0).numpy()
        np.testing.assert_allclose(vector, mean / np.linalg.norm(mean), atol=1e-5)
        np.testing.assert_allclose(embed_query(text, folder), vector, atol=1e-5)


def test_meaning_is_nearer_than_words(models: Callable[[str], Path]) -> None:
    folder = models("minilm-l6-v2")
    asked = embed_query("How much money does it need?", folder)
    price, rain = embed(["The whole thing costs 300 euros.", "It rains a lot in autumn."], folder)
    assert asked @ price > asked @ rain + 0.1
