"""Nothing that is said becomes markup, a key, a link or a command, and readers still see the words."""

from __future__ import annotations

import html
import re

import pytest
import yaml
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from meetbot.export import clean

CHARACTERS = list("ab1 \n`*_[]()<>{}#|~!$^&;:=%+-.\\/\"'\u2028\x1b\x85\ufeff🙂é")
MARKUP = st.lists(st.sampled_from([*CHARACTERS, "](x)", "https://", "www.", "<b>"])).map("".join)


@given(MARKUP)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("1. [click](https://example.org) <script>alert(1)</script> &lt; ![x](y)")
@example("- [ ] task **bold** ~~gone~~ `code` # no www.example.org __init__")
@example("# heading")
@example("=== \n ---")
def test_markdown_renders_as_the_plain_words(text: str) -> None:
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render("- start " + clean.markdown(text) + " end")
    item = re.fullmatch(r"<ul>\n<li>start(.*)end</li>\n</ul>\n", rendered, re.S)
    assert item, rendered
    assert "<" not in item[1]
    assert " ".join(html.unescape(item[1]).split()) == clean.one_line(text)


@given(MARKUP)
@settings(max_examples=300, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("- [ ] a")
@example("1. [click]")
@example("# heading")
@example("===")
def test_markdown_stays_in_its_block_where_it_begins_a_line(text: str) -> None:
    rendered = MarkdownIt("gfm-like", {"linkify": False}).render("above\n\n" + clean.markdown(text))
    body = re.fullmatch(r"<p>above</p>\n(?:<p>([^<]*)</p>\n)?", rendered)
    assert body, rendered
    assert " ".join(html.unescape(body[1] or "").split()) == clean.one_line(text)


@given(st.text())
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@example("\ufeff\u0085\u2028🙂\ud800\x00 'quoted' \"double\" \\n: - {a: b}")
def test_yaml_reads_back_and_never_ends_the_block(text: str) -> None:
    scalar = clean.yaml(text)
    assert "\n" not in scalar
    assert yaml.safe_load(f"key: {scalar}\n") == {"key": clean.one_line(text)}


@pytest.mark.parametrize(
    ("said", "written"),
    [
        ("See www.example.org now", r"See www\.example.org now"),
        ("https://example.org", r"https\://example.org"),
        ("#secret %%hidden%% ==lit==", r"\#secret \%\%hidden\%\% \=\=lit\=\="),
        ("[[Note]] ^block", r"\[\[Note\]\] \^block"),
        ("snake_case stays, _this_ too", r"snake_case stays, \_this\_ too"),
        ("C# costs $5", r"C# costs \$5"),
        (":tada: at 10:30", r"\:tada: at 10:30"),
    ],
)
def test_what_only_github_or_obsidian_would_read(said: str, written: str) -> None:
    assert clean.markdown(said) == written


def test_control_characters_and_direction_overrides_are_gone() -> None:
    assert clean.one_line("a\x1b[31m\u202eb\x00\r\n c\u2066") == "a[31mb c"


@pytest.mark.parametrize("text", ["", "  ", ";; comment", "<NA>", "Ana María"])
def test_tokens_are_one_field(text: str) -> None:
    token = clean.token(text)
    assert token
    assert not re.search(r"\s", token)
    assert token[0] not in ";<"
