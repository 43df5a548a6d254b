"""Run `meetbot …` as a user does, in a process of its own, or quickly within this one."""

from __future__ import annotations

import io
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from unittest import mock

from meetbot.cli import main


@dataclass(frozen=True)
class Finished:
    code: int
    out: str
    err: str


def here(*arguments: str) -> Finished:
    """`meetbot ARGUMENTS` in this process: what it prints and its exit code."""
    out, err = io.TextIOWrapper(io.BytesIO(), "utf-8"), io.StringIO()
    code: object = 0
    with mock.patch.object(sys, "argv", ["meetbot", *arguments]), redirect_stdout(out), redirect_stderr(err):
        try:
            main()
        except SystemExit as end:
            code = end.code
    out.flush()
    assert isinstance(out.buffer, io.BytesIO)
    return Finished(int(str(code or 0)), out.buffer.getvalue().decode(), err.getvalue())


def start(*arguments: str, prefix: Sequence[str] = (), **environment: str) -> subprocess.Popen[str]:
    """`meetbot ARGUMENTS` in a process of its own; `prefix` is a command that runs it."""
    return subprocess.Popen(
        [*prefix, sys.executable, "-m", "meetbot", *arguments],
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, **environment},
        # A shell starts what it puts into the background with this signal ignored, and children inherit that.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a single call
    )


def away(*arguments: str, prefix: Sequence[str] = (), **environment: str) -> Finished:
    """`meetbot ARGUMENTS` in a process of its own, to its end."""
    process = start(*arguments, prefix=prefix, **environment)
    out, err = process.communicate()
    return Finished(process.returncode, out, err)
