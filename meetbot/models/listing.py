"""What there is and what of it is here, as one list: the catalogue's models, then the user's own imports."""

from __future__ import annotations

from dataclasses import dataclass

from meetbot.models import shelf
from meetbot.models.catalogue import catalogue
from meetbot.models.shelf import State


@dataclass(frozen=True, slots=True)
class Listed:
    """A model and its state on this machine. `bytes` is the size on disk when it is here, else what must be fetched."""

    id: str
    aliases: tuple[str, ...]
    kind: str
    purpose: str
    licence: str
    bytes: int
    source: str
    state: State


def state(model: str) -> State:
    """Whether `model` is here, by a look at its manifest and file sizes."""
    from meetbot.errors import ModelCorrupt

    try:
        return "missing" if shelf.locate(model) is None else "ok"
    except ModelCorrupt:
        return "damaged"


def listing() -> list[Listed]:
    """Every model of the catalogue and of this machine."""
    here = {manifest.id: manifest for manifest in shelf.installed()}
    found = [
        Listed(
            e.id,
            e.aliases,
            e.kind,
            e.purpose,
            e.licence,
            here[e.id].bytes if e.id in here else e.bytes,
            e.source,
            state(e.id),
        )
        for e in catalogue().models
    ]
    known = {item.id for item in found}
    own = [m for m in here.values() if m.id not in known]
    return found + [Listed(m.id, (), m.kind, m.purpose, m.licence, m.bytes, "imported", state(m.id)) for m in own]
