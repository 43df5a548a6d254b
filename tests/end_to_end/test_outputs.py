"""Real models on a real recording: what comes out keeps its form, and says what was said."""

import json
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from tests.end_to_end.command import Finished, here

SAMPLES = Path(__file__).parents[2] / "samples"
SAMPLE = str(SAMPLES / "weekly-sync.flac")
SCHEMAS = Path(__file__).parents[2] / "meetbot" / "schemas"
SMALL = ["--model", "whisper-tiny.en", "--end", "60", "-q"]
LLM = ["--llm", "qwen2.5-coder-0.5b"]

pytestmark = pytest.mark.usefixtures("models")


def valid(found: Finished, schema: str) -> dict[str, Any]:
    assert found.code == 0, found.err
    document: dict[str, Any] = json.loads(found.out)
    jsonschema.validate(document, json.loads((SCHEMAS / f"{schema}.json").read_text()))
    return document


@pytest.fixture(scope="module")
def transcript() -> dict[str, Any]:
    return valid(here("transcribe", SAMPLE, *SMALL, "-f", "json", "-o", "-"), "transcript")


def test_the_transcript_says_what_was_said_and_when(transcript: dict[str, Any]) -> None:
    text = " ".join(utterance["text"] for utterance in transcript["utterances"])
    assert "Good morning" in text
    assert "support team" in text
    assert "19" in text
    assert transcript["language"] == "en"
    assert 220 < transcript["audio"]["duration"] < 232
    for utterance in transcript["utterances"]:
        assert utterance["text"] == "".join(word["text"] for word in utterance["words"]).strip()
        assert 0 <= utterance["start"] <= utterance["end"] <= 61
    [released] = [u for u in transcript["utterances"] if "Good morning" in u["text"]][:1]
    assert released["start"] < 2


def test_people_are_told_apart(transcript: dict[str, Any]) -> None:
    assert 3 <= len(transcript["speakers"]) <= 5
    assert transcript["utterances"][0]["speaker"] == "S1"


def test_a_part_keeps_the_times_of_the_whole() -> None:
    part = here("transcribe", SAMPLE, "--model", "whisper-tiny.en", "--start", "30", "--end", "50", "--json", "-q")
    times = [utterance["start"] for utterance in valid(part, "transcript")["utterances"]]
    assert min(times) >= 29.5
    assert max(times) <= 50.5


def test_diarization_is_rttm_and_exclusive_turns_do_not_overlap() -> None:
    lines = here("diarize", SAMPLE, "--end", "60", "-q", "--exclusive").out.splitlines()
    turns = sorted((float(line.split()[3]), float(line.split()[4])) for line in lines)
    assert all(line.startswith("SPEAKER weekly-sync 1 ") for line in lines)
    assert all(start + length <= turns[n + 1][0] + 0.01 for n, (start, length) in enumerate(turns[:-1]))


def test_notes_cite_turns_that_exist(transcript: dict[str, Any]) -> None:
    notes = valid(here("summarize", SAMPLE, *SMALL, *LLM, "--date", "2026-11-16", "--json"), "notes")
    known = {utterance["id"] for utterance in transcript["utterances"]}
    items = notes["decisions"] + notes["action_items"] + notes["open_questions"] + notes["unverified"]
    assert all(set(item["turns"]) <= known and item["turns"] for item in items)
    assert notes["date"] == "2026-11-16"
    assert notes["title"]


def test_an_answer_quotes_its_turn_word_by_word(transcript: dict[str, Any]) -> None:
    asked = here("ask", SAMPLE, "Who looks after the payments?", *SMALL[:2], "-q", *LLM, "--json")
    answer = valid(asked, "answer")
    whole = valid(here("transcribe", SAMPLE, *SMALL[:2], "-q", "--json"), "transcript")
    said = {utterance["id"]: utterance["text"] for utterance in whole["utterances"]}
    assert all(citation["quote"] in said[citation["turn"]] for citation in answer["citations"])
    assert bool(answer["answer"]) == answer["found"]


def test_every_format_at_once(tmp_path: Path) -> None:
    found = here("transcribe", SAMPLE, *SMALL, "-f", "all", "--output-dir", str(tmp_path))
    assert found.code == 0, found.err
    assert {path.suffix[1:] for path in tmp_path.iterdir()} >= {"json", "txt", "md", "srt", "vtt", "rttm", "stm", "tsv"}
    assert (tmp_path / "weekly-sync.vtt").read_text().startswith("WEBVTT")


def test_silence_is_no_error(tmp_path: Path) -> None:
    import numpy as np
    import scipy.io.wavfile

    scipy.io.wavfile.write(tmp_path / "silence.wav", 16_000, np.zeros(80_000, np.int16))
    silence = str(tmp_path / "silence.wav")
    assert valid(here("transcribe", silence, "-q", *SMALL[:2], "--json"), "transcript")["utterances"] == []
    notes = valid(here("summarize", silence, "-q", *SMALL[:2], *LLM, "--json"), "notes")
    assert notes["decisions"] == notes["action_items"] == []
    assert notes["overview"]


def test_quiet_means_that_files_are_written_without_a_word(tmp_path: Path) -> None:
    written = here("transcribe", SAMPLE, *SMALL, "-o", str(tmp_path / "sync.srt"))
    assert (written.code, written.out) == (0, "")
    assert "Wrote" not in written.err
    assert (tmp_path / "sync.srt").stat().st_size > 0


def test_an_english_model_is_scored_on_english_and_says_what_it_left_out(tmp_path: Path) -> None:
    import soundfile

    samples, rate = soundfile.read(SAMPLE, start=0, stop=16_000 * 12)
    soundfile.write(tmp_path / "clip.wav", samples, rate)
    said = {"audio": "clip.wav", "text": "Good morning.", "speaker": "A", "corpus": "own"}
    listed = [{**said, "language": language} for language in ("en", "de")]
    (tmp_path / "manifest.json").write_text(json.dumps(listed))
    scored = here("evaluate", "words", str(tmp_path), "--model", "whisper-tiny.en", "--json")
    assert scored.code == 0, scored.err
    assert [row["language"] for row in json.loads(scored.out)["languages"]] == ["en"]
    assert "tiny.en only knows English. Left out: 1 utterances" in scored.err
    (tmp_path / "manifest.json").write_text(json.dumps(listed[1:]))
    refused = here("evaluate", "words", str(tmp_path), "--model", "whisper-tiny.en")
    assert refused.code == 2
    assert "only knows English" in refused.err
