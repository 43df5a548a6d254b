"""What speaks for and against a speaker's having a name that is heard in the meeting. Pure.

Who is called by name has mostly just spoken or speaks next; nobody calls himself, and few speak of themselves by name.
So every name that somebody is called by, or gives himself, is held against every speaker.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby

from meetbot.domain import Transcript
from meetbot.names.calls import NAME, Call, calls, common_words, key, known
from meetbot.names.introductions import Introduction, introductions
from meetbot.words import fold

FEATURES = (
    "bias",
    "first, speaks next",
    "last, speaks next",
    "greeted, speaks next",
    "asked, speaks next",
    "first, spoke before",
    "last, spoke before",
    "greeted, spoke before",
    "both",
    "neither",
    "twice",
    "others as often",
    "calls it himself",
    "speaks of it",
    "spoken of",
    "one of few",
)
MANY = 3.0  # of anything counted: more say no more
_NAME = re.compile(NAME)
_INSIDE = re.compile(rf"(?<=[\w,;] ){NAME}")  # not where a sentence begins


@dataclass(frozen=True, slots=True)
class Claim:
    """That `speaker` is called `name`: the FEATURES of that, the `turns` that speak for it; `given`: he says so."""

    speaker: str
    name: str
    values: Mapping[str, float]
    turns: tuple[str, ...]
    given: bool


@dataclass(frozen=True, slots=True)
class Called:
    """Somebody called in the utterance `turn`: by whom, and who speaks before and after (nobody: None)."""

    turn: str
    by: str
    before: str | None
    after: str | None
    call: Call


@dataclass(frozen=True, slots=True)
class _Heard:
    """All that is heard of names; `spoken_of`: how often (a speaker, a name's key), but for calls."""

    language: str
    speakers: Sequence[str]
    called: Sequence[Called]
    given: Mapping[str, Introduction]
    spoken_of: Mapping[tuple[str, str], int]

    def key(self, name: str) -> str:
        return key(name, self.language)


def claims(transcript: Transcript) -> list[Claim]:
    """Every name heard in `transcript` held against each of its speakers for whom something speaks."""
    language = transcript.language
    called = list(_called(transcript)) if known(language) else []
    given = introductions(transcript)
    # Neither a call nor an introduction is talk about somebody.
    said_to_name = {(one.turn, key(one.call.name, language)) for one in called}
    said_to_name |= {(one.turn, key(one.name, language)) for one in given.values()}
    spoken_of = Counter(
        (utterance.speaker, fold(word))
        for utterance in transcript.utterances
        for word in _NAME.findall(utterance.text)
        if (utterance.id, fold(word)) not in said_to_name
    )
    speakers = [one.id for one in transcript.speakers]
    heard = _Heard(language, speakers, called, given, spoken_of)
    written = Counter([*(one.call.name for one in called), *(one.name for one in given.values())])
    spellings: dict[str, str] = {}
    for name, _ in written.most_common():
        spellings.setdefault(heard.key(name), name)
    return [claim for name in spellings.values() for claim in _claims(heard, name)]


def _called(transcript: Transcript) -> Iterator[Called]:
    """Everybody who is called. What has a capital only where sentences begin is no name, unless asked repeatedly."""
    language = transcript.language
    texts = [one.text for one in transcript.utterances]
    common = common_words(texts, language)
    stretches = [tuple(group) for _, group in groupby(transcript.utterances, key=lambda one: one.speaker)]
    found = [
        Called(
            utterance.id,
            utterance.speaker,
            stretches[number - 1][0].speaker if number else None,
            stretches[number + 1][0].speaker if number + 1 < len(stretches) else None,
            call,
        )
        for number, stretch in enumerate(stretches)
        for utterance in stretch
        for call in calls(utterance.text, language, common)
    ]
    keys = [key(one.call.name, language) for one in found]
    often = Counter(keys)
    # German writes every noun with a capital, so there what stands inside of sentences need not be a name.
    sure = set() if language == "de" else {fold(name) for text in texts for name in _INSIDE.findall(text)}
    for name, one in zip(keys, found, strict=True):
        if one.call.way != "first" or (one.call.asks and often[name] > 1):
            sure.add(name)
    return (one for name, one in zip(keys, found, strict=True) if name in sure)


def _claims(heard: _Heard, name: str) -> Iterator[Claim]:
    """`name` held against each speaker for whom something speaks."""
    wanted = heard.key(name)
    counts = {speaker: _counts(heard, wanted, speaker) for speaker in heard.speakers}
    turns = {speaker: tuple(dict.fromkeys(_turns(heard, wanted, speaker))) for speaker in heard.speakers}
    for speaker, found in counts.items():
        if turns[speaker]:
            found["twice"] = len(turns[speaker]) > 1
            found["others as often"] = max((len(turns[one]) for one in heard.speakers if one != speaker), default=0)
            values = {what: min(float(found[what]), MANY) for what in FEATURES}
            few = {"bias": 1.0, "one of few": 1 / len(heard.speakers)}
            yield Claim(speaker, name, values | few, turns[speaker], _gives(heard, wanted, speaker))


def _turns(heard: _Heard, wanted: str, speaker: str) -> Iterator[str]:
    """The turns that speak for the name of key `wanted` as that of `speaker`."""
    if _gives(heard, wanted, speaker):
        yield heard.given[speaker].turn
    for one in heard.called:
        if heard.key(one.call.name) == wanted and speaker != one.by and speaker in (one.before, one.after):
            yield one.turn


def _gives(heard: _Heard, wanted: str, speaker: str) -> bool:
    """Whether `speaker` gives himself the name of key `wanted`."""
    own = heard.given.get(speaker)
    return own is not None and heard.key(own.name) == wanted


def _counts(heard: _Heard, wanted: str, speaker: str) -> Counter[str]:
    found: Counter[str] = Counter()
    for one in heard.called:
        if heard.key(one.call.name) != wanted:
            continue
        if speaker == one.by:
            found["calls it himself"] += 1
            continue
        found[f"{one.call.way}, speaks next"] += speaker == one.after
        found[f"{one.call.way}, spoke before"] += speaker == one.before
        found["asked, speaks next"] += speaker == one.after and one.call.asks
        found["both"] += one.before == one.after == speaker
        found["neither"] += speaker not in (one.before, one.after)
    found["speaks of it"] = heard.spoken_of.get((speaker, wanted), 0)
    found["spoken of"] = sum(count for (_, word), count in heard.spoken_of.items() if word == wanted)
    return found
