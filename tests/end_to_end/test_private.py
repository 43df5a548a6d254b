"""The main job opens no socket, and what it writes is the user's alone."""

import json
import os
import shutil
import stat
import subprocess
from pathlib import Path

import pytest

from tests.end_to_end.command import away

SAMPLE = Path(__file__).parents[2] / "samples" / "weekly-sync.flac"
COMMAND = ["summarize", str(SAMPLE), "--end", "20", "--json", "--date", "2026-11-23"]
COMMAND += ["--model", "whisper-tiny.en", "--llm", "qwen2.5-coder-0.5b"]

# Run by the interpreter at start-up: any socket that could reach the network ends the process. Binding a loopback
# port is let through: urllib3, which pyannote imports, asks in this way whether the machine knows IPv6.
FORBID = """
import os, sys
def audit(event, args):
    if event == "socket.bind" and args[1][0] in ("127.0.0.1", "::1"):
        return
    if event in ("socket.connect", "socket.getaddrinfo", "socket.sendto", "socket.bind"):
        os.write(2, f"SOCKET {event}\\n".encode())
        os._exit(99)
sys.addaudithook(audit)
"""


@pytest.mark.usefixtures("models")
def test_no_socket_is_opened_even_where_tracing_is_asked_for(tmp_path: Path) -> None:
    (tmp_path / "sitecustomize.py").write_text(FORBID)
    found = away(
        *COMMAND,
        PYTHONPATH=str(tmp_path),
        XDG_CACHE_HOME=str(tmp_path / "cache"),
        LANGSMITH_TRACING="true",
        LANGSMITH_API_KEY="none",
        PYANNOTE_METRICS_ENABLED="1",
    )
    assert found.code == 0, found.err
    assert json.loads(found.out)["schema_version"] == 1


def can_unshare() -> bool:
    if shutil.which("unshare") is None:
        return False
    return subprocess.run(["unshare", "-rn", "true"], capture_output=True, check=False).returncode == 0


@pytest.mark.skipif(not can_unshare(), reason="this kernel gives ordinary users no network namespaces")
@pytest.mark.usefixtures("models")
def test_the_main_job_works_without_any_network_interface(tmp_path: Path) -> None:
    found = away(*COMMAND, prefix=["unshare", "-rn"], XDG_CACHE_HOME=str(tmp_path))
    assert found.code == 0, found.err


@pytest.mark.usefixtures("models")
def test_what_is_written_is_the_users_alone(tmp_path: Path) -> None:
    homes = {f"XDG_{name}_HOME": str(tmp_path / name.lower()) for name in ("CACHE", "STATE", "CONFIG", "DATA")}
    found = away(*COMMAND, **homes)
    assert found.code == 0, found.err
    ours = [path for path in tmp_path.rglob("*") if "meetbot" in path.relative_to(tmp_path).parts]
    assert {path.relative_to(tmp_path).parts[0] for path in ours} == {"cache", "data"}
    for path in ours:
        mode = stat.S_IMODE(os.lstat(path).st_mode)
        assert mode == (0o700 if path.is_dir() else 0o600), f"{path} has mode {mode:o}"
