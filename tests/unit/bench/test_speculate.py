"""The comparison of the model of speculation with the clock runs, and drafting leaves the text alone."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
import torch

from meetbot.bench import speculate_plot
from meetbot.bench.speculate import Report, speculate
from meetbot.models import whisper
from meetbot.transcribe.engine import TorchEngine
from meetbot.transcribe.kernels.plain import Plain
from tests.unit.models.random_whisper import SHAPES, random_checkpoint


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Report:
    folder = tmp_path_factory.mktemp("model")
    dims = replace(SHAPES["tiny-like"], n_audio_layer=1, n_text_ctx=64)
    whisper.save(folder, random_checkpoint(dims))
    engine = TorchEngine(whisper.load_whisper(folder, torch.device("cpu")), Plain(torch.float32), batch=2)
    return speculate(engine, 0.1 * torch.randn(16_000), batches=(2,), acceptance=0.5)


def test_every_draft_and_batch_is_timed_and_no_text_changes(report: Report) -> None:
    timed = (*report.oracle, *report.drafters)
    assert {one.batch for one in timed} == {2}
    assert {one.draft for one in report.drafters} == {"ngram", "lookahead", "layers"}
    assert all(one.same for one in timed)
    assert all(one.measured > 0 and one.predicted > 0 for one in timed)


def test_the_oracle_is_right_as_often_as_it_was_told(report: Report) -> None:
    drafted = [one for one in report.oracle if one.length]
    assert all(0.3 < one.acceptance < 0.7 for one in drafted)


def test_the_pictures_are_drawn(report: Report, tmp_path: Path) -> None:
    speculate_plot.measured(report, tmp_path / "measured.png")
    speculate_plot.paper(tmp_path / "paper.png")
    assert all((tmp_path / name).stat().st_size > 10_000 for name in ("measured.png", "paper.png"))
