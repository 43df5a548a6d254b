"""What a user can choose about answers."""

from __future__ import annotations

from dataclasses import dataclass

from meetbot.llm import DEFAULT

VERSION = "4"  # bumped when the same question to the same transcript gets another answer; part of the cache key


@dataclass(frozen=True, slots=True)
class AskOptions:
    """`answer_language` None: the language of the first meeting. `meaning` also searches by `embedding`'s vectors."""

    llm: str = DEFAULT
    answer_language: str | None = None
    meaning: bool = True
    embedding: str = "minilm-l6-v2"
