"""The order of work on a batch, with an engine that writes what it is told: no model, real windows."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray
from whisper.tokenizer import Tokenizer, get_tokenizer

from meetbot.audio import SAMPLE_RATE, Audio
from meetbot.domain import Task
from meetbot.errors import OutOfMemory
from meetbot.progress import Silent
from meetbot.transcribe.ahead import Ahead
from meetbot.transcribe.batch import transcribe_windows
from meetbot.transcribe.context import Before
from meetbot.transcribe.engine import Ask, Sounds, TooLarge
from meetbot.transcribe.greedy import Decoded
from meetbot.transcribe.languages import Vote
from meetbot.transcribe.options import TranscribeOptions
from meetbot.transcribe.windows import Window

TOKENIZER = get_tokenizer(True, num_languages=99, language="en", task="transcribe")


class Scripted:
    """Writes the next of `texts` (words, last timestamp in seconds) for every window; room for `room` windows."""

    name = "scripted"

    def __init__(self, texts: Sequence[tuple[str, float]], batch: int = 4, room: int = 99, beams: int = 1) -> None:
        self.texts = list(texts)
        self.batch = batch
        self.beams = beams
        self.widths: list[int] = []
        self.room = room
        self.heard: list[list[float]] = []
        self.written: list[tuple[int, ...]] = []
        self.told: list[list[Sequence[int]]] = []
        self.after: tuple[Before, ...] = ()
        self.order: list[str] = []

    def tokenizer(self, language: str, task: Task) -> Tokenizer:
        return TOKENIZER

    def shrink(self, tried: int) -> None:
        if tried == 1:
            raise OutOfMemory("too little")
        self.batch = tried // 2

    def hear(self, sounds: Sounds) -> Any:
        if len(sounds) > self.room:
            raise TooLarge
        self.heard.append([len(sound) / SAMPLE_RATE for sound in sounds])
        return len(sounds)

    def ahead(self, sounds: Callable[[], Sounds]) -> Callable[[], Any]:
        self.order.append("begin")

        def hear() -> Any:
            self.order.append("hear")
            return self.hear(sounds())

        return hear

    def listen(self, heard: Any) -> tuple[list[dict[str, float]], list[float]]:
        return [{"en": 0.9, "de": 0.1}] * heard, [0.01] * heard

    def write(self, heard: Any, rows: Sequence[int], ask: Ask) -> list[Decoded]:
        self.written += [tuple(row) for row in ask.written]
        self.told.append(list(ask.before))
        self.widths.append(ask.beam_size)
        self.order.append("write")
        written = []
        for _ in rows:
            words, last = self.texts.pop(0)
            tokens = (*TOKENIZER.encode(words), TOKENIZER.timestamp_begin + round(last * 50))
            written.append(Decoded(tokens, (0.9,) * len(tokens), -0.2))
        return written

    def align(
        self, heard: Any, rows: Sequence[int], ask: Ask, texts: Sequence[Sequence[int]], seconds: Sequence[float]
    ) -> list[NDArray[np.int64]]:
        return [np.arange(len(text) + 1) * 10 for text in texts]


def silence(seconds: float) -> Audio:
    return Audio("x", "x", seconds, 0.0, np.zeros(int(seconds * SAMPLE_RATE), np.int16))


def window(start: float, end: float) -> Window:
    return Window(((start, end),), ((start, end),))


def run(engine: Scripted, *some: Window, before: Sequence[Before] = ()) -> list[str]:
    written = transcribe_windows(
        Ahead(engine, silence(200)),
        some,
        TranscribeOptions(),
        before=before or [Before()] * len(some),
        vote=Vote(),
        progress=Silent(),
    )
    engine.after = written.after
    return ["".join(word.text for word in segment.words) for segment in written.segments]


def test_a_window_is_told_what_was_said_before_it_and_tells_the_next() -> None:
    engine = Scripted([(" Mr. Zwierzchowski", 30.0)])
    told = tuple(TOKENIZER.encode(" Zwierzchowski came"))
    assert run(engine, window(0.0, 30.0), before=[Before(told, "en")]) == [" Mr. Zwierzchowski"]
    assert engine.told == [[told]]
    assert engine.after[0].tokens[: len(told)] == told
    assert TOKENIZER.decode([*engine.after[0].tokens[:-1]]) == " Zwierzchowski came Mr. Zwierzchowski"


def test_what_follows_is_begun_before_a_batch_is_written() -> None:
    """The rest of these windows, then those of the next call; what was begun is not heard again."""
    engine = Scripted([(" one", 9.0), (" two", 9.0), (" three", 9.0)], batch=2)
    some = [window(start, start + 9.0) for start in (0.0, 10.0, 20.0, 30.0)]
    ahead = Ahead(engine, silence(200))

    def transcribe(some: Sequence[Window], following: Sequence[Window]) -> None:
        before = [Before()] * len(some)
        transcribe_windows(
            ahead, some, TranscribeOptions(), before=before, following=following, vote=Vote(), progress=Silent()
        )

    transcribe(some[:3], some[3:])
    assert engine.order == ["begin", "hear", "begin", "write", "hear", "begin", "write"]
    engine.texts.append((" four", 9.0))
    transcribe(some[3:], [])
    assert engine.order[7:] == ["hear", "write"]
    assert [len(heard) for heard in engine.heard] == [2, 1, 1]


def test_text_in_another_language_is_told_to_nobody() -> None:
    engine = Scripted([(" one two", 30.0)])
    run(engine, window(0.0, 30.0), before=[Before((1, 2, 3), "de")])
    assert engine.told == [[()]]
    assert engine.after[0].language == "en"


@pytest.mark.parametrize("misled", [" so we ship it on Monday, as Ana said,", " and so on" * 40])
def test_a_window_that_repeats_what_it_was_told_or_loops_is_written_again_without(misled: str) -> None:
    engine = Scripted([(misled, 30.0), (" what was said", 30.0)])
    told = tuple(TOKENIZER.encode(" and so we ship it on Monday, as Ana said"))
    assert run(engine, window(0.0, 30.0), before=[Before(told, "en")]) == [" what was said"]
    assert engine.told == [[told], []]


RUN_ON = (
    " and then we ship it on Monday so who tells Ana I can do that no leave it to me all right thanks see you then",
    30.0,
)
SENTENCES = (
    " And then we ship it on Monday. So, who tells Ana? I can do that. No, leave it to me. All right, thanks.",
    30.0,
)
TOLD = tuple(TOKENIZER.encode(" as we said"))


@pytest.mark.parametrize(
    ("beams", "texts", "told", "widths"),
    [
        (5, [RUN_ON, SENTENCES], [TOLD, TOLD], [5, 1]),
        (5, [RUN_ON, RUN_ON, SENTENCES], [TOLD, TOLD, None], [5, 1, 1]),
        (1, [RUN_ON, SENTENCES], [TOLD, None], [1, 1]),
    ],
)
def test_text_without_sentences_is_written_again_by_itself_and_told_nothing(
    beams: int, texts: list[tuple[str, float]], told: list[Sequence[int] | None], widths: list[int]
) -> None:
    engine = Scripted(texts, beams=beams)
    assert run(engine, window(0.0, 30.0), before=[Before(TOLD, "en")]) == [SENTENCES[0]]
    assert [before[0] if before else None for before in engine.told] == told
    assert engine.widths == widths


@pytest.mark.parametrize("other", [RUN_ON, (" Right. So, who?", 30.0)])
def test_text_that_never_has_sentences_or_only_less_of_it_stays_and_is_told_to_nobody(other: tuple[str, float]) -> None:
    engine = Scripted([RUN_ON, other, other], beams=5)
    assert run(engine, window(0.0, 30.0), before=[Before(TOLD, "en")]) == [RUN_ON[0]]
    assert engine.after == (Before(),)


@pytest.mark.parametrize("again", [SENTENCES, (" And who tells Ana?", 30.0)])
def test_text_that_skips_speech_is_written_again_as_one_text(again: tuple[str, float]) -> None:
    short = (" I can do that.", 30.0)
    engine = Scripted([short, again], beams=5)
    assert run(engine, window(0.0, 30.0)) == [(again if again is SENTENCES else short)[0]]
    assert engine.widths == [5, 1]


def test_few_words_where_little_is_spoken_skip_nothing() -> None:
    engine = Scripted([(" I can do that.", 30.0)], beams=5)
    assert run(engine, Window(((0.0, 30.0),), ((0.0, 2.0), (20.0, 23.0)))) == [" I can do that."]
    assert engine.widths == [5]


def test_text_that_stops_before_its_speech_goes_on_from_there() -> None:
    engine = Scripted([(" one two", 10.0), (" three", 30.0)])
    assert run(engine, window(0.0, 30.0)) == [" one two", " three"]
    assert engine.heard == [[30.0]]
    begin = TOKENIZER.timestamp_begin
    assert engine.written == [(*TOKENIZER.encode(" one two"), begin + 500, begin + 500)]


def test_text_goes_on_at_the_next_speech() -> None:
    engine = Scripted([(" one", 5.0), (" two", 30.0)])
    run(engine, Window(((0.0, 10.0), (40.0, 60.0)), ((0.0, 5.0), (45.0, 60.0))))
    begin = TOKENIZER.timestamp_begin
    assert engine.written[0][-2:] == (begin + 250, begin + round(50 * (10.0 + 5.0 - 0.2)))


def test_a_rest_too_short_to_hold_a_dropped_sentence_is_left() -> None:
    engine = Scripted([(" one two", 29.0)])
    assert run(engine, window(0.0, 30.0)) == [" one two"]


def test_a_text_that_never_gets_on_does_not_go_on_for_ever() -> None:
    assert len(run(Scripted([(" again", 1.0)] * 10), window(0.0, 30.0))) == 7


def test_what_is_added_is_judged_like_any_text() -> None:
    engine = Scripted([(" one two", 10.0), (" la" * 60, 30.0)])
    assert run(engine, window(0.0, 30.0)) == [" one two"]


def test_too_little_memory_halves_the_batch_and_loses_no_window() -> None:
    engine = Scripted([(f" {word}", 10.0) for word in ("one", "two", "three", "four", "five")], batch=4, room=1)
    cut = [window(10.0 * index, 10.0 * index + 10.0) for index in range(5)]
    assert run(engine, *cut) == [" one", " two", " three", " four", " five"]
    assert engine.batch == 1


def test_a_single_window_that_does_not_fit_is_an_error() -> None:
    with pytest.raises(OutOfMemory):
        run(Scripted([], room=0), window(0.0, 10.0))


def test_a_stock_phrase_over_hardly_any_voice_is_no_text() -> None:
    thin = Window(((0.0, 10.0),), ((4.0, 4.4),))
    assert run(Scripted([(" Thank you.", 10.0)]), thin) == []
    assert run(Scripted([(" Thank you.", 2.0)]), window(0.0, 2.0)) == [" Thank you."]
