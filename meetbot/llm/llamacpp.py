"""llama.cpp inside this process as a LangChain chat model: messages in, text (bound by a JSON schema) out.

Knows nothing of meetings. Concedes: one sequence at a time. What it guarantees:
- the text of a message is read without special tokens, so a message cannot end itself or start another;
- a prompt that does not fit the context with the room asked for raises, nothing is ever cut;
- the same messages give the same text whatever was asked before: a message's content blocks are read one at a time
  and what is kept in the KV cache is reused by whole blocks only (other batch sizes round differently).
"""

from __future__ import annotations

import atexit
import json
import math
import os
import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any
from weakref import WeakSet

import numpy as np
from langchain_core.callbacks import CallbackManagerForLLMRun
from langchain_core.language_models import BaseChatModel
from langchain_core.messages import AIMessage, BaseMessage
from langchain_core.outputs import ChatGeneration, ChatResult
from numpy.typing import NDArray
from pydantic import PrivateAttr

from meetbot.errors import LanguageModelError, ModelError, OutOfMemory

CONTEXT = 8192  # tokens; its cache takes 230 MB with the default model
BATCH = 512
# Characters of a string in a schema: llama.cpp walks a bounded repetition recursively, and 1,300 overflow its stack.
LONGEST = 400
SEED = 20_260_101  # nothing is sampled at temperature 0; fixed all the same

_open: WeakSet[Any] = WeakSet()
_ROLES = {"system": "system", "human": "user", "ai": "assistant"}
_BLOCK = re.compile("\ue000([0-9]+)\ue001")  # private use: stands for a content block while the template is rendered


class LlamaCppChat(BaseChatModel):
    """A GGUF model. `schema` (a JSON schema) and `room` (tokens it may write) are call arguments."""

    path: Path
    context: int = CONTEXT
    _llama: Any = PrivateAttr(default=None)
    _read: list[int] = PrivateAttr(default_factory=list)  # ends, in tokens, of the blocks in the KV cache
    _tokens: list[int] = PrivateAttr(default_factory=lambda: [0, 0])  # of prompts: read, and found read already

    @property
    def _llm_type(self) -> str:
        return "llama.cpp"

    @property
    def llama(self) -> Any:
        """The loaded model. Raises ModelError, OutOfMemory."""
        if self._llama is None:
            self._llama = _load(self.path, self.context)
        return self._llama

    @property
    def window(self) -> int:
        """Tokens that prompt and answer may have together."""
        return int(self.llama.n_ctx())

    @property
    def reading(self) -> tuple[int, int]:
        """Tokens of all prompts so far: those that were read, and those that stood in the KV cache already."""
        return self._tokens[0], self._tokens[1]

    def count(self, text: str) -> int:
        """How many tokens `text` has."""
        return len(self.llama.tokenize(text.encode(), add_bos=False, special=False))

    def prompt_tokens(self, messages: Sequence[BaseMessage]) -> int:
        """How many tokens `messages` have in the model's own chat template."""
        return sum(map(len, self._blocks(messages)))

    def weigh(self, messages: Sequence[BaseMessage], choices: Sequence[str]) -> tuple[float, ...]:
        """How likely the answer begins with each of `choices` rather than another of them. They add up to 1.

        Choices must differ in their first token, upper or lower case.
        """
        blocks = self._blocks(messages)
        self._check(blocks, 1)
        self._advance(blocks, logits=True)
        logits = np.ctypeslib.as_array(self.llama._ctx.get_logits_ith(-1), shape=(self.llama.n_vocab(),))
        weights = []
        for choice in choices:
            spellings = {choice, choice.lower(), choice.capitalize()}
            first = {self.llama.tokenize(text.encode(), add_bos=False, special=False)[0] for text in spellings}
            weights.append(sum(math.exp(float(logits[token]) - float(logits.max())) for token in sorted(first)))
        total = sum(weights) or 1.0
        return tuple(weight / total for weight in weights)

    def states(
        self, messages: Sequence[BaseMessage], lines: Sequence[str], layers: Sequence[int], told: Callable[[int], None]
    ) -> NDArray[np.float32]:
        """What `layers` hold in mind after each of `lines`, which go on where `messages` end: see `llm.states`."""
        from meetbot.llm.states import states

        contents, _ = self._contents(messages)
        lead = [token for block in contents for token in block]
        texts = [self.llama.tokenize(line.encode(), add_bos=False, special=False) for line in lines]
        self._tokens[0] += sum(map(len, texts))
        try:
            return states(self.llama, lead, texts, layers, told)
        except MemoryError as error:
            raise _too_large(self.path) from error

    def _generate(
        self,
        messages: list[BaseMessage],
        stop: list[str] | None = None,
        run_manager: CallbackManagerForLLMRun | None = None,
        *,
        schema: dict[str, Any] | None = None,
        room: int = 512,
        told: Callable[[int], None] = lambda tokens: None,
        **kwargs: Any,
    ) -> ChatResult:
        if too_long := [size for size in _lengths(schema) if size > LONGEST]:
            raise ValueError(f"a schema's string may have {LONGEST} characters, not {max(too_long)}: ask for a list")
        blocks = self._blocks(messages)
        self._check(blocks, room)
        self._advance(blocks[:-1])  # create_completion reads the last block itself, and only that
        self._tokens[0] += len(blocks[-1])
        reason, text = "length", []
        for part in self.llama.create_completion(
            [token for block in blocks for token in block],
            max_tokens=room,
            temperature=0.0,
            top_k=1,
            repeat_penalty=1.0,
            seed=SEED,
            grammar=None if schema is None else _grammar(json.dumps(schema)),
            stop=stop or [],
            stream=True,
        ):
            choice = part["choices"][0]
            text.append(choice["text"])
            reason = choice["finish_reason"] or reason
            told(1)
        read, wrote = sum(map(len, blocks)), len(text)
        message = AIMessage(
            content="".join(text),
            response_metadata={"finish_reason": reason},
            usage_metadata={"input_tokens": read, "output_tokens": wrote, "total_tokens": read + wrote},
        )
        return ChatResult(generations=[ChatGeneration(message=message)])

    # ------------------------------------------------------------------------------------ tokens

    def _blocks(self, messages: Sequence[BaseMessage]) -> list[list[int]]:
        """The prompt in tokens, cut after each content block; the last piece opens the model's answer."""
        blocks, end = self._contents(messages)
        # Text and the template's own end are read together: a block of two tokens costs as much as one of twenty.
        return [*blocks[:-1], blocks[-1] + end]

    def _contents(self, messages: Sequence[BaseMessage]) -> tuple[list[list[int]], list[int]]:
        """The prompt in tokens, cut after each content block, and what opens the model's answer."""
        texts: list[str] = []
        rendered = _template(self.llama)(_slots(messages, texts))
        blocks: list[list[int]] = []
        special: list[int] = []
        for position, piece in enumerate(_BLOCK.split(rendered)):
            if position % 2 == 0:
                special = self.llama.tokenize(piece.encode(), add_bos=False, special=True) if piece else []
            else:
                plain = self.llama.tokenize(texts[int(piece)].encode(), add_bos=False, special=False)
                blocks.append(special + plain)
        return blocks, special

    def _check(self, blocks: Sequence[Sequence[int]], room: int) -> None:
        tokens = sum(map(len, blocks))
        if tokens + room > self.window:
            raise LanguageModelError(
                f"a prompt of {tokens} tokens with {room} for the answer does not fit the model's {self.window}",
                kind="context",
            )

    def _advance(self, blocks: Sequence[Sequence[int]], logits: bool = False) -> None:
        """Have the KV cache hold exactly `blocks`, keeping those it begins with already.

        With `logits`, those of the next token are wanted: the last block is then read even if it is there.
        """
        llama = self.llama
        held = list(llama._input_ids)
        kept, end = 0, 0
        for block, known_end in zip(blocks, self._read, strict=False):
            if end + len(block) != known_end or held[end:known_end] != list(block):
                break
            kept, end = kept + 1, known_end
        if logits and kept == len(blocks):
            kept, end = kept - 1, end - len(blocks[-1])
        llama.n_tokens = end
        self._tokens[0] += sum(map(len, blocks[kept:]))
        self._tokens[1] += end
        self._read = self._read[:kept]
        for block in blocks[kept:]:
            llama.eval(list(block))
            self._read.append(llama.n_tokens)


def _slots(messages: Sequence[BaseMessage], texts: list[str]) -> list[dict[str, str]]:
    """`messages` with a placeholder for each content block; the blocks' texts are appended to `texts`."""
    filled = []
    for message in messages:
        content = message.content if isinstance(message.content, list) else [message.content]
        slots = ""
        for block in content:
            texts.append(block if isinstance(block, str) else str(block["text"]))
            slots += f"\ue000{len(texts) - 1}\ue001"
        filled.append({"role": _ROLES[message.type], "content": slots})
    return filled


def _template(llama: Any) -> Callable[[list[dict[str, str]]], str]:
    """The model's own chat template. Raises ModelError if it brings none."""
    from llama_cpp.llama_chat_format import Jinja2ChatFormatter

    source = llama.metadata.get("tokenizer.chat_template")
    if not source:
        raise ModelError("this language model brings no chat template", hint="use an instruct model", kind="template")
    begin, end = (
        llama._model.token_get_text(token) if token >= 0 else "" for token in (llama.token_bos(), llama.token_eos())
    )
    formatter: Any = Jinja2ChatFormatter(source, eos_token=end, bos_token=begin)
    # Models that think aloud before answering are told not to: a JSON grammar leaves no place for it.
    return lambda messages: str(formatter(messages=messages, enable_thinking=False).prompt)


def _lengths(schema: Any) -> Iterator[int]:
    """Every maxLength in `schema`."""
    if isinstance(schema, dict):
        if isinstance(schema.get("maxLength"), int):
            yield schema["maxLength"]
        for part in schema.values():
            yield from _lengths(part)
    elif isinstance(schema, list):
        for part in schema:
            yield from _lengths(part)


@lru_cache(maxsize=256)
def _grammar(schema: str) -> Any:
    """The grammar of `schema`, written without line breaks: an indented answer costs twice the tokens."""
    from llama_cpp.llama_grammar import LlamaGrammar, json_schema_to_gbnf

    rules = re.sub(r"(?m)^space ::= .*$", 'space ::= " "?', json_schema_to_gbnf(schema))
    return LlamaGrammar.from_string(rules, verbose=False)


def _load(path: Path, context: int) -> Any:
    import llama_cpp

    threads = physical_cores()

    def open_with(tokens: int) -> Any:
        return llama_cpp.Llama(
            str(path),
            n_ctx=tokens,
            n_batch=BATCH,
            n_gpu_layers=-1 if llama_cpp.llama_supports_gpu_offload() else 0,
            n_threads=threads,
            n_threads_batch=threads,
            seed=SEED,
            verbose=False,
        )

    try:
        llama = _remembered(open_with(context))
        trained = int(llama.metadata.get(f"{llama.metadata['general.architecture']}.context_length", context))
        if trained >= context:
            return llama
        llama.close()
        return _remembered(open_with(trained))
    except MemoryError as error:
        raise _too_large(path) from error
    except (ValueError, RuntimeError, KeyError) as error:
        if "context" in str(error):  # "Failed to create llama_context": its cache did not fit
            raise _too_large(path) from error
        raise ModelError(
            f"llama.cpp cannot load {path.name}", hint="check the file with `meetbot models verify`", kind="unreadable"
        ) from error


def _remembered(llama: Any) -> Any:
    """`llama`, which `_close` will know of."""
    _open.add(llama)
    return llama


@atexit.register
def _close() -> None:
    """Close what is open when the process ends: later, what llama.cpp closes itself with is gone."""
    for llama in list(_open):
        llama.close()


def _too_large(path: Path) -> OutOfMemory:
    return OutOfMemory(f"not enough memory for the language model {path.name}", hint="choose a smaller one with --llm")


def physical_cores() -> int:
    """Cores this process may use, hyper-threads counted once: llama.cpp gets slower with more threads than these."""
    return max(1, len(set(_cores())))


def _cores() -> Iterator[str]:
    allowed = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else set(range(os.cpu_count() or 1))
    for cpu in allowed:
        siblings = Path(f"/sys/devices/system/cpu/cpu{cpu}/topology/thread_siblings_list")
        yield siblings.read_text().strip() if siblings.exists() else str(cpu)
