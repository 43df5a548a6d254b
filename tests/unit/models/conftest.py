"""A models folder, a catalogue and a folder of wheels that belong to one test."""

from __future__ import annotations

import random
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from meetbot import paths
from meetbot.models import carriers
from meetbot.models.catalogue import Carrier
from tests.unit.models.wheels import sha, wheel


@dataclass(frozen=True)
class Shop:
    """`models`: where models go. `wheels`: what the package index has. `blob`: the bytes of the model "toy"."""

    models: Path
    wheels: Path
    blob: bytes

    def part(self, number: int) -> bytes:
        third = len(self.blob) // 3
        return self.blob[third * (number - 1) : third * number if number < 3 else None]

    def stock(self, number: int, data: bytes | None = None) -> Path:
        """Put part `number` (or `data` in its place) on sale."""
        content = self.part(number) if data is None else data
        return wheel(self.wheels, f"toy-part{number}", {f"toy_part{number}/data/p.bin": content})


@pytest.fixture
def shop(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Shop:
    """The model "toy" in three carriers, none of them on sale yet; pip sees no other index."""
    found = Shop(tmp_path / "models", tmp_path / "wheels", random.Random(3).randbytes(300_001))
    found.wheels.mkdir()
    monkeypatch.setenv("MEETBOT_MODELS", str(found.models))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(found.wheels))
    parts, carriers = [], []
    for number in (1, 2, 3):
        data = found.part(number)
        carriers.append(f'"toy-part{number}==1.0" = {{ size = {len(data)} }}')
        parts.append(
            f'{{ carrier = "toy-part{number}==1.0", member = "toy_part{number}/data/p.bin",'
            f' size = {len(data)}, sha256 = "{sha(data)}" }}'
        )
    own = paths.private_folder(paths.config()) / "models.toml"
    own.write_text(
        "[carriers]\n"
        + "\n".join(carriers)
        + '\n[[models]]\nid = "toy"\naliases = ["plaything"]\nkind = "llm"\npurpose = "tests"\nlicence = "MIT"\n'
        + f'[[models.files]]\nname = "toy.gguf"\nsize = {len(found.blob)}\nsha256 = "{sha(found.blob)}"\n'
        + f"parts = [{', '.join(parts)}]\n"
    )
    request.getfixturevalue("pip" if request.node.get_closest_marker("real_pip") else "no_pip")
    return found


@pytest.fixture
def pip() -> None:
    """The real pip, which takes a second a wheel."""


@pytest.fixture
def no_pip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In pip's place a copy from the folder of wheels; tests marked `real_pip` show that pip does the same."""

    def copy(name: str, carrier: Carrier, folder: Path, children: carriers.Children) -> Iterator[int]:
        package, version = name.replace("-", "_").split("==")
        wheel = tmp_path / "wheels" / f"{package}-{version}-py3-none-any.whl"
        if not wheel.is_file():
            raise carriers.explain(name, [f"ERROR: No matching distribution found for {name}"])
        yield carrier.size // 2
        shutil.copy(wheel, folder)

    monkeypatch.setattr(carriers, "download", copy)
