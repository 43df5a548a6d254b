"""`summarize --length long` ended with a segmentation fault: llama.cpp's grammar recursed over 1,300 characters."""

from collections.abc import Callable
from pathlib import Path

import pytest
from langchain_core.messages import HumanMessage

from meetbot.llm.llamacpp import LlamaCppChat


def test_a_schema_with_a_very_long_string_is_refused(models: Callable[[str], Path]) -> None:
    text = {"type": "string", "maxLength": 1300}
    schema = {"type": "object", "properties": {"overview": text}, "required": ["overview"]}
    model = LlamaCppChat(path=models("qwen2.5-coder-0.5b"))
    with pytest.raises(ValueError, match="1300"):
        model.invoke([HumanMessage("Write an overview.")], schema=schema)
