"""Teaching a drafter what the target writes: lessons in, a trained network out. The target's weights are read only.

ctc      frames where a token begins (alignment heads and dynamic time warping say where), and which token it is
medusa   the tokens after the next one, from the decoder's state and the sound
decoder  the next token, from layers that begin as the target's first and last (distillation, Hinton et al. 2015)
"""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

import torch
from torch import Tensor, nn
from torch.nn import functional
from whisper.model import Whisper

from meetbot.draft.listen import Lesson, read
from meetbot.progress import Progress
from meetbot.transcribe.decoder import open_cache, step
from meetbot.transcribe.drafters.heads import CTC_SHORTLIST, SHORTLIST, CtcHead, MedusaHeads, shortlist
from meetbot.transcribe.drafters.trained import DecoderDraft, Kind
from meetbot.transcribe.engine import TorchEngine

PLACES = 4  # heads of Medusa
BEGIN_WEIGHT = 6.0  # of the frames where a token begins: one in ten or fewer
CLIP = 1.0

Loss = Callable[[Sequence[Lesson]], Tensor]


def train(
    engine: TorchEngine,
    model: Whisper,
    kind: Kind,
    lessons: Sequence[Path],
    *,
    steps: int,
    batch: int,
    learning_rate: float,
    seed: int,
    progress: Progress,
) -> nn.Module:
    """A network of `kind`, trained on `steps` batches of `lessons`; AdamW, a short warm-up, then a cosine to zero."""
    torch.manual_seed(seed)
    network, loss = _of(kind, engine, model)
    taught = [parameter for parameter in network.parameters() if parameter.requires_grad]
    optimizer = torch.optim.AdamW(taught, lr=learning_rate, weight_decay=0.01, betas=(0.9, 0.98))
    warm = max(1, steps // 20)
    schedule = torch.optim.lr_scheduler.LambdaLR(
        optimizer, lambda at: min((at + 1) / warm, 0.5 + 0.5 * math.cos(math.pi * at / steps))
    )
    network.train()
    # Where the processor multiplies 16-bit floats itself, the target is computed in them and so is the drafter.
    quick = engine.decoder.dtype == torch.bfloat16
    mean = 0.0
    with progress.stage("training", total=steps, unit="steps") as shown:
        for at, some in zip(range(steps), _batches(lessons, batch, seed), strict=False):
            with torch.autocast("cpu", torch.bfloat16, enabled=quick):
                value = loss(some)
            optimizer.zero_grad()
            value.backward()  # type: ignore[no-untyped-call]
            nn.utils.clip_grad_norm_(taught, CLIP)
            optimizer.step()
            schedule.step()
            mean = value.item() if at == 0 else 0.95 * mean + 0.05 * value.item()
            shown.describe(f"loss {mean:.3f}")
            shown.advance()
    return network.eval()


def _of(kind: Kind, engine: TorchEngine, model: Whisper) -> tuple[nn.Module, Loss]:
    width = engine.decoder.width
    tied = shortlist(engine.decoder.embedding, engine.rules.eot, CTC_SHORTLIST if kind == "ctc" else SHORTLIST).float()
    if kind == "ctc":
        head = CtcHead(width)
        # The embedding is so narrow that scores differ only where states are as large as the target's.
        head.norm.load_state_dict(model.decoder.ln.state_dict())
        return head, lambda some: _ctc_loss(head, tied, some)
    if kind == "medusa":
        heads = MedusaHeads(width, engine.decoder.heads, PLACES)
        _begin_as(heads, model)
        return heads, lambda some: _medusa_loss(heads, tied, engine, model, some)
    draft = DecoderDraft.of(model)
    return draft, lambda some: _decoder_loss(draft, tied, engine, some)


def _batches(lessons: Sequence[Path], batch: int, seed: int) -> Iterator[list[Lesson]]:
    rng = random.Random(seed)
    while True:
        order = list(lessons)
        rng.shuffle(order)
        for first in range(0, len(order), batch):
            some = [read(file) for file in order[first : first + batch]]
            some = [lesson for lesson in some if len(lesson.text) > 1]
            if some:
                yield some


def _ctc_loss(head: CtcHead, tied: Tensor, some: Sequence[Lesson]) -> Tensor:
    """Cross-entropy of the tokens at their frames, and of the detector at all frames of the sound."""
    sound = torch.stack([lesson.sound for lesson in some]).float()
    says, begins = head(sound)
    rows, frames, tokens, detector = [], [], [], []
    for row, lesson in enumerate(some):
        # Tokens that begin in one frame are one peak of the detector, which is read as the first of them.
        places, first = torch.unique_consecutive(lesson.begins, return_inverse=True)
        kept = torch.cat([first.new_ones(1, dtype=torch.bool), first[1:] != first[:-1]])
        rows.append(torch.full_like(places, row))
        frames.append(places)
        tokens.append(lesson.text[kept])
        until = min(int(lesson.begins[-1]) + 50, begins.shape[1])
        target = torch.zeros(until)
        target[places] = 1.0
        detector.append(
            functional.binary_cross_entropy_with_logits(
                begins[row, :until], target, pos_weight=begins.new_tensor(BEGIN_WEIGHT)
            )
        )
        if until < begins.shape[1]:
            detector.append(functional.softplus(begins[row, until:]).mean())
    token = torch.cat(tokens)
    listed = token < len(tied)
    if not listed.any():
        return torch.stack(detector).sum() / len(some)
    said = head.tokens(says, torch.cat(rows), torch.cat(frames))
    words = functional.cross_entropy(said[listed] @ tied.T, token[listed], label_smoothing=0.05)
    return words + torch.stack(detector).sum() / len(some)


@torch.no_grad()
def _taught(engine: TorchEngine, lesson: Lesson) -> tuple[Tensor, Tensor]:
    """The target's states (n, width) from which each of its tokens was chosen, and those tokens with the end, (n,)."""
    after = torch.cat([lesson.tokens, torch.tensor([engine.rules.eot])])
    cache = open_cache(engine.decoder, lesson.sound[None].to(engine.decoder.dtype))
    fed = torch.cat([lesson.prompt, lesson.tokens])
    hidden = step(engine.decoder, cache, fed[None], torch.zeros(1, dtype=torch.long))
    return hidden[0, len(lesson.prompt) - 1 :].float().clone(), after


def _begin_as(heads: MedusaHeads, model: Whisper) -> None:
    """The shared block as the target's last layer, the linear heads as nothing."""
    last = model.decoder.blocks[-1]
    for mine, theirs in (
        (heads.cross_norm, last.cross_attn_ln), (heads.query, last.cross_attn.query), (heads.out, last.cross_attn.out),
        (heads.mlp_norm, last.mlp_ln), (heads.up, last.mlp[0]), (heads.down, last.mlp[2]),
        (heads.norm, model.decoder.ln),
    ):  # fmt: skip
        mine.load_state_dict(theirs.state_dict())
    for linear in (heads.state, heads.token):
        nn.init.normal_(linear.weight, std=0.01)
    nn.init.zeros_(heads.state.bias)


def _medusa_loss(
    heads: MedusaHeads, tied: Tensor, engine: TorchEngine, model: Whisper, some: Sequence[Lesson]
) -> Tensor:
    """Cross-entropy of each head with the token it is to guess, 0.8 times the weight a place further (as Medusa)."""
    cross = model.decoder.blocks[-1].cross_attn
    losses = [heads.state.bias.sum() * 0]  # where nothing to guess is on the shortlist there is nothing to learn
    for lesson in some:
        hidden, after = _taught(engine, lesson)
        hidden, known, ahead = hidden[:-1], after[:-1], after[1:]
        asked = heads.ask(hidden, engine.decoder.embedding[known].float())
        with torch.no_grad():
            sound = lesson.sound.float()
            keys, values = cross.key(sound), cross.value(sound)
        query = heads.query(heads.cross_norm(asked)).flatten(0, 1)
        split = [part.view(len(part), heads.heads, -1).transpose(0, 1) for part in (query, keys, values)]
        heard = functional.scaled_dot_product_attention(*split).transpose(0, 1).reshape(asked.shape)
        said = heads.answer(asked, heard)
        for place in range(heads.places):
            target = ahead[place:]
            listed = target < len(tied)
            if listed.any():
                scores = said[: len(target), place][listed] @ tied.T
                losses.append(0.8**place * functional.cross_entropy(scores, target[listed]))
    return torch.stack(losses).sum() / len(some)


def _decoder_loss(draft: DecoderDraft, tied: Tensor, engine: TorchEngine, some: Sequence[Lesson]) -> Tensor:
    """KL from the target's distribution over the shortlist, and cross-entropy with what it chose, in equal parts."""
    losses = []
    for lesson in some:
        hidden, after = _taught(engine, lesson)
        said = draft(torch.cat([lesson.prompt, lesson.tokens]), lesson.sound.float())[len(lesson.prompt) - 1 :]
        listed = after < len(tied)
        if not listed.any():
            losses.append(said.sum() * 0)
            continue
        mine = (said[listed] @ tied.T).log_softmax(-1)
        theirs = (hidden[listed] @ tied.T).softmax(-1)
        losses.append(functional.kl_div(mine, theirs, reduction="batchmean") + functional.nll_loss(mine, after[listed]))
    return torch.stack(losses).mean()
