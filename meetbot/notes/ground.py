"""What a model wrote and the turns it cites, to the reason why it may not be asserted, or None. Pure.

Checked: the turns exist; numbers, names and most content words of the text occur in them or close by; the owner of a
task speaks there or is named there. Concedes: it compares words, so it knows what was mentioned, not what was meant.
"""

from __future__ import annotations

from collections.abc import Sequence

from meetbot.domain import Transcript, Utterance
from meetbot.words import content, covered, fold, names, numbers, tokens

NEAR = 3  # turns on either side that a cited turn may plainly refer to ("that one", "the thirtieth then")
COVERAGE = 0.6  # of the content words; the model may say "send" for "mail it over"


def around(transcript: Transcript, turns: Sequence[str], reach: int = NEAR) -> list[Utterance]:
    """The cited turns with `reach` turns on either side, in order."""
    position = {utterance.id: index for index, utterance in enumerate(transcript.utterances)}
    wanted: set[int] = set()
    for turn in turns:
        if turn in position:
            wanted.update(range(max(0, position[turn] - reach), position[turn] + reach + 1))
    return [utterance for index, utterance in enumerate(transcript.utterances) if index in wanted]


def unsupported(transcript: Transcript, text: str, turns: Sequence[str]) -> str | None:
    """Why `text` does not follow from `turns`, in words for the reader, or None if nothing speaks against it."""
    if not turns:
        return "it cites no turn"
    missing = [turn for turn in turns if turn not in transcript.by_id]
    if missing:
        return f"there is no turn {missing[0]}"
    near = around(transcript, turns)
    said = " ".join(utterance.text for utterance in near)
    spoken_by = " ".join(transcript.label(utterance.speaker) for utterance in near)
    place = ", ".join(turns)
    absent = sorted(numbers(text) - numbers(said))
    if absent:
        return f"the number {absent[0]} is not in {place}"
    heard = content(said) + content(spoken_by)
    named = tokens(f"{said} {spoken_by}")
    strange = sorted(name for name in names(text, transcript.language) if covered(tokens(name), named) < 1)
    if strange and not capitals_mean_little(transcript.language):
        return f"the name {strange[0]} is not in {place}"
    words = content(text)
    if not words or covered(words, heard) < COVERAGE:
        return f"its words are not in {place}"
    return None


def capitals_mean_little(language: str) -> bool:
    """Whether words that are no names have a capital in `language`."""
    return language == "de"  # every noun has one


def owner_present(transcript: Transcript, name: str, turns: Sequence[str]) -> bool:
    """Whether `name` speaks in `turns` or near them, or is named there."""
    near = around(transcript, turns)
    if any(transcript.label(utterance.speaker) == name for utterance in near):
        return True
    said = {fold(word) for utterance in near for word in utterance.text.replace("'", " ").replace("’", " ").split()}
    stripped = {word.strip('.,!?;:…"()“”«»') for word in said}
    return all(part in stripped for part in fold(name).split())
