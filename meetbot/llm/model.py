"""A language model as notes and answers see it: a prompt and a schema in, a value of that schema out.

Remembers every answer in a memo, so that a killed run goes on where it was; loads the model at the first question
that the memo cannot answer. Checks that an answer is whole: cut short, it is asked again with twice the room.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TYPE_CHECKING, Any, Protocol

from meetbot.errors import LanguageModelError
from meetbot.llm.prompt import Prompt
from meetbot.store import Memo, NoMemo, digest

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

VERSION = "1"  # bumped when the same prompt would be answered otherwise
Schema = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Reply:
    """What a model wrote. `whole` is False if it ran out of room."""

    text: str
    whole: bool
    tokens: int


class Engine(Protocol):
    """What reads and writes: llama.cpp here, or a model elsewhere."""

    def window(self) -> int:
        """Tokens that prompt and answer may have together."""

    def count(self, text: str) -> int:
        """Tokens of `text`; of a model elsewhere, a careful estimate."""

    def write(self, prompt: Prompt, schema: Schema, room: int, told: Callable[[int], None]) -> Reply:
        """The answer to `prompt`, of at most `room` tokens; `told` hears of tokens as they come."""

    def weigh(self, prompt: Prompt, choices: Sequence[str]) -> tuple[float, ...]:
        """How likely each of `choices` is, adding up to 1."""

    def states(
        self, prompt: Prompt, lines: Sequence[str], layers: Sequence[int], told: Callable[[int], None]
    ) -> NDArray[np.float32] | None:
        """What its `layers` hold in mind after each of `lines`, which go on where `prompt` ends: the states at a line's
        end, then their means over it, (lines, 2 layers widths). None if it does not say."""


@dataclass
class Usage:
    """What a stage cost: questions answered, those answered from the memo, tokens written, seconds."""

    questions: int = 0
    remembered: int = 0
    written: int = 0
    seconds: float = 0.0


@dataclass
class LanguageModel:
    """`identity` tells this model from any other: it is part of the name under which answers are remembered."""

    name: str
    identity: str
    engine: Engine
    memo: Memo = field(default_factory=NoMemo)
    told: Callable[[int], None] = lambda tokens: None
    usage: Usage = field(default_factory=Usage)

    def count(self, text: str) -> int:
        """How many tokens `text` has."""
        return self.engine.count(text)

    def room(self, prompt: Prompt) -> int:
        """Tokens left for an answer to `prompt`, with some for the chat template."""
        return self.engine.window() - self.count(prompt.system + prompt.shared + prompt.question) - 64

    def answer(self, prompt: Prompt, schema: Schema, room: int = 400) -> dict[str, Any]:
        """The model's answer, a value of `schema` (an object). Raises LanguageModelError after one retry."""
        return self._remembered("answer", prompt, schema, lambda: self._answer(prompt, schema, room))

    def weigh(self, prompt: Prompt, choices: Sequence[str]) -> tuple[float, ...]:
        """How likely the model would answer each of `choices`, adding up to 1."""

        def ask() -> dict[str, Any]:
            return {"weights": [round(weight, 6) for weight in self.engine.weigh(prompt, choices)]}

        return tuple(self._remembered("weigh", prompt, {"enum": list(choices)}, ask)["weights"])

    def project(
        self,
        prompt: Prompt,
        lines: Sequence[str],
        weights: NDArray[np.float32],
        layers: Sequence[int],
        told: Callable[[int], None] = lambda lines: None,
    ) -> list[list[float]] | None:
        """What `layers` hold in mind after each of `lines`, times `weights`: (lines, columns); None if it won't say.

        `told` hears of lines as they are read.
        """

        def ask() -> dict[str, Any]:
            held = self.engine.states(prompt, lines, layers, told)
            return {"values": None if held is None else [[round(float(v), 4) for v in row] for row in held @ weights]}

        mark = {"lines": list(lines), "weights": sha256(weights.tobytes()).hexdigest(), "layers": list(layers)}
        values: list[list[float]] | None = self._remembered("project", prompt, mark, ask)["values"]
        return values

    def _remembered(
        self, how: str, prompt: Prompt, schema: Schema, ask: Callable[[], dict[str, Any]]
    ) -> dict[str, Any]:
        key = digest(VERSION, self.identity, how, prompt.system, prompt.shared, prompt.question, schema)
        self.usage.questions += 1
        known = self.memo.get(key)
        if known is not None:
            self.usage.remembered += 1
            value: dict[str, Any] = json.loads(known)
            return value
        begun = time.monotonic()
        value = ask()
        self.usage.seconds += time.monotonic() - begun
        self.memo.put(key, json.dumps(value, ensure_ascii=False))
        return value

    def _answer(self, prompt: Prompt, schema: Schema, room: int) -> dict[str, Any]:
        for attempt in (room, 2 * room):
            reply = self.engine.write(prompt, schema, attempt, self.told)
            self.usage.written += reply.tokens
            if reply.whole:
                try:
                    # Not strict: the grammar lets a line break stand in a string as it is.
                    value = json.loads(reply.text, strict=False)
                except json.JSONDecodeError:
                    continue
                if isinstance(value, dict):
                    return value
        raise LanguageModelError(
            f"the language model {self.name} gave no usable answer, twice",
            hint="try another one with --llm",
            kind="unusable",
        )
