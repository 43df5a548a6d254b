"""The values that travel between stages, frozen and typed. Seconds are floats from the start of the recording.

    audio ─▶ Diarization ┐
          └▶ Transcription ┴▶ Transcript ─▶ Notes, Answer

The field names of Transcript, Notes and Answer are the output format (schema_version 1): fields may be
added; none may be renamed or dropped without a new version. Nothing here does anything beyond arithmetic.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

Task = Literal["transcribe", "translate"]
EngineName = Literal["auto", "torch", "ctranslate2"]
Drafting = Literal["auto", "none", "ngram", "lookahead", "layers", "ctc", "medusa", "decoder"]
ItemKind = Literal["decision", "action_item", "open_question"]
SectionKind = Literal["overview", "decisions", "action_items", "open_questions", "topics", "answer"]


# ---------------------------------------------------------------------------------------- speech


@dataclass(frozen=True, slots=True)
class Turn:
    """One speaker holding the floor from `start` to `end`."""

    speaker: str
    start: float
    end: float

    @property
    def duration(self) -> float:
        return self.end - self.start


@dataclass(frozen=True, slots=True)
class Diarization:
    """Who spoke when. Speakers are "S1", "S2", … in order of first appearance.

    `turns` may overlap; `exclusive` has at most one speaker at any time and is what words are given to.
    `voices` holds one embedding per speaker, of unit length. Speakers whose clean speech was too short
    for an embedding have none.
    """

    turns: tuple[Turn, ...]
    exclusive: tuple[Turn, ...]
    voices: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    @property
    def speakers(self) -> tuple[str, ...]:
        return tuple(dict.fromkeys(turn.speaker for turn in self.turns))


@dataclass(frozen=True, slots=True)
class Word:
    """A word as Whisper writes it: with its leading space (none in Chinese or Japanese) and punctuation."""

    text: str
    start: float
    end: float
    probability: float


@dataclass(frozen=True, slots=True)
class Segment:
    """A stretch of words that Whisper wrote between two of its timestamps, in one language."""

    words: tuple[Word, ...]
    language: str


@dataclass(frozen=True)
class Transcription:
    """What was said, before anyone knows who said it. `language` is the one spoken most."""

    segments: tuple[Segment, ...]
    language: str
    task: Task = "transcribe"

    @cached_property
    def words(self) -> tuple[Word, ...]:
        return tuple(word for segment in self.segments for word in segment.words)


# ------------------------------------------------------------------------------------ transcript


@dataclass(frozen=True, slots=True)
class AudioInfo:
    """Which recording this is about: `sha256` is of the file's bytes, `duration` of the whole recording."""

    name: str
    sha256: str
    duration: float


@dataclass(frozen=True, slots=True)
class Speaker:
    """A voice of the meeting. `source` says where the name is from, `confidence` (0 to 1) how sure that is.

    `said_in`: the turns that say so, of a name heard in the meeting itself.
    """

    id: str
    name: str | None = None
    confidence: float | None = None
    source: str | None = None
    talk_time: float = 0.0
    turns: int = 0
    said_in: tuple[str, ...] = ()

    @property
    def label(self) -> str:
        """What a reader sees: the name, or the id while there is none."""
        return self.name or self.id


@dataclass(frozen=True, slots=True)
class Utterance:
    """What one speaker said in one go; its id, "T17", is what every citation names.

    `text` is the words joined and stripped. `overlap`: somebody else spoke at the same time.
    """

    id: str
    speaker: str
    start: float
    end: float
    text: str
    overlap: bool = False
    words: tuple[Word, ...] = ()
    language: str | None = None


@dataclass(frozen=True)
class Transcript:
    """Who said what and when: the first half of meetbot's output. Utterances are ordered by start."""

    audio: AudioInfo
    language: str
    speakers: tuple[Speaker, ...]
    utterances: tuple[Utterance, ...]
    task: Task = "transcribe"
    models: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    schema_version: int = 1

    @cached_property
    def by_id(self) -> Mapping[str, Utterance]:
        return {utterance.id: utterance for utterance in self.utterances}

    def label(self, speaker: str) -> str:
        """The name of speaker `speaker`, or the id itself."""
        return next((known.label for known in self.speakers if known.id == speaker), speaker)


# --------------------------------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Citation:
    """A verbatim quote from turn `turn` of meeting `meeting`."""

    meeting: str
    turn: str
    speaker: str
    start: float
    quote: str


@dataclass(frozen=True, slots=True)
class Answer:
    """`found` is False, and `answer` empty, when the recording does not say.

    `language` is that of the answer where it is not the one that was asked for.
    """

    question: str
    found: bool
    answer: str
    citations: tuple[Citation, ...] = ()
    language: str | None = None
    schema_version: int = 1


# ----------------------------------------------------------------------------------------- notes


@dataclass(frozen=True, slots=True)
class Topic:
    """A chapter of the meeting."""

    title: str
    gist: str
    start: float
    end: float
    turns: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Superseded:
    """What a decision said before it was decided otherwise. `language` as in Decision."""

    text: str
    turns: tuple[str, ...]
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided; `history` is what had been decided before, oldest first.

    Here and in the other items, `language` is that of the text where it is not that of the notes, and `context` are
    turns beside `turns` that may say more of it: shown as said near it, not asserted.
    """

    text: str
    turns: tuple[str, ...]
    start: float
    verified: bool
    history: tuple[Superseded, ...] = ()
    language: str | None = None
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class ActionItem:
    """A task somebody took on. `owner` is a speaker's id, or None: then `owner_name` is as it was said, or None.

    `due` keeps the speaker's words; `due_date` is what they mean on the calendar (ISO 8601), if code can tell.
    """

    task: str
    owner: str | None
    owner_name: str | None
    due: str | None
    due_date: str | None
    turns: tuple[str, ...]
    start: float
    verified: bool
    language: str | None = None
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class OpenQuestion:
    """A question that nobody answered in the meeting."""

    text: str
    turns: tuple[str, ...]
    start: float
    verified: bool
    language: str | None = None
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Unverified:
    """Something that may not be asserted, and why: not borne out by its turns, or not meant, or not agreed to."""

    kind: ItemKind
    text: str
    turns: tuple[str, ...]
    reason: str
    language: str | None = None


@dataclass(frozen=True, slots=True)
class Attendee:
    """A speaker as the notes list them."""

    id: str
    name: str | None
    talk_time: float


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the notes in the order in which they are read. `heading` None: the usual one in their language.

    An "answer" is that to a question of the template.
    """

    kind: SectionKind
    heading: str | None = None
    answer: Answer | None = None


SECTIONS: tuple[Section, ...] = (
    Section("overview"),
    Section("decisions"),
    Section("action_items"),
    Section("open_questions"),
    Section("topics"),
)


@dataclass(frozen=True)
class Notes:
    """The second half of meetbot's output. `verified` is decided by code, never by the model.

    `sections` is how `template` (a name or a path, filled with `parameters`) has them laid out.
    """

    title: str
    date: str
    language: str
    duration: float
    speakers: tuple[Attendee, ...]
    overview: str
    topics: tuple[Topic, ...] = ()
    decisions: tuple[Decision, ...] = ()
    action_items: tuple[ActionItem, ...] = ()
    open_questions: tuple[OpenQuestion, ...] = ()
    unverified: tuple[Unverified, ...] = ()
    sections: tuple[Section, ...] = SECTIONS
    template: str | None = None
    parameters: Mapping[str, str] = field(default_factory=dict)
    models: Mapping[str, str] = field(default_factory=dict)
    timings: Mapping[str, float] = field(default_factory=dict)
    schema_version: int = 1
