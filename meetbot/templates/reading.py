"""A template's file to a Template. The file is YAML between two lines of `---`, then a line that says what it is for.

    ---
    title: "{team}: {title}"              # {title} is what the model calls the meeting, {date} its day
    tone: Short sentences for people who were there.
    parameters: {team: Weekly}            # defaults; one without has to be given with -p
    sections:
      - overview
      - action_items: Until next week     # another heading than the usual one
      - ask: What holds the work up?      # a question that is answered from the transcript
        heading: Blockers
      - decisions
    ---
    What the team decided and who does what until next week.

A text may be given by language instead: `heading: {en: Blockers, de: Hindernisse}`. The YAML is read as nodes, which
know their lines: every mistake is reported as "file, line 4: what is wrong".
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import NoReturn, get_args

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from meetbot.domain import SectionKind
from meetbot.errors import UsageError
from meetbot.templates import FIELD, LATER, Part, Template, Text

KEYS = ("title", "tone", "parameters", "sections")
KINDS: tuple[SectionKind, ...] = tuple(kind for kind in get_args(SectionKind) if kind != "answer")
MOST_QUESTIONS = 12  # each is a question to the model
LONGEST = 2_000  # characters of one text: tone and questions are read by the model again and again


def read(path: Path) -> Template:
    """The template in the file `path`. Raises UsageError, with the line where the file is wrong."""
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is not UTF-8 text"
        raise UsageError(f"The template {path} cannot be read: {why}.", kind="template") from None
    return _File(path).template(text)


class _File:
    """Reads one file; knows its name for what goes wrong."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def template(self, text: str) -> Template:
        lines = text.splitlines()
        if not lines or lines[0].rstrip() != "---":
            self.wrong(1, "a template begins with a line ---")
        end = next((number for number, line in enumerate(lines[1:], 2) if line.rstrip() == "---"), None)
        if end is None:
            self.wrong(len(lines), "a second line --- is missing: it ends the settings")
        fields = self.fields(self.root("\n".join(lines[1 : end - 1])))
        parameters = self.parameters(fields.get("parameters"))
        if "sections" not in fields:
            self.wrong(end, "there is no list of sections")
        template = Template(
            name=self.path.stem,
            parts=tuple(self.parts(fields["sections"], set(parameters))),
            about=" ".join(" ".join(lines[end:]).split()),
            title=self.text(fields["title"], set(parameters) | LATER) if "title" in fields else None,
            tone=self.text(fields["tone"], set(parameters)) if "tone" in fields else "",
            parameters=parameters,
        )
        if sum(part.kind == "answer" for part in template.parts) > MOST_QUESTIONS:
            self.wrong(self.line(fields["sections"]), f"there are more than {MOST_QUESTIONS} questions")
        return template

    def root(self, text: str) -> MappingNode:
        try:
            node = yaml.compose(text, Loader=yaml.SafeLoader)
        except yaml.MarkedYAMLError as error:
            mark = error.problem_mark or error.context_mark
            self.wrong(mark.line + 2 if mark else 2, f"{error.problem or error.context}")
        except yaml.YAMLError as error:  # characters that YAML does not allow
            self.wrong(2, " ".join(str(error).split()))
        if not isinstance(node, MappingNode):
            self.wrong(2, f"expected {', '.join(KEYS)}, each with a colon")
        return node

    def fields(self, node: MappingNode) -> dict[str, Node]:
        found = dict(self.pairs(node))
        for key, value in node.value:
            if key.value not in KEYS:
                self.wrong(self.line(value), f"{key.value!r} is no setting of a template; there are {', '.join(KEYS)}")
        return found

    def pairs(self, node: MappingNode) -> Iterator[tuple[str, Node]]:
        seen = set()
        for key, value in node.value:
            if not isinstance(key, ScalarNode):
                self.wrong(self.line(key), "expected a name with a colon")
            if key.value in seen:
                self.wrong(self.line(key), f"{key.value!r} stands here twice")
            seen.add(key.value)
            yield key.value, value

    def parameters(self, node: Node | None) -> dict[str, str]:
        if node is None:
            return {}
        if not isinstance(node, MappingNode):
            self.wrong(self.line(node), "parameters are names, each with a colon and its default")
        found = {}
        for name, value in self.pairs(node):
            if not FIELD.fullmatch(f"{{{name}}}") or name in LATER:
                self.wrong(self.line(value), f"{name!r} cannot be a parameter: small letters and _, not title or date")
            if not isinstance(value, ScalarNode):
                self.wrong(self.line(value), f"the default of {name} must be a text")
            found[name] = "" if value.tag.endswith(":null") else str(value.value)
        return found

    def parts(self, node: Node, known: set[str]) -> Iterator[Part]:
        if not isinstance(node, SequenceNode) or not node.value:
            self.wrong(self.line(node), "sections are a list, each on a line with a dash")
        seen = set()
        for item in node.value:
            part = self.part(item, known)
            if part.kind != "answer" and part.kind in seen:
                self.wrong(self.line(item), f"the section {part.kind} stands here twice")
            seen.add(part.kind)
            yield part

    def part(self, node: Node, known: set[str]) -> Part:
        if isinstance(node, ScalarNode):
            return Part(self.kind(node))
        pairs = dict(self.pairs(node)) if isinstance(node, MappingNode) else {}
        if "ask" in pairs:
            odd = next((key for key in pairs if key not in ("ask", "heading")), None)
            if odd or "heading" not in pairs:
                self.wrong(self.line(node), f"{odd!r} beside a question" if odd else "the question has no heading")
            return Part("answer", self.localized(pairs["heading"], known), self.localized(pairs["ask"], known))
        if len(pairs) != 1:
            self.wrong(self.line(node), "a section is a name, a name with a heading, or ask and heading")
        ((_, heading),) = pairs.items()
        return Part(self.kind(node.value[0][0]), self.localized(heading, known))

    def kind(self, node: Node) -> SectionKind:
        known = next((kind for kind in KINDS if kind == node.value), None)
        if known is None:
            self.wrong(self.line(node), f"there is no section {node.value!r}; there are {', '.join(KINDS)}, and ask")
        return known

    def localized(self, node: Node, known: set[str]) -> Text:
        if not isinstance(node, MappingNode):
            return Text({"": self.text(node, known)})
        texts = {code.lower(): self.text(value, known) for code, value in self.pairs(node)}
        if not texts or not all(len(code) == 2 and code.isalpha() for code in texts):
            self.wrong(self.line(node), "a text by language has codes of two letters: {en: …, de: …}")
        return Text(texts)

    def text(self, node: Node, known: set[str]) -> str:
        text = " ".join(str(node.value).split()) if isinstance(node, ScalarNode) else ""
        if not text or len(text) > LONGEST:
            self.wrong(self.line(node), f"expected a text of at most {LONGEST} characters")
        for name in FIELD.findall(text):
            if name not in known:
                self.wrong(self.line(node), f"{{{name}}} is not among the parameters")
        return text

    def line(self, node: Node) -> int:
        return int(node.start_mark.line) + 2  # the first line is ---

    def wrong(self, line: int, what: str) -> NoReturn:
        hint = "`meetbot templates show weekly` is an example."
        raise UsageError(f"{self.path.name}, line {line}: {what}.", hint=hint, kind="template")
