"""What a user can ask of diarization."""

from __future__ import annotations

from dataclasses import dataclass

from meetbot.errors import UsageError

BUNDLED = "bundled"
COMMUNITY = "community-1"


@dataclass(frozen=True, slots=True)
class DiarizeOptions:
    """`speakers` when their number is known, else bounds, else (all None) the voices decide.

    `pipeline` is "bundled" or, for users who were given access to pyannote's own on the hub, "community-1".
    Raises UsageError for a contradiction.
    """

    speakers: int | None = None
    min_speakers: int | None = None
    max_speakers: int | None = None
    pipeline: str = BUNDLED

    def __post_init__(self) -> None:
        for value in (self.speakers, self.min_speakers, self.max_speakers):
            if value is not None and value < 1:
                raise UsageError("A number of speakers is at least 1.")
        if self.speakers is not None and (self.min_speakers is not None or self.max_speakers is not None):
            raise UsageError("--speakers says how many there are; bounds beside it contradict it.")
        if self.min_speakers is not None and self.max_speakers is not None and self.min_speakers > self.max_speakers:
            raise UsageError("--min-speakers is larger than --max-speakers.")
        if self.pipeline not in (BUNDLED, COMMUNITY):
            raise UsageError(f"No diarization pipeline is called {self.pipeline!r}.", hint="bundled or community-1")
