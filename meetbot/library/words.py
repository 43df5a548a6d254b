"""Text to and from the word index: how Chinese and Japanese are cut, how a query is read, what is highlighted. Pure.

SQLite's tokenizer knows words between spaces. Ideographs and kana have none, so a run of them is indexed as its
overlapping pairs, 会議は as 会議 議は は: a query of two or more characters is then a phrase of pairs, and one of a
single character the beginning of a pair. Concession: Thai, Lao, Khmer and Burmese are found by whole phrases
between spaces only.
"""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Sequence
from functools import cache

_RUN = re.compile(r"[\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
_TERM = re.compile(r'"([^"]*)"?|(\S+)')
_TOKENIZER = "porter unicode61 remove_diacritics 2"

Span = tuple[int, int]


def segment(text: str) -> tuple[str, list[int]]:
    """`text` as the index reads it, and for each of its characters where it stands in `text` (-1: added).

    >>> segment("AI会議")[0].split()
    ['AI', '会議', '議']
    """
    pieces: list[str] = []
    origins: list[int] = []

    def put(piece: str, start: int | None) -> None:
        pieces.append(piece)
        origins.extend([-1] * len(piece) if start is None else range(start, start + len(piece)))

    done = 0
    for run in _RUN.finditer(text):
        put(text[done : run.start()], done)
        for k in range(run.start(), run.end()):
            put(" ", None)
            put(text[k : min(k + 2, run.end())], k)
        put(" ", None)
        done = run.end()
    put(text[done:], done)
    return "".join(pieces), origins


def expression(query: str) -> str:
    """`query` in FTS5's syntax: every word and "phrase" must occur; word* is a beginning. "" if it asks nothing.

    >>> expression('ship "release date" 会議')
    '"ship" "release date" "会議"'
    """
    terms = [_phrase(quoted or word) for quoted, word in _TERM.findall(query)]
    return " ".join(term for term in terms if term)


def either(query: str) -> str:
    """The same, but any of its terms will do."""
    terms = [_phrase(quoted or word) for quoted, word in _TERM.findall(query)]
    return " OR ".join(term for term in terms if term)


def _phrase(text: str) -> str:
    prefix = text.endswith("*")
    text = text.rstrip("*").replace('"', " ").strip()
    if not any(char.isalnum() for char in text):
        return ""
    run = next((run for run in _RUN.finditer(text) if run.end() == len(text)), None)
    segmented = segment(text)[0].split()
    if run and len(run[0]) > 1:
        segmented.pop()  # the single character that ends a run in the index may go on there
    elif run:
        prefix = True
    return f'"{" ".join(segmented)}"' + (" *" if prefix else "")


@cache
def _scratch() -> sqlite3.Connection:
    connection = sqlite3.connect(":memory:")
    connection.execute(f"CREATE VIRTUAL TABLE found USING fts5 (text, tokenize='{_TOKENIZER}')")
    return connection


def highlights(texts: Sequence[str], match: str) -> list[tuple[Span, ...]]:
    """Where in each of `texts` the words of the FTS5 expression `match` stand, as the index compares words."""
    scratch = _scratch()
    segmented = [segment(text) for text in texts]
    scratch.execute("DELETE FROM found")
    scratch.executemany(
        "INSERT INTO found (rowid, text) VALUES (?, ?)",
        [(k, _unmarked(text)) for k, (text, _) in enumerate(segmented)],
    )
    rows = scratch.execute(
        "SELECT rowid, highlight(found, 0, char(1), char(2)) FROM found WHERE found MATCH ?", [match]
    )
    marked = dict(rows.fetchall())
    return [_spans(marked.get(k, ""), origins) for k, (_, origins) in enumerate(segmented)]


def _unmarked(text: str) -> str:
    return text.replace("\x01", " ").replace("\x02", " ")


def _spans(marked: str, origins: Sequence[int]) -> tuple[Span, ...]:
    """The spans of the original text whose characters stand between the marks."""
    lit: set[int] = set()
    inside, position = False, 0
    for char in marked:
        if char in "\x01\x02":
            inside = char == "\x01"
            continue
        if inside and origins[position] >= 0:
            lit.add(origins[position])
        position += 1
    spans: list[Span] = []
    for index in sorted(lit):
        if spans and spans[-1][1] == index:
            spans[-1] = (spans[-1][0], index + 1)
        else:
            spans.append((index, index + 1))
    return tuple(spans)
