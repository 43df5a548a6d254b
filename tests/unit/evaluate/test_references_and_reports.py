"""References read from files, and whole reports."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meetbot import codec
from meetbot.domain import AudioInfo, Speaker, Transcript, Turn, Utterance, Word
from meetbot.errors import UsageError
from meetbot.evaluate.languages import by_language, score_utterance
from meetbot.evaluate.meetings import report, score_joins, score_meeting
from meetbot.evaluate.references import Said, find, read_rttm, read_stm

STM = """;; LANGUAGE en
talk 1 Ana 0.00 2.00 We meet on Monday.
talk 1 Ben 2.00 4.00 <o,f0,male> No, on Tuesday please.
talk 1 Ben 4.00 5.00 IGNORE_TIME_SEGMENT_IN_SCORING
"""
RTTM = """SPEAKER talk 1 2.000 2.000 <NA> <NA> Ben <NA> <NA>
SPEAKER talk 1 0.000 2.000 <NA> <NA> Ana <NA> <NA>
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "talk.flac").touch()
    (tmp_path / "talk.stm").write_text(STM)
    (tmp_path / "talk.rttm").write_text(RTTM)
    (tmp_path / "turns.wav").touch()
    (tmp_path / "turns.rttm").write_text(RTTM)
    (tmp_path / "words.wav").touch()
    (tmp_path / "words.stm").write_text(STM)
    (tmp_path / "alone.wav").touch()
    return tmp_path


def transcript(*parts: tuple[str, float, float, str]) -> Transcript:
    utterances = tuple(
        Utterance(f"T{number}", speaker, start, end, text, words=tuple(spread(text, start, end)))
        for number, (speaker, start, end, text) in enumerate(parts, 1)
    )
    speakers = tuple(Speaker(name) for name in sorted({part[0] for part in parts}))
    return Transcript(AudioInfo("talk.flac", "0", 5.0), "en", speakers, utterances)


def spread(text: str, start: float, end: float) -> list[Word]:
    pieces = text.split()
    step = (end - start) / len(pieces)
    return [Word(f" {piece}", start + step * at, start + step * (at + 1), 1.0) for at, piece in enumerate(pieces)]


GOOD = transcript(("S1", 0.0, 2.0, "We meet on Monday."), ("S2", 2.0, 4.0, "No, on Tuesday please."))


def test_references_beside_recordings(folder: Path) -> None:
    talk, turns, words = find([folder])
    assert talk.said == (Said("Ana", 0.0, 2.0, "We meet on Monday."), Said("Ben", 2.0, 4.0, "No, on Tuesday please."))
    assert talk.turns == (Turn("Ana", 0.0, 2.0), Turn("Ben", 2.0, 4.0)) == turns.turns == words.turns
    assert turns.said is None
    assert talk.text == "We meet on Monday. No, on Tuesday please."
    assert find([folder / "talk.flac"], language="en")[0].language == "en"


def test_a_manifest(tmp_path: Path) -> None:
    (tmp_path / "speech").mkdir()
    (tmp_path / "speech" / "a.flac").touch()
    entry = {"audio": "speech/a.flac", "text": "Guten Tag", "language": "de", "corpus": "FLEURS", "speaker": "x"}
    (tmp_path / "speech" / "manifest.json").write_text(json.dumps([entry]))
    (found,) = find([tmp_path / "speech"])
    assert found.audio == tmp_path / "speech" / "a.flac"
    assert (found.text, found.language, found.corpus, found.turns) == ("Guten Tag", "de", "FLEURS", None)


@pytest.mark.parametrize("text", ["{}x", '{"audio": 1}', "[1]", '[{"text": "no audio"}]'])
def test_a_broken_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / "manifest.json").write_text(text)
    with pytest.raises(UsageError, match="manifest"):
        find([tmp_path])


def test_nothing_to_score(tmp_path: Path) -> None:
    for place in (tmp_path, tmp_path / "gone"):
        with pytest.raises(UsageError) as caught:
            find([place])
        assert caught.value.code == "usage.no_references"


def test_malformed_lines_are_named(tmp_path: Path) -> None:
    bad = tmp_path / "bad"
    bad.write_text("talk 1 Ana zero 2.00 Hello\n")
    with pytest.raises(UsageError, match="line 1"):
        read_stm(bad)
    bad.write_text("SPEAKER talk 1 0.0\n")
    with pytest.raises(UsageError, match="line 1"):
        read_rttm(bad)


def test_a_perfect_meeting(folder: Path) -> None:
    talk, turns, _ = find([folder])
    found = [Turn("S1", 0.0, 2.0), Turn("S2", 2.0, 4.0)]
    rows = [score_meeting(talk, GOOD, found, 5.0), score_meeting(turns, None, found, 5.0)]
    whole = report(rows, [score_joins(talk, GOOD, found)])
    assert all(one.rate == 0 for one in whole.pooled)
    assert [one.metric for one in whole.pooled][:4] == ["WER", "cpWER", "tcpWER", "WDER"]
    assert {one.metric: one.recordings for one in whole.pooled}["DER"] == 2
    assert (rows[0].speakers, rows[0].expected, rows[0].language) == (2, 2, "en")
    assert [join.join for join in whole.joins] == ["meetbot", "WhisperX, sentences", "WhisperX, words"]
    assert json.loads(codec.to_json(whole))["schema_version"] == 1


def test_meetbots_words_against_a_worse_join(folder: Path) -> None:
    talk = find([folder])[0]
    late = [Turn("S1", 0.0, 3.2), Turn("S2", 3.2, 4.0)]  # the sentence of Ben lies mostly in S1's turn
    whole = report([score_meeting(talk, GOOD, late, 5.0)], [score_joins(talk, GOOD, late)])
    ours, sentences, _ = whole.joins
    assert ours.pooled[0].rate == 0
    assert sentences.pooled[0].rate == 1  # all eight words are S1's: four inserted, four deleted
    assert sentences.change.change == -1


def test_words_alone(folder: Path) -> None:
    row = score_meeting(find([folder])[0], GOOD, None, 5.0)
    assert [score.metric for score in row.scores] == ["WER"]
    assert row.speakers is None


def test_by_language(tmp_path: Path) -> None:
    entries = [
        {"audio": f"{number}.wav", "text": text, "language": language, "corpus": corpus}
        for number, (text, language, corpus) in enumerate(
            [("eins zwei", "de", "B"), ("drei", "de", "B"), ("今天", "zh", "A"), ("one", "en", "A")]
        )
    ]
    (tmp_path / "manifest.json").write_text(json.dumps(entries))
    heard = ["eins drei", "Drei!", "今天", "One."]
    rows = [score_utterance(one, text, "en") for one, text in zip(find([tmp_path]), heard, strict=True)]
    found = by_language(rows).languages
    assert [(one.language, one.corpus, one.pooled.metric, one.pooled.rate) for one in found] == [
        ("de", "B", "WER", pytest.approx(1 / 3)),
        ("en", "A", "WER", 0.0),
        ("zh", "A", "CER", 0.0),
    ]
