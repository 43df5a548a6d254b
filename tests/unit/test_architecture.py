"""Data flows one way: no stage looks forward. The walls are those of the house plan in meetbot/pipeline.py."""

import ast
from pathlib import Path

import meetbot

ROOT = Path(meetbot.__file__).parent

# What each room may import of ours. A room that is not listed may import the foundation and itself.
FOUNDATION = {"domain", "errors", "progress", "privacy", "paths", "codec", "store", "device"}
MAY_IMPORT = {
    "domain": set(),
    "errors": set(),
    "progress": set(),
    "privacy": set(),
    "paths": set(),
    "codec": set(),
    "device": {"errors"},
    "store": {"paths", "errors"},
    "config": FOUNDATION,
    "audio": FOUNDATION,
    "models": FOUNDATION,
    "diarize": FOUNDATION | {"audio", "models"},
    "transcribe": FOUNDATION | {"audio", "models", "words"},
    "align": FOUNDATION | {"words"},
    "voices": FOUNDATION | {"audio", "models", "diarize", "names"},
    "prompting": FOUNDATION,
    "words": set(),
    "logistic": set(),
    "trees": {"logistic"},
    "names": {"domain", "words", "logistic"},
    "llm": FOUNDATION | {"models"},
    "translate": FOUNDATION | {"llm", "prompting", "words"},
    "notes": FOUNDATION | {"llm", "prompting", "models", "words", "logistic", "trees", "translate"},
    "ask": FOUNDATION | {"llm", "prompting", "models", "words", "translate"},
    "export": FOUNDATION,
    "library": FOUNDATION,
}
ABOVE = {"pipeline", "evaluate", "bench", "doctor", "finetune", "draft"}


def imports(path: Path) -> set[str]:
    """The rooms of meetbot that the file at `path` imports, lazily or not."""
    rooms = set()
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and node.module and node.module.split(".")[0] == "meetbot":
            parts = node.module.split(".")
            rooms |= {parts[1]} if len(parts) > 1 else {alias.name for alias in node.names}
        elif isinstance(node, ast.Import):
            rooms |= {alias.name.split(".")[1] for alias in node.names if alias.name.startswith("meetbot.")}
    return rooms


def room(path: Path) -> str:
    return path.relative_to(ROOT).parts[0].removesuffix(".py")


def test_no_arrow_turns_back() -> None:
    wrong = []
    for path in sorted(ROOT.rglob("*.py")):
        here = room(path)
        if here in ABOVE | {"cli", "__init__", "__main__"}:
            continue
        for there in imports(path) - MAY_IMPORT.get(here, FOUNDATION) - {here}:
            wrong.append(f"{path.relative_to(ROOT)} imports {there}")
    assert not wrong, "\n".join(wrong)


def test_only_the_command_line_imports_the_pipeline() -> None:
    users = {room(path) for path in ROOT.rglob("*.py") if "pipeline" in imports(path)}
    assert users <= {"cli"}


def test_files_are_rooms_not_halls() -> None:
    long = [f"{p}: {n}" for p in ROOT.rglob("*.py") if (n := p.read_text(encoding="utf-8").count("\n")) > 400]
    assert not long, "\n".join(long)
