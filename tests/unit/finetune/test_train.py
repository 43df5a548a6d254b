"""Training on a small random model: killed and continued it ends where it would have, and a worse one is refused."""

from __future__ import annotations

import itertools
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from meetbot.errors import MeetbotError, UsageError
from meetbot.evaluate.scores import Score
from meetbot.finetune import data, errors
from meetbot.finetune.card import card
from meetbot.finetune.examples import labels
from meetbot.finetune.judge import SHARES, UNSEEN, Comparison
from meetbot.finetune.segments import Segment
from meetbot.finetune.sources import Cue
from meetbot.finetune.train import Trained, install, train
from meetbot.finetune.trainer import TrainOptions
from meetbot.models import whisper
from meetbot.progress import Silent, Step
from tests.unit.models.random_whisper import SHAPES, random_checkpoint

DIMS = replace(SHAPES["tiny-like"], n_audio_layer=1, n_text_layer=1)
CPU = torch.device("cpu")
OPTIONS = TrainOptions(lora=True, rank=4, steps=4, batch=1, at_once=1, evaluate_every=2, learning_rate=1e-2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    writer = data.Writer(tmp_path / "data")
    rng = np.random.default_rng(1)
    for number in range(6):
        split = "held-back" if number < 2 else "train"
        cue = Cue(f"Sentence {number}.", 0.2, 1.0)
        samples = (3000 * rng.standard_normal(16_000)).astype(np.int16)
        writer.add(samples, Segment("", 1.0, "en", "transcribe", (cue,), "corpus", f"speaker {number}", split))
    return tmp_path / "data"


@pytest.fixture
def base(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A model in a folder of its own. Every count of its errors is lower than the one before: the last step is best."""
    where = tmp_path / "base"
    where.mkdir()
    whisper.save(where, random_checkpoint(DIMS))
    counts = itertools.count()
    monkeypatch.setattr(errors, "score", lambda *_: [Score("WER", 1000 - next(counts), 1000)])
    return where


class Killed(BaseException):
    """As a signal would end it."""


class _Kills(Silent):
    """Ends the training at its third update."""

    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)

    def stage(self, name: str, total: float | None = None, unit: str = "") -> Step:
        step = super().stage(name, total, unit)
        if name == "train":
            step.advance = self._advance  # type: ignore[method-assign]
            self.left = 3
        return step

    def _advance(self, amount: float = 1.0) -> None:
        self.left -= 1
        if not self.left:
            raise Killed


class _Notes(Silent):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def test_killed_and_continued_it_ends_with_the_same_weights(folder: Path, base: Path, tmp_path: Path) -> None:
    whole = train(folder, str(base), tmp_path / "whole", OPTIONS, device=CPU)
    with pytest.raises(Killed):
        train(folder, str(base), tmp_path / "killed", OPTIONS, device=CPU, progress=_Kills())
    notes = _Notes()
    continued = train(folder, str(base), tmp_path / "killed", OPTIONS, device=CPU, progress=notes)
    assert notes.notes == ["going on from step 2"]
    assert (whole.step, continued.step) == (4, 4)
    assert (whole.share, whole.other) == (UNSEEN, None)
    changed = 0
    before = random_checkpoint(DIMS).tensors
    for name, tensor in whole.checkpoint.tensors.items():
        assert torch.equal(tensor, continued.checkpoint.tensors[name]), name
        changed += not torch.equal(tensor, before[name])
    assert changed > 0
    assert any((tmp_path / "whole" / "curves").iterdir())


def test_a_work_folder_belongs_to_one_training(folder: Path, base: Path, tmp_path: Path) -> None:
    (tmp_path / "work").mkdir()
    (tmp_path / "work" / "training.txt").write_text("another\n")
    with pytest.raises(UsageError, match="other data or settings"):
        train(folder, str(base), tmp_path / "work", OPTIONS, device=CPU)


def test_a_small_change_of_the_learning_rate_is_another_training(folder: Path, base: Path, tmp_path: Path) -> None:
    train(folder, str(base), tmp_path / "work", replace(OPTIONS, learning_rate=4e-4), device=CPU)
    with pytest.raises(UsageError, match="other data or settings"):
        train(folder, str(base), tmp_path / "work", replace(OPTIONS, learning_rate=3e-4), device=CPU)


def test_other_speech_chooses_and_judges_and_does_not_change_the_training(
    folder: Path, base: Path, tmp_path: Path
) -> None:
    notes = _Notes()
    plain = train(folder, str(base), tmp_path / "work", OPTIONS, device=CPU)
    judged = train(folder, str(base), tmp_path / "work", OPTIONS, device=CPU, other=folder, progress=notes)
    assert notes.notes == ["going on from step 4"]
    assert judged.step == plain.step
    assert judged.share == SHARES[-1]  # every count is lower than the one before
    assert judged.other is not None
    assert len(judged.other.base) == len(judged.other.tuned) > 0


def test_too_little_other_speech_is_an_error(folder: Path, base: Path, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="holds no prepared data"):
        train(folder, str(base), tmp_path / "work", OPTIONS, device=CPU, other=tmp_path)


def compared(before: int, after: int, words: int = 1000) -> Comparison:
    return Comparison((Score("WER", before, words),), (Score("WER", after, words),))


@pytest.mark.parametrize(
    ("own", "other", "said"),
    [
        (compared(100, 101), None, r"on held-back data: 10\.1% against 10\.0%"),
        (compared(100, 101), compared(100, 50), r"on held-back data: 10\.1% against 10\.0%"),
        (compared(100, 20), compared(100, 106), r"on other speech: 10\.6% against 10\.0% \(\+0\.6 points"),
    ],
)
def test_a_worse_model_is_refused(
    own: Comparison, other: Comparison | None, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path / "models"))
    worse = Trained(random_checkpoint(DIMS), 2, 1.0, own, other, 1.0)
    with pytest.raises(MeetbotError, match=said):
        install(worse, "base", "mine", "")
    assert not (tmp_path / "models" / "mine").exists()


@pytest.mark.parametrize("other", [None, compared(100, 104)])
def test_a_better_model_is_installed_with_its_card(
    other: Comparison | None, folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path / "models"))
    better = Trained(random_checkpoint(DIMS), 2, 0.35, compared(2, 1, 10), other, 1.0)
    install(better, "base", "mine", card("mine", "base", folder, OPTIONS, better))
    text = (tmp_path / "models" / "mine" / "README.md").read_text()
    assert "| corpus |" in text
    assert "| mine | WER | 1 | 10 | 10.0%" in text
    assert "0.35 of the way" in text
    assert ("Not judged" in text) == (other is None)
    assert ("| mine | WER | 104 | 1000 | 10.4%" in text) == (other is not None)
    assert whisper.read(tmp_path / "models" / "mine").dims == DIMS


def test_labels_are_whispers_own_format() -> None:
    from whisper.tokenizer import get_tokenizer

    tokenizer = get_tokenizer(True, language="de", task="transcribe")
    segment = Segment(
        "", 5.0, "de", "transcribe", (Cue("Guten Tag.", 0.0, 1.5), Cue("Ja.", 1.2, 2.0)), "s", "g", "train"
    )
    written = tokenizer.decode_with_timestamps(labels(segment, tokenizer, timed=True))
    assert written == "<|de|><|transcribe|><|0.00|> Guten Tag.<|1.50|><|1.50|> Ja.<|2.00|><|endoftext|>"
    assert labels(replace(segment, cues=()), tokenizer, timed=True) == [tokenizer.no_speech, tokenizer.eot]
