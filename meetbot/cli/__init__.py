"""The command line: parse, call the pipeline, print. Results go to stdout, everything else to stderr.

`main` is the only place where an error becomes a line and an exit code; see `meetbot.errors` for the codes.
"""

from __future__ import annotations

import contextlib
import errno
import json
import os
import sys
import traceback
from typing import NoReturn

import typer

from meetbot.cli.bar import say
from meetbot.errors import MeetbotError, OutOfMemory

INTERRUPTED = 130
DISK = {
    errno.ENOSPC: "Make room, and give the same command again.",
    errno.EDQUOT: "Make room, and give the same command again.",
    errno.EROFS: "XDG_CACHE_HOME, XDG_DATA_HOME and XDG_STATE_HOME say where meetbot keeps things.",
}
"""What to do about what a disk refuses, which is no bug."""


def main() -> NoReturn:
    """Run the command in sys.argv and exit with its code."""
    try:
        code = _app()(standalone_mode=False) or 0
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader (head, less) has seen enough. Python would complain once more when it flushes at exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        code = 0
    except typer.Abort:
        code = INTERRUPTED
    except typer.TyperException as error:
        code = _fail(error.format_message(), "`meetbot --help` and `meetbot COMMAND --help` show what there is.", 2)
    except MeetbotError as error:
        code = _fail(str(error), error.hint, error.exit_code, error.code)
    except KeyboardInterrupt:
        code = INTERRUPTED
    except MemoryError:
        code = _out_of_memory()
    except OSError as error:
        code = _fail(_refused(error), DISK[error.errno], 1, "disk.failed") if error.errno in DISK else _bug(error)
    except Exception as error:
        code = _out_of_memory() if type(error).__name__ == "OutOfMemoryError" else _bug(error)
    if code == INTERRUPTED:
        say("Interrupted. What is kept already is not done again when the same command is given.")
    sys.exit(code)


def _app() -> typer.Typer:
    from meetbot.cli import app

    return app.build()


def _fail(message: str, hint: str, exit_code: int, code: str = "usage.invalid") -> int:
    """One line on stderr, or with --json one document on stdout."""
    message = " ".join(message.split())
    if "--json" in sys.argv:
        error = {"code": code, "message": message, "hint": hint}
        print(json.dumps({"schema_version": 1, "error": error}, ensure_ascii=False))  # noqa: T201
    else:
        stop = "" if message.endswith((".", "?", "!", ")")) else "."
        say(f"Error: {message}{stop} {hint}".rstrip())
    return exit_code


def _refused(error: OSError) -> str:
    return f"{error.filename or 'The output'} cannot be written: {error.strerror}."


def _out_of_memory() -> int:
    hint = "Choose a smaller model (--model, --llm), or work on a part (--start, --end)."
    return _fail("The machine's memory is not enough.", hint, OutOfMemory.exit_code, "memory.failed")


def _bug(error: Exception) -> int:
    """A bug: say so in a line, and keep the trace (code and types, never the values) where it can be reported."""
    from meetbot import paths
    from meetbot.store import write_atomic

    log = paths.state() / "last-error.log"
    frames = traceback.format_list(traceback.extract_tb(error.__traceback__))
    with contextlib.suppress(OSError):
        write_atomic(log, f"{type(error).__name__}\n{''.join(frames)}")
    if os.environ.get("MEETBOT_DEBUG"):
        traceback.print_exception(error)
    return _fail(f"This is a bug in meetbot: {type(error).__name__}: {error}.", f"Its trace is in {log}.", 1, "bug")
