"""Which language is spoken, and which is written: sound and text in, what the pair is good for out.

The language of speech is Whisper's own judgement, that of text py3langid's (4 MB, 140 languages, offline). A pair in
one language is data for transcription; English under other speech is data for translation; anything else is an error of
whoever joined them (Radford et al. 2022, §2.1). Concedes: of a few words nobody can tell the language; then the source
is believed, and the speech where the source does not say.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from meetbot.domain import Task
from meetbot.errors import MeetbotError

if TYPE_CHECKING:
    from meetbot.transcribe.engine import TorchEngine

HEARD = 0.6  # probability from which Whisper's judgement counts against what the source says
READ = 0.7  # the same for the text's

# Languages that a classifier of either kind takes for each other.
KIN = ({"zh", "yue", "wuu"}, {"no", "nn", "nb", "da"}, {"hr", "sr", "bs"}, {"id", "ms"}, {"gl", "pt"}, {"ur", "hi"})


@dataclass(frozen=True, slots=True)
class Guess:
    """A language (Whisper's code) and how sure it is."""

    language: str
    probability: float


def heard(engine: TorchEngine, sounds: Sequence[NDArray[np.float32]]) -> list[Guess]:
    """The language of each sound (at most 30 s of it). English-only models hear English everywhere."""
    if not engine.multilingual:
        return [Guess("en", 1.0) for _ in sounds]
    chances, _ = engine.listen(engine.hear(sounds))
    best = [max(row, key=lambda code: row[code]) for row in chances]
    return [Guess(code, row[code]) for code, row in zip(best, chances, strict=True)]


def read(text: str) -> Guess:
    """The language `text` is written in. Raises MeetbotError when the extra is missing.

    >>> read("Wir haben gestern lange darüber gesprochen.").language       # doctest: +SKIP
    'de'
    """
    language, probability = _identifier().classify(text)
    return Guess(str(language), float(probability))


def use(spoken: Guess, written: Guess, declared: str | None) -> tuple[str, Task] | None:
    """The language to train with and the task, or None when text and speech do not belong together.

    >>> use(Guess("de", 0.9), Guess("de", 0.9), None), use(Guess("de", 0.9), Guess("en", 0.9), None)
    (('de', 'transcribe'), ('de', 'translate'))
    >>> use(Guess("de", 0.9), Guess("fr", 0.9), None) is None
    True
    """
    if written.probability < READ:
        return declared or spoken.language, "transcribe"
    language = spoken.language if spoken.probability >= HEARD else declared or spoken.language
    if _kin(language, written.language):
        return language, "transcribe"
    return (language, "translate") if written.language == "en" else None


def _kin(one: str, other: str) -> bool:
    return one == other or any({one, other} <= family for family in KIN)


@cache
def _identifier() -> Any:
    try:
        from py3langid.langid import MODEL_FILE, LanguageIdentifier
    except ImportError as error:
        raise MeetbotError(
            "py3langid is not installed.", hint="`pip install 'meetbot[train]'` gets it.", kind="extra"
        ) from error
    return LanguageIdentifier.from_model_file(MODEL_FILE, norm_probs=True)
