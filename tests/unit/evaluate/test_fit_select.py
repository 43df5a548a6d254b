"""Questions of keys to a probe: which are drawn, and that it tells what it was taught."""

from pathlib import Path

import numpy as np

from meetbot.evaluate.fit_select import LAYERS, Example, cross, drawn, fit, told
from meetbot.evaluate.script import Asked, load

TUNE = Path(__file__).parents[3] / "samples" / "meetings" / "tune"


def test_questions_are_drawn_of_all_meetings_alike_and_with_and_without_an_answer() -> None:
    questions = {path.stem: load(path).key.questions for path in sorted(TUNE.glob("b*.txt"))[:6]}
    found = drawn(questions, 24)
    assert found == drawn(questions, 24)
    assert sum(map(len, found.values())) == 24
    assert set(map(len, found.values())) <= {3, 4, 5}
    assert 6 <= sum(one.answer is None for every in found.values() for one in every) <= 12
    assert all(one in questions[name] for name, every in found.items() for one in every)


def examples(random: np.random.RandomState) -> list[Example]:
    """Forty questions about ten meetings, half of them answered, by a turn whose states differ in one direction."""
    found = []
    for number in range(40):
        marked = np.zeros(12, np.bool_)
        marked[random.randint(12)] = number % 2 == 0
        states = random.randn(12, 2 * len(LAYERS) * 8).astype(np.float32)
        states[marked, 3] += 6
        found.append(Example(f"m{number % 10}", Asked("?", "yes" if number % 2 == 0 else None), states, marked))
    return found


def test_the_probe_tells_the_turn_that_answers() -> None:
    every = examples(np.random.RandomState(3))
    probe = fit(every)
    assert probe.weights.shape == (2 * len(LAYERS) * 8, 2)
    found = cross(every)
    right = [one.marked[int(np.argmax(odds))] for one, odds in zip(every, found, strict=True) if one.marked.any()]
    assert np.mean(right) > 0.8
    assert told(every, found).startswith("20 questions with an answer")
