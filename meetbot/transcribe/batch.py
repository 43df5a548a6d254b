"""One batch of windows: sound in, segments of timed words out. The order of the engine's and the judges' work."""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from meetbot.audio import Audio
from meetbot.domain import Segment, Word
from meetbot.progress import Progress
from meetbot.transcribe import fallback, guards, reach, text, timing
from meetbot.transcribe.ahead import Ahead
from meetbot.transcribe.context import Before, echoes
from meetbot.transcribe.engine import Ask, TooLarge
from meetbot.transcribe.fallback import Judged
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.languages import Heard, Vote
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.windows import Window

CLEAR = 0.5  # the highest temperature at which a text is told to the window after it, as whisper has it


@dataclass(frozen=True, slots=True)
class Written:
    """The segments of some windows, ordered by window, and for each window what is known after it."""

    segments: tuple[Segment, ...]
    after: tuple[Before, ...]


def transcribe_windows(
    ahead: Ahead,
    some: Sequence[Window],
    options: TranscribeOptions,
    *,
    before: Sequence[Before],
    vote: Vote,
    progress: Progress,
    following: Sequence[Window] = (),
) -> Written:
    """`some` windows, each told what was said `before` it; those `following` are heard ahead.

    Halves the batch when the device's memory is too small.
    """
    engine = ahead.engine
    segments: list[Segment] = []
    after: list[Before] = []
    at = 0
    while at < len(some):
        part = slice(at, at + engine.batch)
        try:
            batch = _Batch(ahead, some[part], options, before=before[part], vote=vote)
            if coming := (some[part.stop :] or following)[: engine.batch]:
                ahead.begin(coming)
            written = batch.written()
        except TooLarge:
            engine.shrink(len(some[part]))
            progress.warn(f"not enough memory for {len(some[part])} windows at once; going on with {engine.batch}")
            continue
        segments += written.segments
        after += written.after
        at += len(written.after)
    return Written(tuple(segments), tuple(after))


class _Batch:
    """Windows that are heard together: what is known of each, by row, and the steps in which they become text."""

    def __init__(
        self,
        ahead: Ahead,
        windows: Sequence[Window],
        options: TranscribeOptions,
        *,
        before: Sequence[Before],
        vote: Vote,
    ) -> None:
        self.engine, self.audio, self.windows, self.options, self.before = (
            ahead.engine, ahead.audio, windows, options, before,
        )  # fmt: skip
        # Which numbers are text and which are times is the same in every language.
        self.tokenizer = self.engine.tokenizer("en", options.task)
        self.heard = ahead.hear(windows)
        chances, self.no_speech = self.engine.listen(self.heard)
        self.languages = _languages(chances, windows, options, vote)
        self.told = [known.told(language) for known, language in zip(before, self.languages, strict=True)]

    def written(self) -> Written:
        """Decode, judge, go on where text stops early, time the words."""
        judged = self._judged()
        spoken = [row for row, found in judged.items() if _kept(found, self.windows[row], self.options)]
        reached = reach.go_on(
            [judged[row] for row in spoken],
            [self.windows[row] for row in spoken],
            lambda some, written: self._write([spoken[at] for at in some], written=written),
            self.tokenizer,
            self.options,
        )
        whole = dict(zip(spoken, reached, strict=True))
        after = tuple(self._after(row, whole[row]) if row in whole else self.before[row] for row in judged)
        return Written(tuple(self._segments(whole)), after)

    def _judged(self) -> dict[int, Judged]:
        """Every row's text: told what was said before; where that failed or misled, as any window without.

        Of what neither failed nor misled, text without sentences is tried otherwise, and so is text that skips speech.
        """
        first, *later = self.options.temperatures
        judged = self._settle(range(len(self.windows)), [first], telling=True)
        failed = {row for row, found in judged.items() if fallback.doubtful(found, self.options)}
        misled = [
            row for row, told in enumerate(self.told) if told and (row in failed or self._echoes(judged[row], told))
        ]
        fine = {row: found for row, found in judged.items() if row not in failed and row not in misled}
        judged |= self._in_sentences({row: found for row, found in fine.items() if fallback.runs_on(found.text)})
        judged |= self._unskipped([row for row in fine if self._skips(row, judged[row])])
        judged |= self._settle(misled, [first, *later])
        return judged | self._settle(sorted(failed.difference(misled)), later)

    def _in_sentences(self, judged: Mapping[int, Judged]) -> dict[int, Judged]:
        """The texts of those rows that have sentences when one text is followed, not several, or told nothing.

        A search likes what leaves punctuation out better than greedy decoding does, and text that is told without it
        goes on without. By sentences people are told apart, and what was said can be quoted.
        """
        found: dict[int, Judged] = {}
        for telling in (True, False) if self.engine.beams > 1 else (False,):
            left = [row for row in judged if row not in found and (telling or self.told[row])]
            again = self._settle(left, self.options.temperatures[:1], telling=telling, beams=1)
            found |= {row: one for row, one in again.items() if self._replaces(row, one, judged[row])}
        return found

    def _unskipped(self, rows: Sequence[int]) -> dict[int, Judged]:
        """The texts of those of `rows` that skip nothing when one text is followed, not several."""
        if self.engine.beams == 1:
            return {}
        again = self._settle(rows, self.options.temperatures[:1], beams=1)
        return {
            row: found
            for row, found in again.items()
            if not fallback.doubtful(found, self.options) and not self._skips(row, found)
        }

    def _skips(self, row: int, judged: Judged) -> bool:
        return reach.skips(judged, self.windows[row], self.tokenizer)

    def _replaces(self, row: int, found: Judged, other: Judged) -> bool:
        """Whether a row's text `found` has what its text `other` lacks: sentences."""
        sound = not fallback.doubtful(found, self.options) and not self._echoes(found, self.told[row])
        return sound and fallback.punctuated(found.text, other.text)

    def _settle(
        self, rows: Sequence[int], temperatures: Sequence[float], *, telling: bool = False, beams: int | None = None
    ) -> dict[int, Judged]:
        return fallback.settle(
            rows,
            self.no_speech,
            lambda some, temperature: self._write(some, temperature, telling=telling, beams=beams),
            self._text,
            replace(self.options, temperatures=tuple(temperatures)),
        )

    def _write(
        self,
        rows: Sequence[int],
        temperature: float = 0.0,
        *,
        telling: bool = False,
        written: Sequence[Sequence[int]] = (),
        beams: int | None = None,
    ) -> list[Decoded]:
        asked = replace(
            self._ask(rows),
            temperature=temperature,
            # Reproducible, and different for every window and temperature.
            seeds=[zlib.crc32(f"{self.windows[row].start:.3f} {temperature}".encode()) for row in rows],
            best_of=self.options.best_of,
            beam_size=beams or self.engine.beams,
            before=[self.told[row] for row in rows] if telling else (),
            written=written,
        )
        return self.engine.write(self.heard, rows, asked)

    def _ask(self, rows: Sequence[int]) -> Ask:
        prompt = " ".join(filter(None, (self.options.hotwords, self.options.initial_prompt)))
        return Ask([self.languages[row] for row in rows], self.options.task, prompt)

    def _text(self, tokens: Sequence[int]) -> str:
        return str(self.tokenizer.decode(text.plain(self.tokenizer, tokens)))

    def _echoes(self, judged: Judged, told: Sequence[int]) -> bool:
        return echoes(judged.text, self._text(told))

    def _after(self, row: int, whole: Judged) -> Before:
        unclear = whole.temperature > CLEAR or fallback.runs_on(whole.text)
        if unclear or fallback.doubtful(whole, self.options):
            return Before()
        return self.before[row].then(whole.decoded.tokens, self.languages[row])

    def _segments(self, whole: Mapping[int, Judged]) -> Iterator[Segment]:
        if not whole:
            return
        rows = list(whole)
        plain = [text.plain(self.tokenizer, whole[row].decoded.tokens) for row in rows]
        seconds = [self.windows[row].duration for row in rows]
        begins = self.engine.align(self.heard, rows, self._ask(rows), plain, seconds)
        for row, begin in zip(rows, begins, strict=True):
            window, language = self.windows[row], self.languages[row]
            tokenizer = self.engine.tokenizer(language, self.options.task)
            found = text.segments(tokenizer, whole[row].decoded, begin, window, language)
            timed = [replace(part, words=tuple(_timed(self.audio, word) for word in part.words)) for part in found]
            yield from text.within(timed, window.core)


def _languages(
    chances: Sequence[dict[str, float]], some: Sequence[Window], options: TranscribeOptions, vote: Vote
) -> list[str]:
    if options.language is not None:
        return [options.language] * len(some)
    if not any(chances):
        return ["en"] * len(some)
    return vote.decide([Heard(row, window.spoken) for row, window in zip(chances, some, strict=True)])


def _timed(audio: Audio, word: Word) -> Word:
    return timing.within_voice(word, audio.window(word.start, word.end))


def _kept(judged: Judged, window: Window, options: TranscribeOptions) -> bool:
    if not judged.text or fallback.silent(judged, options):
        return False
    return not (options.guard and guards.invented(judged.text, window.spoken))
