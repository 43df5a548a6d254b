"""The few sentences a model writes: titles and gists of chapters, the title of the meeting, the overview.

The overview is a sentence or more of the model's about the subject, and then, in the words of the verified items, what
was decided, who does what and what is open: a small model leaves out decisions, or tells what was given up as settled.
A sentence with a number or a name that the meeting does not have is dropped, whoever wrote it, and so is one that says
of somebody what was not talked about where he speaks or is named.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from meetbot.domain import ActionItem, Topic, Transcript, Utterance
from meetbot.llm import LanguageModel, Prompt
from meetbot.notes.excerpt import excerpt
from meetbot.notes.ground import capitals_mean_little
from meetbot.notes.options import Length
from meetbot.notes.quote import point
from meetbot.notes.settle import Settled
from meetbot.prompting import prompt
from meetbot.words import content, covered, fold, language_name, names, numbers

CHAPTER_TOKENS = 420  # of a chapter that the model reads to name it
SENTENCES: dict[Length, tuple[str, int]] = {  # what is asked for, and at most how many
    "short": ("one or two sentences", 2),
    "medium": ("three to five sentences", 5),
    "long": ("six to nine sentences", 9),
}
ABOUT: dict[Length, int] = {"short": 1, "medium": 1, "long": 4}  # sentences of the model's that are kept
TOLD: dict[Length, int] = {"short": 2, "medium": 6, "long": 30}  # decisions and tasks that the overview tells, of each
OUTCOME = {  # what was decided, what is to be done, what is open
    "en": ("Decided", "To do", "Open"),
    "de": ("Beschlossen", "Zu tun", "Offen"),
    "fr": ("Décidé", "À faire", "Reste ouvert"),
    "es": ("Decidido", "Por hacer", "Pendiente"),
    "pt": ("Decidido", "A fazer", "Em aberto"),
    "zh": ("决定", "待办", "未定"),
    "ja": ("決定事項", "やること", "未決"),
}
GIST = 200  # characters
SENTENCE = 400  # characters: some models put all they have to say into one string
ENDINGS = (".", "!", "?", "…", "。", "！", "？")
BESIDE = 0.15  # of a sentence's words that must stand where whom it names speaks or is named
_WORD = re.compile(r"\w+")
_LISTED = re.compile(r"\s*(?:[-*•]\s|[^\s:.!?][^:.!?]{0,24}:\s)")


def topic(
    model: LanguageModel, transcript: Transcript, chapter: Sequence[Utterance], language: str, tone: str
) -> Topic:
    """Title and gist of a chapter, worded as `tone` asks."""
    told = excerpt(transcript, _telling(model, chapter))
    schema = _object(title={"type": "string", "minLength": 3, "maxLength": 60}, gist=_text(GIST))
    asked = Prompt(
        prompt("system"),
        f"Transcript:\n{told.text}\n\n",
        prompt("chapter", language=language_name(language), style=_style(tone)),
    )
    answer = model.answer(asked, schema, room=180)
    foreign = language != transcript.language
    written = _complete(answer["gist"].strip(), GIST)
    gist = honest(written, _lines(transcript, chapter), [*told.labels], language, foreign=foreign)
    return Topic(
        title=answer["title"].strip().rstrip("."),
        gist=gist,
        start=chapter[0].start,
        end=chapter[-1].end,
        turns=tuple(one.id for one in chapter),
    )


def overview(
    model: LanguageModel,
    transcript: Transcript,
    topics: Sequence[Topic],
    settled: Settled,
    *,
    language: str,
    length: Length,
    tone: str,
) -> tuple[str, str]:
    """Title and overview of the meeting, from its chapters and what was decided, taken on and left open."""
    sentences, most = SENTENCES[length]
    shared = "What was found in the meeting:\n" + "\n".join(_facts(transcript, topics, settled)) + "\n\n"
    question = prompt("overview", language=language_name(language), sentences=sentences, style=_style(tone))
    listed = {"type": "array", "items": _text(SENTENCE), "minItems": 1, "maxItems": most}
    schema = _object(title={"type": "string", "minLength": 3, "maxLength": 70}, sentences=listed)
    answer = model.answer(Prompt(prompt("system"), shared, question), schema, room=100 + most * SENTENCE // 2)
    said = _lines(transcript, transcript.utterances)
    people = [speaker.label for speaker in transcript.speakers]
    foreign = language != transcript.language
    # Where the model only copied the list, the gists of the chapters are the overview.
    written = _sentences(answer["sentences"]) or _sentences([topic.gist for topic in topics])[:most]
    true = [honest(one, said, [*people, shared], language, foreign=foreign) for one in written]
    text = " ".join([one for one in true if one][: ABOUT[length]])
    told = _outcome(transcript, settled, language, TOLD[length])
    return answer["title"].strip().rstrip("."), " ".join(part for part in (text, *told) if part)


def _outcome(transcript: Transcript, settled: Settled, language: str, most: int) -> list[str]:
    """What was decided, who does what and what is open, a sentence each, in the words of the verified items."""
    words = OUTCOME.get(language, OUTCOME["en"])
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
    return [_listing(name, listed[:most], len(listed) - most) for name, listed in groups if listed]


def _owner(transcript: Transcript, item: ActionItem) -> str | None:
    names = {speaker.id: speaker.label for speaker in transcript.speakers}
    return item.owner_name or names.get(item.owner or "")


def _in_short(item: ActionItem, language: str, *, spoken: bool) -> str:
    """The task, with when it is due, unless it says so itself or its words are not those that were `spoken`."""
    task = point(item.task, "action_item", language)
    if not spoken or not item.due or fold(item.due) in fold(task):
        return task
    return f"{task} ({item.due})"


def _listing(name: str, listed: Sequence[str], more: int) -> str:
    """`Decisions: the first; the second.`, with how many there are besides."""
    text = "; ".join(one.strip().rstrip(" .;。") for one in listed) + (f"; … (+{more})" if more > 0 else "")
    return f"{name}: {text}" + ("" if text.endswith(ENDINGS) else ".")


def _style(tone: str) -> str:
    return f" Style: {tone}" if tone else ""


def _sentences(written: Sequence[str]) -> list[str]:
    """What the model wrote as sentences that end, each once, and none that only repeats the words of those before.

    Lines copied from a list ("- …", "Decided: …") are no sentences, nor is what holds no word, nor the pieces of one
    that the limit of characters cut off.
    """
    kept: list[str] = []
    for text in (_complete(one.strip(), SENTENCE) for one in written if not _LISTED.match(one)):
        words = content(text)
        if words and not text[0].islower() and covered(words, content(" ".join(kept))) < 1:
            kept.append(text if text.endswith(ENDINGS) else f"{text}.")
    return kept


def _complete(text: str, limit: int) -> str:
    """`text` up to its last sentence's end, or its last comma, where it is as long as it may be."""
    if len(text) < limit - 2 or text.endswith(ENDINGS):
        return text
    ended = max(text.rfind(f"{mark} ") for mark in ENDINGS)
    if ended > 0:
        return text[: ended + 1]
    return text[: text.rfind(",")] + "." if "," in text else text


def honest(text: str, said: Sequence[str], known: Sequence[str], language: str, *, foreign: bool) -> str:
    """`text` without the sentences that have a number or a name which neither `said` nor `known` has.

    `said` are turns in order, each after its speaker's name and a colon: what is said of somebody must have words in
    common with a turn in which he speaks or is named, or with one beside it. `language` is that of `text`; if `said` is
    of another, `foreign`, capitals may say nothing about names, and words nothing about where something was said.
    """
    heard = " ".join([*said, *known])
    figures, words = numbers(heard), content(heard)
    people = {part for turn in said for part in turn.partition(":")[0].split()}
    unclear = capitals_mean_little(language)
    called = people if unclear else people | names(heard)
    kept = []
    for sentence in re.split(r"(?<=[.!?。！？])\s*(?=\S)", text.strip()):
        named = set() if foreign and unclear else names(sentence)
        strange = [name for name in named if covered(content(name), words) < 1]
        of = set() if foreign else called & set(_WORD.findall(sentence))
        if numbers(sentence) <= figures and not strange and all(_beside(name, sentence, said) for name in of):
            kept.append(sentence)
    return " ".join(kept)


def _beside(name: str, sentence: str, said: Sequence[str]) -> bool:
    """Whether `sentence` has words of the turns of `said` in which `name` is, or of those beside them."""
    own = content(name)
    places = [index for index, turn in enumerate(said) if covered(own, content(turn)) == 1]
    near = {turn for place in places for turn in said[max(0, place - 1) : place + 2]}
    others = [word for word in content(sentence) if word not in own]
    return not places or covered(others, content(" ".join(near))) >= BESIDE


def _lines(transcript: Transcript, turns: Sequence[Utterance]) -> list[str]:
    """`turns`, each after its speaker's name and a colon."""
    return [f"{transcript.label(one.speaker)}: {one.text}" for one in turns]


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


def _text(characters: int) -> dict[str, Any]:
    return {"type": "string", "minLength": 3, "maxLength": characters}


def _object(**fields: Any) -> dict[str, Any]:
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
