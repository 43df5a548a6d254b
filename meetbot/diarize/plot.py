"""A picture of who spoke when: as SVG, and as one line of coloured blocks for a terminal. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape

from meetbot.domain import Turn

COLOURS = ("#4477aa", "#ee6677", "#228833", "#ccbb44", "#66ccee", "#aa3377", "#bbbbbb", "#222222")
"""Paul Tol's bright scheme: told apart by the colour-blind too."""
WIDTH = 1000
ROW = 26
LEFT, RIGHT, TOP = 110, 90, 28
TICKS = (5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)


def svg(turns: Sequence[Turn], duration: float, names: Mapping[str, str] | None = None, start: float = 0.0) -> str:
    """One row a speaker from `start` to `start + duration` seconds; overlaps are marked in a row below.

    `names` maps ids to what a reader should see. Talk time and its share stand behind each row.
    """
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    talk = {one: sum(turn.duration for turn in turns if turn.speaker == one) for one in speakers}
    everything = sum(talk.values()) or 1.0
    height = TOP + ROW * (len(speakers) + 1) + 24
    scale = WIDTH / max(duration, 0.001)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {LEFT + WIDTH + RIGHT} {height}" '
        'font-family="sans-serif" font-size="13" role="img">',
        "<title>Who spoke when</title>",
        f'<rect width="{LEFT + WIDTH + RIGHT}" height="{height}" fill="#ffffff"/>',
    ]
    # The grid lies under the turns: a line across one would look like a pause.
    step = next((tick for tick in TICKS if duration / tick <= 12), TICKS[-1])
    for tick in range(0, int(duration) + 1, step):
        x = LEFT + tick * scale
        parts.append(f'<line x1="{x:.1f}" y1="{TOP - 4}" x2="{x:.1f}" y2="{height - 20}" stroke="#dddddd"/>')
        parts.append(
            f'<text x="{x:.1f}" y="{TOP - 10}" text-anchor="middle" fill="#777777">{_clock(tick + start)}</text>'
        )
    for row, speaker in enumerate(speakers):
        top, colour = TOP + ROW * row, COLOURS[row % len(COLOURS)]
        label = escape((names or {}).get(speaker, speaker))
        share = round(100 * talk[speaker] / everything)
        parts.append(f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end">{label}</text>')
        parts.append(f'<text x="{LEFT + WIDTH + 8}" y="{top + 15}">{_clock(talk[speaker])} · {share} %</text>')
        parts += [
            _bar((turn.start - start) * scale, turn.duration * scale, top, colour, f"{label} {_clock(turn.start)}")
            for turn in turns
            if turn.speaker == speaker
        ]
    top = TOP + ROW * len(speakers)
    overlaps = overlapped(turns)
    if overlaps:
        parts.append(f'<text x="{LEFT - 8}" y="{top + 15}" text-anchor="end" fill="#777777">overlap</text>')
        parts += [
            _bar((left - start) * scale, (right - left) * scale, top, "#999999", _clock(left))
            for left, right in overlaps
        ]
    return "\n".join([*parts, "</svg>", ""])


def blocks(turns: Sequence[Turn], start: float, end: float, width: int = 60, *, colour: bool = True) -> str:
    """One character a stretch of time, in the colour of who speaks most in it; a dot where nobody does.

    Without colour, the number of the speaker (0 from ten on) stands instead of a block.

    >>> blocks([Turn("S1", 0, 2), Turn("S2", 3, 4)], 0, 4, 4, colour=False)
    '11·2'
    """
    speakers = list(dict.fromkeys(turn.speaker for turn in turns))
    cells: list[dict[str, float]] = [{} for _ in range(width)]
    length = max(end - start, 0.001) / width
    for turn in turns:
        first = max(0, int((turn.start - start) / length))
        last = min(width - 1, int((turn.end - start) / length))
        for index in range(first, last + 1):
            left = start + index * length
            shared = min(turn.end, left + length) - max(turn.start, left)
            if shared > 0:
                cells[index][turn.speaker] = cells[index].get(turn.speaker, 0.0) + shared
    shown = []
    for cell in cells:
        if not cell or max(cell.values()) < 0.2 * length:
            shown.append("·")
            continue
        number = speakers.index(max(cell, key=cell.__getitem__))
        shown.append(block(number, colour=colour))
    return "".join(shown)


def block(number: int, *, colour: bool) -> str:
    """The character that stands for the speaker of this number (from 0)."""
    if not colour:
        return str((number + 1) % 10)
    red, green, blue = (int(COLOURS[number % len(COLOURS)][at : at + 2], 16) for at in (1, 3, 5))
    return f"\x1b[38;2;{red};{green};{blue}m█\x1b[0m"


def overlapped(turns: Sequence[Turn]) -> list[tuple[float, float]]:
    """Where more than one person speaks, as (start, end) in order."""
    edges = sorted([(turn.start, 1) for turn in turns] + [(turn.end, -1) for turn in turns])
    found: list[tuple[float, float]] = []
    talking, since = 0, 0.0
    for time, change in edges:
        if talking >= 2 and time > since:
            if found and found[-1][1] == since:
                found[-1] = (found[-1][0], time)
            else:
                found.append((since, time))
        talking, since = talking + change, time
    return found


def _bar(left: float, width: float, top: float, colour: str, tip: str) -> str:
    return (
        f'<rect x="{LEFT + left:.2f}" y="{top + 3}" width="{max(0.5, width):.2f}" height="{ROW - 8}" fill="{colour}">'
        f"<title>{tip}</title></rect>"
    )


def _clock(seconds: float) -> str:
    minutes, rest = divmod(round(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
