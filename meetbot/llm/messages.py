"""A Prompt as LangChain messages, and a chat model's message as a Reply."""

from __future__ import annotations

from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage, HumanMessage, SystemMessage

from meetbot.llm.model import Reply
from meetbot.llm.prompt import Prompt


def as_messages(prompt: Prompt) -> list[BaseMessage]:
    """System message, then one human message of two content blocks, the shared text and the question."""
    blocks: list[str | dict[str, Any]] = [
        {"type": "text", "text": text} for text in (prompt.shared, prompt.question) if text
    ]
    return [SystemMessage(prompt.system), HumanMessage(blocks)]


def written(chat: BaseChatModel, prompt: Prompt, **arguments: Any) -> Reply:
    """What `chat` writes about `prompt`, and whether it came to its own end."""
    message = chat.invoke(as_messages(prompt), **arguments)
    reason = message.response_metadata.get("finish_reason", "stop")
    usage = message.usage_metadata if isinstance(message, AIMessage) else None
    return Reply(text=str(message.text), whole=reason != "length", tokens=usage["output_tokens"] if usage else 0)
