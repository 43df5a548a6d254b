"""Progress on stderr: a bar on a terminal, one line a stage elsewhere. stdout is left to results."""

from __future__ import annotations

import os
import sys
import time
from types import TracebackType
from typing import Self

from meetbot.progress import Progress, Silent, Step


def progress(quiet: bool = False) -> Progress:
    """What suits this process: warnings alone, a bar, or lines. NO_COLOR and TERM=dumb are honoured."""
    if quiet:
        return Warnings()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return Bar()
    return Lines()


def say(text: str) -> None:
    """One line on stderr."""
    print(text, file=sys.stderr, flush=True)  # noqa: T201 - this is the CLI's voice


def agreed(question: str) -> None:
    """Ask on stderr before something is deleted. Raises UsageError unless the answer is yes; no answer is none."""
    import typer

    from meetbot.errors import UsageError

    try:
        yes = typer.confirm(question, err=True)
    except typer.Abort:  # the end of the input: nobody is there to answer
        say("")
        yes = False
    if not yes:
        raise UsageError("nothing was deleted", hint="`--yes` deletes without asking", kind="declined")


def rate(done: float, unit: str, seconds: float) -> str:
    """How fast, in the unit's way: "8.1x" real time for seconds of audio, "3.2 MB/s", "14 windows/s"."""
    if seconds <= 0 or done <= 0:
        return ""
    speed = done / seconds
    if unit == "s":
        return f"{speed:.1f}x"
    if unit == "B":
        return f"{speed / 1e6:.1f} MB/s"
    return f"{speed:.1f} {unit}/s" if speed >= 1 else f"{1 / speed:.1f} s each"


def clock(seconds: float) -> str:
    """75 -> 1:15, 3675 -> 1:01:15."""
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def amount(value: float, unit: str) -> str:
    """A quantity in its unit: 1:15 of audio, 12 MB, 14 windows."""
    if unit == "s":
        return clock(value)
    if unit == "B":
        return f"{value / 1e6:.0f} MB"
    return f"{value:g} {unit}".rstrip()


class Warnings(Silent):
    """For those who want to hear only what went less well than it should have."""

    def warn(self, text: str) -> None:
        say(f"Warning: {text}")


class _LineStep:
    """Says when a long stage begins, and how it went."""

    def __init__(self, name: str, total: float | None, unit: str) -> None:
        self.name, self.total, self.unit = name, total, unit
        self.done, self.begun = 0.0, time.monotonic()

    def advance(self, amount: float = 1.0) -> None:
        self.done += amount

    def describe(self, text: str) -> None:
        pass

    def __enter__(self) -> Self:
        say(f"{self.name} …" if self.total is None else f"{self.name}: {amount(self.total, self.unit)} …")
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if kind is None:
            took = time.monotonic() - self.begun
            speed = rate(self.done, self.unit, took)
            say(f"{self.name}: done in {took:.1f} s" + (f" ({speed})" if speed else ""))


class Lines:
    """For logs and pipes."""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> Step:
        return _LineStep(name, total, unit)

    def note(self, text: str) -> None:
        say(text)

    def warn(self, text: str) -> None:
        say(f"Warning: {text}")


class _BarStep:
    def __init__(self, name: str, total: float | None, unit: str) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn

        self.unit, self.total, self.done, self.begun = unit, total, 0.0, time.monotonic()
        self.bar = Progress(
            SpinnerColumn(),
            TextColumn("{task.description:<12}"),
            BarColumn(),
            TextColumn("{task.fields[counts]}"),
            TextColumn("{task.fields[words]}", style="dim", markup=False),
            console=Console(stderr=True),
            transient=True,
        )
        self.name = name
        self.task = self.bar.add_task(name, total=total, counts="", words="")

    def advance(self, amount: float = 1.0) -> None:
        self.done += amount
        self.bar.update(self.task, completed=self.done, counts=self._counts())

    def describe(self, text: str) -> None:
        self.bar.update(self.task, words=text)

    def _counts(self) -> str:
        took = time.monotonic() - self.begun
        parts = [amount(self.done, self.unit) + (f" of {amount(self.total, self.unit)}" if self.total else "")]
        if speed := rate(self.done, self.unit, took):
            parts.append(speed)
        if self.total and self.done:
            parts.append(f"{clock(took * max(0.0, self.total / self.done - 1))} left")
        return ", ".join(parts)

    def __enter__(self) -> Self:
        self.bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.bar.stop()
        if kind is None:
            took = time.monotonic() - self.begun
            speed = rate(self.done, self.unit, took)
            say(f"{self.name}: {took:.1f} s" + (f" ({speed})" if speed else ""))


class Bar:
    """For people."""

    def stage(self, name: str, total: float | None = None, unit: str = "") -> Step:
        return _BarStep(name, total, unit)

    def note(self, text: str) -> None:
        say(text)

    def warn(self, text: str) -> None:
        say(f"Warning: {text}")
