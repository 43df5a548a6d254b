"""Which of the decisions were decided otherwise, or dropped, later in the meeting. Pure.

What was settled in one minute is settled again in another, and nobody calls it a change. So the stretch of later turns
is looked for that is most about the same thing, by its words and by what the language model's states are about; trees
say from what is done there, and from how much the turn sounds like what was decided before, whether that overtakes it.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
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


def doubted(scene: Scene, likely: Likely | None, found: Sequence[Candidate]) -> list[Candidate]:
    """`found`, those that are overtaken later marked with a doubt, and what takes their place with what it was before.

    Cues alone do not tell.
    """
    if likely is None:
        return [*found]
    model, later = trees(OVERTAKES, probe=True), Later(scene, likely)
    first = {one.anchor: start for one in found if not one.doubt and (start := later.start(one)) is not None}
    overtaken = {
        one.anchor: range(first[one.anchor], first[one.anchor] + STRETCH + ENDS)
        for one in found
        if one.anchor in first and model.likelihood(later.features(one, first[one.anchor])) >= LEAST
    }
    before: dict[int, int] = {}
    for turn, stretch in overtaken.items():
        settled = [one for one in found if one.anchor in stretch and not one.doubt and one.anchor not in overtaken]
        if settled:
            before[max(settled, key=lambda one: one.likely).anchor] = turn
    return [
        replace(one, doubt=OVERTAKEN) if one.anchor in overtaken else replace(one, former=before.get(one.anchor))
        for one in found
    ]


class Later:
    """What is said later of what was settled in `scene`."""

    def __init__(self, scene: Scene, likely: Likely) -> None:
        self.scene, self.likely = scene, likely
        self.words = [frozenset(content(turn.text)) for turn in scene.said]
        self.numbers = [frozenset(numbers(turn.text)) for turn in scene.said]
        found = Counter(word for words in self.words for word in words)
        # The rarer a word is in the meeting, the more it says what a turn is about.
        self.weight = {word: math.log((len(self.words) + 1) / (times + 0.5)) for word, times in found.items()}

    def start(self, one: Candidate) -> int | None:
        """Where the stretch begins that is most about what the decision `one` is about; None if nothing is said later.

        Of several, the first.
        """
        starts = range(max({one.anchor, *one.turns}) + AFTER, len(self.words))
        about = self._about(one)
        return max(starts, key=lambda first: (sum(about(first)), -first), default=None)

    def features(self, one: Candidate, first: int) -> dict[str, float]:
        """What speaks for and against the decision `one` being overtaken in the stretch from `first` on."""
        turn, count, likely = one.anchor, len(self.words), self.likely
        own, near = self._own(one)
        about = self._about(one)(first)
        stretch, whole = range(first, min(count, first + STRETCH)), range(first, min(count, first + STRETCH + ENDS))
        said = _union(self.words[at] for at in stretch)
        figures = _union(self.numbers[at] for at in {turn, *one.turns})
        others = _union(self.numbers[at] for at in whole)
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

    def _about(self, one: Candidate) -> Callable[[int], tuple[float, float, float]]:
        """How much the stretch from a turn on is about what `one` is about, by three measures."""
        own, near = self._own(one)
        alike = self.likely.alike(one.anchor)

        def about(first: int) -> tuple[float, float, float]:
            stretch = range(first, min(len(self.words), first + STRETCH))
            said = _union(self.words[at] for at in stretch)
            likest = sorted((float(alike[at]) for at in stretch), reverse=True)[:3]
            return self._share(own, said), self._share(near, said), sum(likest) / 3

        return about

    def _own(self, one: Candidate) -> tuple[frozenset[str], frozenset[str]]:
        """The words of the turns of `one`, and of those around it."""
        around = range(max(0, one.anchor - AROUND[0]), min(len(self.words), one.anchor + AROUND[1]))
        return _union(self.words[at] for at in {one.anchor, *one.turns}), _union(self.words[at] for at in around)

    def _thought(self) -> Iterator[tuple[str, Sequence[float]]]:
        for name in ("tasks", "decisions", "questions", "taken"):
            yield name, getattr(self.likely, name)

    def _share(self, words: frozenset[str], said: frozenset[str]) -> float:
        """How much of what `words` are about is `said` again, 0 to 1."""
        return sum(self.weight[word] for word in words & said) / (sum(self.weight[word] for word in words) + 1e-6)


def _union(sets: Iterable[frozenset[str]]) -> frozenset[str]:
    return frozenset[str]().union(*sets)
