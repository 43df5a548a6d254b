"""The words of one utterance in, the caption-sized pieces they read best in out. Pure; knows no format and no speaker.

Breaking is an optimisation, as in TeX's paragraphs (Knuth and Plass, 1981): a cue or line that ends with a
sentence or clause is cheap, one that ends with an article or leaves a word alone is dear, and dynamic programming
finds the cheapest sequence. Widths are columns: a full-width character counts two, a combining mark none, so 42
columns hold 21 Chinese or Japanese characters. Concession: the small words that bind to what follows are listed
for a handful of European languages only; elsewhere punctuation and pauses decide.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise

from meetbot.domain import Utterance, Word
from meetbot.export import clean

_SENTENCE_END = tuple(".?!…。！？؟।")
_CLAUSE_END = tuple(",;:–—、，；：،")
_QUOTES = "\"'”’»)]）」』”"
_NEVER_FIRST = frozenset("。、，．！？：；・…ー」』）】〉》〕々ぁぃぅぇぉっゃゅょゎァィゥェォッャュョヮ%,.!?;:)]}»”’")
_NEVER_LAST = frozenset("「『（【〈《〔([{«“¿¡")
# A line should not end with these: articles, prepositions, possessives …
_BINDS = """
a an the of to in on at for from with by as my your his her its our their this that these those i we he she they
is are was were will not no very mr mrs dr der die das den dem des ein eine einen im am zu von mit auf für bei
nicht sehr ist sind le la les un une des du de à au aux en dans sur pour par avec ne el los las una unos al del
con por para su se o os um uma do da dos das no na em com não"""
# … and may well begin with these.
_JOINS = """
and but or so because that which who when where while if than then though although since until und aber oder
weil dass wenn denn sondern et mais ou donc car parce que qui quand si y pero porque cuando e mas então"""
_BINDING, _JOINING = frozenset(_BINDS.split()), frozenset(_JOINS.split())

_CUE = 8.0  # what one more cue costs; a break within a sentence costs up to 12
_LINE = 3.0
_ORPHAN = 60.0  # a cue of one word
_LONELY = 25.0  # a line of one word of at most _SHORT columns, beside another line
_SHORT = 14
_RAGGED = 6.0  # the square of the part of a line that is empty
_PAUSE = 1.5  # seconds of silence a caption should not stand through


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


@dataclass(frozen=True, slots=True)
class Limits:
    """`first` columns in a cue's first line, `width` in the others, `lines` lines, at most `seconds` a cue."""

    width: int
    first: int
    lines: int
    shortest: float
    longest: float


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


def _badness(atom: Atom, following: Atom) -> float:
    """What it costs to break between these two: 0 after a sentence, 12 after an article."""
    said = atom.text.rstrip(_QUOTES)
    if said.endswith(_SENTENCE_END):
        return 0.0
    if said.endswith(_CLAUSE_END):
        return 1.0
    last, first = atom.text.lower(), following.text.lower()
    cost = 3.0 if first in _JOINING else 4.5 if first in _BINDING else 6.0
    if last in _BINDING or last in _JOINING:
        cost += 6.0
    pause = following.start - atom.end
    return max(0.5, cost - 6.0 * min(pause, 0.6) / 0.6)


Lines = tuple[tuple[Word, ...], ...]


def break_up(words: Sequence[Word], limits: Limits) -> list[Lines]:
    """The cues that `words` are best shown in, each as one to `limits.lines` lines of words.

    Every word stands in exactly one line, in order; the first word of a line has lost its leading space. A cue
    lasts longer than `limits.longest` only if a single word does.
    """
    units = atoms(words, limits.first)
    total = len(units)
    bad = [_badness(units[k], units[k + 1]) for k in range(total - 1)] + [0.0]
    best = [0.0] + [float("inf")] * total  # best[j]: cheapest way to show the first j atoms in whole cues
    cue_from = [0] * (total + 1)
    lines_of: list[tuple[int, ...]] = [()] * (total + 1)
    for i in range(total):
        for j, (layout, breaks) in _layouts(units, bad, i, limits).items():
            cost = best[i] + _CUE + layout + _shape(units, i, j, limits) + 2 * bad[j - 1]
            if cost < best[j]:
                best[j], cue_from[j], lines_of[j] = cost, i, breaks
    cues: list[Lines] = []
    j = total
    while j > 0:
        edges = (cue_from[j], *lines_of[j], j)
        cues.append(tuple(_line(units[a:b]) for a, b in pairwise(edges)))
        j = cue_from[j]
    return cues[::-1]


def _layouts(
    units: Sequence[Atom], bad: Sequence[float], i: int, limits: Limits
) -> dict[int, tuple[float, tuple[int, ...]]]:
    """For every end j of a cue that begins at atom i: the cost of its best lines, and where those break."""
    best: dict[int, tuple[float, tuple[int, ...]]] = {}
    ends: dict[int, tuple[float, tuple[int, ...]]] = {i: (0.0, ())}
    for number in range(limits.lines):
        budget = limits.width if number else limits.first
        longer: dict[int, tuple[float, tuple[int, ...]]] = {}
        for k, (cost, breaks) in ends.items():
            before = cost + (bad[k - 1] + _LINE if number else 0.0)
            where = (*breaks, k) if number else breaks
            used = 0
            for j in range(k + 1, len(units) + 1):
                used += units[j - 1].width + (units[j - 1].spaced and j - 1 > k)
                if used > budget or (j - i > 1 and units[j - 1].end - units[i].start > limits.longest):
                    break
                line = before + _RAGGED * ((budget - used) / budget) ** 2
                if j - k == 1 and used <= _SHORT:
                    line += _LONELY
                if j not in longer or line < longer[j][0]:
                    longer[j] = (line, where)
        for j, found in longer.items():
            # How long a line is matters only beside another.
            if j not in best or found[0] < best[j][0]:
                best[j] = found if number else (0.0, ())
        ends = longer
    return best


def _shape(units: Sequence[Atom], i: int, j: int, limits: Limits) -> float:
    """What is wrong with atoms i to j as a cue, wherever its lines break."""
    cost = 0.0
    if len(units) > 1 and (j - i == 1 or sum(unit.width for unit in units[i:j]) <= 4):
        cost += _ORPHAN
    free = units[j].start - units[i].start if j < len(units) else units[j - 1].end - units[i].start + 0.5
    cost += 30.0 * max(0.0, limits.shortest - free)
    for a, b in zip(units[i : j - 1], units[i + 1 : j], strict=True):
        cost += 40.0 * max(0.0, b.start - a.end - _PAUSE)
    return cost


def _line(units: Sequence[Atom]) -> tuple[Word, ...]:
    first, *rest = [word for unit in units for word in unit.words]
    return (replace(first, text=first.text.lstrip()), *rest)
