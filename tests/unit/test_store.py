"""The stage cache: whole artefacts or none."""

import multiprocessing
import stat
from pathlib import Path

from meetbot.store import Store, digest, write_atomic


def test_what_is_put_is_got(tmp_path: Path) -> None:
    store = Store(tmp_path)
    assert store.get("a" * 32) is None
    store.put("a" * 32, "text")
    assert store.get("a" * 32) == "text"


def test_a_fresh_store_ignores_what_is_there_but_writes(tmp_path: Path) -> None:
    Store(tmp_path).put("k" * 32, "old")
    fresh = Store(tmp_path, fresh=True)
    assert fresh.get("k" * 32) is None
    fresh.put("k" * 32, "new")
    assert Store(tmp_path).get("k" * 32) == "new"


def test_pieces_of_different_stages_do_not_meet(tmp_path: Path) -> None:
    store = Store(tmp_path)
    store.within("transcribe", "x").put("1", "words")
    assert store.within("transcribe", "x").get("1") == "words"
    assert store.within("notes", "x").get("1") is None


def test_the_digest_depends_on_every_part_and_not_on_dict_order() -> None:
    assert digest("a", {"x": 1, "y": 2}) == digest("a", {"y": 2, "x": 1})
    assert digest("a", "b") != digest("ab")
    assert digest(1.0, None) != digest(None, 1.0)


def test_files_are_private(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "and" / "deeper" / "file.json"
    write_atomic(target, "secret")
    assert stat.S_IMODE(target.stat().st_mode) == 0o600
    for folder in list(target.parents)[:3]:
        assert stat.S_IMODE(folder.stat().st_mode) == 0o700


def _write_forever(path: Path) -> None:
    while True:
        for letter in "ab":
            write_atomic(path, letter * 1_000_000)


def test_a_killed_writer_leaves_a_whole_file(tmp_path: Path) -> None:
    path = tmp_path / "file"
    write_atomic(path, "a" * 1_000_000)
    for delay in (0.02, 0.05, 0.08):
        writer = multiprocessing.get_context("spawn").Process(target=_write_forever, args=(path,))
        writer.start()
        writer.join(0.3 + delay)
        writer.kill()
        writer.join()
        assert path.read_text() in ("a" * 1_000_000, "b" * 1_000_000)
