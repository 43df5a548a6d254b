"""Names that people give themselves: "Hi, this is Ana". Suggestions only, with the turn they were heard in. Pure.

Concedes: languages without a pattern here, and names that Whisper misheard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from meetbot.domain import Transcript

EARLY = 40
"""People introduce themselves in the first turns they have; later "I am" is about something else."""

_NAME = r"(?P<name>[A-ZÀ-ÖØ-Þ][\w'’-]+(?:\s[A-ZÀ-ÖØ-Þ][\w'’-]+)?)"
_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "en": (
        rf"\b(?i:my name is|my name's|this is|i am|i'm|i’m|it's|it’s) {_NAME}(?= (?i:here|speaking|from)\b|[,.!;]|$)",
        rf"(?:^|[,.!?] ){_NAME} (?i:here|speaking)\b",
    ),
    "de": (
        rf"\b(?i:mein name ist|ich heiße|ich bin(?: der| die)?|hier ist|hier spricht) {_NAME}(?=[,.!;]|$| (?i:von)\b)",
    ),
    "fr": (rf"\b(?i:je m'appelle|je m’appelle|je suis|moi c'est|ici) {_NAME}(?=[,.!;]|$| (?i:de)\b)",),
    "es": (rf"\b(?i:me llamo|mi nombre es|yo soy|soy|habla) {_NAME}(?=[,.!;]|$| (?i:de)\b)",),
    "pt": (
        rf"\b(?i:meu nome é|me chamo|chamo-me|eu sou(?: o| a)?|aqui é(?: o| a)?) {_NAME}(?=[,.!;]|$| (?i:de|da|do)\b)",
    ),
    "it": (rf"\b(?i:mi chiamo|sono|qui è) {_NAME}(?=[,.!;]|$)",),
}
_ZH = re.compile(r"(?:我是|我叫|我的名字是)(?P<name>[\u4e00-\u9fff]{2,3})(?=[,，。.!！]|$)")
_NOT_NAMES = frozenset(
    """
Sorry Okay Ok Yes No Not Well Sure Fine Good Great Happy Here There So The A An Just Really Afraid Glad Going I It
Monday Tuesday Wednesday Thursday Friday Saturday Sunday January February March April May June July August September
October November December English German French Spanish Chinese American British
""".split()  # noqa: SIM905 - a list of words reads better as words
)


@dataclass(frozen=True, slots=True)
class Introduction:
    """What speaker `speaker` seems to be called, and the utterance that says so."""

    speaker: str
    name: str
    turn: str


def introductions(transcript: Transcript) -> Mapping[str, Introduction]:
    """The first name each speaker gives for themselves. A name that two claim is nobody's."""
    found: dict[str, Introduction] = {}
    spoken: dict[str, int] = {}
    for utterance in transcript.utterances:
        count = spoken[utterance.speaker] = spoken.get(utterance.speaker, 0) + 1
        if utterance.speaker in found or count > EARLY:
            continue
        name = _own_name(utterance.text, utterance.language or transcript.language)
        if name:
            found[utterance.speaker] = Introduction(utterance.speaker, name, utterance.id)
    claimed = [each.name.casefold() for each in found.values()]
    return {speaker: each for speaker, each in found.items() if claimed.count(each.name.casefold()) == 1}


def _own_name(text: str, language: str) -> str | None:
    if language == "zh":
        match = _ZH.search(text)
        return match["name"] if match else None
    for pattern in _PATTERNS.get(language, ()):
        for match in re.finditer(pattern, text):
            if not _NOT_NAMES.intersection(match["name"].split()):
                return match["name"]
    return None
