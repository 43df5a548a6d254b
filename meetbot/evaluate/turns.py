"""Who spoke when, scored by pyannote.metrics: DER four ways, JER, and the number of speakers.

DER is missed speech, false alarm and confusion over the reference's speech, in seconds. The strict one has no collar
and counts overlapping speech; the others leave out 0.25 s on each side of every reference boundary, or the regions
where the reference has several speakers, or both. JER is the mean over the reference's speakers of one minus the
Jaccard index, pooled over speakers.
"""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from typing import TYPE_CHECKING

from meetbot.domain import Turn
from meetbot.evaluate.scores import Score

if TYPE_CHECKING:
    from pyannote.core import Annotation

COLLAR = 0.25  # seconds on each side of a boundary
_VARIANTS = (
    ("DER", 0.0, False),
    ("DER collar", COLLAR, False),
    ("DER no overlap", 0.0, True),
    ("DER collar, no overlap", COLLAR, True),
)


def turn_errors(reference: Sequence[Turn], hypothesis: Sequence[Turn], duration: float) -> tuple[Score, ...]:
    """The four DERs, JER, and by how many speakers the count is wrong, for a recording of `duration` seconds."""
    from pyannote.core import Segment, Timeline
    from pyannote.metrics.diarization import DiarizationErrorRate, JaccardErrorRate

    truth, found = _annotation(reference), _annotation(hypothesis)
    limits = Timeline([Segment(0.0, max([duration, *(turn.end for turn in reference)]))])
    scores = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for name, collar, skip in _VARIANTS:
            # pyannote's collar is the whole width around a boundary.
            metric = DiarizationErrorRate(collar=2 * collar, skip_overlap=skip)
            parts = metric(truth, found, uem=limits, detailed=True)
            detail = {
                "missed": float(parts["missed detection"]),
                "false alarm": float(parts["false alarm"]),
                "confusion": float(parts["confusion"]),
            }
            scores.append(Score(name, sum(detail.values()), float(parts["total"]), detail))
        jaccard_error_rate = JaccardErrorRate()  # type: ignore[no-untyped-call]
        jaccard = jaccard_error_rate(truth, found, uem=limits, detailed=True)
    scores.append(Score("JER", float(jaccard["speaker error"]), float(jaccard["speaker count"])))
    expected, heard = (len({turn.speaker for turn in turns}) for turns in (reference, hypothesis))
    return *scores, Score("speaker count", abs(heard - expected), 1)


def _annotation(turns: Sequence[Turn]) -> Annotation:
    from pyannote.core import Annotation, Segment

    annotation = Annotation()
    for index, turn in enumerate(turns):
        if turn.end > turn.start:
            annotation[Segment(turn.start, turn.end), index] = turn.speaker
    return annotation.support()  # a speaker is not two by overlapping with himself
