"""A candidate to the words of the exchange that say what it is, and the turns they stand in. Pure.

Which turns say it is for `told` to know; here their words are shortened.
"""

from __future__ import annotations

from collections.abc import Sequence

from meetbot.domain import ItemKind, Utterance
from meetbot.notes.candidate import Candidate
from meetbot.notes.cues import SENTENCE, has_cue, opening, without_due
from meetbot.words import content, numbers, tokens, turning

ENOUGH = 3  # content words that a turn needs to stand for itself
SAYS = 4  # words with which a sentence may say something that only one of them tells ("Let's lease the thing")
TELLING = 2  # content words, besides when it is due, that say what is to be done
NOT_MEANT = (
    "machine",
    "joke",
    "hypothetical",
    "retract",
    "reject",
)  # said of other things than what is taken on or settled
MANY = 8  # content words from which on a sentence says enough
TURNS = " – "  # between the words of two turns
QUOTED = 110  # characters of one turn in a quoted exchange
POINT = 120  # characters of two sentences that stand for an exchange
LONG = 220  # characters of a turn that is quoted whole
LONGEST_QUOTE = 400  # characters of a sentence without an end
TELLS = ("offer", "weak_offer", "other", "promised", "settle", "ask", "need", "due", *NOT_MEANT)  # of a sentence
TOLD_BY: dict[ItemKind, tuple[str, ...]] = {
    "action_item": ("offer", "weak_offer", "other", "promised"),
    "decision": ("settle", "consent"),
    "open_question": ("left_open",),
}


def quoted(utterances: Sequence[Utterance], candidate: Candidate, language: str) -> tuple[str, list[int]]:
    """The words of the turns that say what `candidate` is, and the places of these turns."""
    places = list(candidate.told) or [candidate.anchor]
    parts = []
    for index in places:
        text = utterances[index].text
        own = index >= candidate.anchor or candidate.kind != "action_item"
        parts.append(_core(text, candidate.kind, language) if own else _asking(text, language))
    return TURNS.join(parts), places


def point(text: str, kind: ItemKind, language: str) -> str:
    """The sentence of a quoted exchange that says most, and the next if there is room, where there is none for all.

    >>> point("What about 15? Only for two weeks, not a month – Fine – Then 15% for two weeks", "decision", "en")
    'Only for two weeks, not a month – Then 15% for two weeks'
    """
    if len(text) <= QUOTED and TURNS not in text:
        return text
    sentences = [match[0].strip() for part in text.split(TURNS) for match in SENTENCE.finditer(part)]

    def tells(sentence: str) -> int:
        """Figures and words that tell something."""
        return min(len(content(sentence)), MANY) + 2 * min(len(numbers(sentence)), 2)

    def says(sentence: str) -> float:
        """Who asks does not settle, who settles comes last."""
        asks = sentence.endswith(("?", "？"))
        told = any(has_cue(sentence, language, cue) for cue in TOLD_BY[kind])
        return tells(sentence) + 2 * told + 2 * asks * (1 if kind == "open_question" else -1)

    ranked = sorted(range(len(sentences)), key=lambda place: (-says(sentences[place]), -place))
    if not ranked or len(sentences[ranked[0]]) > LONGEST_QUOTE:
        return f"{(sentences[ranked[0]] if ranked else text)[:LONGEST_QUOTE]}…"
    best = ranked[0]
    room = POINT - len(sentences[best])
    more = (place for place in ranked[1:] if len(sentences[place]) <= room and tells(sentences[place]) >= ENOUGH)
    return TURNS.join(tidy(sentences[place], language) for place in sorted({best, next(more, best)}))


def telling(text: str, language: str, enough: int) -> bool:
    """Whether `text` says by itself what it is about: enough content words, and none left to "it"."""
    words = content(without_due(text, language))
    return len(words) >= enough and (len(words) > enough or not has_cue(text, language, "stands_in"))


def _core(text: str, kind: ItemKind, language: str) -> str:
    """`text` without assent and thanks around it, or if that is long the sentence that tells, with those beside it."""
    sentences = _trimmed([match[0].strip() for match in SENTENCE.finditer(text)], language)
    if kind == "decision":
        sentences = _without_tasks(sentences, language)
    whole = " ".join(sentences)
    if len(whole) <= LONG or len(sentences) < 2:
        return tidy(whole[:LONGEST_QUOTE], language)
    telling = [
        index for index, one in enumerate(sentences) if any(has_cue(one, language, cue) for cue in TOLD_BY[kind])
    ]
    first = last = telling[-1] if telling else 0
    while True:
        grown = [(max(0, first - 1), last), (first, min(len(sentences) - 1, last + 1))]
        fits = [one for one in grown if one != (first, last) and len(" ".join(sentences[one[0] : one[1] + 1])) <= LONG]
        if not fits:
            return tidy(" ".join(sentences[first : last + 1])[:LONGEST_QUOTE], language)
        first, last = fits[0]


def _without_tasks(sentences: Sequence[str], language: str) -> list[str]:
    """`sentences` without those that only take on or ask for a task, if what is left says something."""
    kept = [
        one
        for one in sentences
        if has_cue(one, language, "settle") or not any(has_cue(one, language, cue) for cue in ("offer", "ask"))
    ]
    left = " ".join(kept)
    return kept if len(content(left)) + len(numbers(left)) >= ENOUGH else list(sentences)


def _trimmed(sentences: Sequence[str], language: str) -> list[str]:
    """`sentences` without those at either end that say nothing ("Fine.", "Thanks everyone."); one is left."""
    first, last = 0, len(sentences)
    while last - first > 1 and _idle(sentences[last - 1], language):
        last -= 1
    while last - first > 1 and _idle(sentences[first], language):
        first += 1
    return list(sentences[first:last])


def _idle(sentence: str, language: str) -> bool:
    """Whether `sentence` names nothing, and neither takes on, asks for, settles, limits nor refuses anything."""
    return (
        len(content(sentence)) <= 1
        and len(tokens(sentence)) < SAYS
        and not numbers(sentence)
        and not turning(sentence, language)
        and not any(has_cue(sentence, language, cue) for cue in TELLS)
    )


def _asking(text: str, language: str) -> str:
    """The sentences of `text` in which something is asked for, or its end if there are none."""
    sentences = [match[0].strip() for match in SENTENCE.finditer(text)]
    asking = [one for one in sentences if has_cue(one, language, "ask") or has_cue(one, language, "need")]
    told = " ".join(asking)
    return tidy(told, language) if len(content(told)) >= TELLING and len(told) <= 2 * QUOTED else _end(text, language)


def _end(text: str, language: str) -> str:
    """The last sentences of `text` that say something, at most QUOTED characters if there is a place to begin."""
    sentences = [match[0].strip() for match in SENTENCE.finditer(text)]
    kept = ""
    for sentence in reversed(sentences):
        if kept and (len(content(kept)) >= ENOUGH or len(kept) + len(sentence) > QUOTED):
            break
        kept = f"{sentence} {kept}".strip()
    return tidy(kept, language) if not kept.endswith("?") else kept.strip('"“”„«» ')


def tidy(text: str, language: str) -> str:
    """`text` without quotes, a trailing comma or full stop, and the words that only open it ("And", "Yeah, so")."""
    text = text.strip().strip('"“”„«»').rstrip(" .,;:。，")
    rest = text[opening(text, language) :]
    return rest[:1].upper() + rest[1:] if rest != text and content(rest) else text
