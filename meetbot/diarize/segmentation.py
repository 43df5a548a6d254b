"""pyannote's segmentation-3.0: ten seconds of sound in, up to three speakers and their overlaps out.

Built from its published hyper-parameters and filled from safetensors: `Model.from_pretrained` unpickles.
"""

from __future__ import annotations

from pathlib import Path

from pyannote.audio.core.task import Problem, Resolution, Specifications
from pyannote.audio.models.segmentation import PyanNet

WEIGHTS = "model.safetensors"


def load_segmentation(folder: Path) -> PyanNet:
    """segmentation-3.0 from its folder of the model store, ready for inference on the CPU."""
    from safetensors.torch import load_file

    model = PyanNet(
        sincnet={"stride": 10},
        lstm={"hidden_size": 128, "num_layers": 4, "bidirectional": True, "monolithic": True, "dropout": 0.5},
        linear={"hidden_size": 128, "num_layers": 2},
    )
    model.specifications = Specifications(
        problem=Problem.MONO_LABEL_CLASSIFICATION,
        resolution=Resolution.FRAME,
        duration=10.0,
        warm_up=(0.0, 0.0),
        classes=["speaker#1", "speaker#2", "speaker#3"],
        powerset_max_classes=2,
        permutation_invariant=True,
    )
    model.build()
    model.load_state_dict(load_file(folder / WEIGHTS))
    return model.eval()
