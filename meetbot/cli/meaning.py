"""Search by meaning, where the embedding model is on this machine: it is never fetched for that."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from meetbot.errors import UsageError

if TYPE_CHECKING:
    from meetbot.library import Library, Meant
    from meetbot.progress import Progress

ENGLISH = frozenset({"minilm-l6-v2"})  # models whose vectors of other languages mean nothing


def meant(query: str, model: str) -> Meant | None:
    """What `query` means to the embedding model `model`; None if that is not on this machine."""
    from meetbot.library import Meant

    folder = _folder(model)
    if folder is None:
        return None
    from meetbot.ask.query import embed_query

    return Meant(model, embed_query(query, folder))


def index(library: Library, model: str, progress: Progress) -> None:
    """Give every meeting of `library` that has none yet its vectors, if `model` is on this machine and reads it."""
    folder = _folder(model)
    languages = {entry.id: entry.language for entry in library.entries()}
    waiting = [
        meeting for meeting in library.meaning.missing(model) if model not in ENGLISH or languages[meeting] == "en"
    ]
    if folder is None or not waiting:
        return
    from meetbot.ask.embed import embed

    with progress.stage("library", total=float(len(waiting)), unit="meetings") as step:
        for meeting in waiting:
            library.meaning.index(meeting, model, lambda texts: embed(texts, folder))
            step.advance()


def _folder(model: str) -> Path | None:
    from meetbot.models import shelf
    from meetbot.models.catalogue import catalogue

    known = catalogue().find(model)
    if known is None or known.kind != "text-embedding":
        raise UsageError(f"No text embedding model is called {model}.", hint="`meetbot models list` shows them.")
    return shelf.locate(known.id)
