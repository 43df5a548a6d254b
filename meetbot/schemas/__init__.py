"""JSON Schemas (draft 2020-12) of what meetbot writes: transcript, notes, answer. One file each beside this one.

They are generated from the domain types and then tightened by what a type cannot say: what an id looks like, that
times are not negative. Fields may be added in later versions, so unknown ones are allowed. After a change of the
domain run `python -m meetbot.schemas`; a test compares the files with what is generated.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from meetbot import codec
from meetbot.domain import Answer, Notes, Transcript

FOLDER = Path(__file__).parent
KINDS: Mapping[str, type[Any]] = {"transcript": Transcript, "notes": Notes, "answer": Answer}

_TURN = {"type": "string", "pattern": "^T[1-9][0-9]*$"}
_SPEAKER = {"type": "string", "pattern": "^S[1-9][0-9]*$"}
_TIME = {"type": "number", "minimum": 0}
_RATE = {"type": "number", "minimum": 0, "maximum": 1}
_DAY = "^[0-9]{4}-[0-9]{2}-[0-9]{2}"
# (type, field): what the field must also be
_TIGHTER: Mapping[tuple[str, str], Mapping[str, Any]] = {
    ("AudioInfo", "sha256"): {"type": "string", "pattern": "^[0-9a-f]{64}$"},
    ("Speaker", "id"): _SPEAKER,
    ("Speaker", "confidence"): {"anyOf": [_RATE, {"type": "null"}]},
    ("Speaker", "turns"): {"type": "integer", "minimum": 0},
    ("Attendee", "id"): _SPEAKER,
    ("Utterance", "id"): _TURN,
    ("Utterance", "speaker"): _SPEAKER,
    ("Word", "probability"): _RATE,
    ("Notes", "date"): {"type": "string", "pattern": _DAY},
    ("ActionItem", "owner"): {"anyOf": [_SPEAKER, {"type": "null"}]},
    ("ActionItem", "due_date"): {"anyOf": [{"type": "string", "pattern": _DAY + "$"}, {"type": "null"}]},
    ("Citation", "turn"): _TURN,
}
# Fields that came after the first published form: what was written before them is still valid.
_ADDED = frozenset(
    {("Notes", "sections"), ("Notes", "template"), ("Notes", "parameters")}
    | {
        (name, "language")
        for name in ("Utterance", "Decision", "Superseded", "ActionItem", "OpenQuestion", "Unverified")
    }
)
_EVERYWHERE: Mapping[str, Mapping[str, Any]] = {
    "start": _TIME,
    "end": _TIME,
    "duration": _TIME,
    "talk_time": _TIME,
    "turns": {"type": "array", "items": _TURN},
    "schema_version": {"const": 1},
}


def document(name: str) -> dict[str, Any]:
    """The schema of "transcript", "notes" or "answer"."""
    kind = KINDS[name]
    schema = codec.schema(kind)
    for title, part in {kind.__name__: schema, **schema.get("$defs", {})}.items():
        for field in part["properties"]:
            tighter = _TIGHTER.get((title, field)) or _EVERYWHERE.get(field)
            if tighter:
                part["properties"][field] = dict(tighter)
            part["properties"][field].pop("title", None)
        part["required"] = [field for field in part["properties"] if (title, field) not in _ADDED]
        part.pop("title", None)
    head = {"$schema": "https://json-schema.org/draft/2020-12/schema", "title": f"meetbot {name}, version 1"}
    return head | schema


def path(name: str) -> Path:
    """Where the schema `name` is kept."""
    return FOLDER / f"{name}.json"
