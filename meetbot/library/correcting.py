"""A transcript as text that a person corrects in an editor, and back. Pure.

    S1 = Ana
    S2 = Ben

    T1 [0:00] Ana: Good morning.
    T2 [0:04] Ben: Yes.

Corrected words keep the times of those they replace: old and new words are aligned (difflib), words that stand in
both keep time and probability, and what was written in place of something shares its time by length. A name behind
a voice's id changes it everywhere, a name in a line gives the line to that voice, a line taken out is taken out.
Ids of turns stay, so that citations still hold. Concession: a line cannot be split in two.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from difflib import SequenceMatcher

from meetbot.domain import Speaker, Transcript, Utterance, Word
from meetbot.errors import UsageError

_HELP = """\
# Correct what was misheard and save. Names: change the name behind "S1 =" to change it everywhere; write another
# name at the beginning of a line to give the line to that voice. Delete a line to delete what it says.
# Ids such as T12 must stay. Lines that begin with # are not read.
"""
_VOICE = re.compile(r"(S\d+)\s*=\s*(.*)")
_LINE = re.compile(r"(T\d+)\s+(?:\[[\d:.]*\]\s*)?([^:：]+?)\s*[:：]\s*(.*)")
_IDEOGRAPH = re.compile(r"([\u3005-\u3007\u3041-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff])")
_ROOM = 0.05  # seconds that a word takes at the very least


def as_text(transcript: Transcript) -> str:
    """The transcript as a person corrects it."""
    voices = "".join(f"{speaker.id} = {_written(speaker.label)}\n" for speaker in transcript.speakers)
    lines = "".join(
        f"{said.id} [{_clock(said.start)}] {_written(transcript.label(said.speaker))}: {' '.join(said.text.split())}\n"
        for said in transcript.utterances
    )
    return f"{_HELP}\n{voices}\n{lines}"


def _written(label: str) -> str:
    return " ".join(label.replace(":", " ").split())


def _clock(seconds: float) -> str:
    return f"{int(seconds) // 60}:{int(seconds) % 60:02}"


@dataclass(frozen=True, slots=True)
class _Draft:
    """What the text says: names of voices, and for each turn a name and its words."""

    names: dict[str, str]
    lines: dict[str, tuple[str, str, int]]  # turn: (name, words, number of the line)


def _read(text: str, transcript: Transcript) -> _Draft:
    known = {speaker.id for speaker in transcript.speakers}
    draft = _Draft({}, {})
    for number, line in enumerate(text.lstrip("\ufeff").splitlines(), start=1):
        line = line.strip()  # noqa: PLW2901 - the same line
        if not line or line.startswith("#"):
            continue
        if voice := _VOICE.fullmatch(line):
            if voice[1] not in known:
                raise _wrong(number, f"there is no voice {voice[1]}")
            draft.names[voice[1]] = voice[2].strip() or voice[1]
        elif said := _LINE.fullmatch(line):
            if said[1] not in transcript.by_id:
                raise _wrong(number, f"there is no turn {said[1]}")
            if said[1] in draft.lines:
                raise _wrong(number, f"{said[1]} stands in two lines")
            draft.lines[said[1]] = (said[2], said[3].strip(), number)
        else:
            raise _wrong(number, "it is neither “T1 [0:00] Name: words” nor “S1 = Name”")
    return draft


def _wrong(number: int, why: str) -> UsageError:
    return UsageError(f"Line {number} cannot be read: {why}.", hint="Nothing was changed.", kind="correction")


def apply(text: str, transcript: Transcript) -> Transcript:
    """`transcript` with the corrections in `text`; the very same object if there are none.

    Raises UsageError, naming the line, when the text cannot be read.
    """
    draft = _read(text, transcript)
    if transcript.utterances and not draft.lines:
        # More likely a pipe that failed than somebody who wants nothing left.
        raise UsageError("The text has no turns.", hint="Nothing was changed.", kind="correction")
    renamed = tuple(_renamed(speaker, draft.names.get(speaker.id)) for speaker in transcript.speakers)
    voices = {speaker.id: speaker.id for speaker in transcript.speakers}
    for voice in (*transcript.speakers, *renamed):
        voices.setdefault(_written(voice.label), voice.id)
    utterances: list[Utterance] = []
    for said in transcript.utterances:
        name, words, number = draft.lines.get(said.id, ("", "", 0))
        if not words:
            continue
        if name not in voices:
            raise _wrong(number, f"no voice is called {name!r} (“S1 = {name}” would name one)")
        speaker = voices[name]
        # Names are written without colons: an unchanged line must not move from one voice to its namesake.
        if name == _written(transcript.label(said.speaker)):
            speaker = said.speaker
        utterances.append(realign(said, words) if words != " ".join(said.text.split()) else said)
        if speaker != said.speaker:
            utterances[-1] = replace(utterances[-1], speaker=speaker)
    if renamed == transcript.speakers and tuple(utterances) == transcript.utterances:
        return transcript
    counted = tuple(_counted(speaker, transcript, utterances) for speaker in renamed)
    return replace(transcript, speakers=counted, utterances=tuple(utterances))


def _renamed(speaker: Speaker, name: str | None) -> Speaker:
    if name is None or name == _written(speaker.label):
        return speaker
    if name == speaker.id:
        return replace(speaker, name=None, confidence=None, source=None)
    return replace(speaker, name=name, confidence=1.0, source="manual")


def _counted(speaker: Speaker, before: Transcript, after: Sequence[Utterance]) -> Speaker:
    """Turns and talk time follow the utterances that were given to another voice or taken out."""
    had = [one for one in before.utterances if one.speaker == speaker.id]
    has = [one for one in after if one.speaker == speaker.id]
    time = sum(one.end - one.start for one in has) - sum(one.end - one.start for one in had)
    return replace(
        speaker, turns=max(0, speaker.turns + len(has) - len(had)), talk_time=max(0.0, speaker.talk_time + time)
    )


def realign(said: Utterance, text: str) -> Utterance:
    """`said` with the words of `text`, timed by the words they stand for.

    >>> from meetbot.domain import Utterance, Word
    >>> said = Utterance("T1", "S1", 0, 2, "Hi Bem", words=(Word(" Hi", 0, 0.5, 0.9), Word(" Bem", 0.6, 2, 0.4)))
    >>> realign(said, "Hi Ben").words[1]
    Word(text=' Ben', start=0.6, end=2, probability=1.0)
    """
    old = [piece for word in said.words for piece in _pieces(word)] or [Word("", said.start, said.end, 1.0)]
    new = _tokens(text)
    matcher = SequenceMatcher(None, [_key(word.text) for word in old], [_key(token) for token in new], autojunk=False)
    words: list[Word] = []
    for kind, a, b, c, d in matcher.get_opcodes():
        if kind == "equal":
            words.extend(replace(word, text=token) for word, token in zip(old[a:b], new[c:d], strict=True))
        elif kind in ("replace", "insert"):
            start = old[a].start if b > a else (words[-1].end if words else said.start)
            end = old[b - 1].end if b > a else (old[a].start if a < len(old) else said.end)
            inserted = _shared(new[c:d], start, max(start, end))
            if words and a == b and end - start < _ROOM * (d - c):
                # No gap to stand in: the word before makes room.
                last = words.pop()
                inserted = _shared([last.text, *new[c:d]], last.start, max(last.end, end))
                inserted[0] = replace(inserted[0], probability=last.probability)
            words.extend(inserted)
    joined = "".join(word.text for word in words).strip()
    return replace(said, text=joined, words=tuple(words))


def _tokens(text: str) -> list[str]:
    """Words with the space before them; ideographs and kana one by one."""
    tokens: list[str] = []
    for k, word in enumerate(text.split()):
        parts = [part for part in _IDEOGRAPH.split(word) if part]
        # As Whisper writes them: a space before the first word too, but none before ideographs.
        lead = " " if k or not _IDEOGRAPH.match(parts[0]) else ""
        tokens += [lead + parts[0], *parts[1:]]
    return tokens


def _pieces(word: Word) -> list[Word]:
    parts = [part for part in _IDEOGRAPH.split(word.text) if part.strip()]
    if len(parts) < 2:
        return [word]
    times = _shared(parts, word.start, word.end)
    return [replace(part, probability=word.probability) for part in times]


def _shared(tokens: Sequence[str], start: float, end: float) -> list[Word]:
    """`tokens` one after the other from `start` to `end`, each as long as it is wide."""
    total = sum(len(token.strip()) for token in tokens) or 1
    words: list[Word] = []
    done = 0
    for token in tokens:
        begin, done = done, done + len(token.strip())
        span = end - start
        words.append(Word(token, round(start + span * begin / total, 3), round(start + span * done / total, 3), 1.0))
    return words


def _key(text: str) -> str:
    return "".join(char for char in text.casefold() if char.isalnum()) or text.strip()
