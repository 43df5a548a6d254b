"""How much of a training is kept: chosen on its own kind and on other speech, by made-up counts of errors."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest
import torch

from meetbot.errors import MeetbotError, UsageError
from meetbot.evaluate.scores import Score
from meetbot.finetune import judge
from meetbot.finetune.judge import Comparison, Speech, blend, choose
from meetbot.finetune.segments import Segment
from meetbot.finetune.sources import Cue
from meetbot.models.whisper import Checkpoint, Dims
from meetbot.progress import Silent

DIMS = Dims(80, 1500, 64, 2, 1, 51865, 448, 64, 2, 1)
CPU = torch.device("cpu")


def model(weight: float) -> Checkpoint:
    return Checkpoint({"weight": torch.tensor([weight, 0.0], dtype=torch.float16)}, DIMS, None)


def speech(name: str, segments: int = 2) -> Speech:
    cues = (Cue("Yes.", 0.0, 1.0),)
    return Speech.of(
        Path(name), [Segment(str(at), 1.0, "en", "transcribe", cues, "s", "g", "train") for at in range(segments)]
    )


def chosen(monkeypatch: pytest.MonkeyPatch, own: Mapping[float, int], other: Mapping[float, int]) -> float:
    """What is kept when a model that is `share` of the way makes so many errors; the base is at 0, the tuned at 1."""

    def count(model: Checkpoint, folder: Path, *_: object) -> list[Score]:
        share = round(float(model.tensors["weight"][0]), 2)
        return [Score("WER", (own if folder == Path("own") else other)[share], 100)]

    monkeypatch.setattr(judge, "count", count)
    with Silent().stage("choose") as step:
        return choose(model(0.0), model(1.0), speech("own"), speech("other"), device=CPU, step=step)


@pytest.mark.parametrize(
    ("other", "share"),
    [
        ({0.0: 10, 0.25: 10, 0.35: 9, 0.5: 10, 0.75: 10, 1.0: 10}, 0.75),  # of equals on its own kind the smallest
        ({0.0: 10, 0.25: 10, 0.35: 9, 0.5: 10, 0.75: 11, 1.0: 10}, 0.5),  # luck behind the first harm is not believed
    ],
)
def test_kept_is_what_helps_most_and_costs_nothing(
    other: Mapping[float, int], share: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = {0.0: 40, 0.25: 30, 0.35: 20, 0.5: 10, 0.75: 5, 1.0: 5}
    assert chosen(monkeypatch, own, other) == share


def test_nothing_is_kept_when_the_smallest_share_costs(monkeypatch: pytest.MonkeyPatch) -> None:
    other = {0.0: 10, 0.25: 11, 0.35: 9, 0.5: 9, 0.75: 9, 1.0: 9}
    with pytest.raises(MeetbotError, match=r"share of 0.25 .* on other speech: 11.0% against 10.0%"):
        chosen(monkeypatch, dict.fromkeys(other, 10), other)


def test_a_blend_lies_between_in_the_precision_of_the_base() -> None:
    half = blend(model(1.0), Checkpoint({"weight": torch.tensor([2.0, 4.0])}, DIMS, None), 0.5).tensors["weight"]
    assert half.tolist() == [1.5, 2.0]
    assert half.dtype == torch.float16
    assert torch.equal(blend(model(1.0), model(3.0), 1.0).tensors["weight"], model(3.0).tensors["weight"])


def test_no_segment_chooses_and_judges() -> None:
    halves = speech("own", 5)
    assert [segment.audio for segment in halves.choosing] == ["0", "2", "4"]
    assert [segment.audio for segment in halves.judging] == ["1", "3"]
    with pytest.raises(UsageError, match="too few"):
        speech("own", 1)


def test_a_comparison_says_how_much_and_how_sure() -> None:
    base, tuned = [Score("WER", 10, 100), Score("WER", 20, 100)], [Score("WER", 10, 100), Score("WER", 22, 100)]
    assert str(Comparison(tuple(base), tuple(tuned))) == "16.0% against 15.0% (+1.0 points, 95 %: +0.0 to +2.0)"
    assert str(Comparison(tuple(base[:1]), tuple(base[:1]))) == "10.0% against 10.0% (+0.0 points)"
