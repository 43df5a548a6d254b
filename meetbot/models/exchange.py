"""Whisper checkpoints from anywhere into the models folder, and out again in the forms of other libraries.

Import recognises what it is given by its files: OpenAI's .pt, transformers' folders, LoRA adapters, CTranslate2's
folders, a GGUF language model; a name like `org/model` is fetched from the hub first.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Literal, get_args

from meetbot import paths
from meetbot.errors import ModelCorrupt, ModelMissing, UsageError
from meetbot.models import http, offline_wanted, require, shelf, whisper
from meetbot.models.catalogue import Entry, Kind, catalogue
from meetbot.models.pull import install, lock
from meetbot.models.whisper import Checkpoint
from meetbot.progress import Progress, Silent

Form = Literal["openai", "huggingface", "ctranslate2"]
FORMS: tuple[Form, ...] = get_args(Form)

# What is fetched of a hub repository; of weights in both forms, the safetensors.
HUB_FILES = re.compile(
    r"(config|generation_config|adapter_config)\.json"
    r"|(model|pytorch_model|adapter_model)(-\d+-of-\d+)?\.(safetensors|bin)(\.index\.json)?"
)


def import_model(
    source: str, *, name: str = "", base: str = "", offline: bool = False, progress: Progress | None = None
) -> str:
    """Bring the model at `source` (a path, or a repository of the hub) into the models folder; returns its id.

    `name` is the id to give it, by default made of the source's own. `base` names the model a LoRA adapter is for,
    when the adapter does not say so itself. Raises UsageError when it is nothing meetbot can use or the name is taken,
    ModelCorrupt when it is damaged or holds more than weights, ModelError when fetching fails.
    """
    progress = progress or Silent()
    path = Path(source).expanduser()
    id = name or re.sub(r"[^A-Za-z0-9._-]+", "-", path.resolve().stem if path.is_file() else Path(source).name).lower()
    if (known := catalogue().find(id)) or shelf.folder(id).exists():
        whose = f"is {known.id} of the catalogue" if known else "is here already"
        raise UsageError(f"The name {id} {whose}.", hint="Choose another with --as NAME.", kind="exists")
    fetched = None
    if not path.exists():
        with lock(progress) as work:
            path = fetched = _from_hub(source, id, work, offline=offline, progress=progress)
    kind: Kind = "llm" if path.suffix == ".gguf" else "whisper"
    # Outside the lock: an adapter's base may have to be fetched.
    fill = _copying(path) if kind == "llm" else _saving(read(path, base=base, offline=offline, progress=progress))
    with lock(progress), progress.stage("import") as step:
        step.describe(id)
        entry = Entry(id=id, kind=kind, purpose=f"imported from {source}", licence="its own")
        install(entry, f"import: {source}", fill)
    if fetched:
        shutil.rmtree(fetched, ignore_errors=True)
    return id


def wants_heads(model: str) -> bool:
    """Whether the installed model `model` is Whisper without alignment heads: `calibrate` finds them."""
    where = shelf.locate(model)
    if where is None or not (where / whisper.CONFIG).is_file():
        return False
    return whisper.read_config(where).alignment_heads is None


def _saving(model: Checkpoint) -> Callable[[Path], None]:
    return lambda build: whisper.save(build, model)


def _copying(path: Path) -> Callable[[Path], None]:
    with path.open("rb") as file:
        if file.read(4) != b"GGUF":
            raise UsageError(f"{path} is not a GGUF file.", kind="import")

    def fill(build: Path) -> None:
        shutil.copyfile(path, build / path.name)

    return fill


def read(path: Path, *, base: str = "", offline: bool = False, progress: Progress | None = None) -> Checkpoint:
    """The Whisper model at `path`, whatever its form; its tensors fit its dimensions. Raises as `import_model`."""
    try:
        model = _read(path, base, offline=offline, progress=progress or Silent())
        whisper.check(model)
    except (ArithmeticError, AttributeError, LookupError, OSError, RuntimeError, TypeError, ValueError) as error:
        # Files of strangers break in more ways than anybody can list; each form's reader names the likely ones.
        raise ModelCorrupt(f"{path} cannot be read: {type(error).__name__}.", hint="Download it again.") from error
    return model


def _read(path: Path, base: str, *, offline: bool, progress: Progress) -> Checkpoint:
    from meetbot.models import ctranslate2, huggingface, lora, openai_checkpoint

    if path.is_file():
        return openai_checkpoint.read(path)
    if (path / lora.CONFIG).is_file():
        below = base or str(lora.config(path).get("base_model_name_or_path") or "")
        return lora.read(path, _base(below, offline=offline, progress=progress))
    if (path / shelf.MANIFEST).is_file():
        return whisper.read(path)
    if (path / "model.bin").is_file():
        return ctranslate2.read(path)
    if (path / "config.json").is_file():
        return huggingface.read(path)
    raise UsageError(
        f"{path} is no Whisper model.",
        hint="Give a .pt file, or a folder with config.json, model.bin or adapter_config.json.",
        kind="import",
    )


def _base(name: str, *, offline: bool, progress: Progress) -> Checkpoint:
    if name and (given := Path(name).expanduser()).is_dir():
        return read(given)
    known = next((model.id for model in catalogue().models if model.hub.lower() == name.lower()), name)
    try:
        return whisper.read(require(known, offline=offline, progress=progress))
    except UsageError as error:
        raise UsageError(
            f"The adapter is for {name or 'a model it does not name'}, which is not here.",
            hint="Import that model first, then name it with --base ID.",
            kind="import",
        ) from error


def _from_hub(source: str, id: str, work: Path, *, offline: bool, progress: Progress) -> Path:
    """Fetch the model's files of a hub repository; the folder they are in."""
    repository, _, revision = source.partition("@")
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository):
        raise UsageError(f"There is no {source} here, and no such name on the hub.", kind="import")
    if offline or offline_wanted():
        raise ModelMissing(f"{source} is not on this machine, and fetching is switched off.", kind="missing")
    files = [file for file in http.hub_files(repository, revision or "main") if HUB_FILES.fullmatch(file.name)]
    if any(file.name.endswith(".safetensors") for file in files):
        files = [file for file in files if ".bin" not in file.name]
    place = paths.private_folder(work / id)
    total = sum(file.size for file in files)
    progress.note(f"fetching {repository}: {total / 1e6:,.0f} MB from the hub")
    with progress.stage("models", total=total, unit="B") as step:
        step.describe(repository)
        for file in files:
            http.fetch_hub(file, place / file.name, step)
    return place


def export_model(model: str, form: Form, target: Path, *, offline: bool = False) -> Path:
    """Write `model` in another library's form to `target` (a file for openai, else a folder), which must not exist.

    Raises UsageError when `target` exists or the model is not Whisper.
    """
    from meetbot.models import ctranslate2_writer, huggingface, openai_checkpoint

    if target.exists():
        raise UsageError(f"{target} exists.", hint="Name another with --output.", kind="exists")
    where = require(model, offline=offline)
    if not (where / whisper.CONFIG).is_file():
        raise UsageError(f"{model} is not a Whisper model.", kind="export")
    found = whisper.read(where)
    target.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        build = Path(folder) / "model"
        try:
            if form == "openai":
                openai_checkpoint.write(found, build)
            else:
                build.mkdir()
                (huggingface if form == "huggingface" else ctranslate2_writer).write(found, build)
        except (OSError, RuntimeError) as error:  # torch's writer reports a full disk as a RuntimeError
            raise UsageError(f"{target} cannot be written: {error}.", kind="output") from error
        build.rename(target)
    return target
