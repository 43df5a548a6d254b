"""The trained parts of drafters: small networks on what the target computes anyway. Shapes in, scores out.

`CtcHead` reads the encoded sound alone; `MedusaHeads` read the decoder's last state and look at the sound through the
target's own keys and values. All are tied to the target's token embedding over a shortlist, so that they add few
weights. Training (`meetbot.draft`) and drafting use the same modules.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

from meetbot.transcribe.kernels import Kernels

SHORTLIST = 8192
"""Tokens a draft can guess. Whisper's tokens are numbered by how often their merge occurred, so the first are the most
frequent in any language. Of the tokens of English meetings 8 % are not among them."""
CTC_SHORTLIST = 16_384
"""The same for what is computed once a window, not every pass: 3.5 % are not among them."""
REACH = 9  # frames the CTC head sees of each frame's neighbourhood: 180 ms


class CtcHead(nn.Module):
    """A residual block on the encoder's frames, a detector of the frames where a token begins, and two blocks on what
    is said from there to the next: those see the tokens around, so that a word is spelled in one way.

    What `begins` calls blank is never multiplied with the embedding: of 1,500 frames the scores of about a hundred are
    computed, and the blocks on tokens are ten times cheaper than one on frames. Adds 11 d² + 37 d weights.
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.near = nn.Conv1d(width, width, REACH, padding=REACH // 2, groups=width)
        self.inner = nn.Linear(width, width)
        self.outer = nn.Linear(width, width)
        self.begin = nn.Linear(width, 1)
        self.around = nn.ModuleList(Around(width) for _ in range(2))
        self.into = nn.Linear(width, width)
        self.norm = nn.LayerNorm(width)

    def forward(self, sound: Tensor) -> tuple[Tensor, Tensor]:
        """(rows, frames, width) to what frames say, the same shape, and the logits of a token beginning there,
        (rows, frames).
        """
        x = sound + self.near(sound.transpose(1, 2)).transpose(1, 2)
        inner = functional.gelu(self.inner(x))
        return x + self.outer(inner), self.begin(inner)[..., 0]

    def tokens(self, says: Tensor, rows: Tensor, frames: Tensor) -> Tensor:
        """What is said from each of `frames` of `rows` (both sorted) on, (begins, width) in the embedding's space."""
        pooled = pool(says, rows, frames)
        counts = torch.bincount(rows, minlength=len(says))
        place = torch.arange(len(rows), device=rows.device) - (counts.cumsum(0) - counts)[rows]
        x = pooled.new_zeros(len(says), int(counts.max()), pooled.shape[1])
        x[rows, place] = pooled
        for block in self.around:
            x = block(x)
        said: Tensor = self.norm(self.into(x[rows, place]))
        return said


class Around(nn.Module):
    """A residual block over tokens: each sees two before and two after it. Adds 4 d² + 9 d weights."""

    def __init__(self, width: int) -> None:
        super().__init__()
        self.norm = nn.LayerNorm(width)
        self.near = nn.Conv1d(width, width, 5, padding=2, groups=width)
        self.up = nn.Linear(width, 2 * width)
        self.down = nn.Linear(2 * width, width)

    def forward(self, x: Tensor) -> Tensor:
        """(rows, tokens, width) to the same."""
        near = self.near(self.norm(x).transpose(1, 2)).transpose(1, 2)
        found: Tensor = x + self.down(functional.gelu(self.up(near)))
        return found


class MedusaHeads(nn.Module):
    """One linear head a place ahead, on the last state and the last token, and one shared block that hears.

    After Medusa (Cai et al. 2024, arXiv 2401.10774), with the last token beside the state as in Hydra (Ankner et al.
    2024, arXiv 2402.05109). The block is a decoder layer without self-attention; its keys and values are those of the
    target's last layer. Adds 2 k d² for k heads and 10 d² for the block.
    """

    def __init__(self, width: int, heads: int, places: int) -> None:
        super().__init__()
        self.heads, self.places = heads, places
        self.state = nn.Linear(width, places * width)
        self.token = nn.Linear(width, places * width, bias=False)
        self.cross_norm = nn.LayerNorm(width)
        self.query = nn.Linear(width, width)
        self.out = nn.Linear(width, width)
        self.mlp_norm = nn.LayerNorm(width)
        self.up = nn.Linear(width, 4 * width)
        self.down = nn.Linear(4 * width, width)
        self.norm = nn.LayerNorm(width)

    def ask(self, hidden: Tensor, token: Tensor) -> Tensor:
        """The heads: states (rows, width) and embedded tokens (rows, width) to (rows, places, width)."""
        ahead = (self.state(hidden) + self.token(token)).view(len(hidden), self.places, -1)
        asked: Tensor = hidden[:, None] + ahead
        return asked

    def answer(self, asked: Tensor, heard: Tensor) -> Tensor:
        """The rest of the block, after attention: (rows, places, width) in the embedding's space."""
        x = asked + self.out(heard)
        x = x + self.down(functional.gelu(self.up(self.mlp_norm(x))))
        said: Tensor = self.norm(x)
        return said


def shortlist(embedding: Tensor, eot: int, listed: int = SHORTLIST) -> Tensor:
    """The rows of `embedding` that drafts are tied to: the first `listed` tokens, none beyond text.

    Without their mean. It is most of every row, adds the same to all scores, and in 16 bits drowns what differs.
    """
    kept = embedding[: min(listed, eot)].float()
    return kept - kept.mean(0)


class Listed:
    """A shortlist as it is guessed from: `kernels` multiply with it, and score it in the same visit."""

    def __init__(self, kernels: Kernels, tied: Tensor) -> None:
        self.words, self.count = kernels.vocabulary(tied.contiguous()), len(tied)
        self.none = tied.new_zeros(len(tied))

    def likeliest(self, said: Tensor) -> Tensor:
        """(rows, n, width) to the listed token of the highest score, (rows, n)."""
        return self.words.summary(said.float(), self.none, self.count).token[..., 0]


@torch.inference_mode()
def spell(head: CtcHead, sound: Tensor, listed: Listed, threshold: float) -> list[list[int]]:
    """Each row's tokens as the sound alone says them: (rows, frames, width) to lists.

    A token begins where the detector peaks above `threshold`, and is read from the mean of the frames up to the next.
    """
    says, begins = head(sound)
    chance = begins.float().sigmoid()
    around = functional.max_pool1d(chance[:, None], 3, stride=1, padding=1)[:, 0]
    starts = (chance >= around) & (chance > threshold)
    rows, frames = starts.nonzero(as_tuple=True)
    if not len(rows):
        return [[] for _ in sound]
    said = head.tokens(says, rows, frames)
    best = listed.likeliest(said[None])[0].tolist()
    found: list[list[int]] = [[] for _ in sound]
    for row, token in zip(rows.tolist(), best, strict=True):
        found[row].append(token)
    return found


LONGEST = 12  # frames of a token that are read: what follows is mostly silence


def pool(says: Tensor, rows: Tensor, frames: Tensor) -> Tensor:
    """The mean of `says` (rows, frames, width) from each begin to the next, at most LONGEST frames: (begins, width).

    `rows` and `frames` are sorted.
    """
    last = torch.full_like(frames, says.shape[1])
    same = rows[1:] == rows[:-1]
    last[:-1] = torch.where(same, frames[1:], last[:-1])
    length = (last - frames).clamp(1, LONGEST)
    offsets = torch.arange(LONGEST, device=says.device)
    inside = offsets < length[:, None]
    places = (frames[:, None] + offsets).clamp(max=says.shape[1] - 1)
    parts = says[rows[:, None], places] * inside[..., None]
    return parts.sum(1) / length[:, None]
