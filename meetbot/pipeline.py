"""The order of the stages, and what is kept of each: the only module that knows both.

    recording ─▶ diarize ─▶ transcribe ─▶ align ─▶ notes
                                              └───▶ ask

An artefact is named after everything that determines it: the recording's bytes, the clip, the options that
the stage reads, the stage's version and the artefacts it was made from. So a second run finds everything, a
killed one goes on where it was, and an option of the notes never transcribes again. What a stage hands on is
always what was read back from its artefact, so an interrupted run and an undisturbed one cannot differ.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, TypeVar

from meetbot import artefacts, codec, paths
from meetbot.artefacts import Answers, Facts, Likeness, Timed
from meetbot.audio.recording import Clip, Recording
from meetbot.domain import Answer, Diarization, Notes, Section, Transcript, Transcription, Turn
from meetbot.progress import Progress, Silent
from meetbot.store import Store, digest
from meetbot.templates import USUAL, Template

if TYPE_CHECKING:
    from meetbot.ask import Asker, AskOptions
    from meetbot.config import Settings
    from meetbot.transcribe import TranscribeOptions

T = TypeVar("T")


Goal = Literal["diarize", "transcribe", "notes", "ask"]


@dataclass(frozen=True)
class Pipeline:
    """The stages under one set of settings. `goal` is the last of them that will be asked for."""

    settings: Settings
    store: Store
    progress: Progress = field(default_factory=Silent)
    clip: Clip = field(default_factory=Clip)
    goal: Goal = "transcribe"

    def open(self, source: str | Path) -> Recording:
        """The recording `source` ("-" is stdin). AudioError when it is none is raised on first use."""
        return Recording(str(source), self.clip, self.progress, self._split)

    def facts(self, recording: Recording) -> Timed[Facts]:
        """Name, length and date of `recording`."""

        def look() -> Facts:
            return Facts(recording.audio.info, recording.audio.recorded, recording.audio.channels)

        facts = self._stage("audio", recording.sha256, Facts, look, self._clip, *(["split"] if self._split else []))
        # The same bytes may lie under another name today.
        name = paths.shown(Path(recording.source).name) if recording.source != "-" else "stdin"
        return replace(facts, value=replace(facts.value, info=replace(facts.value.info, name=name)))

    def diarize(self, recording: Recording) -> Timed[Diarization]:
        """Who spoke when."""
        from meetbot.diarize.together import together

        sides, seconds = self._diarized(recording)
        return Timed(sides[0] if len(sides) == 1 else together(sides), seconds)

    def transcribe(self, recording: Recording) -> Transcript:
        """Who said what. Channels that are split are transcribed one by one: each holds the words of its own people."""
        from meetbot import align
        from meetbot.diarize.together import together

        facts = self.facts(recording)
        found, seconds = self._diarized(recording) if self.settings.diarize else ((), 0.0)
        channels = self._channels(recording)
        words = [
            self._words(recording, found[number].turns if found else None, channel)
            for number, channel in enumerate(channels)
        ]
        voices = [
            self._likeness(recording, side, said.value, channel)
            for side, said, channel in zip(found, words, channels, strict=False)
        ]
        begun = time.monotonic()
        transcript = align.together(
            [
                align.align(
                    said.value,
                    found[number] if found else None,
                    facts.value.info,
                    likeness=voices[number].value.cosines if found else (),
                    elsewhere=[turn for other, side in enumerate(found) if other != number for turn in side.turns],
                )
                for number, said in enumerate(words)
            ]
        )
        if found and self.settings.voices:
            transcript = self._recognised(transcript, together(found))
        if found and self.settings.names:
            transcript = self._named(transcript)
        timings = {"audio": facts.seconds, "transcribe": sum(said.seconds for said in words)}
        timings["align"] = sum(side.seconds for side in voices) + time.monotonic() - begun
        return replace(
            transcript,
            models=self._speech_models(),
            timings=timings | ({"diarize": seconds} if found else {}),
        )

    def date(self, recording: Recording) -> str:
        """The day of the meeting (ISO 8601): what the recording says of itself, else when its file was written."""
        recorded = self.facts(recording).value.recorded
        if recorded is None and recording.source != "-":
            recorded = datetime.fromtimestamp(Path(recording.source).stat().st_mtime)
        return (recorded or datetime.now()).date().isoformat()

    def summarize(self, transcript: Transcript, date: str, template: Template = USUAL) -> Notes:
        """The notes on a meeting of day `date` (ISO 8601), laid out as `template` (filled) asks."""
        from meetbot import notes, prompting

        options = notes.NotesOptions(
            llm=self.settings.llm,
            date=date,
            length=self.settings.length,
            notes_language=self.settings.notes_language,
            tone=template.tone,
            prose=self.settings.prose,
            title=template.title and template.title.replace("{date}", date),
        )
        key = _heard(transcript), codec.to_dict(options), notes.VERSION, prompting.fingerprint()
        sha256 = transcript.audio.sha256
        written = self._stage(
            "notes",
            sha256,
            Notes,
            lambda: notes.summarize(
                transcript,
                options,
                offline=self.settings.offline,
                memo=self.store.of(sha256).within("notes", *key),
                progress=self.progress,
            ),
            *key,
        )
        answers = self._answers(transcript, template)
        timings = {**transcript.timings, "notes": written.seconds}
        return replace(
            written.value,
            sections=_sections(template, written.value.language, answers.value.answers if answers else ()),
            template=template.name or None,
            parameters=template.parameters,
            timings=timings | ({"answers": answers.seconds} if answers else {}),
        )

    def ask(self, question: str, meetings: Sequence[tuple[str, Transcript]]) -> Answer:
        """The answer to `question` from `meetings`, each a title and its transcript."""
        return self.asker(meetings).ask(question)

    def asker(self, meetings: Sequence[tuple[str, Transcript]]) -> Asker:
        """`meetings`, each a title and its transcript, ready for several questions."""
        from meetbot import ask

        options = self._ask_options()
        self._fetch_models("ask")
        return ask.Asker(meetings, options, offline=self.settings.offline, progress=self.progress)

    # ------------------------------------------------------------------------------------ inside

    @property
    def _clip(self) -> list[float | None]:
        return [self.clip.start, self.clip.end]

    @property
    def _split(self) -> bool:
        return self.settings.channels == "split"

    def _channels(self, recording: Recording) -> Sequence[int | None]:
        """What is worked on one by one: every channel of a recording that is split, else (None) all of it."""
        return range(self.facts(recording).value.channels) if self._split else (None,)

    def _diarized(self, recording: Recording) -> tuple[tuple[Diarization, ...], float]:
        """Who spoke when on each of `_channels`, everybody's id their own, and how long it took (seconds)."""
        from meetbot import diarize
        from meetbot.diarize.together import distinct

        chosen = self.settings
        options = diarize.DiarizeOptions(
            speakers=chosen.speakers,
            min_speakers=chosen.min_speakers,
            max_speakers=chosen.max_speakers,
            pipeline=chosen.diarization,
        )

        def work(channel: int | None) -> Diarization:
            return diarize.diarize(
                recording.side(channel), options, device=chosen.device, offline=chosen.offline, progress=self.progress
            )

        key = self._clip, codec.to_dict(options), diarize.VERSION
        found = [
            self._stage(
                "diarize", recording.sha256, Diarization, partial(work, channel), *key, *_named_channel(channel)
            )
            for channel in self._channels(recording)
        ]
        sides = tuple(side.value for side in found)
        return distinct(sides) if self._split else sides, sum(side.seconds for side in found)

    def _likeness(
        self, recording: Recording, found: Diarization, said: Transcription, channel: int | None
    ) -> Timed[Likeness]:
        """Whom the short sentences of `said` sound like; nothing where the voices are not the bundled pipeline's."""
        from meetbot import align, diarize

        if self.settings.diarization != diarize.BUNDLED:
            return Timed(Likeness(()), 0.0)
        spans = [(one.start, one.end) for one in align.short(said, found)]
        voices = {name: list(vector) for name, vector in found.voices.items()}
        key = self._clip, spans, voices, diarize.VERSION, *_named_channel(channel)

        def listen() -> Likeness:
            from meetbot.diarize.likeness import likeness  # which takes seconds, for nothing if it is cached

            heard = likeness(
                recording.side(channel),
                spans,
                voices,
                device=self.settings.device,
                offline=self.settings.offline,
                progress=self.progress,
            )
            return Likeness(tuple(heard))

        return self._stage("align", recording.sha256, Likeness, listen, *key)

    def _answers(self, transcript: Transcript, template: Template) -> Timed[Answers] | None:
        """The answers to the questions of `template`, in order; None if it has none."""
        from meetbot import ask, prompting

        questions = [part.question.in_language(transcript.language) for part in template.parts if part.question]
        if not questions:
            return None
        options = self._ask_options()
        key = _heard(transcript), codec.to_dict(options), questions, ask.VERSION, prompting.fingerprint()
        sha256 = transcript.audio.sha256

        def answer() -> Answers:
            memo = self.store.of(sha256).within("answers", *key)
            asker = ask.Asker(
                [(transcript.audio.name, transcript)],
                options,
                offline=self.settings.offline,
                memo=memo,
                progress=self.progress,
            )
            return Answers(tuple(asker.ask(question) for question in questions))

        return self._stage("answers", sha256, Answers, answer, *key)

    def _ask_options(self) -> AskOptions:
        from meetbot.ask import AskOptions

        chosen = self.settings
        return AskOptions(llm=chosen.llm, answer_language=chosen.notes_language, embedding=chosen.embedding)

    def _recognised(self, transcript: Transcript, diarization: Diarization) -> Transcript:
        """Speakers whose voices are known and sure get their names; likely ones are only mentioned."""
        from meetbot.voices import profiles, recognise

        matches = recognise.recognise(recognise.samples(diarization), profiles.load())
        for speaker, match in matches.items():
            if not match.certain:
                self.progress.note(f"{speaker} may be {match.name}: `meetbot speakers label` settles it")
        return recognise.named(transcript, matches)

    def _named(self, transcript: Transcript) -> Transcript:
        """Speakers who are called by a name in what is said get it; likely ones are only mentioned."""
        from meetbot import names

        transcript, suggested = names.named(transcript)
        for speaker, own in suggested.items():
            self.progress.note(f"{speaker} may be {own.name} ({own.turns[0]}): `meetbot speakers label` settles it")
        return transcript

    def _words(self, recording: Recording, turns: Sequence[Turn] | None, channel: int | None) -> Timed[Transcription]:
        from meetbot import transcribe
        from meetbot.models import contents

        options = self._transcribe_options()
        where = None if turns is None else [[turn.speaker, turn.start, turn.end] for turn in turns]
        own = contents(options.model)
        key = self._clip, codec.to_dict(options), where, transcribe.VERSION, *own, *_named_channel(channel)
        return self._stage(
            "transcribe",
            recording.sha256,
            Transcription,
            lambda: transcribe.transcribe(
                recording.side(channel),
                turns,
                options,
                device=self.settings.device,
                offline=self.settings.offline,
                memo=self.store.of(recording.sha256).within("transcribe", *key),
                progress=self.progress,
            ),
            *key,
        )

    def _transcribe_options(self) -> TranscribeOptions:
        from meetbot.transcribe import TranscribeOptions

        chosen = self.settings
        return TranscribeOptions(
            model=chosen.model,
            language=chosen.language,
            task=chosen.task,
            initial_prompt=chosen.initial_prompt,
            hotwords=chosen.hotwords,
            per_turn=chosen.per_turn,
            previous_text=chosen.previous_text,
            beam_size=chosen.beam_size,
            engine=chosen.engine,
            draft=chosen.draft,
        )

    def _speech_models(self) -> dict[str, str]:
        chosen = self.settings
        heard = {"whisper": chosen.model}
        if chosen.diarize and chosen.diarization == "bundled":
            return heard | {"segmentation": "segmentation-3.0", "embedding": "campplus"}
        return heard | ({"diarization": chosen.diarization} if chosen.diarize else {})

    def _fetch_models(self, stage: str) -> None:
        """All that is still missing for `stage` and for those up to the goal, in one go before the work starts."""
        from meetbot.models import require_all

        chosen = self.settings
        bundled = chosen.diarize and chosen.diarization == "bundled"
        needs = {
            "audio": (),
            "diarize": ("segmentation-3.0", "campplus") if bundled or self.goal == "diarize" else (),
            "transcribe": (chosen.model,),
            "align": ("campplus",),
            "notes": (chosen.llm,),
            "answers": (chosen.llm, chosen.embedding),
            "ask": (chosen.llm, chosen.embedding),
        }
        order = ["audio", "diarize"] if self.goal == "diarize" else ["audio", "diarize", "transcribe", self.goal]
        later = order[order.index(stage) :] if stage in order else [stage]
        names = [name for item in later if stage != "audio" for name in needs[item]]
        require_all(names, offline=chosen.offline, progress=self.progress)

    def _stage(self, name: str, sha256: str, kind: type[T], work: Callable[[], T], *determinants: Any) -> Timed[T]:
        """The artefact of stage `name` for the recording of hash `sha256`, from the cache or by doing the work."""
        store, key = self.store.of(sha256), digest(name, *determinants)
        known = artefacts.read(kind, store.get(key))
        if known:
            if name != "audio":
                self.progress.note(f"{name}: cached")
            return known
        self._fetch_models(name)
        begun = time.monotonic()
        value = work()
        text = artefacts.write(value, time.monotonic() - begun)
        store.put(key, text)
        made = artefacts.read(kind, text)
        assert made is not None
        return made


def _named_channel(channel: int | None) -> tuple[str, ...]:
    """What the channel adds to an artefact's key: nothing where all are mixed."""
    return () if channel is None else (f"channel {channel}",)


def _heard(transcript: Transcript) -> dict[str, Any]:
    """What of `transcript` determines what is made of it: all but how long its stages took."""
    return codec.to_dict(replace(transcript, timings={}))


def _sections(template: Template, language: str, answers: Sequence[Answer]) -> tuple[Section, ...]:
    """The parts of `template`, headings in `language`, its questions with their answers."""
    waiting = iter(answers)
    return tuple(
        Section(
            part.kind,
            part.heading.in_language(language) if part.heading else None,
            next(waiting) if part.kind == "answer" else None,
        )
        for part in template.parts
    )
