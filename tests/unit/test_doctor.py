"""The doctor's report: true on this machine, and right on machines it is told of."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from meetbot import doctor, paths
from meetbot.models import shelf
from tests.end_to_end.command import here


@pytest.fixture
def empty(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path / "models"))
    return tmp_path / "models"


def by_name(findings: list[doctor.Finding]) -> dict[str, doctor.Finding]:
    return {finding.name: finding for finding in findings}


def test_a_fresh_machine_is_told_what_will_be_fetched(empty: Path) -> None:
    found = by_name(doctor.examine())
    assert found["Python"].verdict == "ok"
    assert "core" in found["Processor"].value
    assert found["Telemetry"].verdict == "ok"
    for name in ("whisper-base", "segmentation-3.0", "campplus", "qwen2.5-coder-1.5b"):
        assert found[f"Model {name}"].verdict == "note"
        assert f"meetbot models pull {name}" in found[f"Model {name}"].mend


def test_missing_models_are_bad_where_nothing_may_be_fetched(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETBOT_OFFLINE", "1")
    found = by_name(doctor.examine())
    assert found["Model whisper-base"].verdict == "bad"
    assert "never" in found["Network"].value


def test_it_asks_for_the_models_that_the_settings_name(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETBOT_MODEL", "tiny.en")
    monkeypatch.setenv("MEETBOT_LLM", "qwen2.5-coder-0.5b")
    found = by_name(doctor.examine())
    assert {"Model whisper-tiny.en", "Model qwen2.5-coder-0.5b"} <= set(found)
    assert not {"Model whisper-base", "Model qwen2.5-coder-1.5b"} & set(found)


def test_a_damaged_model_ends_with_4_and_says_how_to_mend_it(empty: Path) -> None:
    where = paths.private_folder(empty / "campplus")
    manifest = shelf.Manifest("campplus", "embedding", "", "", {"model.safetensors": (3, "0")})
    shelf.write_manifest(where, manifest)
    found = here("doctor", "--json")
    assert found.code == 4
    findings = {item["name"]: item for item in json.loads(found.out)["findings"]}
    assert findings["Model campplus"]["verdict"] == "bad"
    assert findings["Model campplus"]["mend"] == "meetbot models pull campplus"


def test_the_report_reads_well(empty: Path) -> None:
    found = here("doctor")
    assert found.code == 0
    assert "Processor" in found.out
    assert "->" in found.out
    assert found.err == ""


def test_processor_features_are_read_from_linux() -> None:
    text = "model name : some CPU\nflags\t\t: fpu sse avx avx2 avx512f amx_bf16 avx2x\n"
    assert doctor.cpu_flags(text) == ["avx", "avx2", "avx512f", "amx_bf16"]


def test_a_full_disk_and_little_memory_are_noted(empty: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda path: type("Usage", (), {"free": 10**9}))
    monkeypatch.setattr(doctor, "memory", lambda: (2 << 30, 1 << 30))
    found = by_name(doctor.examine())
    assert found["Models folder"].verdict == "note"
    assert "tiny.en" in found["Memory"].mend


def test_folders_that_others_can_read_are_noted(empty: Path) -> None:
    cache = paths.private_folder(paths.cache())
    cache.chmod(0o755)
    try:
        assert by_name(doctor.examine())["Privacy of files"].mend == f"chmod 700 {cache}"
    finally:
        cache.chmod(0o700)
