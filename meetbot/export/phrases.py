"""The words of one utterance in, the caption-sized pieces they read best in out. Pure; knows no format and no speaker.

Breaking is an optimisation, as in TeX's paragraphs (Knuth and Plass, 1981): a cue or line that ends with a
sentence or clause is cheap, one that ends with an article or leaves a word alone is dear, and dynamic programming
finds the cheapest sequence. Concession: the small words that bind to what follows are listed for a handful of
European languages only; elsewhere punctuation and pauses decide.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import accumulate, pairwise

from meetbot.domain import Word
from meetbot.export.atoms import Atom, atoms

_SENTENCE_END = tuple(".?!…。！？؟।")
_CLAUSE_END = tuple(",;:–—、，；：،")
_QUOTES = "\"'”’»)]）」』”"
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
_CROWDED = 40.0  # a cue that takes every line while somebody else wants one


@dataclass(frozen=True, slots=True)
class Limits:
    """A cue has `lines` lines of `width` columns, `first` in the first, and `shortest` to `longest` seconds."""

    width: int
    first: int
    lines: int
    shortest: float
    longest: float


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


@dataclass(frozen=True, slots=True)
class _Passage:
    """What breaking needs to know of n atoms, looked up often: `bad[k]` is the cost of a break after atom k,
    `wide[k]` and `still[k]` the width of the atoms before k and the cost of the silences between them."""

    atoms: Sequence[Atom]
    widths: Sequence[int]
    starts: Sequence[float]
    ends: Sequence[float]
    bad: Sequence[float]
    wide: Sequence[int]
    still: Sequence[float]
    interruptions: Sequence[float]

    def interrupted(self, i: int, j: int) -> bool:
        """Whether somebody else begins to speak during atoms i to j."""
        first = bisect_left(self.interruptions, self.starts[i])
        return first < len(self.interruptions) and self.interruptions[first] < self.ends[j - 1]


def _passage(units: Sequence[Atom], interruptions: Sequence[float]) -> _Passage:
    pairs = list(pairwise(units))
    silences = [40.0 * max(0.0, after.start - before.end - _PAUSE) for before, after in pairs]
    widths = [unit.width for unit in units]
    return _Passage(
        atoms=units,
        widths=widths,
        starts=[unit.start for unit in units],
        ends=[unit.end for unit in units],
        bad=[*(_badness(before, after) for before, after in pairs), 0.0],
        wide=list(accumulate(widths, initial=0)),
        still=list(accumulate(silences, initial=0.0)),
        interruptions=interruptions,
    )


Lines = tuple[tuple[Word, ...], ...]
_Layout = tuple[float, tuple[int, ...]]  # cost, and the atoms before which the later lines begin


def break_up(words: Sequence[Word], limits: Limits, interruptions: Sequence[float] = ()) -> list[Lines]:
    """The cues that `words` are best shown in, each as one to `limits.lines` lines of words.

    At each time of `interruptions`, in order, somebody else says a line: the cue of that moment leaves one free.

    Every word stands in exactly one line, in order; the first word of a line has lost its leading space. A cue
    lasts longer than `limits.longest` only if a single word does.
    """
    passage = _passage(atoms(words, limits.first), interruptions)
    total = len(passage.atoms)
    best = [0.0] + [float("inf")] * total  # best[j]: cheapest way to show the first j atoms in whole cues
    cue_from = [0] * (total + 1)
    lines_of: list[tuple[int, ...]] = [()] * (total + 1)
    for i in range(total):
        for j, (layout, breaks) in _layouts(passage, i, limits).items():
            cost = best[i] + _CUE + layout + _shape(passage, i, j, limits) + 2 * passage.bad[j - 1]
            if cost < best[j]:
                best[j], cue_from[j], lines_of[j] = cost, i, breaks
    cues: list[Lines] = []
    j = total
    while j > 0:
        edges = (cue_from[j], *lines_of[j], j)
        cues.append(tuple(_line(passage.atoms[a:b]) for a, b in pairwise(edges)))
        j = cue_from[j]
    return cues[::-1]


def _layouts(passage: _Passage, i: int, limits: Limits) -> dict[int, _Layout]:
    """For every end j of a cue that begins at atom i: the cost of its best lines, and where those break."""
    last = passage.starts[i] + limits.longest
    best: dict[int, _Layout] = {}
    ends: dict[int, _Layout] = {i: (0.0, ())}
    for number in range(limits.lines):
        budget = limits.width if number else limits.first
        longer: dict[int, _Layout] = {}
        for k, (cost, breaks) in ends.items():
            before = cost + (passage.bad[k - 1] + _LINE if number else 0.0)
            where = (*breaks, k) if number else breaks
            used = 0
            for j in range(k + 1, len(passage.atoms) + 1):
                used += passage.widths[j - 1] + (j - 1 > k and passage.atoms[j - 1].spaced)
                if used > budget or (passage.ends[j - 1] > last and j - i > 1):
                    break
                line = before + _RAGGED * ((budget - used) / budget) ** 2
                if j - k == 1 and used <= _SHORT:
                    line += _LONELY
                if j not in longer or line < longer[j][0]:
                    longer[j] = (line, where)
        full = number > 0 and number + 1 == limits.lines
        for j, (cost, breaks) in longer.items():
            # How long a line is matters only beside another.
            whole = (cost if number else 0.0) + (_CROWDED if full and passage.interrupted(i, j) else 0.0)
            if j not in best or whole < best[j][0]:
                best[j] = (whole, breaks)
        ends = longer
    return best


def _shape(passage: _Passage, i: int, j: int, limits: Limits) -> float:
    """What is wrong with atoms i to j as a cue, wherever its lines break."""
    total = len(passage.atoms)
    cost = passage.still[j - 1] - passage.still[i]
    if total > 1 and (j - i == 1 or passage.wide[j] - passage.wide[i] <= 4):
        cost += _ORPHAN
    gone = passage.starts[j] if j < total else passage.ends[j - 1] + 0.5
    return cost + 30.0 * max(0.0, limits.shortest - gone + passage.starts[i])


def _line(units: Sequence[Atom]) -> tuple[Word, ...]:
    first, *rest = [word for unit in units for word in unit.words]
    return (replace(first, text=first.text.lstrip()), *rest)
