"""QMSum's questions put to their meetings, and to other people's: how near the answers are, how often there is none.

A question about one meeting is not answered in another, which is what tells whether "the recording does not say" is
said when it is true. Concedes: two meetings of one project can have the same subject, and then an answer is no mistake.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meetbot.ask import Asker, AskOptions
from meetbot.domain import Answer
from meetbot.evaluate.qmsum import QMSumMeeting, Query
from meetbot.evaluate.rouge import Rouge, mean, rouge
from meetbot.progress import Progress
from meetbot.store import Memo

NONE = Rouge(0.0, 0.0, 0.0)


@dataclass(frozen=True)
class Put:
    """A question, what its own meeting answered, and whether another meeting rightly did not."""

    query: Query
    answer: Answer
    abstained: bool

    @property
    def rouge(self) -> Rouge:
        """Against the reference; no answer has none of its words."""
        return rouge(self.query.answer, self.answer.answer) if self.answer.found else NONE

    @property
    def cited_gold(self) -> bool:
        """Whether a turn that is cited is one of those that answer the question."""
        return any(citation.turn in self.query.turns for citation in self.answer.citations)


@dataclass(frozen=True)
class QMSumScore:
    """`rouge` is the mean over all questions, `rouge_answered` over those that got an answer."""

    questions: int
    answered: int
    cited_gold: int
    abstained: int
    rouge: Rouge
    rouge_answered: Rouge


def spread(meetings: Sequence[QMSumMeeting], count: int) -> list[tuple[int, Query]]:
    """`count` questions, evenly from all meetings, each with its meeting's place. The same every time."""
    every = [(place, query) for place, meeting in enumerate(meetings) for query in meeting.queries]
    count = min(count, len(every))
    return [every[at * len(every) // count] for at in range(count)]


def put(
    meetings: Sequence[QMSumMeeting],
    count: int,
    llm: str,
    *,
    memo: Memo | None = None,
    progress: Progress | None = None,
) -> Iterator[Put]:
    """`count` questions to their own meetings and to those half the file away."""
    for place, query in spread(meetings, count):
        own, other = meetings[place], meetings[(place + len(meetings) // 2) % len(meetings)]
        answer, elsewhere = (
            Asker([("meeting", one.transcript)], AskOptions(llm), memo=memo, progress=progress).ask(query.text)
            for one in (own, other)
        )
        yield Put(query, answer, abstained=own is not other and not elsewhere.found)


def score(puts: Sequence[Put]) -> QMSumScore:
    """Pooled over questions."""
    found = [one for one in puts if one.answer.found]
    return QMSumScore(
        questions=len(puts),
        answered=len(found),
        cited_gold=sum(one.cited_gold for one in found),
        abstained=sum(one.abstained for one in puts),
        rouge=mean([one.rouge for one in puts]),
        rouge_answered=mean([one.rouge for one in found]),
    )
