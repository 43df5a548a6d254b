"""A task, decision or question to the turns that say what it is, who does it, when it is due, what it was before. Pure.

"I can do that" says nothing without what it answers to, and that is not always the turn before. Boosted trees weigh
every turn near the one where something is taken on or settled: how far it is, who speaks, what it does (`cues`), what
the language model holds in mind after it (`probe`). They are in `trees.json`, with a probe and without.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from meetbot.notes.cues import event_words, has_cue, without_due
from meetbot.notes.probe import Likely
from meetbot.notes.scene import Scene
from meetbot.notes.weights import SAYS, trees
from meetbot.trees import Trees
from meetbot.words import alike, content

# What is asked of the turns near: columns of the probe that say it of a turn by itself, and that say that the turn is
# evidence; how many turns back are looked at.
ASKED = {
    "action_item": ("tasks_told", "tasks", 8),
    "decision": ("decisions_told", "decisions", 8),
    "open_question": ("questions_told", "questions", 8),
    "owner": ("taken", "tasks", 8),
    "due": ("due", "tasks", 8),
    "former": ("former", "decisions", 25),
}
AHEAD = 4  # turns after the one where it is taken on or settled
ENOUGH = 0.35  # likelihood from which on a turn counts
# For the likeliest turn to be quoted, the second and the third. What is quoted in vain misleads, what is left out is
# missed: the latter is mended by a look at the turns, so less is quoted than would give the best F1 (docs/notes.md).
QUOTED = (0.0, 0.25, 0.45)
# Besides, this many turns that may say more of it are shown beside it, as what they are: said near it.
BESIDE = 2
MAYBE = 0.1  # likelihood from which on
FEW = 2  # content words that hardly say anything
MANY = 10


def told(scene: Scene, likely: Likely | None, asked: str, anchor: int, turns: Sequence[int]) -> dict[int, float]:
    """How likely the turns about `anchor` say what is `asked` (of ASKED), likeliest first.

    `turns`: those of the exchange that are known already.
    """
    near = dict(features(scene, likely, asked, anchor, turns))
    return ranked(near, trees(f"{SAYS}_{asked}", probe=likely is not None))


def ranked(near: Mapping[int, Mapping[str, float]], model: Trees) -> dict[int, float]:
    """The likelihood of the turns of `near`, whose features these are, likeliest first."""
    found = {turn: model.likelihood(values) for turn, values in near.items()}
    return {turn: found[turn] for turn in sorted(found, key=lambda turn: (-found[turn], turn))}


def quotable(likelihoods: Mapping[int, float], taken: Collection[int] = ()) -> tuple[int, ...]:
    """The turns to be quoted, in order, of those ranked by `told`; those of `taken` say something else and are not."""
    enough = (turn for (turn, sure), least in zip(likelihoods.items(), QUOTED, strict=False) if sure >= least)
    return tuple(sorted(turn for turn in enough if turn not in taken))


def beside(scene: Scene, likelihoods: Mapping[int, float], quoted: Collection[int]) -> tuple[int, ...]:
    """The turns ranked by `told` that may say more than those `quoted`, in order.

    Who only agrees says no more, and what is taken back, or said to the recorder, nothing of it.
    """
    others = [
        turn
        for turn, sure in likelihoods.items()
        if turn not in quoted
        and sure >= MAYBE
        and len(_words(scene, turn)) >= FEW
        and not scene.does(turn, "retract", "machine")
    ]
    return tuple(sorted(others[:BESIDE]))


def features(
    scene: Scene, likely: Likely | None, asked: str, anchor: int, turns: Sequence[int]
) -> Iterator[tuple[int, dict[str, float]]]:
    """Each turn about `anchor`, and what speaks for and against its saying what the item is."""
    near = range(max(0, anchor - ASKED[asked][2]), min(len(scene.said), anchor + AHEAD + 1))
    subject = _words(scene, anchor)
    # How much the anchor leaves to others to say.
    stands_in = float(has_cue(scene.said[anchor].text, scene.language, "stands_in"))
    long = min(len(subject), MANY) / MANY
    for turn in near:
        away = turn - anchor
        words = _words(scene, turn)
        mine = scene.said[turn].speaker == scene.said[anchor].speaker
        values = {
            **{f"at {place}": float(away == place) for place in (-4, -3, -2, -1, 0, 1, 2)},
            "further back": float(max(0, -4 - away)),
            "later": float(max(0, away)),
            "same speaker": float(mine and turn != anchor),
            "question": float(scene.does(turn, "question")),
            "question just before": float(scene.does(turn, "question") and away == -1),
            "asks": float(scene.does(turn, "ask", "need")),
            "offers": float(scene.does(turn, "offer")),
            "offers, another": float(scene.does(turn, "offer") and not mine),
            "rejects": float(scene.does(turn, "reject")),
            "accepts": float(scene.does(turn, "accept")),
            "settles": float(scene.does(turn, "settle", "conclude")),
            "says when": float(scene.does(turn, "due")),
            "says before or after what": float(event_words(scene.said[turn].text, scene.language) is not None),
            "says soon": float(scene.does(turn, "soon")),
            "recalls": float(scene.does(turn, "established", "past")),
            "words": min(len(words), MANY) / MANY,
            "few words": float(len(words) < FEW),
            "shared words": min(sum(any(alike(one, other) for other in subject) for one in set(words)), 3) / 3,
            "nominated": float(turn in turns and turn != anchor),
            "it": stands_in * (turn != anchor),
            "it, itself": stands_in * (turn == anchor),
            "long": long * (turn != anchor),
            "long, itself": long * (turn == anchor),
        }
        yield turn, values | (_thought(likely, asked, anchor, turn, near) if likely else {})


def _thought(likely: Likely, asked: str, anchor: int, turn: int, near: range) -> dict[str, float]:
    """What the language model's states say of `turn`, in log odds."""
    says, evidence = (getattr(likely, column) for column in ASKED[asked][:2])
    best = max(says[other] for other in near)
    between = range(min(anchor, turn), max(anchor, turn) + 1)
    elsewhere = float(turn != anchor)
    others = [getattr(likely, column) for column, about, _ in ASKED.values() if about != ASKED[asked][1]]
    alike = likely.alike(anchor)
    return {
        "says it": says[turn],
        "below the best": says[turn] - best,
        "the best": float(says[turn] == best),
        "evidence": evidence[turn],
        "least evidence between": min(evidence[other] for other in between),
        "says another thing": max(odds[turn] for odds in others),
        "takes on": likely.taken[turn],
        "anchor says it": elsewhere * says[anchor],
        "anchor is evidence": elsewhere * evidence[anchor],
        "about the same": elsewhere * float(alike[turn]),
        "about the same, and says it": elsewhere * float(alike[turn]) * says[turn],
    }


def _words(scene: Scene, turn: int) -> list[str]:
    return content(without_due(scene.said[turn].text, scene.language))
