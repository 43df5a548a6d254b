import numpy as np

from meetbot.ask.bm25 import BM25
from meetbot.ask.retrieve import Index, reciprocal
from meetbot.ask.windows import FEWEST_TURNS, MOST_TURNS, windows
from tests.unit.notes.people import conversation

TALK = conversation(
    *[f"Ana: Filler about the weather number {n} and nothing else." for n in range(20)],
    "Ben: The budget for marketing is ten thousand.",
    *[f"Ana: More filler about the holidays {n}." for n in range(20)],
)


def test_windows_cover_every_turn_and_are_small() -> None:
    found = windows([TALK])
    assert {turn.id for window in found for turn in window.turns} == {one.id for one in TALK.utterances}
    assert all(FEWEST_TURNS <= len(window.turns) <= MOST_TURNS for window in found[:-1])
    assert found[0].text.startswith("Ana: Filler")


def test_words_find_the_turn() -> None:
    best = Index.of([TALK]).search("How large is the marketing budget?", 3)
    assert any(turn.text.startswith("The budget") for turn in best[0].turns)


def test_nothing_in_common_finds_nothing() -> None:
    assert Index.of([TALK]).search("zebra?", 3) == []


def test_chinese_is_searched_by_pairs_of_characters() -> None:
    talk = conversation(
        "王: 今天天气很好。", "李: 预算是一万元。", "王: 好的，我们继续吧。", *["李: 别的事情。"] * 8, language="zh"
    )
    best = Index.of([talk]).search("预算是多少？", 1)
    assert "T2" in [turn.id for turn in best[0].turns]


def test_meaning_and_words_are_fused() -> None:
    def embedder(texts: object) -> np.ndarray[tuple[int, int], np.dtype[np.float32]]:
        rows = [[1.0, 0.0] if "weather number 3 " in text or "cloud" in text else [0.0, 1.0] for text in list(texts)]  # type: ignore[call-overload]
        return np.array(rows, dtype=np.float32)

    best = Index.of([TALK], embedder).search("Was it cloudy?", 3)
    assert any("weather number 3 " in turn.text for turn in best[0].turns)


def test_rarer_words_weigh_more() -> None:
    index = BM25(["apple pear", "apple", "apple plum", "quince apple"])
    scores = index.scores("apple quince")
    assert int(np.argmax(scores)) == 3


def test_reciprocal_ranks() -> None:
    assert np.argmax(reciprocal(np.array([0.1, 0.9, 0.5]))) == 1


def test_a_long_turn_does_not_end_the_search() -> None:
    """Windows once stopped where one ended no later than the one before it."""
    talk = conversation(*["Ana: Yes."] * 6, *["Ben: " + "word " * 200] * 6, "Ana: The zebra is last.")
    assert {turn.id for window in windows([talk]) for turn in window.turns} == {one.id for one in talk.utterances}
