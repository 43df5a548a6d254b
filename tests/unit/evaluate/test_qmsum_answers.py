"""Which of QMSum's questions are put, and how what comes back is scored."""

from __future__ import annotations

import pytest

from meetbot.domain import Answer, AudioInfo, Citation, Transcript
from meetbot.evaluate.qmsum import QMSumMeeting, Query
from meetbot.evaluate.qmsum_answers import Put, score, spread


def _meeting(name: str, count: int) -> QMSumMeeting:
    transcript = Transcript(AudioInfo(name, "0" * 64, 1.0), "en", (), ())
    return QMSumMeeting(transcript, tuple(Query(f"{name}{at}", "", frozenset()) for at in range(count)))


def test_questions_are_taken_from_all_meetings() -> None:
    found = spread([_meeting("a", 4), _meeting("b", 4), _meeting("c", 2)], 5)
    assert [query.text for _, query in found] == ["a0", "a2", "b0", "b2", "c0"]
    assert [place for place, _ in found] == [0, 0, 1, 1, 2]
    assert len(spread([_meeting("a", 2)], 9)) == 2


def test_no_answer_has_no_words_in_common_and_a_citation_counts_where_it_answers() -> None:
    query = Query("who?", "Ana writes the guide.", frozenset({"T2"}))
    cited = Citation("meeting", "T2", "S1", 0.0, "I write the guide")
    right = Put(query, Answer("who?", True, "Ana writes the guide.", (cited,)), abstained=True)
    silent = Put(query, Answer("who?", False, ""), abstained=False)
    found = score([right, silent])
    assert (found.questions, found.answered, found.cited_gold, found.abstained) == (2, 1, 1, 1)
    assert found.rouge_answered.rouge1 == pytest.approx(1.0)
    assert found.rouge.rouge1 == pytest.approx(0.5)
    assert right.rouge.rouge_l == pytest.approx(1.0)
