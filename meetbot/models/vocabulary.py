"""Whisper's vocabulary in the forms other libraries read, made from openai-whisper's own files.

In: how many tokens a model has (51,864 English, 51,865 or 51,866 for 99 or 100 languages). Out: every token, the
special ones by name, and a `tokenizer.json` of the tokenizers library, so that an exported model needs no hub.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from typing import Any

from meetbot.errors import UsageError

ENGLISH = 51_864


@dataclass(frozen=True)
class Vocabulary:
    """`ranks`: byte sequences in order of merging, which is also their id. `special`: what follows them, by name."""

    ranks: dict[bytes, int]
    special: dict[str, int]
    multilingual: bool
    languages: tuple[str, ...]
    suppressed: tuple[int, ...]
    suppressed_first: tuple[int, ...]

    @property
    def tokens(self) -> list[str]:
        """Every token as text, by id, in GPT-2's printable spelling of bytes."""
        plain = {number: spell(word) for word, number in self.ranks.items()}
        named = {number: name for name, number in self.special.items()}
        return [plain[n] if n in plain else named.get(n, "") for n in range(max(named) + 1)]


@lru_cache(maxsize=4)
def vocabulary(n_vocab: int) -> Vocabulary:
    """The vocabulary of a model of `n_vocab` tokens. Raises UsageError for a number Whisper has never had."""
    from whisper.tokenizer import get_tokenizer

    if not ENGLISH <= n_vocab <= ENGLISH + 2:
        raise UsageError(f"{n_vocab} tokens are not a vocabulary of Whisper's.", kind="export")
    multilingual = n_vocab > ENGLISH
    num_languages = n_vocab - 51_765 - int(multilingual)
    tokenizer = get_tokenizer(multilingual, num_languages=num_languages, language="en" if multilingual else None)
    encoding = tokenizer.encoding
    return Vocabulary(
        ranks=dict(encoding._mergeable_ranks),
        special=dict(encoding._special_tokens),
        multilingual=multilingual,
        languages=tuple(tokenizer.all_language_codes[:num_languages]),
        suppressed=tuple(sorted({*tokenizer.non_speech_tokens, *_controls(tokenizer)})),
        suppressed_first=(*tokenizer.encode(" "), tokenizer.eot),
    )


def _controls(tokenizer: Any) -> tuple[int, ...]:
    """Tokens that are never text, which openai-whisper suppresses beside the non-speech ones (its decoding.py)."""
    return (
        tokenizer.transcribe,
        tokenizer.translate,
        tokenizer.sot,
        tokenizer.sot_prev,
        tokenizer.sot_lm,
        tokenizer.no_speech,
    )


@lru_cache(maxsize=1)
def _alphabet() -> dict[int, str]:
    """GPT-2's printable character for every byte: itself where it prints, else one from 256 on."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: chr(byte) for byte in printable} | {byte: chr(256 + n) for n, byte in enumerate(others)}


def spell(word: bytes) -> str:
    """A token's bytes in GPT-2's spelling.

    >>> spell(b" the")
    'Ġthe'
    """
    return "".join(_alphabet()[byte] for byte in word)


def merges(ranks: dict[bytes, int]) -> list[tuple[bytes, bytes]]:
    """The pair each token of more than one byte was merged from, in order.

    A token arises from its bytes by merging the pair of lowest rank until two pieces are left (Sennrich et al. 2016).

    >>> merges({b"a": 0, b"b": 1, b"ab": 2, b"abb": 3})
    [(b'a', b'b'), (b'ab', b'b')]
    """
    found = []
    for word, rank in sorted(ranks.items(), key=lambda item: item[1]):
        if len(word) < 2:
            continue
        pieces = [word[i : i + 1] for i in range(len(word))]
        while len(pieces) > 2:
            pairs = [ranks.get(a + b, rank) for a, b in pairwise(pieces)]
            best = min(range(len(pairs)), key=pairs.__getitem__)
            if pairs[best] >= rank:
                break
            pieces[best : best + 2] = [pieces[best] + pieces[best + 1]]
        if len(pieces) == 2:
            found.append((pieces[0], pieces[1]))
    return found


@lru_cache(maxsize=2)
def _spelled_merges(multilingual: bool) -> list[list[str]]:
    """`merges` of Whisper's one or other set of tokens, as text; takes two seconds to work out."""
    words = vocabulary(ENGLISH + int(multilingual))
    return [[spell(a), spell(b)] for a, b in merges(words.ranks)]


def tokenizer(words: Vocabulary) -> dict[str, Any]:
    """`tokenizer.json` of the tokenizers library for `words`."""
    start = [name for name in ("<|startoftranscript|>", "<|notimestamps|>") if name in words.special]
    return {
        "version": "1.0",
        "truncation": None,
        "padding": None,
        "added_tokens": [
            {
                "id": number,
                "content": name,
                "single_word": False,
                "lstrip": False,
                "rstrip": False,
                # As in the published tokenizers: times are added tokens, but not special ones.
                "normalized": name[2:3].isdigit(),
                "special": not name[2:3].isdigit(),
            }
            for name, number in sorted(words.special.items(), key=lambda item: item[1])
        ],
        "normalizer": None,
        "pre_tokenizer": {"type": "ByteLevel", "add_prefix_space": False, "trim_offsets": True, "use_regex": True},
        "post_processor": {
            "type": "TemplateProcessing",
            "single": [
                *({"SpecialToken": {"id": name, "type_id": 0}} for name in start),
                {"Sequence": {"id": "A", "type_id": 0}},
                {"SpecialToken": {"id": "<|endoftext|>", "type_id": 0}},
            ],
            "pair": [{"Sequence": {"id": "A", "type_id": 0}}, {"Sequence": {"id": "B", "type_id": 1}}],
            "special_tokens": {
                name: {"id": name, "ids": [words.special[name]], "tokens": [name]} for name in (*start, "<|endoftext|>")
            },
        },
        "decoder": {"type": "ByteLevel", "add_prefix_space": True, "trim_offsets": True, "use_regex": True},
        "model": {
            "type": "BPE",
            "dropout": None,
            "unk_token": None,
            "continuing_subword_prefix": "",
            "end_of_word_suffix": "",
            "fuse_unk": False,
            "byte_fallback": False,
            "ignore_merges": False,
            "vocab": {spell(word): number for word, number in words.ranks.items()},
            "merges": _spelled_merges(words.multilingual),
        },
    }
