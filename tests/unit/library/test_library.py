"""The library keeps, finds, searches, corrects and really deletes."""

from __future__ import annotations

import hashlib
import sqlite3
import stat
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray

from meetbot import codec
from meetbot.domain import ActionItem, Notes, Transcript
from meetbot.errors import MeetbotError, MeetingNotFound, UsageError
from meetbot.library import Library, Meant, database, words
from tests.unit.export.meetings import NOTES, WEEKLY, transcript


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with Library.open(tmp_path / "data" / "library.sqlite") as opened:
        yield opened


def recorded(*said: tuple[str, float, str], name: str, names: tuple[str | None, ...] = ("Ana", "Ben")) -> Transcript:
    """A transcript of a recording of its own."""
    made = transcript(*said, names=names)
    return replace(
        made, audio=replace(made.audio, name=f"{name}.flac", sha256=hashlib.sha256(name.encode()).hexdigest())
    )


def test_what_goes_in_comes_out(library: Library) -> None:
    entry = library.add(WEEKLY, NOTES, source="/recordings/weekly sync.flac")
    assert (entry.id, entry.title, entry.date) == ("abababab", "Weekly sync", "2026-11-22")
    assert entry.speakers == ("Ana", "Ben López")
    kept = library.load(entry.id)
    assert codec.to_dict(kept.transcript) == codec.to_dict(WEEKLY)
    assert kept.notes == NOTES
    assert library.entries() == (entry,)


def test_the_file_and_its_folder_are_private(library: Library, tmp_path: Path) -> None:
    library.add(WEEKLY, NOTES)
    folder = tmp_path / "data"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(file.stat().st_mode) for file in folder.iterdir()} == {0o600}


def test_a_second_run_keeps_what_the_user_did(library: Library) -> None:
    entry = library.add(WEEKLY, NOTES)
    library.rename(entry.id, "The one about Friday")
    library.tag(entry.id, ["Release", "#q4"])
    (report, _) = library.actions()
    library.tick(report.id)
    again = library.add(WEEKLY, replace(NOTES, title="Another title", action_items=NOTES.action_items[::-1]))
    assert (again.title, again.tags) == ("The one about Friday", ("q4", "release"))
    kept = library.load(entry.id)
    assert kept.done == {1}  # the same task, now the second
    assert [one.id for one in library.actions(done=True)] == [report.id]


def test_a_corrected_transcript_is_not_overwritten(library: Library) -> None:
    entry = library.add(WEEKLY)
    corrected = replace(WEEKLY, utterances=WEEKLY.utterances[:2])
    assert library.correct(entry.id, corrected).corrected
    library.add(WEEKLY)
    assert len(library.load(entry.id).transcript.utterances) == 2
    assert not library.search("report")
    library.add(WEEKLY, replace_corrected=True)
    assert library.search("report")


def test_meetings_are_found_by_id_recording_and_title(library: Library, tmp_path: Path) -> None:
    recording = tmp_path / "standup monday.wav"
    recording.write_bytes(b"sound")
    weekly = library.add(WEEKLY, NOTES)
    made = recorded(("S1", 0, "Hello"), name="standup")
    digest = hashlib.sha256(b"sound").hexdigest()
    standup = library.add(replace(made, audio=replace(made.audio, sha256=digest)), title="Stand-up", source=recording)
    for text in ("abababab", "abab", "Weekly sync", "weekly", "KLY SY"):
        assert library.find(text) == weekly
    for text in (str(recording), "stand", "standup monday.wav", "monday", digest[:5]):
        assert library.find(text) == standup
    with pytest.raises(MeetingNotFound) as ambiguous:
        library.find("s")
    assert "Weekly sync" in ambiguous.value.hint
    assert "Stand-up" in ambiguous.value.hint
    other = tmp_path / "other.wav"
    other.write_bytes(b"other")
    for text in ("nothing of the kind", "", str(other), "x" * 5000):
        with pytest.raises(MeetingNotFound):
            library.find(text)


def test_tags_filter_and_can_be_taken_away(library: Library) -> None:
    entry = library.add(WEEKLY)
    library.tag(entry.id, ["Big Project"])
    assert [one.id for one in library.entries("big-project")] == [entry.id]
    assert library.entries("other") == ()
    assert library.untag(entry.id, ["big project", "never there"]).tags == ()


@pytest.mark.parametrize(
    ("query", "turns"),
    [
        ("report", ["T4"]),
        ("tests machine", ["T3"]),
        ('"release on Friday"', ["T3"]),
        ('"on release"', []),
        ("machines", ["T3"]),  # inflected
        ("rele*", ["T1", "T3"]),
        ("López report", ["T4"]),  # a name counts as a word
        ("lopez", ["T2", "T4"]),
        ("report zebra", ["T4"]),  # not all, then any
        ("zebra", []),
        ("!!! ???", []),
        ('") OR (speaker : x', []),
        ("NOT", ["T3"]),  # words, not operators: "Actually no" has none of it
    ],
)
def test_search(library: Library, query: str, turns: list[str]) -> None:
    library.add(recorded(*SAID, name="a", names=("Ana", "Ben López")), NOTES)
    assert sorted(hit.turn for hit in library.search(query)) == turns


SAID = (
    ("S1", 0.5, "Good morning, shall we release on Thursday?"),
    ("S2", 4.0, "Yes."),
    ("S1", 101.2, "Actually not, we release on Friday, because the tests on the new machine are still running."),
    ("S2", 724.0, "I will send the report to Carla by Wednesday."),
)


def test_hits_say_where_they_are_and_what_was_found(library: Library) -> None:
    entry = library.add(WEEKLY, NOTES)
    (hit,) = library.search("machine running")
    assert (hit.meeting, hit.title, hit.turn, hit.speaker, hit.start) == (entry.id, "Weekly sync", "T3", "Ana", 101.2)
    assert [hit.text[a:b] for a, b in hit.marks] == ["machine", "running"]
    snippet, marks = hit.snippet(40)
    assert len(snippet) <= 42
    assert [snippet[a:b] for a, b in marks] == ["machine", "running"]


def test_search_can_be_narrowed(library: Library) -> None:
    a = library.add(recorded(("S1", 0, "budget"), ("S2", 5, "budget"), name="a"))
    b = library.add(recorded(("S1", 0, "budget"), name="b"))
    library.tag(b.id, ["x"])
    assert {hit.meeting for hit in library.search("budget")} == {a.id, b.id}
    assert {hit.meeting for hit in library.search("budget", meeting=a.id)} == {a.id}
    assert {hit.meeting for hit in library.search("budget", tag="X")} == {b.id}
    assert {hit.speaker for hit in library.search("budget", speaker="ben")} == {"Ben"}
    assert len(library.search("budget", limit=1)) == 1


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("会議", ["会議"]),
        ("会", ["会議"]),
        ("明日の会議", ["明日の会議"]),
        ("議会", []),
        ("です", ["です"]),
        ("AI会議", ["AI会議"]),
    ],
)
def test_chinese_and_japanese_are_searched_by_their_characters(library: Library, query: str, found: list[str]) -> None:
    library.add(recorded(("S1", 0, "明日の会議は三時です。"), ("S2", 5, "AI会議"), name="a"))
    hits = [hit for hit in library.search(query) if len(found) and found[0] in hit.text]
    assert bool(hits) == bool(found)
    for hit in hits:
        assert [hit.text[a:b] for a, b in hit.marks] == found


def test_deleting_leaves_nothing_in_the_file(library: Library, tmp_path: Path) -> None:
    library.add(WEEKLY, NOTES)
    said = recorded(("S1", 0, "the xylophone costs quatsch"), name="secret", names=("Zacharias",))
    entry = library.add(said, title="Zebrafish", source="/somewhere/secret.flac")
    library.tag(entry.id, ["hushhush"])
    assert library.delete(entry.id).sha256 == entry.sha256
    for file in (tmp_path / "data").iterdir():
        content = file.read_bytes()
        for trace in (b"xylophon", b"quatsch", b"acharias", b"ebrafish", b"hushhush", b"secret", entry.sha256.encode()):
            assert trace not in content, (file, trace)
    with pytest.raises(MeetingNotFound):
        library.delete(entry.id)
    assert library.search("report")


def test_tasks_across_meetings(library: Library) -> None:
    library.add(WEEKLY, NOTES)
    urgent = ActionItem("Call the printer.", None, "Dana", "today", "2026-11-20", ("T1",), 1.0, True)
    library.add(recorded(("S1", 0, "x"), name="b"), Notes("B", "2026-11-20", "en", 1.0, (), "", action_items=(urgent,)))
    assert [one.task for one in library.actions()] == ["Call the printer.", "Send the report to Carla.", "Book a room."]
    (mine,) = library.actions(owner="lópez")
    assert (mine.owner, mine.due, mine.due_date, mine.title) == ("Ben López", "Wednesday", "2026-11-25", "Weekly sync")
    assert library.tick(mine.id).done
    assert not library.actions(owner="lópez")
    assert len(library.actions(done=None)) == 3
    assert library.tick(mine.id, done=False).done is None
    with pytest.raises(UsageError):
        library.tick(999)


def test_the_vocabulary(library: Library) -> None:
    library.learn(["Kubernetes", " Ana  López ", "Kubernetes", ""])
    assert library.vocabulary() == ("Ana López", "Kubernetes")
    with pytest.raises(UsageError):
        library.unlearn(["Kubernetes", "unknown"])
    assert "Kubernetes" in library.vocabulary()
    library.unlearn(["Kubernetes"])
    assert library.vocabulary() == ("Ana López",)


def embed(texts: Sequence[str]) -> NDArray[np.float32]:
    """Vectors that know two subjects: releases and reports."""
    counts = [[text.count("release"), text.count("report"), 0.01] for text in texts]
    matrix = np.array(counts, np.float32)
    return np.asarray(matrix / np.linalg.norm(matrix, axis=1, keepdims=True), np.float32)


def test_meaning_is_searched_with_the_callers_model(library: Library) -> None:
    entry = library.add(recorded(*SAID, *SAID[3:] * 4, name="a"))
    assert library.meaning.missing("toy") == (entry.id,)
    library.meaning.index(entry.id, "toy", embed)
    assert library.meaning.missing("toy") == ()
    best = library.meaning.near(np.array([0, 1, 0], np.float32), "toy", limit=1)[0]
    assert (best.meeting, best.first, best.last) == (entry.id, "T5", "T8")
    library.correct(entry.id, recorded(*SAID, name="a"))
    assert library.meaning.missing("toy") == (entry.id,)


def test_what_is_meant_is_found_beside_what_is_said(library: Library) -> None:
    entry = library.add(recorded(*SAID, name="a"))
    library.meaning.index(entry.id, "toy", embed)
    meant = Meant("toy", np.array([0, 1, 0], np.float32))
    assert library.search("paper") == ()
    (hit,) = library.search("paper", meant=meant, limit=1)
    (window,) = library.meaning.near(meant.vector, "toy", limit=1)
    assert int(window.first[1:]) <= int(hit.turn[1:]) <= int(window.last[1:])
    assert hit.marks == ()
    assert library.search('"paper"', meant=meant) == ()  # a phrase asks for words
    assert library.search("paper", meant=meant, speaker="Nobody") == ()
    assert library.search("paper", meant=meant, tag="none") == ()
    strange = Meant("toy", np.array([0, 0, 1], np.float32))
    assert library.search("zebra", meant=strange) == ()  # nothing is near enough
    both = library.search("release", meant=Meant("toy", np.array([1, 0, 0], np.float32)))
    assert both[0].turn in {one.turn for one in library.search("release")}
    assert len({one.turn for one in both}) == len(both)


def test_the_nearest_windows_are_found_by_their_signs(library: Library) -> None:
    random = np.random.default_rng(3)
    vectors: list[NDArray[np.float32]] = []

    def scattered(texts: Sequence[str]) -> NDArray[np.float32]:
        rows = random.normal(size=(len(texts), 64)).astype(np.float32)
        vectors.append(rows / np.linalg.norm(rows, axis=1, keepdims=True))
        return vectors[-1]

    for number in range(3):
        entry = library.add(recorded(*SAID * 40, name=str(number)))
        library.meaning.index(entry.id, "toy", scattered)
    every = np.concatenate(vectors)
    wanted = every[77] + 0.05 * random.normal(size=64).astype(np.float32)
    wanted /= np.linalg.norm(wanted)
    near = library.meaning.near(wanted, "toy", limit=5)
    exact = np.sort(every @ wanted)[::-1][:5]
    assert [one.similarity for one in near] == pytest.approx(exact, abs=2e-3)
    only = library.meaning.near(wanted, "toy", limit=50, meetings={entry.id})
    assert {one.meeting for one in only} == {entry.id}
    assert library.meaning.near(wanted, "toy", meetings=set()) == ()


def test_a_newer_library_is_refused_and_an_older_one_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    with Library.open(path) as library:
        library.add(WEEKLY)
    later = [*database.MIGRATIONS, "ALTER TABLE meetings ADD COLUMN mood TEXT;\nCREATE TABLE moods (mood TEXT);"]
    with sqlite3.connect(path, isolation_level=None) as connection:
        database.migrate(connection, later)
        assert connection.execute("SELECT count(mood), count(*) FROM meetings").fetchone() == (0, 1)
        database.migrate(connection, later)  # nothing left to do
    connection.close()
    with pytest.raises(UsageError, match="version"):
        Library.open(path)


def test_a_failing_migration_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    Library.open(path).connection.close()
    connection = sqlite3.connect(path, isolation_level=None)
    with pytest.raises(sqlite3.OperationalError):
        database.migrate(connection, [*database.MIGRATIONS, "CREATE TABLE moods (mood TEXT);\nCREATE TABLE moods (x);"])
    assert connection.execute("PRAGMA user_version").fetchone() == (len(database.MIGRATIONS),)
    assert not connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'moods'").fetchone()
    connection.close()


def test_a_file_that_is_no_library_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "library.sqlite"
    path.write_text("dear diary " * 1000)
    with pytest.raises(UsageError, match="no library"):
        Library.open(path)
    assert path.read_text().startswith("dear diary")


def test_a_full_disk_changes_nothing_and_says_so(library: Library) -> None:
    library.add(WEEKLY, NOTES)
    (pages,) = library.connection.execute("PRAGMA page_count").fetchone()
    library.connection.execute(f"PRAGMA max_page_count = {pages}")
    long = recorded(*(("S1", float(k), f"word{k} " * 50) for k in range(500)), name="long")
    with pytest.raises(MeetbotError, match="full"):
        library.add(long)
    assert len(library.entries()) == 1
    library.connection.execute("PRAGMA max_page_count = 1000000")
    library.add(long)
    assert len(library.entries()) == 2


def test_another_writer_is_waited_for_and_then_named(library: Library, tmp_path: Path) -> None:
    library.connection.execute("PRAGMA busy_timeout = 50")
    with Library.open(tmp_path / "data" / "library.sqlite") as other, database.writing(other.connection):
        with pytest.raises(MeetbotError, match="Another meetbot"):
            library.add(WEEKLY)
        assert library.entries() == ()  # reading goes on
    assert library.add(WEEKLY)


def test_a_library_that_cannot_be_made_is_a_usage_error(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(UsageError, match="cannot be opened"):
        Library.open(tmp_path / "file" / "library.sqlite")


def test_segments_map_back() -> None:
    text = "AI会議は at 三 o'clock"
    segmented, origins = words.segment(text)
    assert segmented.split() == ["AI", "会議", "議は", "は", "at", "三", "o'clock"]
    assert all(origin < 0 or text[origin] == char for char, origin in zip(segmented, origins, strict=True))
