"""Names that people give themselves: "Hi, this is Ana". Pure.

Concedes: languages without a pattern here, and names that Whisper misheard.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from meetbot.domain import Transcript
from meetbot.names.calls import NAME, barred
from meetbot.words import fold

EARLY = 40
"""People introduce themselves in the first turns they have; later "I am" is about something else."""

_FULL = rf"(?P<name>{NAME}(?:\s{NAME})?)"
_END = r"(?=\s*[,.;!?…]|$)"
_PATTERNS: Mapping[str, tuple[str, ...]] = {
    "en": (
        rf"\b(?i:my name is|my name's|my name’s) {_FULL}",
        rf"\b(?i:this is|i am|i'm|i’m) {_FULL}(?= (?i:here|speaking|from)\b|\s*[,.;!?…]|$)",
        rf"\b(?i:hi|hello|hey|morning|afternoon|evening),? (?i:it's|it’s) {_FULL}{_END}",
        rf"\b(?i:it's|it’s) {_FULL}(?= (?i:here|speaking)\b)",
        rf"(?:^|[,.!?] ){_FULL} (?i:here|speaking)(?=\s*[,.;!?…]|$| (?i:from)\b)",
    ),
    "de": (
        rf"\b(?i:mein name ist|ich heiße|hier ist|hier spricht|ich bin (?:der|die)) {_FULL}"
        rf"(?=[,.;!]|$| (?i:von|und|aus)\b)",
        rf"\b(?i:hallo|moin|morgen|tag|abend)[,.!]? (?i:ich bin) {_FULL}{_END}",
    ),
    "fr": (rf"\b(?i:je m'appelle|je m’appelle|je suis|moi c'est|moi, c'est|ici) {_FULL}(?=[,.;!]|$| (?i:de)\b)",),
    "es": (rf"\b(?i:me llamo|mi nombre es|yo soy|soy|habla) {_FULL}(?=[,.;!]|$| (?i:de)\b)",),
    "pt": (
        rf"\b(?i:meu nome é|me chamo|chamo-me|eu sou(?: o| a)?|aqui é(?: o| a)?) {_FULL}(?=[,.;!]|$| (?i:de|da|do)\b)",
    ),
    "it": (rf"\b(?i:mi chiamo|sono|qui è) {_FULL}{_END}",),
}
_HAN = r"(?:(?![不的在来去要很说了这那就])[\u4e00-\u9fff])"  # hardly any name has one of these few
_ZH = re.compile(rf"(?:我是|我叫|我的名字是)(?P<name>{_HAN}{{2,3}})(?=[,，。.!！]|$)")
_NATIONS = frozenset("english german french spanish chinese american british italian afraid glad going".split())  # noqa: SIM905


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
            if not {fold(word) for word in match["name"].split()} & (barred(language) | _NATIONS):
                return match["name"]
    return None
