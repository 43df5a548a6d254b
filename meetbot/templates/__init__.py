"""What a kind of meeting wants of its notes: which sections, in which order, under which headings, in which tone.

    template = find("weekly").filled({"team": "Platform"})

A template is one file: `shipped/` has those that come with meetbot, `templates/` in the user's folder their own, and
any path will do. What is in a file, and how a mistake in it is reported, is in `reading`.
"""

from __future__ import annotations

import difflib
import os
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

from meetbot import paths
from meetbot.domain import SECTIONS, SectionKind
from meetbot.errors import UsageError

__all__ = ["USUAL", "Part", "Template", "Text", "every", "find", "folder", "locate"]

SHIPPED = Path(__file__).parent / "shipped"
FIELD = re.compile(r"\{([a-z_]+)\}")
_HINT = "`meetbot templates list` shows what there is."
LATER = frozenset({"title", "date"})  # fields of a template's title that the notes fill in


@dataclass(frozen=True)
class Text:
    """A text by language (ISO 639-1). One that was written without a language stands for all of them, under ""."""

    by_language: Mapping[str, str]

    def in_language(self, language: str) -> str:
        """The text in `language` ("pt-BR" is "pt"), else in English, else the first there is."""
        for code in (language.lower().replace("_", "-").split("-")[0], "", "en"):
            if code in self.by_language:
                return self.by_language[code]
        return next(iter(self.by_language.values()))

    def changed(self, change: Callable[[str], str]) -> Text:
        """The same with every text changed."""
        return Text({code: change(text) for code, text in self.by_language.items()})


@dataclass(frozen=True)
class Part:
    """A section to come. `heading` None: the usual one. An "answer" has the `question` it answers."""

    kind: SectionKind
    heading: Text | None = None
    question: Text | None = None


@dataclass(frozen=True)
class Template:
    """A template as it was read. `parameters` are names to their defaults; "" has to be given."""

    name: str
    parts: tuple[Part, ...]
    about: str = ""
    title: str | None = None
    tone: str = ""
    parameters: Mapping[str, str] = field(default_factory=dict)

    def filled(self, given: Mapping[str, str]) -> Template:
        """This template with its `{parameters}` replaced, by what is `given` or else by their defaults.

        Raises UsageError for a parameter the template does not have, or one that is needed and was not given.
        """
        for name in given:
            if name not in self.parameters:
                known = ", ".join(self.parameters) or "none"
                raise UsageError(f"The template {self.name} has no parameter {name}.", hint=f"It has: {known}.")
        values = {**self.parameters, **given}
        missing = next((name for name, value in values.items() if not value), None)
        if missing:
            hint = f"Give it: -p {missing}=…"
            raise UsageError(f"The template {self.name} needs the parameter {missing}.", hint=hint)

        def fill(text: str) -> str:
            return FIELD.sub(lambda found: values.get(found[1], found[0]), text)

        parts = tuple(
            Part(one.kind, one.heading and one.heading.changed(fill), one.question and one.question.changed(fill))
            for one in self.parts
        )
        return replace(
            self, title=self.title and fill(self.title), tone=fill(self.tone), parts=parts, parameters=values
        )


USUAL = Template("", tuple(Part(section.kind) for section in SECTIONS))


def folder() -> Path:
    """Where the user's own templates lie."""
    return paths.config() / "templates"


def find(name: str) -> Template:
    """The template called `name`: a path, the user's own, or one that comes with meetbot, in this order.

    Raises UsageError when there is none, or when the file is wrong: then with the line.
    """
    from meetbot.templates.reading import read

    path = locate(name)
    return replace(read(path), name=name if name in every() else str(path))


def locate(name: str) -> Path:
    """The file of the template that `find` finds. Raises UsageError when there is none of that name."""
    if os.sep in name or name.endswith(".md"):
        path = Path(name).expanduser().absolute()
        if not path.is_file():
            raise UsageError(f"There is no template file {name}.", hint=_HINT, kind="template")
        return path
    known = every()
    if name not in known:
        close = difflib.get_close_matches(name, known, 1)
        hint = f"Did you mean {close[0]}?" if close else _HINT
        raise UsageError(f"No template is called {name}.", hint=hint, kind="template")
    return known[name]


def every() -> dict[str, Path]:
    """Every template there is by name, with its file; the user's own go before those of the same name."""
    return dict(sorted(dict(_files()).items()))


def _files() -> Iterator[tuple[str, Path]]:
    for place in (SHIPPED, folder()):
        yield from ((path.stem, path) for path in sorted(place.glob("*.md")))
