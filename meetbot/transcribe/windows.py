"""Speech cut into windows that Whisper can hear at once: spans in, windows of at most 30 s out. Pure.

Whisper was trained on 30 s and loses words in shorter cuts (Gandhi et al. 2023, table 23), so windows are filled with
as many turns as fit. Where to end a window is a shortest-path problem: every window costs 1, and ending one in a
short pause costs extra, because the words around it lose their context. Long silence is left out, short pauses stay.

Concedes: a window may hold several speakers and two languages; the language of a window is one.
"""

from __future__ import annotations

import bisect
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import pairwise

from meetbot.domain import Turn

LIMIT = 30.0

Span = tuple[float, float]
Quietest = Callable[[float, float], float]
"""The quietest moment between two moments of the recording, in seconds."""


@dataclass(frozen=True, slots=True)
class Window:
    """`pieces` of the recording heard one after another, 30 s in all at most; `speech` is what of them is spoken.

    `core`, when given, says that only words in this span are wanted; the rest is context.
    """

    pieces: tuple[Span, ...]
    speech: tuple[Span, ...]
    core: Span | None = None

    @property
    def start(self) -> float:
        return self.pieces[0][0]

    @property
    def end(self) -> float:
        return self.pieces[-1][1]

    @property
    def duration(self) -> float:
        return sum(end - start for start, end in self.pieces)

    @property
    def spoken(self) -> float:
        """Seconds of speech."""
        return sum(end - start for start, end in self.speech)

    def moment(self, heard: float, *, ending: bool = False) -> float:
        """The moment of the recording that is heard `heard` seconds into the window.

        Between two pieces a start belongs to the later one and an end, with `ending`, to the earlier one.

        >>> window = Window(((10.0, 12.0), (20.0, 25.0)), ())
        >>> window.moment(2.0), window.moment(2.0, ending=True), window.moment(3.0)
        (20.0, 12.0, 21.0)
        """
        offsets = [0.0]
        for start, end in self.pieces:
            offsets.append(offsets[-1] + end - start)
        find = bisect.bisect_left if ending else bisect.bisect_right
        index = min(max(find(offsets, heard) - 1, 0), len(self.pieces) - 1)
        start, end = self.pieces[index]
        return min(max(start + heard - offsets[index], start), end)

    def heard(self, moment: float) -> float:
        """How many seconds into the window a moment of the recording is heard: the inverse of `moment`.

        >>> Window(((10.0, 12.0), (20.0, 25.0)), ()).heard(21.0)
        3.0
        """
        return sum(min(max(moment - start, 0.0), end - start) for start, end in self.pieces)

    def span(self, start: float, end: float) -> Span:
        """What is heard from `start` to `end`, within the piece in which it starts: no word spans a silence left out.

        >>> Window(((10.0, 12.0), (20.0, 25.0)), ()).span(1.0, 4.0)
        (11.0, 12.0)
        """
        begin = self.moment(start)
        last = next(stop for first, stop in self.pieces if first <= begin <= stop)
        return begin, max(begin, min(self.moment(end, ending=True), last))


@dataclass(frozen=True, slots=True)
class PackOptions:
    """Seconds. `margin` of silence stays around speech; pauses up to `longest_pause` stay whole, longer ones go.

    `short_cut` is what ending a window at a pause of no length costs, in windows; it halves every `half` seconds.
    """

    limit: float = LIMIT
    margin: float = 0.3
    longest_pause: float = 2.0
    short_cut: float = 1.0
    half: float = 0.25


def pack(spans: Sequence[Span], quietest: Quietest, options: PackOptions = PackOptions()) -> list[Window]:
    """Windows over disjoint, ordered `spans` of speech, each whole unless it is too long for a window.

    A span longer than a window is cut where it is `quietest`.
    """
    parts = [part for span in spans for part in _cut(span, quietest, options.limit - 2 * options.margin)]
    if not parts:
        return []
    pauses = [later[0] - earlier[1] for earlier, later in pairwise(parts)]
    # best[j]: the cheapest way to cover the first j parts, and where its last window begins.
    best: list[tuple[float, int]] = [(0.0, 0)]
    for stop in range(1, len(parts) + 1):
        ending = 0.0 if stop == len(parts) else options.short_cut * 0.5 ** (pauses[stop - 1] / options.half)
        choices = []
        length = 2 * options.margin
        for first in range(stop - 1, -1, -1):
            length += parts[first][1] - parts[first][0]
            if first < stop - 1:
                length += _kept(pauses[first], options)
            if length > options.limit + 1e-6 and first < stop - 1:
                break
            choices.append((best[first][0] + 1.0 + ending, first))
        best.append(min(choices))
    cuts = [len(parts)]
    while cuts[-1] > 0:
        cuts.append(best[cuts[-1]][1])
    cuts.reverse()
    return [_window(parts, first, stop, options) for first, stop in pairwise(cuts)]


def alone(turns: Sequence[Turn], quietest: Quietest, context: float = 0.0) -> list[Window]:
    """Every turn in windows of its own, heard with `context` seconds around it of which no words are kept."""
    windows = []
    for turn in sorted(turns, key=lambda turn: (turn.start, turn.end)):
        for start, end in _cut((turn.start, turn.end), quietest, LIMIT - 2 * context):
            core = (start, end) if context else None
            windows.append(Window(((max(0.0, start - context), end + context),), ((start, end),), core))
    return windows


def fixed(start: float, end: float) -> list[Window]:
    """Thirty seconds after thirty seconds, whatever is heard in them."""
    windows = []
    while start < end - 0.05:
        span = (start, min(start + LIMIT, end))
        windows.append(Window((span,), (span,)))
        start = span[1]
    return windows


def _kept(pause: float, options: PackOptions) -> float:
    return pause if pause <= options.longest_pause else 2 * options.margin


def _cut(span: Span, quietest: Quietest, limit: float) -> list[Span]:
    parts = []
    start, end = span
    while end - start > limit:
        # Not in the first half: every cut costs words on both sides of it.
        cut = quietest(start + limit / 2, start + limit)
        parts.append((start, cut))
        start = cut
    return [*parts, (start, end)]


def _window(parts: Sequence[Span], first: int, stop: int, options: PackOptions) -> Window:
    lead = _side(parts, first, options.margin)
    tail = _side(parts, stop, options.margin)
    pieces = [(max(0.0, parts[first][0] - lead), parts[first][1])]
    for start, end in parts[first + 1 : stop]:
        if start - pieces[-1][1] <= options.longest_pause:
            pieces[-1] = (pieces[-1][0], end)
        else:
            pieces[-1] = (pieces[-1][0], pieces[-1][1] + options.margin)
            pieces.append((start - options.margin, end))
    pieces[-1] = (pieces[-1][0], pieces[-1][1] + tail)
    return Window(tuple(pieces), tuple(parts[first:stop]))


def _side(parts: Sequence[Span], index: int, margin: float) -> float:
    """The silence that a window takes at the boundary before part `index`: neighbours share a short pause."""
    if index in (0, len(parts)):
        return margin
    return min(margin, (parts[index][0] - parts[index - 1][1]) / 2)
