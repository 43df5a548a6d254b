"""A stretch of a transcript as a model reads it, one turn a line, and the cutting of a transcript into such stretches.

Pure. A line is "T17 Ana: I can send the quote." without times: the model copies ids, code adds times.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from meetbot.domain import Transcript, Utterance
from meetbot.llm import heard, neutral
from meetbot.words import names

MOST = 900  # characters of one turn on a line; a monologue is several lines, or it could not be cut


@dataclass(frozen=True)
class Excerpt:
    """Utterances in order, with their speakers' labels."""

    utterances: tuple[Utterance, ...]
    labels: tuple[str, ...]  # of the speaker of each utterance

    @cached_property
    def text(self) -> str:
        """The excerpt as a model reads it."""
        pairs = zip(self.utterances, self.labels, strict=True)
        return "\n".join(f"{one.id} {neutral(label)}: {neutral(one.text)}" for one, label in pairs)

    @property
    def ids(self) -> list[str]:
        """The ids of its turns."""
        return [utterance.id for utterance in self.utterances]

    @property
    def people(self) -> list[str]:
        """Who could own a task: those who speak here, then the names that are said here."""
        said = (name for utterance in self.utterances for name in sorted(names(neutral(utterance.text))))
        return list(dict.fromkeys([*self.labels, *said]))[:40]


def excerpt(transcript: Transcript, utterances: Iterable[Utterance]) -> Excerpt:
    """`utterances` of `transcript` as an Excerpt."""
    chosen = tuple(utterances)
    return Excerpt(chosen, tuple(transcript.label(utterance.speaker) for utterance in chosen))


def spoken(transcript: Transcript) -> tuple[Utterance, ...]:
    """What is said to people in `transcript`, turn by turn; a very long turn in several pieces that share its id."""
    return tuple(
        replace(utterance, text=piece)
        for utterance in transcript.utterances
        for piece in _pieces(neutral(heard(utterance.text)))
    )


def places(said: Sequence[Utterance]) -> dict[str, int]:
    """The place in `said` of each turn, by its id; of one in several pieces, that of the first."""
    return {one.id: index for index, one in reversed(list(enumerate(said)))}


def _pieces(text: str) -> Iterator[str]:
    """`text` in pieces of at most MOST characters, cut between sentences where there are any."""
    while len(text) > MOST:
        end = max((match.end() for match in re.finditer(r"[.!?。！？]\s*|\s", text[:MOST])), default=MOST)
        ends = [match.end() for match in re.finditer(r"[.!?。！？]\s*", text[:MOST])]
        end = ends[-1] if ends and ends[-1] > MOST // 2 else end
        yield text[:end].strip()
        text = text[end:]
    if text.strip():
        yield text.strip()


def cut(
    utterances: Sequence[Utterance], size: Callable[[Utterance], int], limit: int, overlap: int = 2
) -> list[tuple[Utterance, ...]]:
    """`utterances` in runs of at most `limit` by `size`, each beginning with the last `overlap` of the one before.

    A single utterance larger than the limit is a run by itself (see `split_long`).
    """
    runs: list[tuple[Utterance, ...]] = []
    run: list[Utterance] = []
    fresh, total = 0, 0  # utterances of the run that the one before does not have; its size
    for utterance in utterances:
        if fresh and total + size(utterance) > limit:
            runs.append(tuple(run))
            run = run[-overlap:] if overlap else []
            fresh, total = 0, sum(map(size, run))
            if total + size(utterance) > limit:
                run, total = [], 0
        run.append(utterance)
        fresh, total = fresh + 1, total + size(utterance)
    return [*runs, tuple(run)] if fresh else runs
