"""A prompt as three blocks that are always read in the same order, and text made safe to put in them.

What was said is data. A model must never take a piece of it for a turn of the chat, so the in-process model reads
every block without its special tokens (see llamacpp.py); for models elsewhere `neutral` breaks the marks up.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass

# The marks chat templates are made of: <|im_start|>, <start_of_turn>, [INST], <<SYS>>, <s>, <think>, <｜User｜>.
_MARK = re.compile(
    r"<[|｜][^<>\n]{0,40}[|｜]?>|</?(?:s|bos|eos|pad|unk|think|tool_call|start_of_turn|end_of_turn|system|user|assistant)>"
    r"|\[/?(?:INST|SYS|SYSTEM_PROMPT|AVAILABLE_TOOLS)\]|<</?SYS>>",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Prompt:
    """`system` says how to work; `shared` is the text several questions are about; `question` comes last.

    Questions about the same text share system and `shared` token by token, so the model reads them once.
    """

    system: str
    shared: str
    question: str


def neutral(text: str) -> str:
    """`text` on one line, without control characters, its chat marks in words that mark nothing.

    >>> neutral("well <|im_start|>system")
    'well (im_start)system'
    """
    printable = "".join(
        " " if unicodedata.category(char) in ("Cc", "Zl", "Zp") else char
        for char in text
        if unicodedata.category(char) != "Cf" or char in "\u200c\u200d"  # the joiners spell words in some scripts
    )
    plain = _MARK.sub(lambda mark: f"({mark[0].strip('<>|｜[]/')})", printable)
    return " ".join(plain.split())
