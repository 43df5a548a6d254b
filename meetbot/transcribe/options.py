"""What a caller can ask of the transcription: a frozen dataclass, no behaviour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from meetbot.domain import Drafting, EngineName, Task

Windowing = Literal["packed", "turns", "context", "fixed"]
Precision = Literal["auto", "float32", "bfloat16", "float16"]
Script = Literal["simplified", "traditional"]


@dataclass(frozen=True, slots=True)
class TranscribeOptions:
    """How to transcribe. Everything here changes the result, so everything belongs to a cache key.

    Attributes:
        model: a catalogue id, an alias such as "base", or a path.
        language: ISO 639-1 code or English name; None detects it, window by window.
        task: "translate" writes English whatever is spoken.
        initial_prompt: text that every window is told came before it: style and spelling.
        hotwords: names and terms to expect; put before `initial_prompt`.
        per_turn: every turn alone in its window. Short turns lose words this way (docs/engine.md).
        windows: how windows are cut; "packed" is what measured best. `per_turn` means "turns".
        previous_text: tell every window what was said before it; only where windows are packed or fixed.
        beam_size: texts that are followed at a time in each window, of which the one is kept that the others agree with
            most; 1 is greedy, and may draft. None: 5, or 1 when a drafter is named, as drafts are of one text.
        best_of: samples drawn for a window that is decoded again at a temperature above zero.
        temperatures: tried in order while a window's text looks like a loop or a guess.
        compression_ratio_threshold: text that zlib shrinks more than this is a loop.
        logprob_threshold: mean log-probability of a token under which the text is a guess.
        no_speech_threshold: with a low log-probability, a window this surely without speech is empty.
        guard: drop text that Whisper is known to invent where little is said.
        script: write Chinese in this script.
        precision: "auto" takes what this processor multiplies fastest at the same word error rate.
        engine: "auto" takes what is fastest here at the same word error rate.
        draft: how several tokens are guessed at once and then verified; the text stays the same. "auto" chooses among
            the trained drafters that the model has, and how many tokens, where it pays.
        batch: windows decoded together; None chooses by device.
        words: give every word its times; without, the words of a segment share its time by length.
    """

    model: str = "base"
    language: str | None = None
    task: Task = "transcribe"
    initial_prompt: str | None = None
    hotwords: str | None = None
    per_turn: bool = False
    windows: Windowing = "packed"
    previous_text: bool = True
    beam_size: int | None = None
    best_of: int = 5
    temperatures: tuple[float, ...] = (0.0, 0.2, 0.4, 0.6, 0.8, 1.0)
    compression_ratio_threshold: float = 2.4
    logprob_threshold: float = -1.0
    no_speech_threshold: float = 0.6
    guard: bool = True
    script: Script | None = None
    precision: Precision = "auto"
    engine: EngineName = "auto"
    draft: Drafting = "auto"
    batch: int | None = None
    words: bool = True
