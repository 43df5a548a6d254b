"""Contenders in processes of their own, so that no engine's threads, allocator or settings slow another's.

    with workers({"ours": partial(open_ours, "base"), "theirs": partial(open_theirs, "base")}) as ready:
        heard = ready["ours"](recordings)

An opener is called in its contender's process, once: what it loads stays loaded there until the block ends, and the
process waits on a pipe between its laps. Openers and what is found have to be picklable. Knows nothing of what
contenders do.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Generic, TypeVar

from meetbot.audio import Audio
from meetbot.errors import MeetbotError, OutOfMemory

if TYPE_CHECKING:
    from multiprocessing.connection import Connection

Found = TypeVar("Found")

SPAWN = multiprocessing.get_context("spawn")  # a fork would share the parent's threads' locks without its threads

STILL = 0.3
"""Seconds until a worker answers that it is done. OpenMP's threads go on spinning after their last work, GNU's for some
milliseconds, Intel's for 0.2 s (KMP_BLOCKTIME), and would keep cores from whoever is next; then they sleep. Having them
sleep at once (OMP_WAIT_POLICY=passive) would cost the one that is timed."""

PATIENCE = 5.0
"""Seconds a worker has to leave in good order before it is killed."""


@dataclass(frozen=True, slots=True)
class Lap(Generic[Found]):
    """What a contender `found` in each recording, and the seconds that took it, elapsed and of processors."""

    found: tuple[Found, ...]
    seconds: float
    processor_seconds: float


Opener = Callable[[], Callable[[Audio], Found]]
Contender = Callable[[Sequence[Audio]], Lap[Found]]


@contextmanager
def workers(openers: Mapping[str, Opener[Found]]) -> Iterator[dict[str, Contender[Found]]]:
    """The contenders, opened one after the other; their processes end with the block, whatever they are doing.

    Calling one raises what it raised, if that is a MeetbotError, and one that names it for everything else.
    """
    with ExitStack() as stack:
        yield {name: stack.enter_context(_worker(name, opener)) for name, opener in openers.items()}


@contextmanager
def _worker(name: str, opener: Opener[Found]) -> Iterator[Contender[Found]]:
    ours, theirs = SPAWN.Pipe()
    process = SPAWN.Process(target=_work, args=(opener, theirs), name=name)

    def answer() -> Any:
        try:
            told = ours.recv()
        except (EOFError, ConnectionError):
            process.join()
            raise MeetbotError(f"{name}: {_end(process.exitcode or 0)}.", kind="worker_died") from None
        if isinstance(told, MeetbotError):
            told.args = (f"{name}: {told}",)
            raise told
        return told

    def run(recordings: Sequence[Audio]) -> Lap[Found]:
        with suppress(ConnectionError):  # it is dead; the answer says how it died
            ours.send(recordings)
        lap: Lap[Found] = answer()
        return lap

    try:
        with _ignored(signal.SIGINT):  # and so for the process that starts: Ctrl-C is this one's to answer
            process.start()
        theirs.close()
        answer()
        yield run
    finally:
        if process.pid is not None:
            process.terminate()
            process.join(PATIENCE)
            process.kill()
            process.join()
        ours.close()


@contextmanager
def _ignored(which: signal.Signals) -> Iterator[None]:
    before = signal.signal(which, signal.SIG_IGN)
    try:
        yield
    finally:
        signal.signal(which, before)


def _end(code: int) -> str:
    """How a process ended that should not have."""
    if code >= 0:
        return f"its process ended with code {code}"
    name = signal.Signals(-code).name
    likely = ", as the system does when memory runs out" if name == "SIGKILL" else ""
    return f"its process was ended by {name}{likely}"


def _work(opener: Opener[Found], pipe: Connection) -> None:
    """A worker's life: open, say so, then answer every time it is asked."""
    signal.signal(signal.SIGTERM, lambda *_: sys.exit())  # so that what libraries opened is closed
    threading.Thread(target=_end_with_parent, daemon=True).start()
    try:
        run = opener()
        pipe.send(None)
        while (recordings := _asked(pipe)) is not None:
            lap = _timed(run, recordings)
            time.sleep(STILL)
            pipe.send(lap)
    except MeetbotError as error:
        pipe.send(error)
    except Exception as error:
        memory = isinstance(error, MemoryError) or type(error).__name__ == "OutOfMemoryError"
        pipe.send((OutOfMemory if memory else MeetbotError)(f"{type(error).__name__}: {error}"))


def _asked(pipe: Connection) -> Sequence[Audio] | None:
    """The recordings of the next lap; None when there is nobody left to ask."""
    try:
        recordings: Sequence[Audio] = pipe.recv()
    except EOFError:
        return None
    return recordings


def _timed(run: Callable[[Audio], Found], recordings: Sequence[Audio]) -> Lap[Found]:
    wall, processor = time.perf_counter(), _processor_seconds()
    found = tuple(run(audio) for audio in recordings)
    return Lap(found, time.perf_counter() - wall, _processor_seconds() - processor)


def _processor_seconds() -> float:
    """Of all threads of this process, and of its children that have ended."""
    spent = os.times()
    return time.process_time() + spent.children_user + spent.children_system


def _end_with_parent() -> None:
    """Leave when the parent is gone, even in the middle of a lap and however the parent ended."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        parent.join()
        os._exit(1)
