"""What was found, checked and put in order: verified items, and unverified ones with their reasons. Pure.

Twins are merged; a later decision about the same thing takes the place of an earlier one and keeps it as history.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import date

from meetbot.domain import ActionItem, Decision, OpenQuestion, Superseded, Transcript, Unverified
from meetbot.notes.doubt import OVERTAKEN
from meetbot.notes.extract import Found
from meetbot.notes.ground import around, owner_present, unsupported
from meetbot.notes.people import calendar_words
from meetbot.notes.revise import earlier, quote
from meetbot.notes.when import due_date
from meetbot.words import content, covered, fold, numbers

SAME = 0.6  # of the content words of the shorter text, for two items to be one
SUBJECT = 6  # content words of a decision that is compared by what it is about alone
TELLING = 3  # content words without which two texts from different turns are one only if they are equal
SAME_TURNS = 0.3  # enough if they cite the same turn
_NOT = re.compile(r"\b(?:not|nicht|statt|pas|no|instead of|rather than|au lieu d[eu]|en vez de)((?: [^\W\d]+){1,3})")


@dataclass(frozen=True)
class Settled:
    """The items of a meeting, each list in order of time."""

    decisions: tuple[Decision, ...]
    action_items: tuple[ActionItem, ...]
    open_questions: tuple[OpenQuestion, ...]
    unverified: tuple[Unverified, ...]


def settle(transcript: Transcript, found: Iterable[Found], meeting: date) -> Settled:
    """`found`, checked against `transcript`; due dates count from the day `meeting`."""
    place = {utterance.id: index for index, utterance in enumerate(transcript.utterances)}
    known = [replace(item, turns=_ordered(item.turns, place)) for item in found]
    reasons = [(item, _objection(transcript, item)) for item in known]
    good = sorted((item for item, why in reasons if why is None), key=lambda item: place[item.turns[0]])
    doubtful = [(item, why) for item, why in reasons if why is not None]
    start = {utterance.id: utterance.start for utterance in transcript.utterances}
    tasks = [item for item in good if item.kind == "action_item"]
    # What was decided otherwise later is what a decision was before, if there is one that takes its place.
    decided = sorted(
        (item for item, why in reasons if item.kind == "decision" and why in (None, OVERTAKEN)),
        key=lambda item: place[item.turns[0]],
    )
    groups = [group for group in _history(_distinct(decided)) if group[-1].doubt is None]
    asked = [item for item in good if item.kind == "open_question"]
    return Settled(
        _decisions(transcript, groups, start),
        tuple(_action(transcript, item, meeting, start) for item in _distinct(tasks)),
        tuple(
            OpenQuestion(item.text, item.turns, start[item.turns[0]], True, context=item.context)
            for item in _distinct(asked)
        ),
        tuple(_once([*_unreplaced(doubtful, good)], [*good, *(item for group in groups for item in group)])),
    )


def _ordered(turns: Sequence[str], place: dict[str, int]) -> tuple[str, ...]:
    return tuple(sorted(dict.fromkeys(turns), key=lambda turn: place.get(turn, len(place))))


def _objection(transcript: Transcript, item: Found) -> str | None:
    why = item.doubt or unsupported(transcript, item.text, item.turns)
    if why is None and item.owner is not None and not owner_present(transcript, item.owner, item.turns):
        return f"{item.owner} is not in {', '.join(item.turns)}"
    return why


def _distinct(items: Sequence[Found]) -> list[Found]:
    """`items` without twins; of two, the one said in more turns stays and cites the turns of both."""
    kept: list[Found] = []
    for item in items:
        twin = next((index for index, other in enumerate(kept) if same(item, other)), None)
        if twin is None:
            kept.append(item)
        else:
            fuller = max(kept[twin], item, key=lambda one: (len(one.turns), len(one.text)))
            turns = tuple(dict.fromkeys([*kept[twin].turns, *item.turns]))
            context = dict.fromkeys(turn for turn in (*kept[twin].context, *item.context) if turn not in turns)
            kept[twin] = replace(
                fuller,
                turns=turns,
                context=tuple(context),
                owner=fuller.owner or kept[twin].owner or item.owner,
                due=fuller.due or kept[twin].due or item.due,
            )
    return kept


def same(one: Found, other: Found) -> bool:
    """Whether two items say the same: the words of the shorter are in the longer, and no number contradicts.

    Two people's tasks are two, whatever is said in both.
    """
    if one.kind == "action_item" and one.owner and other.owner and one.owner != other.owner:
        return one.text == other.text
    if numbers(one.text) and numbers(other.text) and numbers(one.text).isdisjoint(numbers(other.text)):
        return False
    shorter, longer = sorted((content(one.text), content(other.text)), key=len)
    if len(shorter) < TELLING and not set(one.turns) & set(other.turns):
        return shorter == longer  # "do it" is said of many things
    common = covered(shorter, longer)
    return common >= (SAME_TURNS if set(one.turns) & set(other.turns) else SAME)


def _history(decided: Sequence[Found]) -> list[list[Found]]:
    """Decisions about one thing, oldest first: the same words but for another number, name or day."""
    groups: list[list[Found]] = []
    for item in decided:
        words = content(item.text)
        for group in groups:
            if _restates(content(group[-1].text), words) or _moved(group[-1], item) or _gives_up(group[-1], item):
                group.append(item)
                break
        else:
            groups.append([item])
    return groups


def _restates(before: Sequence[str], after: Sequence[str]) -> bool:
    """Whether the later decision says again what the earlier one is about, and is not mostly about something else."""
    return len(before) >= TELLING and covered(before, after) >= SAME and covered(after, before) >= SAME_TURNS


def _moved(before: Found, after: Found) -> bool:
    """Whether both say when or how much, differently, and of the same thing ("we ship on the 3rd", "ship the 5th")."""
    figures = [numbers(one.text) | (set(content(one.text)) & calendar_words()) for one in (before, after)]
    if not all(figures) or figures[0] == figures[1]:
        return False
    subjects = [
        # "rd" is what is left of "23rd".
        [word for word in content(one.text) if word not in calendar_words() and word not in ("st", "nd", "rd", "th")]
        for one in (before, after)
    ]
    shorter, longer = sorted(subjects, key=len)
    return len(shorter) > 0 and len(longer) <= SUBJECT and covered(shorter, longer) >= SAME


def _gives_up(before: Found, after: Found) -> bool:
    """Whether the later decision names the earlier one's day as given up ("on Tuesday, not on Monday")."""
    given_up = {word for match in _NOT.finditer(fold(after.text)) for word in content(match[1])} & calendar_words()
    settled = set(content(after.text)) & calendar_words()
    return bool(given_up & set(content(before.text)) and settled - given_up)


def _decisions(
    transcript: Transcript, groups: Sequence[Sequence[Found]], start: dict[str, float]
) -> tuple[Decision, ...]:
    """One decision a group, in order of time, each with what it was before."""
    place = {utterance.id: index for index, utterance in enumerate(transcript.utterances)}
    decisions: list[Decision] = []
    settled = 0  # the turn up to which the decision before was talked about
    for group in sorted(groups, key=lambda group: place[group[-1].turns[0]]):
        last = group[-1]
        history = tuple(Superseded(item.text, item.turns) for item in group[:-1])
        cited = [place[turn] for turn in last.turns]
        if not history and last.former:
            history = (Superseded(quote(transcript.by_id[last.former].text), (last.former,)),)
        elif not history:
            before = earlier(transcript.utterances, cited, last.text, transcript.language, min(settled, cited[0]))
            history = (before,) if before else ()
        settled = cited[-1] + 1
        decisions.append(Decision(last.text, last.turns, start[last.turns[0]], True, history, context=last.context))
    return tuple(decisions)


def _action(transcript: Transcript, item: Found, meeting: date, start: dict[str, float]) -> ActionItem:
    speaker = next((one for one in transcript.speakers if item.owner is not None and one.label == item.owner), None)
    due = _said(transcript, item)
    day = due_date(due, meeting, transcript.language) if due else None
    return ActionItem(
        task=item.text,
        owner=speaker.id if speaker else None,
        owner_name=speaker.name if speaker else item.owner,
        due=due,
        due_date=day.isoformat() if day else None,
        turns=item.turns,
        start=start[item.turns[0]],
        verified=True,
        context=item.context,
    )


def _said(transcript: Transcript, item: Found) -> str | None:
    """The due words, if they were said in or near the cited turns."""
    if not item.due:
        return None
    near = fold(" ".join(utterance.text for utterance in around(transcript, item.turns)))
    return item.due if fold(item.due) in near else None


def _unreplaced(doubtful: Sequence[tuple[Found, str]], good: Sequence[Found]) -> Iterator[tuple[Found, str]]:
    """What is `doubtful`, but for what a good decision shows as what it was before."""
    former = {item.former for item in good}
    return ((item, why) for item, why in doubtful if why != OVERTAKEN or former.isdisjoint(item.turns))


def _once(doubtful: Sequence[tuple[Found, str]], good: Sequence[Found]) -> Iterator[Unverified]:
    """Items that are not listed as verified as well, each once, with the reason."""
    kept: list[Found] = []
    for item, why in doubtful:
        if not any(other.kind == item.kind and same(item, other) for other in [*good, *kept]):
            kept.append(item)
            yield Unverified(item.kind, item.text, item.turns, why)
