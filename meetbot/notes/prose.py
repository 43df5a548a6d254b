"""What a model tells of a meeting in words of its own, where the user wants that, and how far it is believed.

Of what a small model wrote about chapters, one sentence of six was true (docs/notes.md), so by default nothing of it is
shown: `overview.py` quotes instead. A sentence with a number or a name that the meeting does not have is dropped, and
so is one that says of somebody what was not talked about where he speaks or is named. Concedes: all else that is
mixed up or invented.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from meetbot.domain import Topic, Transcript, Utterance
from meetbot.llm import LanguageModel, Prompt
from meetbot.notes.excerpt import Excerpt
from meetbot.notes.ground import capitals_mean_little
from meetbot.notes.options import Length
from meetbot.prompting import prompt
from meetbot.words import content, covered, language_name, names, numbers

SENTENCES: dict[Length, tuple[str, int]] = {  # what is asked for, and at most how many
    "short": ("one or two sentences", 2),
    "medium": ("three to five sentences", 5),
    "long": ("six to nine sentences", 9),
}
ABOUT: dict[Length, int] = {"short": 1, "medium": 1, "long": 4}  # sentences of the model's that are kept
GIST = 200  # characters
SENTENCE = 400  # characters: some models put all they have to say into one string
ENDINGS = (".", "!", "?", "…", "。", "！", "？")
BESIDE = 0.15  # of a sentence's words that must stand where whom it names speaks or is named
_WORD = re.compile(r"\w+")
_LISTED = re.compile(r"\s*(?:[-*•]\s|[^\s:.!?][^:.!?]{0,24}:\s)")


def of_chapter(
    model: LanguageModel,
    transcript: Transcript,
    told: Excerpt,
    chapter: Sequence[Utterance],
    *,
    language: str,
    style: str,
) -> tuple[str, str]:
    """Title and gist of a `chapter` of which the model reads what is `told`."""
    shared = f"Transcript:\n{told.text}\n\n"
    asked = Prompt(prompt("system"), shared, prompt("chapter", language=language_name(language), style=style))
    answer = model.answer(asked, record(title=line(60), gist=line(GIST)), room=180)
    written = _complete(answer["gist"].strip(), GIST)
    foreign = language != transcript.language
    return answer["title"], honest(written, _lines(transcript, chapter), [*told.labels], language, foreign=foreign)


def of_meeting(
    model: LanguageModel,
    transcript: Transcript,
    found: str,
    topics: Sequence[Topic],
    *,
    language: str,
    length: Length,
    style: str,
) -> tuple[str, str]:
    """Title of the meeting and what it was about, from what was `found` in it."""
    sentences, most = SENTENCES[length]
    question = prompt("overview", language=language_name(language), sentences=sentences, style=style)
    listed = {"type": "array", "items": line(SENTENCE), "minItems": 1, "maxItems": most}
    schema = record(title=line(70), sentences=listed)
    answer = model.answer(Prompt(prompt("system"), found, question), schema, room=100 + most * SENTENCE // 2)
    said = _lines(transcript, transcript.utterances)
    known = [*(speaker.label for speaker in transcript.speakers), found]
    foreign = language != transcript.language
    # Where the model only copied the list, the gists of the chapters are the overview.
    written = _sentences(answer["sentences"]) or _sentences([topic.gist for topic in topics])[:most]
    true = [honest(one, said, known, language, foreign=foreign) for one in written]
    return answer["title"], " ".join([one for one in true if one][: ABOUT[length]])


def line(characters: int) -> dict[str, Any]:
    """The schema of a text of so many characters at most."""
    return {"type": "string", "minLength": 3, "maxLength": characters}


def record(**fields: Any) -> dict[str, Any]:
    """The schema of an object with these fields and no other."""
    return {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}


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
        named = set() if foreign and unclear else names(sentence, language)
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
