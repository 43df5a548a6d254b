"""Which engine, in which precision, with how many windows at once: decided by what this machine has."""

from __future__ import annotations

import torch
from whisper.model import Whisper

from meetbot import paths
from meetbot.device import DeviceName, pick
from meetbot.errors import UsageError
from meetbot.models import require
from meetbot.models.exchange import export_model
from meetbot.models.whisper import load_whisper, read_config
from meetbot.progress import Progress
from meetbot.transcribe import kernels, languages
from meetbot.transcribe.ct2 import CTranslate2Engine
from meetbot.transcribe.engine import Engine, TorchEngine
from meetbot.transcribe.kernels import Kernels
from meetbot.transcribe.options import Precision, TranscribeOptions

CPU_BATCH = 16
GPU_BATCH = 128
BEAMS = 5
GPU_SHARE = 0.5  # of the free memory that a batch may take


def open_engine(options: TranscribeOptions, *, device: DeviceName, offline: bool, progress: Progress) -> Engine:
    """The engine that `options` and this machine call for.

    Raises UsageError for a language the model does not have, ModelMissing when the model is not here.
    """
    if options.engine == "ctranslate2":
        return _open_ctranslate2(options, device=device, offline=offline, progress=progress)
    return open_torch(options, device=device, offline=offline, progress=progress)


def _open_ctranslate2(options: TranscribeOptions, *, device: DeviceName, offline: bool, progress: Progress) -> Engine:
    chosen = pick(device)
    path = require(options.model, offline=offline, progress=progress)
    config = read_config(path)
    _check_language(options, config.dims.n_vocab >= 51865)
    folder = paths.cache() / "ctranslate2" / path.name
    if not folder.exists():
        export_model(str(path), "ctranslate2", folder, offline=offline)
    return CTranslate2Engine(
        folder,
        device="cuda" if chosen.type == "cuda" else "cpu",
        vocabulary=config.dims.n_vocab,
        n_mels=config.dims.n_mels,
        batch=options.batch or CPU_BATCH,
        beams=_beams(options),
        threads=torch.get_num_threads(),
    )


def open_torch(options: TranscribeOptions, *, device: DeviceName, offline: bool, progress: Progress) -> TorchEngine:
    """Our own engine."""
    chosen = pick(device)
    path = require(options.model, offline=offline, progress=progress)
    model = load_whisper(path, chosen)
    _check_language(options, bool(model.is_multilingual))
    beams = _beams(options)
    batch = options.batch or (_gpu_batch(model, beams) if chosen.type == "cuda" else CPU_BATCH)
    draft = options.draft if beams == 1 else "none"
    return TorchEngine(model, kernels_for(model, options.precision, progress), batch=batch, beams=beams, draft=draft)


def _beams(options: TranscribeOptions) -> int:
    """How many texts are followed in a window."""
    named = options.draft not in ("auto", "none")
    if named and (options.beam_size or 1) > 1:
        raise UsageError("Drafts are of one text at a time.", hint="Leave out --draft or --beam-size.")
    return options.beam_size or (1 if named else BEAMS)


def _gpu_batch(model: Whisper, beams: int) -> int:
    """As many windows as fit: keys and values of the sound, in 16 bits, and of every text.

    Those of the sound are there twice where one text is followed (`replay`).
    """
    dims = model.dims
    frames = dims.n_audio_ctx * (2 if beams == 1 else 1)
    each: int = 2 * 2 * dims.n_text_layer * dims.n_text_state * (frames + dims.n_text_ctx * beams)
    free: int = torch.cuda.mem_get_info(model.device)[0]
    return max(1, min(GPU_BATCH, int(GPU_SHARE * free) // each))


def kernels_for(model: Whisper, wanted: Precision, progress: Progress) -> Kernels:
    """What `model` is computed with, on the device where it is."""
    dtype = precision(wanted, model.device)
    dims = model.dims
    shapes = (dims.n_audio_state, dims.n_audio_head), (dims.n_text_state, dims.n_text_head)
    found, missing = kernels.pick(model.device, dtype, *shapes)
    if missing:
        progress.warn(f"transcription takes twice as long as it could: {missing}")
    return found


def precision(wanted: Precision, device: torch.device) -> torch.dtype:
    """The floats to multiply with: what was asked for, or what is fastest here at the same word error rate."""
    if wanted != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float16": torch.float16}[wanted]
    if device.type in ("cuda", "mps"):
        return torch.float16
    # Where the processor multiplies bfloat16 itself that is twice as fast; where it does not, PyTorch emulates it.
    return torch.bfloat16 if _multiplies_bfloat16() else torch.float32


def _multiplies_bfloat16() -> bool:
    return bool(torch.cpu._is_avx512_bf16_supported() or torch.cpu._is_amx_tile_supported())


def _check_language(options: TranscribeOptions, multilingual: bool) -> None:
    from whisper.tokenizer import TO_LANGUAGE_CODE

    if options.language is not None:
        languages.check(options.language)
        known = options.language.lower()
        if not multilingual and TO_LANGUAGE_CODE.get(known, known) != "en":
            raise UsageError(f"{options.model} only knows English.", hint="Use --model base.", kind="english_only")
    if options.task == "translate" and not multilingual:
        raise UsageError(f"{options.model} only knows English and cannot translate.", hint="Use --model base.")
