"""Speech made harmless for each kind of text file. What was said is data: it must not become markup. Pure.

A transcript can hold anything: a model mishears, people read code aloud, somebody means harm. Each function
escapes for one syntax and gives back what a reader of that syntax sees as the words themselves.
Concession: a bare e-mail address in Markdown is still made a link by GitHub, whatever stands before it.
"""

from __future__ import annotations

import re
import unicodedata

_SPACE = re.compile(r"\s+")
# Invisible signs that writing needs: joiners (Persian, Indic, emoji), marks of direction, Arabic number signs.
_NEEDED = frozenset("\u200c\u200d\u200e\u200f\u0600\u0601\u0602\u0603\u0604\u0605\u06dd\u070f\u08e2")
_NO_CHARACTERS = frozenset("\ufffe\uffff")  # XML cannot hold them
_WORD_JOINER = "\u2060"


def one_line(text: str) -> str:
    """`text` on one line: white space collapsed, control characters and invisible signs gone."""
    # Escape sequences steer terminals, direction overrides reorder what is read (CVE-2021-42574), tag characters hide
    # whole sentences, and a lone surrogate cannot be written at all.
    if text.isprintable():
        return _SPACE.sub(" ", text).strip()  # nothing is hidden: the quick way, for nearly every text
    kept = "".join(char for char in text if char.isspace() or char in _NEEDED or not _hidden(char))
    return _SPACE.sub(" ", kept).strip()


def _hidden(char: str) -> bool:
    return unicodedata.category(char) in ("Cc", "Cf", "Cs") or char in _NO_CHARACTERS


_MARKDOWN = re.compile(r"[\\`*\[\]<>|~$^]")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_UNDERSCORE = re.compile(r"(?<![^\W_])_|_(?![^\W_])")
_DOUBLED = re.compile(r"%%|==")  # Obsidian's comments and highlights
_TAG = re.compile(r"(?<!\S)#(?=\S)")  # Obsidian's tags
_ADDRESS = re.compile(r"(?i)\b([a-z][a-z0-9+.-]*):(?=//)|\b(www)\.")
_SHORTCODE = re.compile(r":(?=[\w+-]+:)")  # GitHub's emoji
_BLOCK = re.compile(r"^([-+=:]|#+(?=\s|$))")
_NUMBERED = re.compile(r"^(\d+)([.)])")


def markdown(text: str) -> str:
    r"""`text` as it must stand in a paragraph or list item of GitHub or Obsidian Markdown to be read verbatim.

    >>> markdown("1. [click](https://x.org) <b>now</b>")
    '1\\. \\[click\\](https\\://x.org) \\<b\\>now\\</b\\>'
    """
    text = _MARKDOWN.sub(lambda match: "\\" + match[0], one_line(text))
    text = _ENTITY.sub(r"\\&", text)
    text = _UNDERSCORE.sub(r"\\_", text)
    text = _DOUBLED.sub(lambda match: f"\\{match[0][0]}\\{match[0][1]}", text)
    text = _TAG.sub(r"\\#", text)
    text = _ADDRESS.sub(lambda match: f"{match[1]}\\:" if match[1] else f"{match[2]}\\.", text)
    text = _SHORTCODE.sub(r"\\:", text)
    text = _NUMBERED.sub(r"\1\\\2", text)
    return _BLOCK.sub(r"\\\1", text)


def yaml(text: str) -> str:
    r"""`text` as a double-quoted YAML scalar, which no content can leave.

    >>> yaml('"no": - [x]')
    '"\\"no\\": - [x]"'
    """
    escaped = one_line(text).replace("\\", "\\\\").replace('"', '\\"')
    # YAML forbids some characters that Unicode calls printable (U+FEFF, non-characters): write those by number.
    return '"' + "".join(char if _yaml_plain(char) else _numbered(char) for char in escaped) + '"'


def _yaml_plain(char: str) -> bool:
    code = ord(char)
    return not (0x7F <= code < 0xA0 or code in (0xFEFF, 0xFFFE, 0xFFFF))


def _numbered(char: str) -> str:
    return f"\\u{ord(char):04x}"


def webvtt(text: str) -> str:
    """`text` as WebVTT cue text: no tag, no entity, no arrow."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def subrip(text: str) -> str:
    """`text` as SubRip cue text. SubRip has no escapes, and players read HTML and ASS tags in it.

    An invisible word joiner keeps "<b" from being a tag and the arrow from being a time line.
    """
    # A piece of text may end in the middle of a tag or arrow that the next piece completes.
    text = re.sub(r"<(?=[A-Za-z/!]|$)", "<" + _WORD_JOINER, text)
    text = re.sub(r"\{(?=\\|$)", "{" + _WORD_JOINER, text)
    return re.sub(r"(^|-)>", r"\1" + _WORD_JOINER + ">", text)


def token(text: str) -> str:
    """`text` as one field of RTTM or STM: spaces become underscores, and it is never empty nor a comment."""
    field = one_line(text).replace(" ", "_").lstrip(";<")
    return field or "unknown"
