"""Linear probes on what a language model holds in mind after each line of a text (Alain and Bengio 2016).

A small model asked what a line means says little that is true; its states know more, and a probe needs no answer: it
reads the text once and writes nothing. Probes belong to one model each. Knows nothing of meetings.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from importlib.resources import as_file, files
from pathlib import Path

import numpy as np
from numpy.typing import NDArray


@dataclass(frozen=True, slots=True)
class Probe:
    """For each column, something that may be true of a line: how its states count, and the state after the next line.

    `layers`: those of the model whose states count; `weights`: (2 layers widths, 2 columns), in pairs of this line's
    and the next one's; `bias` and `last`: (columns,), `last` being what stands for a next line where there is none;
    `subject`: (layers widths, directions), those in which the mean states of lines about one thing are alike and of
    lines about two are not; there may be none.
    """

    layers: NDArray[np.int64]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    last: NDArray[np.float32]
    subject: NDArray[np.float32]

    def projections(self) -> NDArray[np.float32]:
        """(2 layers widths, 2 columns + directions): all that states are multiplied with."""
        ends = np.zeros((len(self.weights) - len(self.subject), self.subject.shape[1]), np.float32)
        return np.concatenate([self.weights, np.concatenate([ends, self.subject])], axis=1)

    def log_odds(self, projected: NDArray[np.float32]) -> NDArray[np.float32]:
        """(columns, lines) of the states times the projections, (lines, 2 columns + directions)."""
        here = projected[:, 0 : 2 * len(self.bias) : 2]
        after = np.concatenate([projected[1:, 1 : 2 * len(self.bias) : 2], self.last[None]])
        found: NDArray[np.float32] = (here + after + self.bias).T
        return found

    def subjects(self, projected: NDArray[np.float32]) -> NDArray[np.float32]:
        """(lines, directions), of length one each: what lines are about, beside what all of them are about."""
        about = projected[:, 2 * len(self.bias) :]
        about = about - about.mean(axis=0)
        found: NDArray[np.float32] = about / (np.linalg.norm(about, axis=1, keepdims=True) + 1e-6)
        return found


def shipped(room: str, model: str) -> Probe | None:
    """The probe that the package `room` brings for the language model `model`, a catalogue id, or None."""
    from safetensors.numpy import load_file

    found = files(room) / "probes" / f"{model}.safetensors"
    if not found.is_file():
        return None
    with as_file(found) as path:
        return Probe(**load_file(path))


def save(probe: Probe, path: Path) -> None:
    """Write `probe` to `path`."""
    from safetensors.numpy import save_file

    save_file(asdict(probe), path)
