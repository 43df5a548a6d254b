"""What is wrong with a text as training data: text in, the name of the broken rule or None out. Pure.

After Radford et al. 2022, §2.1: transcripts made by machines are dropped, known by what people do and machines did
not: capitals, small letters, punctuation. Further, text that cannot be what is said in the time it has.
"""

from __future__ import annotations

import re
import unicodedata

# Scripts without capitals, and languages whose writing does without punctuation.
UNPUNCTUATED = frozenset({"th", "lo", "my", "km", "bo"})

ENOUGH_LETTERS = 16  # letters before a text's case says something: "OK" and "yes" are nobody's machine
ENOUGH_WORDS = 10  # words before missing punctuation says something
ENOUGH_CHARACTERS = 24  # the same where no spaces are written
MOST_PER_SECOND = 32.0  # characters: an auctioneer; in Chinese or Japanese a third of it
LEAST_PER_SECOND = 0.3  # characters: a text far shorter than what is said

RULES = {
    "empty": "no text, or only remarks such as [Music]",
    "machine-made": "all capitals, all small letters, or no punctuation: most likely another machine's transcript",
    "too fast": "more text than anybody says in that time",
    "too slow": "hardly any text for that much sound",
    "audio": "the audio is missing or cannot be read",
    "too long": "an utterance of more than 30 s without times",
    "duplicate": "nearly the same text was there before",
    "evaluation": "in the evaluation set, by sound or by text",
    "language": "the text is in another language than the speech, and not in English",
}

_REMARK = re.compile(r"[\[(（【][^\])）】]*[\])）】]|[♪♫*#]+")


def cleaned(text: str) -> str:
    """`text` without remarks of captioners ("[Music]", "(laughs)", notes) and runs of spaces.

    >>> cleaned("[Music]  Good   morning. (laughs)")
    'Good morning.'
    """
    return " ".join(_REMARK.sub(" ", unicodedata.normalize("NFC", text)).split())


def broken(text: str, language: str | None, seconds: float) -> str | None:
    """The first rule that `text` (already `cleaned`), said in `seconds`, breaks."""
    if not any(character.isalnum() for character in text):
        return "empty"
    if machine_made(text, language):
        return "machine-made"
    dense = 3.0 if _wide(text) else 1.0
    if len(text) * dense > MOST_PER_SECOND * max(seconds, 1.0):
        return "too fast"
    if seconds > 5 and len(text) * dense < LEAST_PER_SECOND * seconds:
        return "too slow"
    return None


def machine_made(text: str, language: str | None) -> bool:
    """Whether `text` looks like another machine's transcript.

    >>> machine_made("SO WE WENT HOME THAT EVENING", "en"), machine_made("So we went home that evening.", "en")
    (True, False)
    """
    letters = [character for character in text if character.isalpha()]
    cased = [character for character in letters if character.upper() != character.lower()]
    if len(cased) >= ENOUGH_LETTERS and (all(map(str.isupper, cased)) or all(map(str.islower, cased))):
        return True
    if language in UNPUNCTUATED:
        return False
    enough = len(letters) >= ENOUGH_CHARACTERS if _wide(text) else len(text.split()) >= ENOUGH_WORDS
    return enough and not any(unicodedata.category(character) == "Po" for character in text if character not in "'’")


def _wide(text: str) -> bool:
    """Whether most letters are Chinese, Japanese or Thai: no spaces, a syllable or more a character."""
    letters = [character for character in text if character.isalpha()]
    return sum("\u0e00" <= character <= "\u0eff" or character >= "\u3040" for character in letters) * 2 > len(letters)
