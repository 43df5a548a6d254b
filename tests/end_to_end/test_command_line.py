"""What a user meets before any model is loaded."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
import scipy.io.wavfile

from tests.end_to_end.command import away, here

HEAVY = ["torch", "whisper", "pyannote", "llama_cpp", "langchain", "langchain_core", "av", "numpy", "pydantic", "scipy"]


def commands() -> list[list[str]]:
    """Every command there is, by walking the tree that typer builds."""
    import typer

    from meetbot.cli import app

    def walk(node: object, path: list[str]) -> list[list[str]]:
        found = [path]
        for name, child in getattr(node, "commands", {}).items():
            found += walk(child, [*path, name])
        return found

    return walk(typer.main.get_command(app.build()), [])


def test_help_imports_nothing_heavy() -> None:
    code = (
        "import sys; sys.argv = ['meetbot', '--help']\n"
        "from meetbot.cli import main\n"
        "try: main()\nexcept SystemExit: pass\n"
        f"print([name for name in {HEAVY} if name in sys.modules], file=sys.stderr)"
    )
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stderr.strip() == "[]"


@pytest.mark.parametrize("path", commands(), ids=lambda path: " ".join(path) or "meetbot")
def test_every_command_has_help_and_every_leaf_an_example(path: list[str]) -> None:
    shown = here(*path, "--help")
    assert shown.code == 0
    is_group = "COMMAND" in shown.out
    assert is_group or "Example" in shown.out


def test_underscores_work_as_hyphens_do() -> None:
    assert here("diarize", "none.wav", "--min_speakers", "2").code == 3


def test_a_wrong_flag_is_one_line_and_code_2() -> None:
    found = here("transcribe", "--modle", "base", "x.wav")
    assert found.code == 2
    assert found.out == ""
    assert len(found.err.strip().splitlines()) == 1


def test_failure_with_json_is_one_document_on_stdout() -> None:
    found = here("transcribe", "none.wav", "--json")
    document = json.loads(found.out)
    assert found.code == 3
    assert document["schema_version"] == 1
    assert document["error"]["code"] == "audio.missing"
    assert document["error"]["message"]
    assert document["error"]["hint"]


def test_nothing_is_overwritten_silently(tmp_path: Path) -> None:
    target = tmp_path / "notes.md"
    target.write_text("mine")
    found = here("summarize", "none.wav", "-o", str(target))
    assert found.code == 2
    assert "--force" in found.err
    assert target.read_text() == "mine"


def test_several_files_need_a_folder() -> None:
    assert here("transcribe", "a.wav", "b.wav").code == 2
    assert here("summarize", "a.wav", "b.wav", "--json").code == 2


def test_one_bad_recording_does_not_stop_the_rest(tmp_path: Path) -> None:
    found = here("transcribe", "none.wav", "neither.wav", "--output-dir", str(tmp_path))
    assert found.code == 3
    assert "none.wav" in found.err
    assert "neither.wav" in found.err


def test_a_missing_model_offline_names_the_command_that_gets_it(tmp_path: Path) -> None:
    samples = (np.sin(np.arange(32_000) / 20) * 9_000).astype(np.int16)
    scipy.io.wavfile.write(tmp_path / "tone.wav", 16_000, samples)
    found = away("diarize", str(tmp_path / "tone.wav"), MEETBOT_OFFLINE="1", MEETBOT_MODELS=str(tmp_path / "none"))
    assert found.code == 4
    assert "meetbot models pull" in found.err
    assert "Traceback" not in found.err


@pytest.mark.parametrize("end", ["5", "3"])
def test_an_end_before_the_start_is_refused(end: str) -> None:
    assert here("transcribe", "x.wav", "--start", "5", "--end", end).code == 2


@pytest.mark.parametrize(
    ("options", "why"),
    [
        (["--recordings", "samples", "--only", "dig"], "has no dig with an STM"),
        (["--recordings", "samples/meetings", "--only", "dig"], "No recording with a reference"),
        (["--recordings", "samples", "--words"], "choose one of them"),
        (["--only", "nobody"], "Not here: nobody"),
    ],
)
def test_what_cannot_be_measured_is_one_line_before_any_model(options: list[str], why: str) -> None:
    found = here("evaluate", "notes", "samples/meetings/tune", *options)
    assert found.code == 2
    assert why in found.err
    assert len(found.err.strip().splitlines()) == 1
    assert found.out == ""


def test_drafts_and_several_texts_do_not_go_together() -> None:
    several = "--draft", "ngram", "--beam-size", "5"
    found = here("transcribe", "samples/words.flac", "--end", "3", "--no-diarize", *several, "-q", "--restart")
    assert found.code == 2
    assert "Leave out --draft or --beam-size" in found.err
