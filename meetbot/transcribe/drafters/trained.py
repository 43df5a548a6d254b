"""Trained drafters on disk: which network belongs to which model, read and written (safetensors).

A file names its kind and the fingerprint of the embedding it is tied to. Those that came with the package are in
`shipped/`, those trained here in the data folder; the newer, own ones are preferred.
"""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Literal, TypeVar, get_args

import torch
from safetensors import safe_open
from torch import Tensor, nn
from whisper.model import ResidualAttentionBlock, Whisper

from meetbot import paths
from meetbot.errors import ModelMissing
from meetbot.models.safetensors_file import write
from meetbot.transcribe.drafters.ctc import Ctc
from meetbot.transcribe.drafters.heads import CTC_SHORTLIST, CtcHead, Listed, MedusaHeads, shortlist
from meetbot.transcribe.drafters.layers import FewerLayers
from meetbot.transcribe.drafters.medusa import Medusa
from meetbot.transcribe.greedy import Drafter
from meetbot.transcribe.kernels.plain import PlainNorm
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder, decoder_block

Kind = Literal["ctc", "medusa", "decoder"]
KINDS: tuple[Kind, ...] = get_args(Kind)
Network = TypeVar("Network", bound=nn.Module)
SHIPPED = Path(__file__).parent / "shipped"


class DecoderDraft(nn.Module):
    """Two decoder layers that begin as the target's first and last and hear through the keys and values of those."""

    def __init__(self, width: int, heads: int, context: int, vocabulary: int) -> None:
        super().__init__()
        made = [ResidualAttentionBlock(width, heads, cross_attention=True) for _ in range(2)]
        self.blocks = nn.ModuleList(made)
        for block in made:
            block.cross_attn.key.requires_grad_(False)
            block.cross_attn.value.requires_grad_(False)
        self.norm = nn.LayerNorm(width)
        self.embedding: Tensor
        self.positions: Tensor
        self.register_buffer("embedding", torch.zeros(vocabulary, width), persistent=False)
        self.register_buffer("positions", torch.zeros(context, width), persistent=False)

    @classmethod
    def of(cls, model: Whisper) -> DecoderDraft:
        """Layers as they are in `model`."""
        dims, decoder = model.dims, model.decoder
        made = cls(dims.n_text_state, dims.n_text_head, dims.n_text_ctx, dims.n_vocab)
        for mine, theirs in zip(made.blocks, (decoder.blocks[0], decoder.blocks[-1]), strict=True):
            mine.load_state_dict(theirs.state_dict())
        made.norm.load_state_dict(decoder.ln.state_dict())
        made.embedding = decoder.token_embedding.weight.detach().float()
        made.positions = decoder.positional_embedding.detach().float()
        return made

    def forward(self, tokens: Tensor, sound: Tensor) -> Tensor:
        """States (n, width) over `tokens` (n,) and `sound` (frames, width)."""
        x = (self.embedding[tokens] + self.positions[: len(tokens)])[None]
        mask = torch.full((len(tokens), len(tokens)), float("-inf")).triu_(1)
        for block in self.blocks:
            x = block(x, sound[None], mask=mask)
        said: Tensor = self.norm(x)[0]
        return said


def fingerprint(embedding: Tensor) -> str:
    """Whose embedding this is: a drafter is tied to it and of no use to another model. `embedding` (tokens, width)."""
    some = embedding[:: max(1, len(embedding) // 64)].detach().cpu().to(torch.float16).contiguous()
    return hashlib.sha256(some.numpy().tobytes()).hexdigest()[:16]


def save(path: Path, kind: Kind, network: nn.Module, target: str, note: str) -> int:
    """Write `network` in bfloat16; returns how many weights it adds. Frozen ones are the target's and stay out."""
    frozen = {name for name, parameter in network.named_parameters() if not parameter.requires_grad}
    parts = {name: tensor.to(torch.bfloat16) for name, tensor in network.state_dict().items() if name not in frozen}
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(".partial")
    write(partial, parts, {"kind": kind, "target": target, "note": note})
    partial.replace(path)
    return sum(tensor.numel() for tensor in parts.values())


def where(kind: Kind, target: str) -> Path:
    """Where a drafter trained on this machine is kept."""
    return paths.data() / "drafters" / f"{target}.{kind}.safetensors"


def find(kind: Kind, decoder: Decoder) -> Path | None:
    """The file of a drafter of `kind` for the model of `decoder`, if there is one."""
    target = fingerprint(decoder.embedding)
    for path in (where(kind, target), SHIPPED / f"{target}.{kind}.safetensors"):
        if path.exists():
            return path
    return None


def open_drafter(kind: Kind, decoder: Decoder, rules: Rules, path: Path | None = None) -> Drafter:
    """The trained drafter of `kind`. Raises ModelMissing when none was trained for this model."""
    path = path or find(kind, decoder)
    if path is None:
        raise ModelMissing(
            f"No {kind} drafter is here for this model.",
            hint=f"Train one: meetbot draft train MODEL --kind {kind} --speech FOLDER",
            kind="missing",
        )
    device = decoder.device
    with safe_open(str(path), framework="pt", device="cpu") as file:
        parts = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118  (not a dict)
    if kind == "ctc":
        head = _filled(CtcHead(decoder.width), parts).to(device, decoder.dtype)
        return Ctc(head, Listed(decoder.kernels, shortlist(decoder.embedding, rules.eot, CTC_SHORTLIST)), rules.eot)
    listed = Listed(decoder.kernels, shortlist(decoder.embedding, rules.eot))
    if kind == "medusa":
        places = parts["state.bias"].numel() // decoder.width
        heads = _filled(MedusaHeads(decoder.width, decoder.heads, places), parts).to(device, decoder.dtype)
        return Medusa(decoder, heads, listed)
    draft = DecoderDraft(decoder.width, decoder.heads, 1, 1)
    draft.load_state_dict({name: tensor.float() for name, tensor in parts.items()}, strict=False)
    draft.to(device)
    kernels = decoder.kernels
    blocks = [decoder_block(kernels, block) for block in draft.blocks if isinstance(block, ResidualAttentionBlock)]
    norm = PlainNorm(draft.norm.weight.detach(), draft.norm.bias.detach(), torch.float32)
    return FewerLayers(decoder, rules, trained=(blocks, norm, listed))


def _filled(network: Network, parts: dict[str, Tensor]) -> Network:
    network.load_state_dict({name: tensor.float() for name, tensor in parts.items()})
    return network.eval().requires_grad_(False)
