"""Whisper as transformers keeps it: a folder of safetensors or .bin files, sharded or not, with config.json.

In: such a folder (OpenAI's, distil-whisper's, Belle's, CrisperWhisper's, anyone's fine-tune). Out: the same tensors
under openai-whisper's names, mapped and not read, in the precision they are stored in. And the way back.
Concedes: quantized folders are refused; an output projection that is not the token embedding is refused, because
openai-whisper's model class ties the two.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from meetbot.errors import ModelCorrupt, UsageError
from meetbot.models.whisper import Checkpoint, Dims

if TYPE_CHECKING:
    import torch

# transformers' name of a layer's part: openai-whisper's.
PARTS = {
    "self_attn.q_proj": "attn.query",
    "self_attn.k_proj": "attn.key",
    "self_attn.v_proj": "attn.value",
    "self_attn.out_proj": "attn.out",
    "self_attn_layer_norm": "attn_ln",
    "encoder_attn.q_proj": "cross_attn.query",
    "encoder_attn.k_proj": "cross_attn.key",
    "encoder_attn.v_proj": "cross_attn.value",
    "encoder_attn.out_proj": "cross_attn.out",
    "encoder_attn_layer_norm": "cross_attn_ln",
    "fc1": "mlp.0",
    "fc2": "mlp.2",
    "final_layer_norm": "mlp_ln",
}
TOPS = {
    "encoder.conv1.weight": "encoder.conv1.weight",
    "encoder.conv1.bias": "encoder.conv1.bias",
    "encoder.conv2.weight": "encoder.conv2.weight",
    "encoder.conv2.bias": "encoder.conv2.bias",
    "encoder.embed_positions.weight": "encoder.positional_embedding",
    "encoder.layer_norm.weight": "encoder.ln_post.weight",
    "encoder.layer_norm.bias": "encoder.ln_post.bias",
    "decoder.embed_tokens.weight": "decoder.token_embedding.weight",
    "decoder.embed_positions.weight": "decoder.positional_embedding",
    "decoder.layer_norm.weight": "decoder.ln.weight",
    "decoder.layer_norm.bias": "decoder.ln.bias",
}
PROJECTION = "proj_out.weight"


def renamed(name: str) -> str | None:
    """openai-whisper's name for transformers' `name`, or None when it has none.

    >>> renamed("model.decoder.layers.3.encoder_attn.q_proj.weight")
    'decoder.blocks.3.cross_attn.query.weight'
    """
    name = name.removeprefix("model.")
    if name in TOPS:
        return TOPS[name]
    match name.split(".", 3):
        case [("encoder" | "decoder") as half, "layers", layer, rest]:
            part, _, leaf = rest.rpartition(".")
            return f"{half}.blocks.{layer}.{PARTS[part]}.{leaf}" if part in PARTS else None
    return None


def original(name: str) -> str:
    """transformers' name for openai-whisper's `name`: the way back of `renamed`.

    >>> original("encoder.blocks.0.mlp.2.bias")
    'model.encoder.layers.0.fc2.bias'
    """
    tops = {ours: theirs for theirs, ours in TOPS.items()}
    if name in tops:
        return f"model.{tops[name]}"
    half, _, layer, rest = name.split(".", 3)
    part, _, leaf = rest.rpartition(".")
    parts = {ours: theirs for theirs, ours in PARTS.items()}
    return f"model.{half}.layers.{layer}.{parts[part]}.{leaf}"


def weights(folder: Path, stem: str = "model") -> dict[str, torch.Tensor]:
    """The tensors of a folder under transformers' names, mapped. Raises ModelCorrupt, UsageError for none."""
    from meetbot.models.convert import unpickle

    readers: tuple[tuple[str, Callable[[Path], dict[str, torch.Tensor]]], ...] = (
        (f"{stem}.safetensors", _mapped),
        ("pytorch_model.bin" if stem == "model" else f"{stem}.bin", unpickle),
    )
    for name, read in readers:
        index = folder / f"{name}.index.json"
        if index.is_file():
            shards = sorted(set(_json(index)["weight_map"].values()))
            if any(Path(shard).name != shard for shard in shards):
                raise ModelCorrupt(f"{index.name} names files outside its folder.")
            if missing := [shard for shard in shards if not (folder / shard).is_file()]:
                raise ModelCorrupt(f"{', '.join(missing)} is missing in {folder}.", hint="Download the whole folder.")
            return {key: tensor for shard in shards for key, tensor in read(folder / shard).items()}
        if (folder / name).is_file():
            return read(folder / name)
    raise UsageError(f"{folder} has no {readers[0][0]} and no {readers[1][0]}.", kind="import")


def _mapped(path: Path) -> dict[str, torch.Tensor]:
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        found: dict[str, torch.Tensor] = load_file(path)
    except (SafetensorError, OSError) as error:
        raise ModelCorrupt(f"{path.name} is damaged or cut short.", hint="Download it again.") from error
    return found


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        raise UsageError(f"{path.parent} has no {path.name}.", kind="import") from error
    except ValueError as error:
        raise ModelCorrupt(f"{path.name} is not JSON.") from error
    return found


def read(folder: Path) -> Checkpoint:
    """The Whisper model of a transformers folder.

    Raises UsageError when it is no Whisper model or one that cannot be converted, ModelCorrupt when files are damaged.
    """
    config = _json(folder / "config.json")
    if config.get("model_type") != "whisper":
        raise UsageError(f"{folder} holds a {config.get('model_type')} model, not Whisper.", kind="import")
    if "quantization_config" in config:
        raise UsageError("Quantized folders cannot be imported.", hint="Import the original model.", kind="import")
    stored = weights(folder)
    tensors: dict[str, torch.Tensor] = {}
    for name, tensor in stored.items():
        if name == PROJECTION:
            continue
        target = renamed(name)
        if target is None:
            raise UsageError(f"{folder} has {name}, which Whisper has not.", kind="import")
        tensors[target] = tensor
    embedding = tensors.get("decoder.token_embedding.weight")
    if embedding is None and PROJECTION in stored:
        embedding = tensors["decoder.token_embedding.weight"] = stored[PROJECTION]
    if PROJECTION in stored and embedding is not None and not stored[PROJECTION].equal(embedding):
        raise UsageError(
            "Its output projection is not its token embedding; openai-whisper's model ties them.", kind="import"
        )
    try:
        dims = Dims(
            n_mels=config["num_mel_bins"],
            n_audio_ctx=config["max_source_positions"],
            n_audio_state=config["d_model"],
            n_audio_head=config["encoder_attention_heads"],
            n_audio_layer=config["encoder_layers"],
            n_vocab=config["vocab_size"],
            n_text_ctx=config["max_target_positions"],
            n_text_state=config["d_model"],
            n_text_head=config["decoder_attention_heads"],
            n_text_layer=config["decoder_layers"],
        )
    except KeyError as error:
        raise ModelCorrupt(f"config.json of {folder} does not say {error}.") from error
    generation = folder / "generation_config.json"
    heads = _json(generation).get("alignment_heads") if generation.is_file() else None
    return Checkpoint(tensors, dims, None if heads is None else tuple((int(layer), int(head)) for layer, head in heads))


def write(model: Checkpoint, folder: Path) -> None:
    """The model as a folder that transformers opens, with what its tokenizer, features and decoding need."""
    from meetbot.models import safetensors_file, vocabulary

    dims, words = model.dims, vocabulary.vocabulary(model.dims.n_vocab)
    tensors = {original(name): tensor for name, tensor in model.tensors.items()}
    safetensors_file.write(folder / "model.safetensors", tensors, {"format": "pt"})
    special = words.special
    config = {
        "architectures": ["WhisperForConditionalGeneration"],
        "model_type": "whisper",
        "activation_function": "gelu",
        "num_mel_bins": dims.n_mels,
        "max_source_positions": dims.n_audio_ctx,
        "d_model": dims.n_audio_state,
        "encoder_attention_heads": dims.n_audio_head,
        "encoder_layers": dims.n_audio_layer,
        "encoder_ffn_dim": 4 * dims.n_audio_state,
        "vocab_size": dims.n_vocab,
        "max_target_positions": dims.n_text_ctx,
        "decoder_attention_heads": dims.n_text_head,
        "decoder_layers": dims.n_text_layer,
        "decoder_ffn_dim": 4 * dims.n_text_state,
        "num_hidden_layers": dims.n_audio_layer,
        "is_encoder_decoder": True,
        "scale_embedding": False,
        "tie_word_embeddings": True,
        "torch_dtype": str(tensors["model.decoder.embed_tokens.weight"].dtype).removeprefix("torch."),
        "bos_token_id": special["<|endoftext|>"],
        "eos_token_id": special["<|endoftext|>"],
        "pad_token_id": special["<|endoftext|>"],
        "decoder_start_token_id": special["<|startoftranscript|>"],
    }
    generation: dict[str, Any] = {
        key: config[key] for key in ("bos_token_id", "eos_token_id", "pad_token_id", "decoder_start_token_id")
    } | {
        "is_multilingual": words.multilingual,
        "max_length": dims.n_text_ctx,
        "no_timestamps_token_id": special["<|notimestamps|>"],
        "prev_sot_token_id": special["<|startofprev|>"],
        "return_timestamps": False,
        "suppress_tokens": list(words.suppressed),
        "begin_suppress_tokens": list(words.suppressed_first),
    }
    if words.multilingual:
        generation["lang_to_id"] = {f"<|{code}|>": special[f"<|{code}|>"] for code in words.languages}
        generation["task_to_id"] = {task: special[f"<|{task}|>"] for task in ("transcribe", "translate")}
    if model.alignment_heads is not None:
        generation["alignment_heads"] = [list(head) for head in model.alignment_heads]
    features = {
        "feature_extractor_type": "WhisperFeatureExtractor",
        "processor_class": "WhisperProcessor",
        "feature_size": dims.n_mels,
        "sampling_rate": 16_000,
        "hop_length": 160,
        "n_fft": 400,
        "chunk_length": 30,
        "n_samples": 480_000,
        "nb_max_frames": 3000,
        "padding_value": 0.0,
        "padding_side": "right",
        "return_attention_mask": False,
    }
    written: Mapping[str, object] = {
        "config.json": config,
        "generation_config.json": generation,
        "preprocessor_config.json": features,
        "tokenizer.json": vocabulary.tokenizer(words),
        "tokenizer_config.json": {
            "tokenizer_class": "WhisperTokenizer",
            "processor_class": "WhisperProcessor",
            "bos_token": "<|endoftext|>",
            "eos_token": "<|endoftext|>",
            "pad_token": "<|endoftext|>",
            "unk_token": "<|endoftext|>",
            "model_max_length": 1024,
            "add_prefix_space": False,
        },
    }
    for name, content in written.items():
        (folder / name).write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
