"""A transcript in, caption cues as broadcasters set them out. Pure: srt, vtt, lrc and tsv only write these down.

At most 42 columns a line and two lines, one to seven seconds, lines that end where clauses do, no word left alone,
speakers told apart; cues never overlap, even where the speakers did (EBU-TT-D and the BBC's and Netflix's subtitle
guides agree on these). Concession: where more is said at once than can be shown in turn, a cue's second of screen
time wins over synchrony, and the cues that follow come late until a pause lets them catch up. Five seconds late is too
late: where lines are so narrow that it comes to that, cues are shorter.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, pairwise

from meetbot.domain import Transcript, Word
from meetbot.errors import UsageError
from meetbot.export.atoms import columns, joint, spoken_words
from meetbot.export.phrases import Limits, break_up

SHORTEST = 1.0  # seconds
LONGEST = 7.0
_EARLY = 0.5  # a short cue may come this much before its first word
_LATE = 2.0  # seconds behind the speech after which a cue gets no more than SHORTEST if others wait
LOST = 5.0  # seconds behind the speech after which a cue gets no more than FLASH
FLASH = 0.3
_READING = 20.0  # columns a second that people can read; a cue lingers that long where there is room


@dataclass(frozen=True, slots=True)
class CaptionStyle:
    """How captions break, with whisper's names. A full-width character counts as two columns."""

    max_line_width: int = 42
    max_line_count: int = 2
    highlight_words: bool = False

    def __post_init__(self) -> None:
        if self.max_line_width < 10:
            message = f"A caption line of {self.max_line_width} columns holds no words."
            raise UsageError(message, hint="Use --max-line-width 10 or more.")
        if self.max_line_count < 1:
            raise UsageError("A caption needs a line.", hint="Use --max-line-count 1 or more.")


@dataclass(frozen=True, slots=True)
class Line:
    """A line of a cue. `dash`: someone else begins to speak, which the reader cannot see otherwise."""

    speaker: str
    words: tuple[Word, ...]
    dash: bool = False

    @property
    def text(self) -> str:
        return "".join(word.text for word in self.words)


@dataclass(frozen=True, slots=True)
class Cue:
    """What stands on the screen from `start` to `end`, seconds in whole milliseconds."""

    start: float
    end: float
    lines: tuple[Line, ...]

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(line.speaker for line in self.lines))


def captions(transcript: Transcript, style: CaptionStyle = CaptionStyle()) -> tuple[Cue, ...]:
    """The cues of `transcript`: every word once, an utterance's words in order, times that never overlap."""
    several = len({utterance.speaker for utterance in transcript.utterances}) > 1
    limits = Limits(
        width=style.max_line_width,
        first=style.max_line_width - (len("- ") if several else 0),
        lines=style.max_line_count,
        shortest=SHORTEST,
        longest=LONGEST,
    )
    pieces = [
        Cue(lines[0][0].start, lines[-1][-1].end, tuple(Line(utterance.speaker, line) for line in lines))
        for utterance, interruptions in zip(transcript.utterances, _interruptions(transcript, limits), strict=True)
        for lines in break_up(spoken_words(utterance), limits, interruptions)
    ]
    pieces.sort(key=lambda piece: piece.start)  # stable: pieces that begin together keep their order
    return tuple(_dashed(_timed(_joined(pieces, limits)), several))


def _interruptions(transcript: Transcript, limits: Limits) -> list[list[float]]:
    """For each utterance, when others put in something that fits a line while it goes on."""
    times: list[list[float]] = []
    going: list[int] = []  # utterances that have not ended yet
    for k, said in enumerate(transcript.utterances):
        times.append([])
        going = [earlier for earlier in going if transcript.utterances[earlier].end > said.start]
        if columns(said.text) <= limits.first:
            for earlier in going:
                times[earlier].append(said.start)
        going.append(k)
    return times


def _joined(pieces: Sequence[Cue], limits: Limits) -> list[Cue]:
    """Pieces too short to read alone, or said while another is, share its cue as a dialogue: a question, "Yes."."""
    result: list[Cue] = []
    for k, piece in enumerate(pieces):
        following = pieces[k + 1].start if k + 1 < len(pieces) else float("inf")
        # Short: it is over, and what comes next takes its place, within a second.
        cramped = max(following, piece.end) - piece.start < SHORTEST
        if result and (cramped or piece.start < max(result[-1].start + SHORTEST, result[-1].end)):
            together = _merged(result[-1], piece, limits)
            if together:
                result[-1] = together
                continue
        result.append(piece)
    return result


def _merged(one: Cue, two: Cue, limits: Limits) -> Cue | None:
    """Both as one cue, if that keeps the limits and leaves no silence on the screen."""
    end = max(one.end, two.end)
    if end - one.start > limits.longest or two.start - one.end > SHORTEST:
        return None
    last, first = one.lines[-1], two.lines[0]
    if last.speaker == first.speaker:
        spaced = replace(first.words[0], text=joint(last.text, first.text) + first.words[0].text)
        line = Line(last.speaker, (*last.words, spaced, *first.words[1:]))
        if columns(line.text) <= limits.first:
            lines = (*one.lines[:-1], line, *two.lines[1:])
            return Cue(one.start, end, lines) if len(lines) <= limits.lines else None
    lines = (*one.lines, *two.lines)
    return Cue(one.start, end, lines) if len(lines) <= limits.lines else None


def _timed(cues: Sequence[Cue]) -> list[Cue]:
    """The same cues for one to seven seconds each, in whole milliseconds, none before the other has gone."""
    shortest, longest = round(1000 * SHORTEST), round(1000 * LONGEST)
    starts = [max(0, round(1000 * cue.start)) for cue in cues]
    spans: list[list[int]] = []
    for k, cue in enumerate(cues):
        following = starts[k + 1] if k + 1 < len(cues) else None
        begin = max(starts[k], spans[-1][1] if spans else 0)
        if spans and following is not None and following - begin < shortest:
            # Rather take time from the cue before, if it can spare some, than from the one after.
            earlier = max(spans[-1][0] + shortest, following - shortest, starts[k] - round(1000 * _EARLY))
            if earlier < begin:
                begin = earlier
                spans[-1][1] = min(spans[-1][1], begin)
        reading = round(1000 * sum(columns(line.text) for line in cue.lines) / _READING)
        end = max(round(1000 * cue.end), begin + reading)
        least = shortest
        if begin - starts[k] > round(1000 * LOST):
            least = round(1000 * FLASH)
        if following is not None:
            end = min(end, following)
            if begin - starts[k] < round(1000 * _LATE):
                # Who is interrupted can still be read; when that has made captions late, they hurry.
                least = max(shortest, min(reading, round(1000 * cue.end) - begin))
        spans.append([begin, min(max(end, begin + least), begin + longest)])
    return [replace(cue, start=a / 1000, end=b / 1000) for cue, (a, b) in zip(cues, spans, strict=True)]


def _dashed(cues: Iterable[Cue], several: bool) -> Iterable[Cue]:
    speaker: str | None = None
    for cue in cues:
        dialogue = len(cue.speakers) > 1
        lines: list[Line] = []
        for k, line in enumerate(cue.lines):
            dash = several and (line.speaker != speaker or (dialogue and k == 0))
            lines.append(replace(line, dash=dash))
            speaker = line.speaker
        yield replace(cue, lines=tuple(lines))


@dataclass(frozen=True, slots=True)
class Moment:
    """A part of a cue's time in which the word at [line][word] is being spoken, or none."""

    start: float
    end: float
    line: int | None = None
    word: int | None = None


def moments(cue: Cue) -> tuple[Moment, ...]:
    """The cue's time divided by its words, for `highlight_words`: without holes, overlaps or empty moments."""
    order = sorted(
        (word.start, i, j, word.end) for i, line in enumerate(cue.lines) for j, word in enumerate(line.words)
    )
    result: list[Moment] = []
    now = cue.start
    for begins, i, j, ends in order:
        start, end = (round(min(max(time, now), cue.end), 3) for time in (begins, ends))
        if start > now:
            result.append(Moment(now, start))
        if end > start:
            result.append(Moment(start, end, i, j))
        now = max(now, end)
    if cue.end > now:
        result.append(Moment(now, cue.end))
    return tuple(result)


def by_speaker(cue: Cue) -> tuple[tuple[str, float, float, str], ...]:
    """(speaker, start, end, text) of each stretch of one speaker in the cue, for formats of a line an entry."""
    groups = [(speaker, list(lines)) for speaker, lines in groupby(cue.lines, key=lambda line: line.speaker)]
    edges = [cue.start]
    for _, lines in groups[1:]:
        edges.append(min(max(round(lines[0].words[0].start, 3), edges[-1]), cue.end))
    edges.append(cue.end)
    return tuple(
        (speaker, start, end, _one_line(lines))
        for (speaker, lines), (start, end) in zip(groups, pairwise(edges), strict=True)
    )


def _one_line(lines: Sequence[Line]) -> str:
    text = lines[0].text
    for line in lines[1:]:
        text += joint(text, line.text) + line.text
    return text
