"""Words joined to turns as WhisperX does it: the common practice that meetbot's own alignment is measured against.

A sentence goes to the speaker whose turns (overlapping ones included) share most time with it, and so does every
word by itself. Captions and transcripts show the sentence's speaker ("segment"); `by="word"` takes each word's own,
and the sentence's where no turn touches the word. Bain et al. 2023; sentences end at punctuation.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Literal

from meetbot.domain import Turn, Word
from meetbot.evaluate.references import Said

UNKNOWN = "unknown"  # the speaker of a sentence that no turn touches
_ENDS = (".", "?", "!", "…", "。", "？", "！")


def whisperx_join(
    words: Sequence[Word], turns: Sequence[Turn], *, by: Literal["segment", "word"] = "segment", nearest: bool = False
) -> tuple[Said, ...]:
    """Who said what, from words in order and the turns. `nearest`: what no turn touches goes to the nearest one."""
    said = []
    for sentence in sentences(words):
        whole = speaker(sentence[0].start, sentence[-1].end, turns, nearest) or UNKNOWN
        if by == "segment":
            said.append(_said(whole, sentence))
            continue
        owners = [speaker(word.start, word.end, turns, nearest) or whole for word in sentence]
        for owner, group in groupby(zip(owners, sentence, strict=True), key=lambda pair: pair[0]):
            said.append(_said(owner, [word for _, word in group]))
    return tuple(said)


def sentences(words: Iterable[Word]) -> tuple[tuple[Word, ...], ...]:
    """`words` cut after the punctuation that ends a sentence."""
    found: list[tuple[Word, ...]] = []
    open_: list[Word] = []
    for word in words:
        open_.append(word)
        if word.text.rstrip("\"'”’)").endswith(_ENDS):
            found.append(tuple(open_))
            open_ = []
    return (*found, tuple(open_)) if open_ else tuple(found)


def speaker(start: float, end: float, turns: Sequence[Turn], nearest: bool) -> str | None:
    """Whose turns share most time with `start` to `end`; None when nobody's do and not the `nearest` is wanted."""
    shared: dict[str, float] = {}
    for turn in turns:
        time = min(end, turn.end) - max(start, turn.start)
        if time > 0:
            shared[turn.speaker] = shared.get(turn.speaker, 0.0) + time
    if shared:
        return max(shared, key=lambda name: shared[name])
    if nearest and turns:
        return min(turns, key=lambda turn: max(turn.start - end, start - turn.end)).speaker
    return None


def _said(owner: str, words: Sequence[Word]) -> Said:
    return Said(owner, words[0].start, words[-1].end, "".join(word.text for word in words).strip())
