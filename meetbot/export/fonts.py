"""Text in, the font files of this machine that can show it out. A PDF carries its letters; meetbot carries none.

DejaVu Sans (with matplotlib, which pyannote brings) has the Latin, Greek, Cyrillic and a few more scripts; what it
lacks is looked for among the machine's own fonts. Concession: signs that are no letters, such as emoji, may be
missing; a missing letter is an error.
"""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from meetbot.errors import UsageError

# By what they can show, the best first. Names are compared without regard to case.
_NAMES = """
NotoSansCJK-Regular.ttc NotoSansCJKsc-Regular.otf NotoSansSC-Regular.otf NotoSansJP-Regular.otf NotoSansKR-Regular.otf
SourceHanSans-Regular.ttc PingFang.ttc msyh.ttc YuGothM.ttc meiryo.ttc malgun.ttf wqy-zenhei.ttc wqy-microhei.ttc
DroidSansFallbackFull.ttf ipaexg.ttf ipag.ttf NotoSansThai-Regular.ttf NotoSansDevanagari-Regular.ttf
NotoSansBengali-Regular.ttf NotoSansTamil-Regular.ttf NotoSansHebrew-Regular.ttf NotoSansArabic-Regular.ttf
Nirmala.ttc Nirmala.ttf leelawui.ttf FreeSans.ttf ArialUni.ttf seguisym.ttf Symbola.ttf NotoSansSymbols2-Regular.ttf
NotoEmoji-Regular.ttf unifont.otf unifont.ttf"""
_FALLBACKS = _NAMES.split()
_FACES = {"ja": " JP", "zh": " SC", "ko": " KR"}  # collections hold a face for each country


@dataclass(frozen=True, slots=True)
class Font:
    """A font file; `face` is which font of a collection."""

    path: Path
    face: int = 0


@dataclass(frozen=True, slots=True)
class Fonts:
    """What to set a text with; `fallbacks` have what the first two lack."""

    regular: Font
    bold: Font
    fallbacks: tuple[Font, ...]


def fonts_for(text: str, language: str) -> Fonts:
    """Fonts that have every letter of `text`. Raises UsageError, naming a letter, when this machine has none."""
    import matplotlib

    folder = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    regular, bold = Font(folder / "DejaVuSans.ttf"), Font(folder / "DejaVuSans-Bold.ttf")
    wanted = {ord(char) for char in set(text)} - _characters(regular)
    chosen: list[Font] = []
    for font in _installed(language) if wanted else ():
        if has := _characters(font) & wanted:
            chosen.append(font)
            wanted -= has
        if not wanted:
            break
    letters = sorted(chr(code) for code in wanted if unicodedata.category(chr(code)).startswith("L"))
    if letters:
        name = unicodedata.name(letters[0], hex(ord(letters[0])))
        message = f"No font on this machine has the letter {letters[0]} ({name})."
        raise UsageError(message, hint="Install one (Debian: fonts-noto-cjk, fonts-noto-core), or export html or docx.")
    return Fonts(regular, bold, tuple(chosen))


def _installed(language: str) -> Iterator[Font]:
    files = _files()
    for name in _FALLBACKS:
        if path := files.get(name.lower()):
            yield Font(path, _face(path, language))


@cache
def _files() -> dict[str, Path]:
    """Every font file of the machine and the user, by its name in small letters."""
    home = Path.home()
    folders = (
        *(Path(folder) for folder in ("/usr/share/fonts", "/usr/local/share/fonts", "/System/Library/Fonts")),
        *(Path("/Library/Fonts"), home / "Library/Fonts", home / ".fonts", home / ".local/share/fonts"),
        Path(os.environ.get("WINDIR", "C:/Windows")) / "Fonts",
    )
    found: dict[str, Path] = {}
    for folder in folders:
        for path in sorted(folder.rglob("*")) if folder.is_dir() else ():
            if path.suffix.lower() in (".ttf", ".otf", ".ttc"):
                found.setdefault(path.name.lower(), path)
    return found


def _face(path: Path, language: str) -> int:
    if path.suffix.lower() != ".ttc":
        return 0
    from fontTools.ttLib import TTCollection  # type: ignore[import-untyped]

    wanted = _FACES.get(language[:2], "")
    with TTCollection(str(path), lazy=True) as collection:
        names = [str(font["name"].getDebugName(1)) for font in collection.fonts]
    return next((k for k, name in enumerate(names) if wanted and name.endswith(wanted)), 0)


@cache
def _characters(font: Font) -> frozenset[int]:
    from fontTools.ttLib import TTFont

    number = font.face if font.path.suffix.lower() == ".ttc" else -1
    with TTFont(str(font.path), fontNumber=number, lazy=True) as opened:
        return frozenset(opened.getBestCmap() or ())
