"""Text nobody said: stock phrases of silence. Pure.

Whisper learnt from captions of videos, and gives sound without speech their closing words; two thirds of what it
invents is a handful of phrases (Barański et al. 2025, arXiv 2501.11378). A phrase is dropped only when it is the whole
text of its window and little voice was heard there: a "thank you" in a conversation stays.
"""

from __future__ import annotations

import re
import unicodedata

LITTLE = 0.9  # seconds of voice under which any stock phrase goes
MUCH = 5.0  # seconds of voice that two words cannot be all of: music, most likely

# Whole texts, casefolded, without punctuation. The first kind is said in meetings too, the second never.
POLITE = re.compile(
    r"thank you( very much| so much)?|thanks|bye( bye)?|you|okay|oh|uh|hmm|mm|so|the end"
    r"|gracias|merci|danke|vielen dank|obrigado|谢谢|謝謝|ありがとうございました"
)
CAPTIONS = re.compile(
    r"thanks? (you )?(so much |very much )?for (watching|listening|your attention)( .{0,24})?"
    r"|(please )?(like and )?subscribe( to (my|our|the) channel)?.{0,24}"
    r"|see you (in the next video|next time)"
    r"|(subtitles|captions|transcri\w+|translated?) by .{0,40}|.{0,24}amara org.{0,24}"
    r"|untertitel (der|im auftrag|von).{0,40}|sous titr.{0,40}|subt[ií]tulos .{0,40}|legendas .{0,40}"
    r"|ご視聴ありがとうございました|字幕.{0,20}|請不吝點贊.{0,24}|请不吝点赞.{0,24}|多謝您.{0,12}|感谢观看|謝謝觀看"
)


def invented(text: str, voice: float) -> bool:
    """Whether a window's whole `text` is a stock phrase, given the seconds of `voice` heard in the window.

    >>> invented(" Thank you.", 0.3), invented(" Thank you.", 1.6), invented("Thank you, Ana.", 0.3)
    (True, False, False)
    """
    plain = " ".join(re.sub(r"[^\w\s]", " ", unicodedata.normalize("NFKC", text).casefold()).split())
    if not plain:
        return True
    if CAPTIONS.fullmatch(plain):
        return voice < 3 * LITTLE
    return bool(POLITE.fullmatch(plain)) and not LITTLE <= voice <= MUCH
