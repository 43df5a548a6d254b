"""Inputs of every kind to recordings with what was said in them: paths in, one Recording after another out.

Taken are folders (searched through) and files: audio with a .txt, .srt, .vtt or .stm of the same name; manifests as
JSON, JSONL, CSV or TSV with a column of paths and one of texts (Common Voice's `path`, `sentence`, `locale` and
`client_id` among the names); and the meetings of the library whose transcripts were corrected (`library`).

One recording at a time is held; nothing is listened to here. Concedes: what a manifest names is believed to be one
utterance, so a second utterance of the same file needs `start` and `end`.
"""

from __future__ import annotations

import csv
import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from meetbot.errors import UsageError
from meetbot.evaluate.references import AUDIO, read_stm

MANIFESTS = frozenset(["json", "jsonl", "csv", "tsv"])
CAPTIONS = ("stm", "srt", "vtt")

# What manifests call things; the first that is there counts.
COLUMNS = {
    "audio": ("audio", "audio_filepath", "path", "file", "wav", "filename"),
    "text": ("text", "sentence", "transcript", "transcription"),
    "language": ("language", "locale", "lang"),
    "speaker": ("speaker", "client_id", "speaker_id"),
    "start": ("start", "offset"),
    "end": ("end",),
    "corpus": ("corpus", "source"),
}
_TIMES = re.compile(r"(?:(\d+):)?(\d+):(\d+)[.,](\d+)\s+-->\s+(?:(\d+):)?(\d+):(\d+)[.,](\d+)")
_MARKUP = re.compile(r"</?[a-z][^>]*>|\{\\[^}]*\}")


@dataclass(frozen=True, slots=True)
class Cue:
    """A piece of text and when it is said, in seconds of its recording; `end` is None for the recording's end."""

    text: str
    start: float
    end: float | None
    speaker: str | None = None


@dataclass(frozen=True, slots=True)
class Recording:
    """An audio file and what is said in it. `timed`: its cues have times (captions); else it is one utterance.

    `source` is the corpus or folder it comes from, `language` an ISO 639-1 code where the source says so.
    `only_trains`: it is not held back.
    """

    audio: Path
    cues: tuple[Cue, ...]
    timed: bool
    source: str
    language: str | None = None
    only_trains: bool = False

    @property
    def text(self) -> str:
        """All of its text."""
        return " ".join(cue.text for cue in self.cues)


def recordings(inputs: Iterable[str]) -> Iterator[Recording]:
    """The recordings of `inputs`: paths, or "library" for the meetings that the user corrected.

    Raises UsageError for an input that does not exist, a manifest that cannot be read, or one with nothing in it.
    """
    for given in inputs:
        found = False
        for recording in _corrected() if given == "library" else _at(Path(given).expanduser()):
            found = True
            yield recording
        if not found:
            raise UsageError(
                f"{given} has no audio with text.",
                hint="Put talk.txt, talk.srt, talk.vtt or talk.stm beside talk.flac, or name a manifest.",
                kind="no_data",
            )


def _at(path: Path) -> Iterator[Recording]:
    if path.is_dir():
        for entry in sorted(path.rglob("*")):
            if entry.suffix[1:].lower() in MANIFESTS and _is_manifest(entry):
                yield from _manifest(entry)
            elif entry.suffix[1:].lower() in AUDIO:
                yield from _beside(entry)
    elif path.suffix[1:].lower() in MANIFESTS and path.is_file():
        yield from _manifest(path)
    elif path.is_file():
        yield from _beside(path)
    else:
        raise UsageError(f"There is no {path}.", hint="Check the path.", kind="no_data")


def _beside(audio: Path) -> Iterator[Recording]:
    """The recording at `audio` if there is text beside it: captions before plain text."""
    for kind in CAPTIONS:
        captions = audio.with_suffix(f".{kind}")
        if captions.is_file():
            cues = _stm(captions) if kind == "stm" else _cues(captions)
            yield Recording(audio, cues, timed=True, source=audio.parent.name)
            return
    text = audio.with_suffix(".txt")
    if text.is_file():
        yield Recording(audio, (Cue(_read(text).strip(), 0.0, None),), timed=False, source=audio.parent.name)


def _stm(path: Path) -> tuple[Cue, ...]:
    return tuple(Cue(said.text, said.start, said.end, said.speaker) for said in read_stm(path))


def _cues(path: Path) -> tuple[Cue, ...]:
    """The cues of an SRT or WebVTT file: whatever stands under a line of times, up to the next empty line."""
    cues = []
    for block in re.split(r"\n\s*\n", _read(path)):
        lines = block.strip().splitlines()
        at = next((number for number, line in enumerate(lines) if _TIMES.search(line)), None)
        if at is None:
            continue
        times = _TIMES.search(lines[at])
        assert times is not None
        text = " ".join(_MARKUP.sub("", line).strip() for line in lines[at + 1 :]).strip()
        if text:
            cues.append(Cue(text, _seconds(*times.groups()[:4]), _seconds(*times.groups()[4:])))
    return tuple(cues)


def _seconds(hours: str | None, minutes: str, seconds: str, fraction: str) -> float:
    return int(hours or 0) * 3600 + int(minutes) * 60 + int(seconds) + float(f"0.{fraction}")


def _is_manifest(path: Path) -> bool:
    """Whether a file found in a folder names audio: other tables and JSON lie about, too."""
    with path.open(encoding="utf-8", errors="replace") as file:
        head = file.read(4096)
    names = "|".join((*COLUMNS["audio"],))
    return bool(re.search(rf"(?<!\w)({names})(?!\w)", head)) and any(name in head for name in COLUMNS["text"])


def _manifest(path: Path) -> Iterator[Recording]:
    for number, row in enumerate(_rows(path), 1):
        given = _named(row, "audio")
        text = _named(row, "text")
        if not given or text is None:
            raise UsageError(
                f"{path}, entry {number}: no {'text' if given else 'audio'}.",
                hint="It needs a path and a text: audio, text, and if known language, speaker, start, end.",
                kind="malformed",
            )
        speaker, start, end = _named(row, "speaker"), _named(row, "start"), _named(row, "end")
        try:
            cue = Cue(text.strip(), float(start or 0.0), float(end) if end else None, speaker)
        except ValueError:
            raise UsageError(f"{path}, entry {number}: start and end are seconds.", kind="malformed") from None
        language = _code(_named(row, "language"))
        source = _named(row, "corpus") or path.parent.name
        yield Recording(_resolved(path, given), (cue,), timed=bool(end), source=source, language=language)


def _rows(path: Path) -> Iterator[Mapping[str, Any]]:
    """The entries of a manifest one by one. A JSON array is read whole, the other kinds line by line."""
    try:
        with path.open(encoding="utf-8-sig", newline="") as file:
            match path.suffix[1:].lower():
                case "json":
                    yield from _objects(path, json.load(file))
                case "jsonl":
                    yield from _objects(path, (json.loads(line) for line in file if line.strip()))
                case "tsv":
                    # Common Voice's sentences hold quotation marks that quote nothing.
                    yield from csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE)
                case _:
                    yield from csv.DictReader(file)
    except (ValueError, OSError, csv.Error) as error:
        raise UsageError(f"{path} cannot be read as a manifest: {error}.", kind="malformed") from None


def _objects(path: Path, found: Any) -> Iterator[Mapping[str, Any]]:
    for entry in found if not isinstance(found, dict) else ():
        if not isinstance(entry, dict):
            raise UsageError(f"{path} is no list of objects.", kind="malformed")
        yield entry


def _code(language: str | None) -> str | None:
    """Whisper's code of a language: "en-US" and "English" are en. None for one it does not know."""
    from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE

    if language is None:
        return None
    known = re.split("[-_]", language.lower())[0]
    return known if known in LANGUAGES else TO_LANGUAGE_CODE.get(known)


def _named(row: Mapping[str, Any], what: str) -> str | None:
    value = next((row[name] for name in COLUMNS[what] if row.get(name) not in (None, "")), None)
    return None if value is None else str(value)


def _resolved(manifest: Path, given: str) -> Path:
    """Relative to the manifest, its parent, or Common Voice's folder `clips`."""
    folder = manifest.parent
    places = (folder / given, folder.parent / given, folder / "clips" / given)
    return next((place for place in places if place.is_file()), places[0])


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig").replace("\r\n", "\n")
    except (OSError, UnicodeDecodeError) as error:
        raise UsageError(f"{path} cannot be read: {error}.", kind="malformed") from None


def _corrected() -> Iterator[Recording]:
    from meetbot.library import Library

    with Library.open() as library:
        for entry in library.entries():
            if entry.corrected and Path(entry.source).is_file():
                transcript = library.load(entry.id).transcript
                cues = tuple(
                    Cue(part.text, part.start, part.end, f"{entry.id} {part.speaker}") for part in transcript.utterances
                )
                yield Recording(Path(entry.source), cues, True, "library", transcript.language)
