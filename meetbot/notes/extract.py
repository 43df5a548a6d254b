"""A stretch of transcript to what the model found in it: tasks, decisions, open questions, each with its turns.

One narrow question a kind; all of them follow the same excerpt, so the model reads that once. The grammar lets the
model cite only turns of the excerpt and name only people who speak or are named in it. Nothing is checked here.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from meetbot.domain import ItemKind
from meetbot.llm import LanguageModel, Prompt
from meetbot.notes.excerpt import Excerpt
from meetbot.prompting import prompt

MOST = 8  # items of a kind in one stretch: a model that goes round in circles must come to an end


@dataclass(frozen=True, slots=True)
class Found:
    """An item as the model wrote it. `owner` is a label or a name said; `due` the speaker's words.

    `doubt`: why it may not be asserted, whatever its words. `former`: the turn that says what was decided before.
    `context`: turns beside those cited that may say more of it.
    """

    kind: ItemKind
    text: str
    turns: tuple[str, ...]
    owner: str | None = None
    due: str | None = None
    doubt: str | None = None
    former: str | None = None
    context: tuple[str, ...] = ()


def extract(model: LanguageModel, part: Excerpt) -> list[Found]:
    """Everything the model finds in `part`, kind by kind."""
    found = []
    system = prompt("system")
    shared = f"Transcript:\n{part.text}\n\n"
    for kind, name in (("action_item", "actions"), ("decision", "decisions"), ("open_question", "questions")):
        question = prompt(name, people=", ".join(part.people)) if kind == "action_item" else prompt(name)
        answer = model.answer(Prompt(system, shared, question), _schema(kind, part), room=600)
        found += [_item(kind, entry) for entry in answer["items"]]
    return found


def _item(kind: Any, entry: dict[str, Any]) -> Found:
    turns = tuple(dict.fromkeys(entry["turns"]))
    return Found(kind, entry["text"].strip(), turns, entry.get("owner"), entry.get("due"))


def _schema(kind: str, part: Excerpt) -> dict[str, Any]:
    """Evidence first: what is cited steers what is written. Every field is required; null says there is none."""
    fields: dict[str, Any] = {
        "turns": {"type": "array", "items": {"enum": part.ids}, "minItems": 1, "maxItems": 4},
    }
    if kind == "action_item":
        fields["owner"] = {"enum": [*part.people, None]}
    fields["text"] = {"type": "string", "minLength": 3, "maxLength": 160}
    if kind == "action_item":
        fields["due"] = {"anyOf": [{"type": "string", "minLength": 2, "maxLength": 40}, {"type": "null"}]}
    item = {"type": "object", "properties": fields, "required": list(fields), "additionalProperties": False}
    items = {"type": "array", "items": item, "maxItems": MOST}
    return {"type": "object", "properties": {"items": items}, "required": ["items"], "additionalProperties": False}
