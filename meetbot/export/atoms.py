"""An utterance in, the pieces that captions are set from out: words cleaned, and joined where no line may break. Pure.

Widths are columns: a full-width character counts two, a combining mark none, so 42 columns hold 21 Chinese or
Japanese characters. What begins and ends a line in those languages follows the usual rule (kinsoku).
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import cached_property

from meetbot.domain import Utterance, Word
from meetbot.export import clean

_NEVER_FIRST = frozenset("。、，．！？：；・…ー」』）】〉》〕々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ%,.!?;:)]}»”’")
_NEVER_LAST = frozenset("「『（【〈《〔([{«“¿¡")


def columns(text: str) -> int:
    """How wide `text` is on a screen of fixed-width cells."""
    return sum(
        0 if unicodedata.combining(char) else 2 if unicodedata.east_asian_width(char) in "WF" else 1 for char in text
    )


@dataclass(frozen=True)
class Atom:
    """Words between which no line may break. `spaced`: a space stands before it, unless it begins a line."""

    words: tuple[Word, ...]
    spaced: bool

    @cached_property
    def text(self) -> str:
        return "".join(word.text for word in self.words).strip()

    @cached_property
    def width(self) -> int:
        return columns(self.text)

    @property
    def start(self) -> float:
        return self.words[0].start

    @property
    def end(self) -> float:
        return self.words[-1].end


def spoken_words(utterance: Utterance) -> tuple[Word, ...]:
    """The utterance's words, cleaned, never running backwards; spread evenly over its time if it has none.

    A word keeps at most one leading space, none at the very beginning; words without any visible character are gone.
    """
    words = utterance.words or _spread(utterance)
    result: list[Word] = []
    space, time = False, max(0.0, utterance.start if not utterance.words else 0.0)
    for word in words:
        text = clean.one_line(word.text)
        space = space or word.text[:1].isspace()
        if not text:
            continue
        time = max(time, word.start)
        lead = " " if space and result else ""
        result.append(Word(lead + text, time, max(time, word.end), word.probability))
        time, space = max(time, word.end), False
    return tuple(result)


def _spread(utterance: Utterance) -> tuple[Word, ...]:
    pieces = [" " + piece for piece in utterance.text.split()]
    total = sum(map(len, pieces)) or 1
    length = max(0.0, utterance.end - utterance.start)
    words: list[Word] = []
    done = 0
    for piece in pieces:
        start, done = utterance.start + length * done / total, done + len(piece)
        words.append(Word(piece, start, utterance.start + length * done / total, 1.0))
    return tuple(words)


def _breakable(before: str, after: str, spaced: bool) -> bool:
    """Whether a line may end with `before` and the next begin with `after`."""
    if after[0] in _NEVER_FIRST or before[-1] in _NEVER_LAST:
        return False
    if spaced:
        return True
    return _ideographic(before[-1]) or _ideographic(after[0])


def _ideographic(char: str) -> bool:
    # Korean is full-width too, but has spaces between its words.
    return unicodedata.east_asian_width(char) in "WF" and not "\uac00" <= char <= "\ud7a3"


def joint(before: str, after: str) -> str:
    """What stands between two lines when they are written as one: a space, but none between ideographs."""
    return "" if _ideographic(before[-1:] or " ") and _ideographic(after[:1] or " ") else " "


def atoms(words: Iterable[Word], widest: int) -> list[Atom]:
    """`words` gathered into unbreakable atoms of at most `widest` columns; what is wider is cut by force."""
    groups: list[list[Word]] = []
    for word in words:
        spaced = word.text[0] == " "
        if groups and not _breakable(groups[-1][-1].text, word.text.strip(), spaced):
            groups[-1].append(word)
        else:
            groups.append([word])
    result: list[Atom] = []
    for group in groups:
        atom = Atom(tuple(group), group[0].text[0] == " ")
        result.extend([atom] if atom.width <= widest else _cut(atom, widest))
    return result


def _cut(atom: Atom, widest: int) -> list[Atom]:
    """An atom too wide for any line, between its words where possible, else inside them."""
    parts: list[list[Word]] = [[]]
    used = 0
    for word in (piece for whole in atom.words for piece in _cut_word(whole, widest)):
        width = columns(word.text.strip() if not parts[-1] else word.text)
        if parts[-1] and used + width > widest:
            parts.append([])
            used, width = 0, columns(word.text.strip())
        parts[-1].append(word)
        used += width
    return [Atom(tuple(part), part[0].text[0] == " ") for part in parts]


def _cut_word(word: Word, widest: int) -> list[Word]:
    if columns(word.text.strip()) <= widest:
        return [word]
    texts = [""]
    for char in word.text:
        if columns(texts[-1].strip() + char) > widest:
            texts.append("")
        texts[-1] += char
    step = (word.end - word.start) / len(texts)
    return [
        replace(word, text=text, start=word.start + k * step, end=word.start + (k + 1) * step)
        for k, text in enumerate(texts)
    ]
