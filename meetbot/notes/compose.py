"""The order in which notes are made: read in stretches, check and settle, name the chapters, write the overview."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from functools import partial

from meetbot.domain import Topic, Transcript, Utterance
from meetbot.llm import LanguageModel
from meetbot.llm.probe import shipped
from meetbot.notes.candidate import Candidate
from meetbot.notes.chapters import chapters
from meetbot.notes.chosen import weights
from meetbot.notes.cues import known
from meetbot.notes.excerpt import cut, excerpt, spoken
from meetbot.notes.extract import Found, extract
from meetbot.notes.narrow import word
from meetbot.notes.nominate import nominate
from meetbot.notes.options import NotesOptions
from meetbot.notes.overview import overview, topic
from meetbot.notes.probe import likely
from meetbot.notes.settle import Settled, settle
from meetbot.notes.translate import translated
from meetbot.progress import Progress
from meetbot.words import language_name

STRETCH_TOKENS = 1200  # of transcript the model reads at once; smaller is more thorough and slower
NOTHING = {
    "en": ("Nothing was said", "No speech was found in this recording."),
    "de": ("Nichts gesagt", "In dieser Aufnahme wurde keine Sprache gefunden."),
    "fr": ("Aucune parole", "Aucune parole n'a été trouvée dans cet enregistrement."),
    "es": ("Nada se dijo", "No se encontró habla en esta grabación."),
    "pt": ("Nada foi dito", "Nenhuma fala foi encontrada nesta gravação."),
    "zh": ("没有人说话", "这段录音中没有语音。"),
    "ja": ("発言なし", "この録音に発言は見つかりませんでした。"),
}


@dataclass(frozen=True)
class Composed:
    """What the notes say. `read`: a model took part."""

    title: str
    overview: str
    language: str
    topics: tuple[Topic, ...]
    settled: Settled
    read: bool = True


def compose(
    transcript: Transcript,
    options: NotesOptions,
    meeting: date,
    *,
    open_with: Callable[[], LanguageModel],
    progress: Progress,
) -> Composed:
    """Notes of `transcript`, whose due dates count from the day `meeting`; nothing said opens no model."""
    utterances = spoken(transcript)
    language = options.notes_language or transcript.language
    if not utterances:
        title, text = NOTHING.get(language, NOTHING["en"])
        return Composed(_titled(options, title), text, language, (), Settled((), (), (), ()), read=False)
    model = open_with()
    with progress.stage("read", total=float(len(utterances)), unit="turns") as step:
        reader = steps(model, transcript, utterances, step.advance)
    parts = chapters(utterances)
    found: list[Found] = []
    with progress.stage("notes", total=float(len(reader) + len(parts) + 1), unit="steps") as step:
        written = 0

        def told(tokens: int) -> None:
            nonlocal written
            written += tokens
            step.describe(f"{written} tokens written")

        model.told = told
        for read in reader:
            found += read()
            step.advance()
        settled = settle(transcript, found, meeting)
        if language != transcript.language:
            settled = translated(model, transcript, settled, language)
        topics = []
        dropped = {turn for one in settled.decisions for old in one.history for turn in old.turns}
        dropped |= {turn for one in settled.unverified for turn in one.turns}
        people = [speaker.label for speaker in transcript.speakers]
        for part, weigh in zip(parts, weights(parts, people), strict=True):
            topics.append(topic(model, transcript, part, weigh, options, dropped=dropped))
            step.advance()
        title, text = overview(model, transcript, topics, settled, options)
        step.advance()
    return Composed(_titled(options, title), text, language, tuple(topics), settled)


def _titled(options: NotesOptions, written: str) -> str:
    return options.title.replace("{title}", written) if options.title else written


def items(model: LanguageModel, transcript: Transcript, meeting: date) -> Settled:
    """What was decided, taken on and left open alone, without topics and overview."""
    found = [item for read in steps(model, transcript, spoken(transcript)) for item in read()]
    return settle(transcript, found, meeting)


def steps(
    model: LanguageModel,
    transcript: Transcript,
    utterances: Sequence[Utterance],
    told: Callable[[float], None] = lambda turns: None,
) -> list[Callable[[], list[Found]]]:
    """The steps of extraction: exchange by exchange where the language's cues are known, else stretch by stretch.

    To find the exchanges, a model that has a probe reads everything once; `told` hears of turns as they are read.
    """
    sizes: dict[str, int] = {}

    def size(utterance: Utterance) -> int:
        """Tokens of a turn's line."""
        if utterance.text not in sizes:
            sizes[utterance.text] = model.count(excerpt(transcript, [utterance]).text) + 1
        return sizes[utterance.text]

    if known(transcript.language):
        language = language_name(transcript.language)
        probe = shipped("meetbot.notes", model.identity)
        thought = likely(model, probe, transcript, utterances, told) if probe else None
        labels = {speaker.id: speaker.label for speaker in transcript.speakers}
        nominated = nominate(utterances, transcript.language, labels, thought)
        return [partial(_item, model, transcript, utterances, candidate, language) for candidate in nominated]
    runs = cut(utterances, size, STRETCH_TOKENS)
    return [partial(extract, model, excerpt(transcript, run)) for run in runs]


def _item(
    model: LanguageModel, transcript: Transcript, utterances: Sequence[Utterance], candidate: Candidate, language: str
) -> list[Found]:
    return [word(model, transcript, utterances, candidate, language)]
