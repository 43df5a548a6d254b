"""Which of the decisions were decided otherwise, or dropped, later in the meeting. Pure.

What was settled in one minute is settled again in another, and nobody calls it a change. So the stretch of later turns
is looked for that is most about the same thing, by its words and by what the language model's states are about; trees
say from what is done there, and from how much the turn sounds like what was decided before, whether that overtakes it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

from meetbot.notes.candidate import Candidate
from meetbot.notes.doubt import OVERTAKEN
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.notes.weights import OVERTAKES, trees
from meetbot.words import content, numbers

LEAST = 0.2  # likelihood from which on a decision is not asserted
AFTER = 4  # turns behind an exchange, in which it still goes on
STRETCH = 7  # turns that are looked at together for what they are about
ENDS = 3  # turns behind them in which it is settled
AROUND = 3, 2  # turns before a decision and from it on that say what it is about
DOES = (
    *("accept", "ask", "claim", "conclude", "contrast", "corrects", "denies", "established", "left_open", "need"),
    *("offer", "open", "past", "propose", "question", "reject", "reopens", "retract", "settle"),
)


def doubted(scene: Scene, likely: Likely | None, found: Iterable[Candidate]) -> Iterator[Candidate]:
    """`found`, those that are overtaken later marked with a doubt. Cues alone do not tell."""
    model = None if likely is None else trees(OVERTAKES, probe=True)
    later = None if likely is None else Later(scene, likely)
    for one in found:
        values = later.features(one) if later and not one.doubt else None
        overtaken = model is not None and values is not None and model.likelihood(values) >= LEAST
        yield replace(one, doubt=OVERTAKEN) if overtaken else one


class Later:
    """What is said later of what was settled in `scene`."""

    def __init__(self, scene: Scene, likely: Likely) -> None:
        self.scene, self.likely = scene, likely
        self.words = [frozenset(content(turn.text)) for turn in scene.said]
        self.numbers = [frozenset(numbers(turn.text)) for turn in scene.said]
        found = Counter(word for words in self.words for word in words)
        # The rarer a word is in the meeting, the more it says what a turn is about.
        self.weight = {word: math.log((len(self.words) + 1) / (times + 0.5)) for word, times in found.items()}

    def features(self, one: Candidate) -> dict[str, float] | None:
        """What speaks for and against the decision `one` being overtaken; None where nothing is said later."""
        turn, turns, count = one.anchor, {one.anchor, *one.turns}, len(self.words)
        own = frozenset[str]().union(*(self.words[at] for at in turns))
        near = frozenset[str]().union(*(self.words[at] for at in self._around(turn)))
        alike = self.likely.alike(turn)

        def about(first: int) -> tuple[float, float, float]:
            stretch = range(first, min(count, first + STRETCH))
            said = frozenset[str]().union(*(self.words[at] for at in stretch))
            likest = sorted((float(alike[at]) for at in stretch), reverse=True)[:3]
            return self._share(own, said), self._share(near, said), sum(likest) / 3

        starts = range(max(turns) + AFTER, count)
        if not starts:
            return None
        first = max(starts, key=lambda start: (sum(about(start)), -start))
        return self._values(one, first, own, near, about(first))

    def _values(
        self, one: Candidate, first: int, own: frozenset[str], near: frozenset[str], about: Sequence[float]
    ) -> dict[str, float]:
        turn, count, likely = one.anchor, len(self.words), self.likely
        stretch, whole = range(first, min(count, first + STRETCH)), range(first, min(count, first + STRETCH + ENDS))
        said = frozenset[str]().union(*(self.words[at] for at in stretch))
        figures = frozenset[str]().union(*(self.numbers[at] for at in {turn, *one.turns}))
        others = frozenset[str]().union(*(self.numbers[at] for at in whole))
        return {
            "about it": sum(about),
            "its words": about[0],
            "words near it": about[1],
            "alike": about[2],
            "rarest": max((self.weight[word] for word in own & said), default=0.0),
            "rarest near": max((self.weight[word] for word in near & said), default=0.0),
            "shared": float(len(own & said)),
            "shared near": float(len(near & said)),
            "away": math.log(first - turn),
            "how late": first / count,
            "has figures": float(bool(figures)),
            "other figures": float(bool(others - figures)),
            "sounds former": likely.former[turn],
            "former near": max(likely.former[at] for at in range(max(0, turn - AROUND[0]), min(count, turn + 3))),
            "same speaker": float(any(self.scene.said[at].speaker == self.scene.said[turn].speaker for at in whole)),
            **{f"{name} there": max(odds[at] for at in whole) for name, odds in self._thought()},
            **{name: odds[turn] for name, odds in self._thought()},
            **{f"does {cue}": float(sum(self.scene.does(at, cue) for at in whole)) for cue in DOES},
        }

    def _thought(self) -> Iterator[tuple[str, Sequence[float]]]:
        for name in ("tasks", "decisions", "questions", "taken"):
            yield name, getattr(self.likely, name)

    def _around(self, turn: int) -> range:
        return range(max(0, turn - AROUND[0]), min(len(self.words), turn + AROUND[1]))

    def _share(self, words: frozenset[str], said: frozenset[str]) -> float:
        """How much of what `words` are about is `said` again, 0 to 1."""
        return sum(self.weight[word] for word in words & said) / (sum(self.weight[word] for word in words) + 1e-6)
