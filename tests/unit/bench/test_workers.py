"""Contenders in processes of their own: loaded once, timed there; what goes wrong there is one error here."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from functools import partial

import pytest

from meetbot.bench.workers import Opener, workers
from meetbot.errors import MeetbotError, ModelMissing, OutOfMemory
from tests.unit.bench import fakes
from tests.unit.bench.fakes import sound


def gone(process: int, within: float = 10.0) -> bool:
    """No process of that number is left, `within` seconds from now at most."""
    end = time.monotonic() + within
    while True:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return True
        if time.monotonic() > end:
            return False
        time.sleep(0.05)


def test_each_has_a_process_that_stays_and_ends_with_the_block() -> None:
    with workers({"one": fakes.counter, "other": fakes.counter}) as ready:
        found = [ready[name]([sound("a"), sound("b")]).found for name in ("one", "other", "one")]
        one, other = int(found[0][0].split()[0]), int(found[1][0].split()[0])
        assert len({one, other, os.getpid()}) == 3
        assert found == [
            (f"{one} 1 a 0.2", f"{one} 2 b 0.2"),
            (f"{other} 1 a 0.2", f"{other} 2 b 0.2"),
            (f"{one} 3 a 0.2", f"{one} 4 b 0.2"),
        ]
    assert gone(one, 0)
    assert gone(other, 0)


def test_the_time_is_that_of_the_work_and_its_children_count() -> None:
    contenders: dict[str, Opener[str]] = {
        "sleeps": partial(fakes.sleeper, 0.1),
        "delegates": fakes.worker_of_children,
    }
    with workers(contenders) as ready:
        slept = ready["sleeps"]([sound("a"), sound("b")])
        assert slept.seconds >= 0.2
        assert slept.processor_seconds < 0.1
        assert ready["delegates"]([sound("a")]).processor_seconds >= 0.25


@pytest.mark.parametrize(
    ("opener", "kind", "message"),
    [
        (partial(fakes.raiser, ValueError("no\nsuch thing")), MeetbotError, "theirs: ValueError: no\nsuch thing"),
        (partial(fakes.raiser, MemoryError("64 GB")), OutOfMemory, "theirs: MemoryError: 64 GB"),
        (partial(fakes.dier, 3), MeetbotError, "theirs: its process ended with code 3."),
        (partial(fakes.dier, signal.SIGSEGV), MeetbotError, "theirs: its process was ended by SIGSEGV."),
        (
            partial(fakes.dier, signal.SIGKILL),
            MeetbotError,
            "theirs: its process was ended by SIGKILL, as the system does when memory runs out.",
        ),
    ],
    ids=["raises", "memory", "exits", "crashes", "killed"],
)
def test_one_that_fails_is_named_and_the_others_end(
    opener: partial[fakes.Run], kind: type[MeetbotError], message: str
) -> None:
    contenders: dict[str, Opener[str]] = {"ours": fakes.counter, "theirs": opener}
    with workers(contenders) as ready:
        ours = int(ready["ours"]([sound("a")]).found[0].split()[0])
        with pytest.raises(MeetbotError) as caught:
            ready["theirs"]([sound("a")])
    assert type(caught.value) is kind
    assert str(caught.value) == message
    assert gone(ours, 0)


def test_one_that_died_between_its_turns_is_named() -> None:
    with workers({"ours": fakes.counter}) as ready:
        os.kill(int(ready["ours"]([sound("a")]).found[0].split()[0]), signal.SIGKILL)
        with pytest.raises(MeetbotError, match=r"^ours: its process was ended by SIGKILL"):
            ready["ours"]([sound("long", 100.0)])


def test_one_that_cannot_be_opened_says_what_it_would_say_here() -> None:
    with pytest.raises(ModelMissing) as caught, workers({"theirs": fakes.without_model}):
        pass
    assert str(caught.value) == "theirs: no model is here."
    assert (caught.value.hint, caught.value.code) == ("meetbot models pull base", "model.missing")


RUNS = """
import sys
from functools import partial
from meetbot.bench.workers import workers
from tests.unit.bench import fakes

try:
    with workers({"counts": fakes.counter, "sleeps": partial(fakes.sleeper, 60)}) as ready:
        print(ready["counts"]([fakes.sound("a")]).found[0].split()[0], flush=True)
        ready["sleeps"]([fakes.sound("a")])
except KeyboardInterrupt:
    sys.exit(130)
"""


def started() -> tuple[subprocess.Popen[str], list[int]]:
    """A race in which somebody takes a minute, with a session of its own, and its workers."""
    race = subprocess.Popen(
        [sys.executable, "-c", RUNS],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509 - a single call
    )
    assert race.stdout
    race.stdout.readline()
    time.sleep(0.5)  # the sleeper has been asked
    with open(f"/proc/{race.pid}/task/{race.pid}/children", encoding="ascii") as children:
        return race, [int(child) for child in children.read().split()]


@pytest.mark.skipif(sys.platform != "linux", reason="processes are listed as Linux lists them")
def test_ctrl_c_ends_all_without_a_word() -> None:
    race, children = started()
    assert len(children) >= 2
    os.killpg(race.pid, signal.SIGINT)  # as a terminal does
    assert race.wait(10) == 130
    assert race.stderr
    assert race.stderr.read() == ""
    assert all(gone(child) for child in children)


@pytest.mark.skipif(sys.platform != "linux", reason="processes are listed as Linux lists them")
def test_workers_do_not_outlive_a_race_that_is_killed() -> None:
    race, children = started()
    race.kill()
    race.communicate(timeout=10)
    assert all(gone(child) for child in children)
