"""A conversation and what its turns do to each other: who answers, agrees, takes back, takes over. Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from meetbot.domain import Utterance
from meetbot.notes.cues import SENTENCE, after, has_cue
from meetbot.notes.doubt import BACK, IMAGINED, JEST
from meetbot.notes.people import people_named, titled_names
from meetbot.words import fold

REPLY = 3  # turns within which somebody answers


@dataclass(frozen=True)
class Scene:
    """A conversation: its turns, their cues, what its speakers are called (by their ids), its language."""

    said: Sequence[Utterance]
    cues: Sequence[frozenset[str]]
    labels: Mapping[str, str]
    language: str

    def does(self, index: int, *names: str) -> bool:
        """Whether the turn at `index` has one of the cues `names`."""
        return 0 <= index < len(self.cues) and any(name in self.cues[index] for name in names)

    def real(self, index: int) -> bool:
        """Whether the turn is meant: not imagined, no joke, not to the recorder."""
        return not self.does(index, "hypothetical", "machine", "joke")

    def unreal(self, index: int) -> str | None:
        """Why nothing is taken on in the turn, whatever it says, or None."""
        if self.does(index, "joke"):
            return JEST
        if not self.real(index):
            return IMAGINED
        return BACK if self.taken_back(index) else None

    def others(self, index: int, reach: int = REPLY) -> Iterator[int]:
        """The next turns of other speakers."""
        for other in range(index + 1, min(len(self.said), index + reach + 1)):
            if self.said[other].speaker != self.said[index].speaker:
                yield other

    def taken_back(self, index: int) -> bool:
        """Whether the speaker takes back what the turn says, or somebody else takes it over."""
        if self.withdraws(index) and not self.takes_over(index):
            return True
        speaker = self.said[index].speaker
        for other in range(index + 1, min(len(self.said), index + REPLY + 1)):
            if self.said[other].speaker == speaker and self.withdraws(other):
                return True
            if self.said[other].speaker != speaker and other <= index + 1 and self.declines(other):
                return True
        return False

    def withdraws(self, index: int) -> bool:
        """Whether the turn takes something back; who then names a day has only corrected the day."""
        rest = after(self.said[index].text, self.language, "retract")
        return self.does(index, "retract") and not has_cue(rest, self.language, "due")

    def declines(self, index: int) -> bool:
        """Whether the turn says that an offer is not needed, or takes it over ("no, I'll do that")."""
        refuses = any(has_cue(word, self.language, "reject") for word in self.said[index].text.split()[:2])
        return self.does(index, "retract") or (refuses and self.does(index, "offer"))

    def takes_over(self, index: int) -> bool:
        """Whether the turn takes a task from somebody who has just offered to do it ("no, leave it, I'll")."""
        before = index - 1
        return (
            before >= 0
            and self.said[before].speaker != self.said[index].speaker
            and self.does(before, "offer", "weak_offer")
            and self.does(index, "offer")
        )

    def agrees(self, index: int) -> bool:
        """Whether the turn says yes, or when: whoever names a day has agreed."""
        return self.does(index, "accept", "claim") or (self.does(index, "due") and not self.does(index, "question"))

    def taker(self, index: int) -> int | None:
        """The turn in which somebody agrees to do what the turn asks for or says has to be done, or None."""
        asked = self.addressed(index)
        if not (self.does(index, "ask", "need") or (asked and self.does(index, "question"))):
            return None
        for other in self.others(index, REPLY if self.does(index, "ask") else 2):
            if not self.real(other) or self.does(other, "reject"):
                return None
            if self.does(other, "offer") or self.promised(other):
                return None  # a candidate by itself
            if asked and self.said[other].speaker != asked:
                continue
            claims = self.does(other, "claim") and not self.does(other, "question", "past")
            if self.does(index, "ask"):
                agrees = self.agrees(other)
            elif asked and self.does(index, "need"):
                agrees = claims or self.does(other, "accept", "due")
            else:
                agrees = claims and (not asked or self.does(other, "accept"))
            if agrees and not self.taken_back(other):
                return other
        return None

    def addressed(self, index: int) -> str | None:
        """The id of the speaker to whom the turn is put by name ("Ben?", "could you, Ben"), or None."""
        said = fold(self.said[index].text)
        for speaker, label in self.labels.items():
            name = re.escape(fold(label.split()[0]))
            vocative = rf"(?:^|[,.;:?!–—] )(?:[a-z]+ )?{name}\b[,.?!]|\b{name}\?|, {name}$|^{name}\b,?"
            if speaker != self.said[index].speaker and re.search(vocative, said):
                return speaker
        return None

    def outsider(self, index: int) -> bool:
        """Whether somebody who does not speak here is named in the turn or just before."""
        speakers = {utterance.speaker for utterance in self.said} | set(self.labels.values())
        return any(
            name not in speakers
            for other in range(max(0, index - 2), index + 1)
            for name in people_named(self.said[other].text, self.language)
        )

    def promised(self, index: int) -> bool:
        """Whether a sentence of the turn says what somebody named there, who does not speak here, will do and when."""
        if self.does(index, "past"):
            return False
        speakers = set(self.labels.values())
        return any(
            has_cue(sentence, self.language, "promised")
            and has_cue(sentence, self.language, "due")
            and (titled_names(sentence) if self.language == "de" else people_named(sentence, self.language) - speakers)
            for sentence in SENTENCE.findall(self.said[index].text)
        )
