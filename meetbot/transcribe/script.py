"""Chinese in simplified or traditional characters, as asked; other languages pass through. Pure but for a dictionary.

Whisper writes whichever script the sound reminds it of, sometimes both in one recording. The conversion is OpenCC's
(extra `chinese`), by phrases; words keep their times.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from meetbot.domain import Segment
from meetbot.errors import UsageError
from meetbot.transcribe.options import Script

CHINESE = ("zh", "yue")


def in_script(segments: Sequence[Segment], script: Script) -> tuple[Segment, ...]:
    """`segments` with the Chinese ones in `script`. Raises UsageError when OpenCC is not installed."""
    if not any(segment.language in CHINESE for segment in segments):
        return tuple(segments)
    try:
        from opencc import OpenCC
    except ImportError as error:
        raise UsageError(
            "Converting between Chinese scripts needs OpenCC.", hint="pip install 'meetbot[chinese]'"
        ) from error
    converter = OpenCC("t2s" if script == "simplified" else "s2t")
    return tuple(
        _converted(segment, converter.convert) if segment.language in CHINESE else segment for segment in segments
    )


def _converted(segment: Segment, convert: Callable[[str], str]) -> Segment:
    text = "".join(word.text for word in segment.words)
    whole = convert(text)
    if len(whole) != len(text):
        return replace(segment, words=tuple(replace(word, text=convert(word.text)) for word in segment.words))
    # Phrases decide between characters, so the segment is converted whole and cut where the words were.
    words, at = [], 0
    for word in segment.words:
        words.append(replace(word, text=whole[at : at + len(word.text)]))
        at += len(word.text)
    return replace(segment, words=tuple(words))
