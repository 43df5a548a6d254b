"""Files over HTTP from a server of the test's own: resumed, checked, explained in one line."""

from __future__ import annotations

import functools
import hashlib
import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
import torch

from meetbot.errors import ModelCorrupt, ModelError
from meetbot.models import exchange, http, require, shelf, whisper
from meetbot.models.catalogue import Entry
from meetbot.models.huggingface import write
from meetbot.models.pull import _pull_other, lock
from meetbot.progress import Silent
from tests.unit.models.random_whisper import SHAPES, random_checkpoint

pytestmark = pytest.mark.local_server


class Server:
    """`files` by path; `asked` is every request as (path, Range). The next `cut` answers break off halfway."""

    def __init__(self) -> None:
        self.files: dict[str, bytes] = {}
        self.asked: list[tuple[str, str]] = []
        self.cut = 0
        self.status: dict[str, int] = {}
        self.token = ""
        self.url = ""


class Handler(BaseHTTPRequestHandler):
    def __init__(self, server: Server, *arguments: Any) -> None:
        self.shop = server
        super().__init__(*arguments)

    def do_GET(self) -> None:
        wanted = self.headers.get("Range", "")
        self.shop.asked.append((self.path, wanted))
        path = self.path.partition("?")[0]
        if self.shop.token and self.headers.get("Authorization") != f"Bearer {self.shop.token}":
            self.send_error(401)
            return
        if path not in self.shop.files:
            self.send_error(self.shop.status.get(path, 404))
            return
        whole = self.shop.files[path]
        start = int(wanted.removeprefix("bytes=").rstrip("-")) if wanted else 0
        if start >= len(whole) > 0:
            self.send_error(416)
            return
        data = whole[start:]
        self.send_response(206 if wanted else 200)
        self.send_header("Content-Length", str(len(data)))
        self.end_headers()
        if self.shop.cut:
            self.shop.cut -= 1
            data = data[: len(data) // 2]
            self.close_connection = True
        self.wfile.write(data)

    def log_message(self, format: str, *arguments: Any) -> None:
        pass


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Server]:
    shop = Server()
    listening = ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Handler, shop))
    threading.Thread(target=listening.serve_forever, daemon=True).start()
    shop.url = f"http://127.0.0.1:{listening.server_port}"
    monkeypatch.setenv("HF_ENDPOINT", shop.url)
    monkeypatch.setenv("HF_TOKEN", "")
    monkeypatch.setenv("MEETBOT_MODELS", str(tmp_path / "models"))
    for name in ("http_proxy", "https_proxy", "HTTP_PROXY", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    yield shop
    listening.shutdown()
    listening.server_close()


DATA = bytes(range(256)) * 3000
STEP = Silent().stage("x")


def get(server: Server, target: Path, sha: str = hashlib.sha256(DATA).hexdigest()) -> None:
    http.fetch(f"{server.url}/data.bin", target, sha256=sha, headers={}, step=STEP)


def test_a_broken_connection_is_taken_up_where_it_broke(server: Server, tmp_path: Path) -> None:
    server.files["/data.bin"] = DATA
    server.cut = 2
    get(server, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == DATA
    assert [asked for _, asked in server.asked] == ["", f"bytes={len(DATA) // 2}-", f"bytes={len(DATA) * 3 // 4}-"]


def test_what_an_earlier_run_left_is_used(server: Server, tmp_path: Path) -> None:
    server.files["/data.bin"] = DATA
    (tmp_path / "x.part").write_bytes(DATA[:1000])
    get(server, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == DATA
    assert server.asked == [("/data.bin", "bytes=1000-")]


def test_a_part_that_is_whole_already_is_only_checked(server: Server, tmp_path: Path) -> None:
    server.files["/data.bin"] = DATA
    (tmp_path / "x.part").write_bytes(DATA)
    get(server, tmp_path / "x")
    assert (tmp_path / "x").read_bytes() == DATA


def test_other_bytes_than_published_are_refused_and_not_kept(server: Server, tmp_path: Path) -> None:
    server.files["/data.bin"] = DATA[::-1]
    with pytest.raises(ModelCorrupt, match="not the file"):
        get(server, tmp_path / "x")
    assert list(tmp_path.glob("x*")) == []


def test_a_connection_that_always_breaks_is_an_error_that_keeps_what_came(server: Server, tmp_path: Path) -> None:
    server.files["/data.bin"] = DATA
    server.cut = 99
    with pytest.raises(ModelError, match="No network") as caught:
        get(server, tmp_path / "x")
    assert caught.value.code == "model.network"
    assert (tmp_path / "x.part").stat().st_size > 0


def test_nobody_there_is_one_line(server: Server, tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="No network"):
        http.fetch("http://127.0.0.1:9/x", tmp_path / "x", sha256="", headers={}, step=STEP)


def publish(server: Server, repository: str, files: dict[str, bytes], *, wrong: bool = False) -> None:
    """A repository of the hub: large files by sha256, small ones by git's hash."""
    siblings = []
    for name, data in files.items():
        server.files[f"/{repository}/resolve/c0ffee/{name}"] = data
        blob = hashlib.sha1(b"blob %d\0" % len(data) + data, usedforsecurity=False).hexdigest()
        sibling: dict[str, Any] = {"rfilename": name, "size": len(data), "blobId": blob}
        if name.endswith((".safetensors", ".bin", ".gguf")):
            sha = hashlib.sha256(data + (b"!" if wrong else b"")).hexdigest()
            sibling["lfs"] = {"sha256": sha, "size": len(data)}
        siblings.append(sibling)
    listing = json.dumps({"sha": "c0ffee", "siblings": siblings}).encode()
    server.files[f"/api/models/{repository}/revision/main"] = listing


def transformers_folder(folder: Path) -> dict[str, bytes]:
    folder.mkdir()
    write(random_checkpoint(SHAPES["distil-like"]), folder)
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_a_hub_model_is_imported_by_name(server: Server, tmp_path: Path) -> None:
    files = transformers_folder(tmp_path / "hf")
    publish(server, "some/Whisper-Tuned", files | {"pytorch_model.bin": b"not needed", "README.md": b"hello"})
    assert exchange.import_model("some/Whisper-Tuned") == "whisper-tuned"
    found = whisper.read(require("whisper-tuned"))
    expected = random_checkpoint(SHAPES["distil-like"])
    assert all(tensor.equal(found.tensors[name]) for name, tensor in expected.tensors.items())
    asked = {path.rpartition("/")[2] for path, _ in server.asked}
    assert not asked & {"pytorch_model.bin", "README.md"}
    assert not (shelf.folder("whisper-tuned").parent / ".pull" / "whisper-tuned").exists()


def test_a_hub_file_that_was_tampered_with_is_refused(server: Server, tmp_path: Path) -> None:
    publish(server, "some/model", transformers_folder(tmp_path / "hf"), wrong=True)
    with pytest.raises(ModelCorrupt):
        exchange.import_model("some/model")
    assert shelf.locate("model") is None


def test_a_gated_model_says_what_to_do(server: Server) -> None:
    server.token = "secret"
    with pytest.raises(ModelError, match="account") as caught:
        exchange.import_model("some/model")
    assert "hf auth login" in caught.value.hint


def test_the_users_token_opens_a_gated_model(server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    server.token = "secret"
    monkeypatch.setenv("HF_TOKEN", "secret")
    publish(server, "some/model", transformers_folder(tmp_path / "hf"))
    assert exchange.import_model("some/model") == "model"


def test_a_repository_cannot_write_outside_its_folder(server: Server) -> None:
    listing = {"sha": "c0ffee", "siblings": [{"rfilename": "../../evil.json", "size": 1, "blobId": ""}]}
    server.files["/api/models/some/model/revision/main"] = json.dumps(listing).encode()
    with pytest.raises(ModelCorrupt):
        http.hub_files("some/model")


def test_the_hub_has_no_such_model(server: Server) -> None:
    with pytest.raises(ModelError, match="hub has no some/model"):
        exchange.import_model("some/model")


def test_openais_models_come_with_their_alignment_heads(
    server: Server, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import whisper as openai

    from meetbot.models import openai_checkpoint

    # The shape of tiny's decoder, so that its table of alignment heads fits.
    model = random_checkpoint(whisper.Dims(80, 1500, 96, 6, 1, 51865, 448, 96, 6, 4))
    openai_checkpoint.write(model, tmp_path / "tiny.pt")
    data = (tmp_path / "tiny.pt").read_bytes()
    sha = hashlib.sha256(data).hexdigest()
    server.files[f"/{sha}/tiny.pt"] = data
    monkeypatch.setitem(openai._MODELS, "tiny", f"{server.url}/{sha}/tiny.pt")
    found = require("tiny")
    assert found == shelf.folder("whisper-tiny")
    reference = openai.load_model(str(tmp_path / "tiny.pt"))
    reference.set_alignment_heads(openai._ALIGNMENT_HEADS["tiny"])
    mine = whisper.load_whisper(found, torch.device("cpu"))
    assert mine.alignment_heads.to_dense().equal(reference.alignment_heads.to_dense())
    assert mine.state_dict().keys() == reference.state_dict().keys()
    assert all(tensor.equal(reference.state_dict()[name]) for name, tensor in mine.state_dict().items())


def test_a_hub_entry_of_the_catalogue_brings_only_its_files(server: Server) -> None:
    publish(server, "some/llm", {"a.gguf": b"GGUF1", "b.gguf": b"GGUF2"})
    entry = Entry.model_validate(
        {"id": "llm", "kind": "llm", "purpose": "x", "licence": "MIT", "hub": "some/llm", "files": [{"name": "b.gguf"}]}
    )
    with lock(Silent()):
        _pull_other(entry, Silent())
    assert require("llm").name == "b.gguf"
    assert not any("a.gguf" in path for path, _ in server.asked)
