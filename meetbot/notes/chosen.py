"""What a chapter is about, in its own words: the sentences that say most of it. Pure.

What a chapter says again and again, and the others do not, is what it is about (Luhn 1958; Spärck Jones 1972); the
sentences that have most of that are quoted, the second for what the first lacks (Carbonell and Goldstein 1998).
Concedes: what is at stake but said once, and languages without a list of function words.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass

from meetbot.domain import Utterance
from meetbot.notes.cues import SENTENCE, has_cue
from meetbot.words import content, fold, tokens

STEM = 6  # letters in which forms of one word are alike
WORDS = (5, 32)  # of a sentence that is quoted; of Chinese or Japanese, characters
CHARACTERS = 180
TELLING = 3  # different content words it has, people's names aside
LONGER = 0.35  # the power of its length by which a sentence's weight is divided
ASKED = 0.7  # what a question counts
SAID = 0.7  # of what the first sentence says already
NOT_MEANT = ("joke", "machine", "hypothetical", "retract")
SENTENCES = 2
_GREETING = re.compile(
    r"(?i:good (?:morning|afternoon|evening)|hello|hi|hey|guten (?:morgen|tag|abend)|hallo|moin|bonjour|bonsoir|salut"
    r"|buen[oa]s|hola|bom dia|boa (?:tarde|noite)|olá|大家好|早上好)\b"
)


@dataclass(frozen=True, slots=True)
class Chosen:
    """A sentence of the turn `said`."""

    said: Utterance
    text: str


def weights(chapters: Sequence[Sequence[Utterance]], people: Iterable[str]) -> list[dict[str, float]]:
    """What each word, as a stem, weighs in each chapter: by how many of its turns have it, and how few others do.

    The names of the `people` who speak, who are called time and again, weigh nothing.
    """
    names = {stem for name in people for stem in _stems(name)}
    counts = [Counter(word for one in chapter for word in _stems(one.text) - names) for chapter in chapters]
    spread = Counter(word for count in counts for word in count)
    return [
        {word: math.log(many) * (1 + 0.5 * math.log(len(chapters) / spread[word])) for word, many in count.items()}
        for count in counts
    ]


def sentences(chapter: Sequence[Utterance], weigh: Mapping[str, float], language: str) -> list[Chosen]:
    """The sentences of `chapter` that say most of it, in their order; none where nothing is said twice."""
    found = {
        Chosen(one, match[0].strip()): _stems(match[0])
        for one in chapter
        if not any(has_cue(one.text, language, cue) for cue in NOT_MEANT)
        for match in SENTENCE.finditer(one.text)
        if _fits(match[0].strip())
    }
    told: set[str] = set()
    chosen: list[Chosen] = []
    while found and len(chosen) < SENTENCES:
        said = {one: _says(one.text, words, told, weigh) for one, words in found.items()}
        best = max(said, key=lambda one: said[one])
        if said[best] <= 0:
            break
        told |= found.pop(best)
        chosen.append(best)
    return sorted(chosen, key=lambda one: one.said.start)


def _says(sentence: str, words: AbstractSet[str], told: AbstractSet[str], weigh: Mapping[str, float]) -> float:
    """How much a sentence of these `words` says when those of `told` are said already."""
    if sum(word in weigh for word in words) < TELLING:
        return 0.0
    fresh = 1 - SAID * len(words & told) / len(words)
    asks = ASKED if sentence.endswith(("?", "？")) else 1.0
    return asks * fresh * math.fsum(weigh.get(word, 0.0) for word in words) / float(len(sentence) ** LONGER)


def _fits(sentence: str) -> bool:
    many = len(tokens(sentence))
    return not _GREETING.match(sentence) and WORDS[0] <= many <= WORDS[1] and len(sentence) <= CHARACTERS


def _stems(text: str) -> set[str]:
    return {_stem(word) for word in content(text)}


def _stem(word: str) -> str:
    return fold(word)[:STEM]
