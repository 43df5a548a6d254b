"""What is nominated to why it must not be asserted all the same, or None. Pure.

A nomination says that a turn sounds like taking something on or settling it. Here is what speaks against that: it is
done while it is said, was said in jest, only perhaps, only told of; or nobody agreed. What is doubtful is listed
apart with the reason. Rules look at the sentence in which something is taken on, not at the whole turn.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from meetbot.domain import Utterance
from meetbot.notes.cues import SENTENCE, due_words, has_cue, without, without_clauses
from meetbot.words import content

REPLY = 3  # turns in which somebody agrees
CLOSE = 2  # turns in which it is said when
BRIEF = 12  # words in which somebody mostly agrees
ANSWER = 36  # and in which they may say more
TERSE = 6  # words that say no and little else
OPENING = 2  # sentences of a turn in which its answer is
ASKS = 2  # content words that a request needs
LIKELY = 0.6  # of a conclusion that is worded as a proposal
SPEECH = 220  # characters of a turn that tells something
QUOTED = re.compile(r"[\"“„«][^\"”“»]*[\"”“»]")
TAKING = {"offer": ("offer",), "weak": ("weak_offer",), "other": ("other", "promised")}

BACK = "taken back"
JEST = "said in jest"
IMAGINED = "only imagined"
AT_ONCE = "done while it was said, or nothing to be done"
PERHAPS = "only perhaps"
PROPOSED = "only proposed"
TOLD = "only told of"
NOT_TAKEN_ON = "asked for, but nobody clearly took it on"
UNLIKE = "not clearly a task"
NOT_SETTLED = "not clearly settled"
OVERTAKEN = "perhaps decided otherwise later"
NOT_LEFT_OPEN = "not clearly left open"
ONE_ALONE = "what one person will do"
LEFT_OPEN = "left open"
AGENDA = "about the meeting itself"
# Those that cues tell, and `weigh` weighs.
HEARD = (AGENDA, AT_ONCE, BACK, IMAGINED, JEST, LEFT_OPEN, NOT_TAKEN_ON, ONE_ALONE, PERHAPS, PROPOSED, TOLD)


@dataclass(frozen=True, slots=True)
class Doubts:
    """The doubts about a conversation; `cues` are those of `meetbot.notes.cues.cues`."""

    said: Sequence[Utterance]
    cues: Sequence[frozenset[str]]
    language: str

    def task(self, anchor: int, other: int | None, how: str) -> str | None:
        """Why what is taken on at `anchor` is perhaps no task.

        `how` is why it was nominated; `other` the turn that asked for it ("asked") or took it up ("weak").
        """
        taking = self._taking(anchor, how)
        return next(self._of_task(anchor, other, how, taking), None) if taking else TOLD

    def decision(self, anchor: int, likely: float) -> str | None:
        """Why what is settled at `anchor` is perhaps no decision; `likely`: how much it looks like one."""
        return next(self._of_decision(anchor, likely), None)

    def question(self, turns: Sequence[int]) -> str | None:
        """Why what is left open in `turns` is perhaps no question that anybody means."""
        text = [QUOTED.sub(" ", self.said[index].text) for index in turns]
        if not any(self._has(one, "left_open", "open") for one in text):
            return TOLD
        if len(turns) == 1 and len(self.said[turns[0]].text) > SPEECH:
            return TOLD
        return None

    def _of_task(self, anchor: int, other: int | None, how: str, taking: str) -> Iterator[str]:
        if self._in_jest(anchor, taking):
            yield JEST
        if how != "asked" and self._denied(anchor):
            yield BACK
        if not self._left(taking, "at_once", how):
            yield AT_ONCE
        if self._has(taking, "perhaps") and not (how == "offer" and due_words(taking, self.language)):
            yield PERHAPS
        taken = other if how == "weak" else None if self._left(taking, "would", how) else anchor + 1
        if taken is not None and not self._takes_up(taken):
            yield PROPOSED
        if how == "asked" and other is not None and not self._answers(anchor, other):
            yield NOT_TAKEN_ON
        if how == "other" and due_words(taking, self.language) is None and not self._has(taking, "gave_word"):
            yield TOLD
        if how == "asked" and other is not None and not self._due_near(anchor):
            put = "question" in self.cues[other] or "ask" in self.cues[other]
            if not put and not self._has(taking, "claim", "offer"):
                yield NOT_TAKEN_ON

    def _due_near(self, anchor: int) -> bool:
        """Whether it is said when, there or right after."""
        return any(does & {"due", "soon"} for does in self.cues[anchor : anchor + 1 + CLOSE])

    def _of_decision(self, anchor: int, likely: float) -> Iterator[str]:
        does = self.cues[anchor]
        settles, sums_up, agreed = "settle" in does, "conclude" in does, self._agreed(anchor)
        if "item" in does:
            yield AGENDA
        if does & {"jest", "laughs"}:
            yield JEST
        if "left_open" in does and not any(
            self._has(one, "settle") and not self._has(one, "left_open")
            for one in SENTENCE.findall(self.said[anchor].text)
        ):
            yield LEFT_OPEN
        if does & {"propose", "perhaps"} and not (settles and agreed):
            yield PROPOSED
        if "propose" in does and likely < LIKELY:
            yield PROPOSED
        if "question" in does and not settles and not agreed:
            yield PROPOSED
        if does & {"past", "gave_word", "established", "reported"} and not settles and not sums_up:
            yield TOLD
        if does & {"offer", "claim"} and not settles and not sums_up:
            yield ONE_ALONE

    def _agreed(self, anchor: int) -> bool:
        """Whether somebody else says yes, or too little to say no, in what follows."""
        for other in range(anchor + 1, min(len(self.said), anchor + 1 + REPLY)):
            mine, brief = self.cues[other], len(self.said[other].text.split()) <= TERSE
            if self.said[other].speaker == self.said[anchor].speaker or "reject" in mine:
                continue
            if "accept" in mine or (brief and "question" not in mine):
                return True
        return False

    def _has(self, text: str, *names: str) -> bool:
        return any(has_cue(text, self.language, name) for name in names)

    def _taking(self, anchor: int, how: str) -> str:
        """The sentences in which it is taken on, without what is only quoted; the whole turn, if none of them shows."""
        text = QUOTED.sub(" ", self.said[anchor].text)
        names = TAKING.get(how)
        if names is None:
            return text
        sentences = [match[0] for match in SENTENCE.finditer(text)]
        found = " ".join(one for one in sentences if self._has(one, *names))
        return found or (text if self._has(text, *names) else "")

    def _left(self, taking: str, cue: str, how: str) -> bool:
        """Whether something is still offered in `taking` without the clauses that have `cue`; so if nothing was."""
        return how not in ("offer", "weak") or self._has(without_clauses(taking, self.language, cue), *TAKING[how])

    def _in_jest(self, anchor: int, taking: str) -> bool:
        if self._has(taking, "jest") or "laughs" in self.cues[anchor]:
            return True
        after = self.cues[anchor + 1] if anchor + 1 < len(self.said) else frozenset()
        return bool(after & {"laughs", "jest"}) and not after & {"offer", "accept"}

    def _denied(self, anchor: int) -> bool:
        """Whether the speaker says no, and little else, to what somebody asks about it."""
        if anchor + 2 >= len(self.said) or self.said[anchor + 2].speaker != self.said[anchor].speaker:
            return False
        reply = self.said[anchor + 2].text
        says_no = any(self._has(match[0].strip(), "reject") for match in SENTENCE.finditer(reply))
        return "question" in self.cues[anchor + 1] and says_no and len(reply.split()) <= TERSE

    def _takes_up(self, other: int) -> bool:
        """Whether the turn at `other` says yes to an offer, and does not go on about something else."""
        if other >= len(self.said):
            return False
        opening = self._opening(other)
        agrees = self._has(opening, "accept", "claim") and len(self.said[other].text.split()) <= BRIEF
        return agrees or self._has(opening, "ask")

    def _answers(self, anchor: int, asked: int) -> bool:
        """Whether the turn at `anchor` says yes to what the one at `asked` asks for, and that asks for something."""
        request = QUOTED.sub(" ", self.said[asked].text)
        if len(content(request)) < ASKS:
            return False
        plain = without(request, self.language, "polite")
        if not self._has(plain, "ask", "need") and "question" not in self.cues[asked]:
            return False
        opening = self._opening(anchor)
        if self._has(opening, "concedes") and not self._has(opening, "claim", "offer"):
            return False
        if self._has(request, "anybody") and not self._has(
            self.said[anchor].text, "claim", "offer", "first_person", "due"
        ):
            return False
        if not self._has(opening, "accept", "claim"):
            return self._has(request, "when") and due_words(opening, self.language) is not None
        return len(self.said[anchor].text.split()) <= ANSWER

    def _opening(self, index: int) -> str:
        return " ".join([match[0] for match in SENTENCE.finditer(self.said[index].text)][:OPENING])
