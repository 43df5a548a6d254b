"""Written meetings to the weights of `meetbot.names`: `python -m meetbot.evaluate.fit_names FOLDER`.

Every name heard is an example with every speaker for whom something speaks, right or wrong. Prints the weights;
`--cross` says how often names of a likelihood are right, each meeting judged without itself.
"""

from __future__ import annotations

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from meetbot import names
from meetbot.evaluate.fit import fitted
from meetbot.evaluate.names import nameless, right
from meetbot.evaluate.script import load
from meetbot.names.evidence import Claim, claims

PENALTY = 1.0
DIGITS = 2
FOLDS = 10
LEAST = (0.5, 0.7, 0.8, 0.85, 0.9, 0.95)
Examples = Sequence[tuple[Claim, bool]]


def examples(path: Path) -> Examples:
    """The claims of the written meeting at `path`, and whether each is right."""
    script = load(path)
    language = script.transcript.language
    return [(one, right(one.name, script.names[one.speaker], language)) for one in claims(nameless(script))]


def fit(meetings: Sequence[Examples]) -> dict[str, float]:
    """Feature to weight."""
    return fitted([(one.values, holds) for meeting in meetings for one, holds in meeting], PENALTY, DIGITS)


def cross(meetings: Sequence[Examples]) -> Counter[tuple[float, bool]]:
    """How many claims are at least as likely as each of LEAST, and right or wrong, each judged without its meeting."""
    counts: Counter[tuple[float, bool]] = Counter()
    for fold in range(FOLDS):
        weights = fit([one for number, one in enumerate(meetings) if number % FOLDS != fold])
        for claim, holds in (one for meeting in meetings[fold::FOLDS] for one in meeting):
            likely = names.likely(claim, weights)
            counts.update((least, holds) for least in LEAST if likely >= least)
    return counts


def main() -> None:
    """Write the weights, or judge them."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("meetings", type=Path)
    parser.add_argument("--cross", action="store_true")
    chosen = parser.parse_args()
    known = [examples(path) for path in sorted(chosen.meetings.glob("*.txt"))]
    if chosen.cross:
        counts = cross(known)
        for least in LEAST:
            sys.stdout.write(f"from {least} on: {counts[least, True]} right, {counts[least, False]} wrong\n")
    else:
        sys.stdout.write("".join(f'    "{name}": {weight},\n' for name, weight in fit(known).items()))


if __name__ == "__main__":
    main()
