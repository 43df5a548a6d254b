"""Which language each window is in: probabilities in, one language a window out. Pure.

A meeting may switch its language, so every window is asked; but a short or noisy window answers almost anything, so
what the rest of the recording speaks is its prior (a vote weighted by seconds of speech).

Concedes: a single sentence in another language inside a window is written in the window's language.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from meetbot.errors import UsageError

FLOOR = 0.03  # what a language nobody has spoken yet is given: a clear window of thirty to one still wins
ENOUGH = 6.0  # seconds of speech from which on a window's own answer counts in full


@dataclass(frozen=True)
class Heard:
    """One window's answer: the probability of each language, and its seconds of speech."""

    probabilities: Mapping[str, float]
    seconds: float


@dataclass
class Vote:
    """What has been spoken so far, in seconds a language."""

    seconds: dict[str, float] = field(default_factory=dict)

    def decide(self, windows: Sequence[Heard]) -> list[str]:
        """One language for each of `windows`, which count among what has been spoken."""
        for window in windows:
            for language, probability in window.probabilities.items():
                self.seconds[language] = self.seconds.get(language, 0.0) + probability * window.seconds
        total = sum(self.seconds.values()) or 1.0
        prior = {language: max(FLOOR, spoken / total) for language, spoken in self.seconds.items()}
        return [_most_likely(window, prior) for window in windows]


def _most_likely(window: Heard, prior: Mapping[str, float]) -> str:
    weight = min(1.0, window.seconds / ENOUGH)

    def score(language: str) -> float:
        return weight * math.log(window.probabilities[language] + 1e-9) + math.log(prior[language])

    return max(window.probabilities, key=score)


def check(language: str) -> None:
    """Raises UsageError for a `language`, code or name, that Whisper does not know."""
    from whisper.tokenizer import LANGUAGES, TO_LANGUAGE_CODE

    if language.lower() not in LANGUAGES and language.lower() not in TO_LANGUAGE_CODE:
        raise UsageError(f"Whisper does not know the language {language!r}.", hint="Use a code such as en, de or zh.")
