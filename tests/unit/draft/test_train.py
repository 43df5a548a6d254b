"""Drafters of every kind are trained on what a small random model says of noise, and never change its text."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import soundfile
import torch
from whisper.model import Whisper

from meetbot.draft.judge import judge
from meetbot.draft.listen import listen, read
from meetbot.draft.train import train
from meetbot.errors import AudioError, ModelMissing
from meetbot.models import whisper
from meetbot.progress import Silent
from meetbot.transcribe.decoder import open_cache
from meetbot.transcribe.drafters import trained as shelf
from meetbot.transcribe.drafters.ctc import find
from meetbot.transcribe.engine import TorchEngine
from meetbot.transcribe.greedy import decode
from meetbot.transcribe.kernels.plain import Plain
from tests.unit.models.random_whisper import SHAPES, random_checkpoint


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Whisper:
    folder = tmp_path_factory.mktemp("model")
    whisper.save(folder, random_checkpoint(replace(SHAPES["tiny-like"], n_audio_layer=1, n_text_ctx=64)))
    return whisper.load_whisper(folder, torch.device("cpu"))


@pytest.fixture(scope="module")
def engine(model: Whisper) -> TorchEngine:
    return TorchEngine(model, Plain(torch.float32), batch=2)


@pytest.fixture(scope="module")
def lessons(engine: TorchEngine, tmp_path_factory: pytest.TempPathFactory) -> list[Path]:
    speech = tmp_path_factory.mktemp("speech")
    rng = np.random.default_rng(1)
    said = 0.3 * np.sin(np.arange(16_000 * 3) * 0.05) * rng.uniform(0.5, 1, 16_000 * 3)
    soundfile.write(speech / "one.wav", said, 16_000)
    work = tmp_path_factory.mktemp("work")
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("meetbot.transcribe.voice.speech", lambda audio: [(audio.start, audio.end)])
        found = listen(engine, [speech], work, noise=True, progress=Silent())
        # What was heard is not heard again.
        before = found[0].stat().st_mtime_ns
        assert listen(engine, [speech], work, noise=True, progress=Silent())[0].stat().st_mtime_ns == before
    return found


@pytest.mark.parametrize("kind", shelf.KINDS)
def test_a_trained_drafter_is_kept_found_and_changes_no_text(
    kind: shelf.Kind, engine: TorchEngine, model: Whisper, lessons: list[Path], tmp_path: Path
) -> None:
    twice = [*lessons, *lessons]  # a batch of one hid what rows of a batch do to one another
    network = train(engine, model, kind, twice, steps=3, batch=2, learning_rate=1e-3, seed=1, progress=Silent())
    path = tmp_path / "draft.safetensors"
    added = shelf.save(path, kind, network, shelf.fingerprint(engine.decoder.embedding), "a test")
    assert added > 0
    drafter = shelf.open_drafter(kind, engine.decoder, engine.rules, path)
    lesson = read(lessons[0])
    cache = open_cache(engine.decoder, lesson.sound[None].float())
    plain = decode(engine.decoder, cache, [lesson.prompt.tolist()], engine.rules)
    assert (
        decode(engine.decoder, cache, [lesson.prompt.tolist()], engine.rules, drafter=drafter)[0].tokens
        == plain[0].tokens
    )
    assert all(row.tokens_per_pass >= 1 for row in judge(engine, drafter, lessons))


def test_nothing_to_listen_to_and_nothing_trained_are_said_so(engine: TorchEngine, tmp_path: Path) -> None:
    with pytest.raises(AudioError):
        listen(engine, [tmp_path], tmp_path / "work", progress=Silent())
    with pytest.raises(ModelMissing):
        shelf.open_drafter("ctc", engine.decoder, engine.rules)


def test_a_draft_is_found_again_behind_a_mistake() -> None:
    assert find([1, 2, 3, 4, 5], 2, [1, 2]) == 2
    assert find([1, 9, 3, 4, 5], 3, [1, 2, 3]) == 3  # one token misheard
    assert find([1, 3, 4, 5], 3, [1, 2, 3]) == 2  # one not heard
    assert find([1, 2, 2, 3, 4], 3, [1, 2, 3]) == 4  # one too many
    assert find([], 3, [1]) == 0
