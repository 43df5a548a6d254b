"""pyannote.audio's checkpoints as safetensors with their hyper-parameters as JSON, and back to its model classes.

pyannote's own `Model.from_pretrained` unpickles whatever the file holds. Here a checkpoint is read once, when it is
fetched, with torch's restricted unpickler and an allow-list of four plain classes; at run time nothing is unpickled.

`config.json`: {"architecture": "PyanNet", "hyper_parameters": {…}, "specifications": {…} or null}.
"""

from __future__ import annotations

import json
from dataclasses import fields
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meetbot.errors import ModelCorrupt

if TYPE_CHECKING:
    import torch
    from pyannote.audio import Model

WEIGHTS = "model.safetensors"
CONFIG = "config.json"
# The only classes that are ever built: a config file must not choose what is imported.
ARCHITECTURES = {
    "PyanNet": "pyannote.audio.models.segmentation",
    "SSeRiouSS": "pyannote.audio.models.segmentation",
    "WeSpeakerResNet34": "pyannote.audio.models.embedding",
    "XVectorSincNet": "pyannote.audio.models.embedding",
}


def read_checkpoint(path: Path) -> dict[str, Any]:
    """A pyannote checkpoint, unpickled with torch's restricted reader. Raises ModelCorrupt on anything unexpected."""
    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from torch.torch_version import TorchVersion

    from meetbot.models.convert import unpickle

    with torch.serialization.safe_globals([TorchVersion, Specifications, Problem, Resolution]):
        checkpoint: dict[str, Any] = unpickle(path, "weights and settings")
    return checkpoint


def convert(source: Path, folder: Path) -> None:
    """The checkpoint `source` as safetensors and JSON in `folder`."""
    from pyannote.audio.core.task import Specifications

    from meetbot.models import safetensors_file

    checkpoint = read_checkpoint(source)
    about = checkpoint["pyannote.audio"]
    architecture = about["architecture"]["class"]
    if architecture not in ARCHITECTURES:
        raise ModelCorrupt(f"{source.name} is a {architecture}, which meetbot does not know.", hint="")
    found = about.get("specifications")
    specifications = None
    if isinstance(found, Specifications):
        specifications = {field.name: getattr(found, field.name) for field in fields(found)}
        specifications |= {"problem": found.problem.name, "resolution": found.resolution.name}
    config = {
        "architecture": architecture,
        "hyper_parameters": checkpoint["hyper_parameters"],
        "specifications": specifications,
    }
    safetensors_file.write(folder / WEIGHTS, checkpoint["state_dict"], {"format": "pt"})
    (folder / CONFIG).write_text(json.dumps(config, indent=1) + "\n", encoding="utf-8")


def load_pyannote(path: Path, device: torch.device | None = None) -> Model:
    """The pyannote model in folder `path`, in evaluation mode. Raises ModelCorrupt when there is none."""
    from importlib import import_module

    import torch
    from pyannote.audio.core.task import Problem, Resolution, Specifications
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        config = json.loads((path / CONFIG).read_text(encoding="utf-8"))
        architecture = config["architecture"]
        build = getattr(import_module(ARCHITECTURES[architecture]), architecture)
        model: Model = build(**config["hyper_parameters"])
        if found := config["specifications"]:
            found |= {"problem": Problem[found["problem"]], "resolution": Resolution[found["resolution"]]}
            found["warm_up"] = tuple(found["warm_up"])
            model.specifications = Specifications(**found)
        model.build()  # type: ignore[no-untyped-call]  # adds the layers that depend on the task, such as the classifier
        model.load_state_dict(load_file(path / WEIGHTS))
    except (OSError, ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as error:
        raise ModelCorrupt(
            f"{path} holds no pyannote model that meetbot can open.",
            hint=f"`meetbot models pull {path.name}` fetches it again.",
        ) from error
    model.requires_grad_(False)
    return model.eval().to(device or torch.device("cpu"))


def load_segmentation(path: Path, device: torch.device | None = None) -> Model:
    """pyannote's segmentation model in folder `path`: (batch, frames, 7) log-probabilities of the powerset."""
    return load_pyannote(path, device)
