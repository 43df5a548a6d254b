"""Small conversations for the tests, and a model that answers from a list."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from meetbot.domain import AudioInfo, Speaker, Transcript, Utterance
from meetbot.llm.model import Reply, Schema
from meetbot.llm.prompt import Prompt


def conversation(*lines: str, language: str = "en") -> Transcript:
    """ "Ana: Hello." a line; turns are T1, T2, … and speakers S1, S2, … in order of appearance."""
    said = [line.split(": ", 1) for line in lines]
    ids = {name: f"S{number}" for number, name in enumerate(dict.fromkeys(name for name, _ in said), 1)}
    utterances = tuple(
        Utterance(f"T{number}", ids[name], 3.0 * number, 3.0 * number + 2.5, text)
        for number, (name, text) in enumerate(said, 1)
    )
    speakers = tuple(Speaker(id_, name=name) for name, id_ in ids.items())
    return Transcript(AudioInfo("test.wav", "0" * 64, 3.0 * len(said) + 3.0), language, speakers, utterances)


class Scripted:
    """An engine that writes what `write` says, and keeps the prompts it was given."""

    def __init__(self, write: Callable[[Prompt, Schema], str]) -> None:
        self.prompts: list[Prompt] = []
        self._write = write

    def window(self) -> int:
        return 4096

    def count(self, text: str) -> int:
        return len(text.split())

    def write(self, prompt: Prompt, schema: Schema, room: int, told: Callable[[int], None]) -> Reply:
        self.prompts.append(prompt)
        text = self._write(prompt, schema)
        told(1)
        return Reply(text, whole=not text.endswith("…"), tokens=1)

    def weigh(self, prompt: Prompt, choices: Sequence[str]) -> tuple[float, ...]:
        self.prompts.append(prompt)
        return (0.9, *(0.1 / (len(choices) - 1) for _ in choices[1:]))

    def states(self, prompt: Prompt, lines: Sequence[str], layers: Sequence[int], told: Callable[[int], None]) -> None:
        """None: it holds nothing in mind."""
