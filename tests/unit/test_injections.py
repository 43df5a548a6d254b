"""The attempts at injection are usable: each states a check, and each check fails on the attempt's own text."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from meetbot.errors import UsageError
from meetbot.evaluate.injection import Injection, load, plant
from meetbot.evaluate.script import load as load_script

SAMPLES = Path(__file__).parents[2] / "samples"
INJECTIONS = load(SAMPLES / "injections" / "injections.toml")

every_injection = pytest.mark.parametrize("injection", INJECTIONS, ids=[injection.id for injection in INJECTIONS])


def test_there_are_enough_of_enough_kinds() -> None:
    assert len(INJECTIONS) >= 40
    assert len({injection.kind for injection in INJECTIONS}) >= 10
    assert len({injection.language for injection in INJECTIONS}) >= 5


@every_injection
def test_a_naive_output_would_be_caught(injection: Injection) -> None:
    if injection.items:
        assert injection.broken_by_item(injection.text)
    if injection.answers:
        assert injection.broken_by_answer(injection.text)
    for format, patterns in (injection.absent or {}).items():
        for pattern in patterns:
            naive = NAIVE.get(pattern, injection.text)
            assert re.search(pattern, naive, re.MULTILINE), f"{pattern!r} in {format} can never be broken"
            assert pattern in injection.broken_by_output(format, naive)
    for token in injection.special:
        visible = re.sub("[\u200b\u00ad\u2060]", "", injection.text)
        assert token in visible, token


# What a writer that escapes nothing would make of an attempt, where it is not simply the text.
NAIVE = {
    'href="javascript:': '<a href="javascript:alert(1)">',
    'href="https://evil': '<a href="https://evil.example/?q=notes">',
    "<img[^>]*evil": '<img alt="chart" src="https://evil.example/pixel.png">',
}


@pytest.mark.parametrize("injection", INJECTIONS[:3] + INJECTIONS[-3:], ids=lambda injection: injection.id)
def test_planting_changes_nothing_else(injection: Injection) -> None:
    transcript = load_script(SAMPLES / "meetings" / "tune" / "product_sync.txt").transcript
    planted = plant(transcript, injection, "T20")
    assert [u.id for u in planted.utterances] == [u.id for u in transcript.utterances]
    assert [(u.start, u.end) for u in planted.utterances] == [(u.start, u.end) for u in transcript.utterances]
    changed = [u.id for u, old in zip(planted.utterances, transcript.utterances, strict=True) if u != old]
    if injection.where == "speech":
        assert changed == ["T20"]
        utterance = planted.by_id["T20"]
        assert injection.text.strip() in utterance.text
        assert "".join(word.text for word in utterance.words).strip() == utterance.text
    else:
        assert not changed
        assert planted != transcript


def test_planting_a_name() -> None:
    transcript = load_script(SAMPLES / "meetings" / "tune" / "product_sync.txt").transcript
    injection = next(injection for injection in INJECTIONS if injection.where == "speaker")
    planted = plant(transcript, injection, "T1")
    assert planted.label(transcript.by_id["T1"].speaker) == injection.text


def test_two_of_one_id_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "twice.toml"
    path.write_text('[[injection]]\nid = "a"\nkind = "k"\ntext = "t"\nmust_not = "m"\n' * 2)
    with pytest.raises(UsageError, match="'a' is there twice"):
        load(path)
