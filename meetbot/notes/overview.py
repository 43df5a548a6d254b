"""Titles and gists of chapters, the title of the meeting, and the overview.

A gist is what was said there (`chosen.py`). The overview is what the chapters are called and, in the words of the
verified items, what was decided, who does what and what is open. A model only says what a title names, in words that
were said, unless the user wants its `prose`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping, Sequence
from textwrap import shorten

from meetbot.domain import ActionItem, Topic, Transcript, Utterance
from meetbot.llm import LanguageModel, Prompt
from meetbot.notes import chosen, prose
from meetbot.notes.chosen import Chosen
from meetbot.notes.excerpt import excerpt
from meetbot.notes.options import Length, NotesOptions
from meetbot.notes.quote import point
from meetbot.notes.settle import Settled
from meetbot.notes.translate import names_in
from meetbot.prompting import prompt
from meetbot.translate import translate
from meetbot.words import alike, content, fold, language_name, unspaced

CHAPTER_TOKENS = 420  # of a chapter that the model reads to name it
_WORD = re.compile(r"\w+(?:['’-]\w+)*")
THINGS = 3  # in a title
THING = 30  # characters of each
NAMED = 60  # characters of a quote that stands for a title
TOLD: dict[Length, int] = {"short": 2, "medium": 6, "long": 30}  # chapters, decisions, tasks that are told, of each
TOLD_OF = {  # what was talked about, what was decided, what is to be done, what is open
    "en": ("Talked about", "Decided", "To do", "Open"),
    "de": ("Besprochen", "Beschlossen", "Zu tun", "Offen"),
    "fr": ("Abordé", "Décidé", "À faire", "Reste ouvert"),
    "es": ("Tratado", "Decidido", "Por hacer", "Pendiente"),
    "pt": ("Abordado", "Decidido", "A fazer", "Em aberto"),
    "zh": ("议题", "决定", "待办", "未定"),
    "ja": ("話題", "決定事項", "やること", "未決"),
}


def topic(
    model: LanguageModel,
    transcript: Transcript,
    chapter: Sequence[Utterance],
    weigh: Mapping[str, float],
    options: NotesOptions,
    *,
    dropped: Collection[str] = (),
) -> Topic:
    """Title and gist of a chapter whose words `weigh` so much (`chosen.weights`); `dropped` turns have no say."""
    language = options.notes_language or transcript.language
    told = excerpt(transcript, _telling(model, chapter))
    holds = [one for one in chapter if one.id not in dropped]
    quotes = chosen.sentences(holds, weigh, transcript.language)
    title = gist = ""
    if options.prose:
        title, gist = prose.of_chapter(model, transcript, told, chapter, language=language, style=_style(options))
    title = title or _title(model, transcript, f"Transcript:\n{told.text}\n\n", chapter, language)
    if not title:
        words = quotes[0].text if quotes else chapter[0].text
        title = f"“{shorten(words, NAMED, placeholder='…').rstrip('.')}”"
    return Topic(
        title=_plain(title),
        gist=gist or _quoted(model, transcript, quotes, language),
        start=chapter[0].start,
        end=chapter[-1].end,
        turns=tuple(one.id for one in chapter),
    )


def overview(
    model: LanguageModel, transcript: Transcript, topics: Sequence[Topic], settled: Settled, options: NotesOptions
) -> tuple[str, str]:
    """Title and overview of the meeting, from its chapters and what was decided, taken on and left open."""
    language = options.notes_language or transcript.language
    if options.prose:
        found = "What was found in the meeting:\n" + "\n".join(_facts(transcript, topics, settled)) + "\n\n"
        title, about = prose.of_meeting(
            model, transcript, found, topics, language=language, length=options.length, style=_style(options)
        )
    else:
        title = _of_all(topics)
        about = _listing(_told_of(language)[0], [one.title for one in topics], TOLD[options.length])
    told = _outcome(transcript, settled, language, TOLD[options.length])
    return _plain(title), "\n".join(part for part in (about, *told) if part)


def _of_all(topics: Sequence[Topic]) -> str:
    """What the longest chapters name first, in their order; where they are few, what they name next."""
    longest = sorted(topics, key=lambda one: one.start - one.end)[:THINGS]
    titles = [one.title for one in topics if one in longest]
    things = [title.split(", ") for title in titles if not title.startswith("“")]
    named: list[str] = []
    for thing in (some[rank] for rank in range(THINGS) for some in things if rank < len(some)):
        if len(named) < THINGS and not _named_among(thing, named):
            named.append(thing)
    return ", ".join(named or titles[:1])


def _named_among(thing: str, others: Sequence[str]) -> bool:
    """Whether one of `others` is a form of `thing`, or has it in it or is in it."""
    own = fold(thing)
    return any(own in other or other in own or alike(own, other) for other in map(fold, others))


def _title(model: LanguageModel, transcript: Transcript, shared: str, said: Sequence[Utterance], language: str) -> str:
    """The things that the model says what is `shared` is about, as far as somebody `said` them; put into `language`."""
    spoken = transcript.language
    question = prompt("things", language=language_name(spoken))
    schema = prose.record(things={"type": "array", "items": prose.line(THING), "minItems": 1, "maxItems": THINGS})
    answer = model.answer(Prompt(prompt("system"), shared, question), schema, room=100)
    things: list[str] = []
    for thing in (_as_said(str(one), said) for one in answer["things"]):
        if thing and content(thing) and not _named_among(thing, things):
            things.append(thing)
    title = ", ".join(things)
    return _put(model, transcript, title[:1].upper() + title[1:], language) if title else ""


def _as_said(thing: str, said: Sequence[Utterance]) -> str | None:
    """`thing` as somebody wrote it who `said` it in just these words; None if nobody did."""
    wanted = [fold(word) for word in _WORD.findall(thing)]
    for text in (one.text for one in said):
        words = _WORD.findall(text)
        folded = [fold(word) for word in words]
        for place in range(len(words) - len(wanted) + 1):
            if wanted and folded[place : place + len(wanted)] == wanted:
                return " ".join(words[place : place + len(wanted)])
        if unspaced(thing) and thing in text:
            return thing
    return None


def _plain(title: str) -> str:
    return title.strip().rstrip(".")


def _quoted(model: LanguageModel, transcript: Transcript, said: Sequence[Chosen], language: str) -> str:
    """The sentences `said`, each with who said it."""
    quotes = (
        f"“{_put(model, transcript, one.text, language)}” — {transcript.label(one.said.speaker)}." for one in said
    )
    return " ".join(quotes)


def _put(model: LanguageModel, transcript: Transcript, text: str, language: str) -> str:
    """`text` in `language`, if it can be put into it."""
    spoken = transcript.language
    if language == spoken:
        return text
    people = [speaker.name for speaker in transcript.speakers if speaker.name]
    return translate(model, text, spoken, language, names_in(text, spoken, people)) or text


def _told_of(language: str) -> tuple[str, str, str, str]:
    return TOLD_OF.get(language, TOLD_OF["en"])


def _outcome(transcript: Transcript, settled: Settled, language: str, most: int) -> list[str]:
    """What was decided, who does what and what is open, a sentence each, in the words of the verified items."""
    words = _told_of(language)[1:]
    tasks = [
        f"{who} – {task}" if (who := _owner(transcript, item)) else task
        for item in settled.action_items
        if (task := _in_short(item, language, spoken=language == transcript.language))
    ]
    groups = (
        (words[0], [point(decision.text, "decision", language) for decision in settled.decisions]),
        (words[1], tasks),
        (words[2], [point(question.text, "open_question", language) for question in settled.open_questions]),
    )
    return [_listing(name, listed, most) for name, listed in groups if listed]


def _owner(transcript: Transcript, item: ActionItem) -> str | None:
    names = {speaker.id: speaker.label for speaker in transcript.speakers}
    return item.owner_name or names.get(item.owner or "")


def _in_short(item: ActionItem, language: str, *, spoken: bool) -> str:
    """The task, with when it is due, unless it says so itself or its words are not those that were `spoken`."""
    task = point(item.task, "action_item", language)
    if not spoken or not item.due or fold(item.due) in fold(task):
        return task
    return f"{task} ({item.due})"


def _listing(name: str, listed: Sequence[str], most: int) -> str:
    """`Decisions: the first; the second.`, `most` at most, and how many there are besides."""
    more = len(listed) - most
    text = "; ".join(one.strip().rstrip(" .;。") for one in listed[:most]) + (f"; … (+{more})" if more > 0 else "")
    return f"{name}: {text}" + ("" if text.endswith(prose.ENDINGS) else ".")


def _style(options: NotesOptions) -> str:
    return f" Style: {options.tone}" if options.tone else ""


def _telling(model: LanguageModel, chapter: Sequence[Utterance]) -> list[Utterance]:
    """The turns of a chapter that say most, in order, within the tokens allowed: its first ones, then the longest."""
    order = [*chapter[:3], *sorted(chapter[3:], key=lambda one: -len(one.text))]
    chosen: set[str] = set()
    total = 0
    for utterance in order:
        total += model.count(utterance.text) + 6
        if total > CHAPTER_TOKENS and chosen:
            break
        chosen.add(utterance.id)
    return [utterance for utterance in chapter if utterance.id in chosen]


def _facts(transcript: Transcript, topics: Sequence[Topic], settled: Settled) -> list[str]:
    """What the overview may say, under headings: a small model copies a label that stands in front of every line."""
    tasks = [f"{who}: {item.task}" if (who := _owner(transcript, item)) else item.task for item in settled.action_items]
    groups = {
        "Decided": [decision.text for decision in settled.decisions],
        "Who does what": tasks,
        "Still open": [question.text for question in settled.open_questions],
        # Last: a small model tells most of what it read first, and the chapters also tell what was given up later.
        "Talked about": [f"{topic.title}. {topic.gist}" for topic in topics],
    }
    return [line for name, listed in groups.items() if listed for line in (f"{name}:", *(f"- {one}" for one in listed))]
