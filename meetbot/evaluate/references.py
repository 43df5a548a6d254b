"""What was really said, and by whom: recordings with `.stm` and `.rttm` beside them, and manifests of utterances.

STM (NIST): <file> <channel> <speaker> <start> <end> [<label>] <text>; lines of ;; are comments. RTTM: as pyannote
and `meetbot diarize` write it. A manifest is a JSON array of objects with `audio` (relative to the folder or its
parent), `text`, `language` and, if known, `corpus` and `speaker`.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from meetbot.domain import Turn
from meetbot.errors import UsageError

AUDIO = frozenset(["wav", "flac", "mp3", "m4a", "aac", "ogg", "opus", "webm", "mp4", "mkv", "mov", "mka", "aiff"])
MANIFEST = "manifest.json"


@dataclass(frozen=True, slots=True)
class Said:
    """What one speaker said in one go."""

    speaker: str
    start: float
    end: float
    text: str


@dataclass(frozen=True, slots=True)
class Reference:
    """A recording and what is known of it. `said` is None without an STM, `turns` without RTTM and STM."""

    name: str
    audio: Path
    said: tuple[Said, ...] | None
    turns: tuple[Turn, ...] | None
    language: str | None = None
    corpus: str | None = None

    @property
    def text(self) -> str:
        """All that was said, by start."""
        return " ".join(part.text for part in sorted(self.said or (), key=lambda part: (part.start, part.end)))


def find(folders: Iterable[Path], *, language: str | None = None) -> tuple[Reference, ...]:
    """The recordings of `folders` (or single files) that have references, by name.

    Raises UsageError when a folder does not exist, or when nothing in it has a reference.
    """
    found = [reference for folder in folders for reference in _of(folder, language)]
    if not found:
        raise UsageError(
            "No recording with a reference was found.",
            hint="Put meeting.stm and meeting.rttm beside meeting.flac, or a manifest.json into the folder.",
            kind="no_references",
        )
    return tuple(found)


def read_stm(path: Path) -> tuple[Said, ...]:
    """The segments of an STM file, by start. Segments to be ignored in scoring are left out. Raises UsageError."""
    said = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        if not line.strip() or line.startswith(";;"):
            continue
        fields = line.split(maxsplit=5)
        try:
            start, end = float(fields[3]), float(fields[4])
        except (IndexError, ValueError):
            raise _malformed(path, number) from None
        text = fields[5] if len(fields) > 5 else ""
        if text.startswith("<") and ">" in text:  # the optional label, such as <o,f0,male>
            text = text.partition(">")[2].strip()
        if text.upper() != "IGNORE_TIME_SEGMENT_IN_SCORING":
            said.append(Said(fields[2], start, end, text))
    return tuple(sorted(said, key=lambda part: (part.start, part.end)))


def read_rttm(path: Path) -> tuple[Turn, ...]:
    """The turns of an RTTM file, by start. Raises UsageError."""
    turns = []
    for number, line in enumerate(path.read_text(encoding="utf-8-sig").splitlines(), 1):
        fields = line.split()
        if not fields or fields[0] != "SPEAKER":
            continue
        try:
            start, duration = float(fields[3]), float(fields[4])
            turns.append(Turn(fields[7], start, start + duration))
        except (IndexError, ValueError):
            raise _malformed(path, number) from None
    return tuple(sorted(turns, key=lambda turn: (turn.start, turn.end)))


def _of(place: Path, language: str | None) -> Iterable[Reference]:
    if not place.exists():
        raise UsageError(f"There is no folder {place}.", hint="Check the path.", kind="no_references")
    if place.is_file():
        beside = _beside(place, language)
        return [beside] if beside else []
    manifest = place / MANIFEST
    listed = list(_listed(manifest, language)) if manifest.is_file() else []
    known = {reference.audio.resolve() for reference in listed}
    others = (
        path for path in sorted(place.iterdir()) if path.suffix[1:].lower() in AUDIO and path.resolve() not in known
    )
    return listed + [reference for path in others if (reference := _beside(path, language))]


def _beside(audio: Path, language: str | None) -> Reference | None:
    stm, rttm = audio.with_suffix(".stm"), audio.with_suffix(".rttm")
    said = read_stm(stm) if stm.is_file() else None
    turns = read_rttm(rttm) if rttm.is_file() else None
    if turns is None and said is not None:
        turns = tuple(Turn(part.speaker, part.start, part.end) for part in said)
    if turns is None:
        return None
    return Reference(audio.stem, audio, said, turns, language, audio.resolve().parent.name)


def _listed(manifest: Path, language: str | None) -> Iterable[Reference]:
    try:
        entries = json.loads(manifest.read_text(encoding="utf-8"))
        for entry in entries:
            audio = next(
                (
                    path
                    for root in (manifest.parent, manifest.parent.parent)
                    if (path := root / entry["audio"]).is_file()
                ),
                manifest.parent / entry["audio"],
            )
            said = Said(entry.get("speaker", "speaker"), 0.0, 0.0, entry["text"])
            spoken = entry.get("language") or language
            yield Reference(audio.stem, audio, (said,), None, spoken, entry.get("corpus"))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"{manifest} is not a manifest of utterances: {error!r}.",
            hint='It is a JSON array of {"audio": …, "text": …, "language": …}.',
            kind="malformed",
        ) from None


def _malformed(path: Path, number: int) -> UsageError:
    return UsageError(f"{path}, line {number} is malformed.", hint="See `meetbot evaluate --help`.", kind="malformed")
