"""Templates: those that come with meetbot, the user's own, and what is said about a wrong one."""

from __future__ import annotations

import contextlib
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from typer.testing import CliRunner

from meetbot import templates
from meetbot.cli.templates import chosen, templates_app
from meetbot.domain import SECTIONS
from meetbot.errors import UsageError
from meetbot.templates import Text, find
from meetbot.templates.reading import read

LANGUAGES = {"en", "de", "es", "fr", "pt", "zh", "ja"}
TEMPLATE = """---
title: "{team}: {title}"
tone: For {team}.
parameters: {team: Weekly, room:}
sections:
  - action_items: Until next week
  - ask: What delays {team} in {room}?
    heading: {en: Blockers, de: Hindernisse}
  - overview
---
What the team
decided.
"""


@pytest.fixture(autouse=True)
def own_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path))
    return tmp_path / "meetbot" / "templates"


@pytest.mark.parametrize("name", ["board", "interview", "lecture", "one-on-one", "standup", "weekly"])
def test_what_comes_with_meetbot_is_in_every_language(name: str) -> None:
    template = find(name)
    assert template.about
    assert template.tone
    for part in template.parts:
        for text in (part.heading, part.question):
            assert text is None or set(text.by_language) == LANGUAGES, (name, part)


def test_a_file_is_read_and_filled(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text(TEMPLATE)
    template = find(str(path)).filled({"room": "Rome"})
    assert (template.name, template.about) == (str(path), "What the team decided.")
    assert (template.title, template.tone) == ("Weekly: {title}", "For Weekly.")
    assert [part.kind for part in template.parts] == ["action_items", "answer", "overview"]
    _, asked, overview = template.parts
    assert asked.question is not None
    assert asked.heading is not None
    assert asked.question.in_language("fr") == "What delays Weekly in Rome?"
    assert (asked.heading.in_language("de-AT"), asked.heading.in_language("fr")) == ("Hindernisse", "Blockers")
    assert overview.heading is None


def test_parameters_are_checked(tmp_path: Path) -> None:
    path = tmp_path / "mine.md"
    path.write_text(TEMPLATE)
    assert chosen(str(path), ["room=Rome", "team=Ops=2"]).tone == "For Ops=2."
    with pytest.raises(UsageError, match="needs the parameter room"):
        chosen(str(path), None)
    with pytest.raises(UsageError, match="no parameter rom"):
        chosen(str(path), ["rom=1"])
    with pytest.raises(UsageError, match="KEY=VALUE"):
        chosen(str(path), ["room"])
    assert [part.kind for part in chosen(None, None).parts] == [section.kind for section in SECTIONS]


@pytest.mark.parametrize(
    ("wrong", "line", "what"),
    [
        ("sections: [overview]", 1, "begins with a line ---"),
        ("---\nsections: [overview]", 2, "second line ---"),
        ("---\ntone: plain\n---\n", 3, "no list of sections"),
        ("---\nsections:\n  - overview\n  - decsions\n---\n", 4, "no section 'decsions'"),
        ("---\nsections:\n  - overview\n  - overview: Again\n---\n", 4, "twice"),
        ("---\nsections:\n- ask: Why?\n---\n", 3, "no heading"),
        ("---\nsections:\n- ask: Why {x}?\n  heading: X\n---\n", 3, "{x} is not among the parameters"),
        ("---\ntone: a\ntone: b\nsections: [overview]\n---\n", 3, "twice"),
        ("---\ncolour: red\nsections: [overview]\n---\n", 2, "no setting"),
        ("---\nsections: [overview\ntone: x\n---\n", 3, ""),
        ("---\nparameters: {title: x}\nsections: [overview]\n---\n", 2, "cannot be a parameter"),
        ("---\nsections: overview\n---\n", 2, "a list"),
        ("---\nsections:\n- overview: {english: X}\n---\n", 3, "two letters"),
        ("---\n- overview\n---\n", 2, "with a colon"),
    ],
)
def test_a_mistake_is_reported_with_its_line(tmp_path: Path, wrong: str, line: int, what: str) -> None:
    path = tmp_path / "wrong.md"
    path.write_text(wrong)
    with pytest.raises(UsageError, match=rf"^wrong\.md, line {line}: .*{re.escape(what)}"):
        read(path)


@given(st.text(st.sampled_from("-:[]{}#&*!|>'\"%@`,? \nab\x00\ufeff"), max_size=60))
def test_no_file_is_a_bug(tmp_path_factory: pytest.TempPathFactory, text: str) -> None:
    path = tmp_path_factory.getbasetemp() / "odd.md"
    path.write_text(f"---\n{text}\n---\n")
    with contextlib.suppress(UsageError):
        read(path)


def test_a_text_without_the_language_asked_for() -> None:
    assert Text({"fr": "Bon"}).in_language("ja") == "Bon"
    assert Text({"fr": "Bon", "en": "Good"}).in_language("ja") == "Good"
    assert Text({"": "All"}).in_language("ja") == "All"


def test_own_templates_are_made_listed_and_go_first(own_folder: Path) -> None:
    runner = CliRunner()
    assert runner.invoke(templates_app, ["new", "board", "--from", "standup"]).exit_code == 0
    assert (own_folder / "board.md").read_text() == templates.locate("standup").read_text()
    assert templates.locate("board") == own_folder / "board.md"
    (own_folder / "broken.md").write_text("---\nsections: 3\n---\n")
    listed = runner.invoke(templates_app, ["list"]).stdout
    assert re.search(r"^\* board +A stand-up", listed, re.MULTILINE)
    assert re.search(r"^\* broken +\(cannot be used: broken\.md, line 2", listed, re.MULTILINE)
    assert re.search(r"^  weekly", listed, re.MULTILINE)
    assert isinstance(runner.invoke(templates_app, ["new", "board"]).exception, UsageError)
    assert runner.invoke(templates_app, ["show", "board"]).stdout == (own_folder / "board.md").read_text()


@pytest.mark.parametrize("name", ["weekli", "../weekly", "nothing.md"])
def test_a_template_that_does_not_exist(name: str) -> None:
    with pytest.raises(UsageError, match=r"[Tt]emplate"):
        find(name)
