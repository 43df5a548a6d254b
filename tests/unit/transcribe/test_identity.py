"""In float32 our tokens are whisper.decode's, window by window, in batches and with every drafter."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch
import whisper
from torch import Tensor
from whisper.model import Whisper
from whisper.tokenizer import get_tokenizer

from meetbot.domain import Drafting
from meetbot.transcribe.beam import search
from meetbot.transcribe.decoder import open_cache
from meetbot.transcribe.drafters import drafter
from meetbot.transcribe.drafters import trained as shelf
from meetbot.transcribe.drafters.heads import CtcHead, MedusaHeads
from meetbot.transcribe.encode import encode
from meetbot.transcribe.features import log_mel
from meetbot.transcribe.greedy import Decoded, Tally, decode
from meetbot.transcribe.kernels.plain import Plain
from meetbot.transcribe.rules import Rules
from meetbot.transcribe.weights import Decoder, decoder_weights, encoder_weights

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def features(tiny: Whisper, mels: Tensor) -> Tensor:
    return encode(encoder_weights(tiny, Plain(torch.float32)), mels)


@pytest.fixture(scope="module")
def decoder(tiny: Whisper) -> Decoder:
    return decoder_weights(tiny, Plain(torch.float32))


@pytest.fixture(scope="module")
def rules(tiny: Whisper) -> Rules:
    return Rules.of(get_tokenizer(False), tiny.dims.n_vocab, CPU)


@pytest.fixture(scope="module")
def theirs(tiny: Whisper, mels: Tensor) -> list[whisper.DecodingResult]:
    return [tiny.decode(mel, whisper.DecodingOptions(fp16=False, language="en")) for mel in mels]


def _prompt(rows: int) -> list[list[int]]:
    return [list(get_tokenizer(False).sot_sequence)] * rows


def _decode(
    decoder: Decoder,
    features: Tensor,
    rules: Rules,
    batch: int,
    *,
    draft: Drafting = "none",
    tally: Tally | None = None,
) -> list[Decoded]:
    found = []
    guesses = drafter(draft, decoder, rules)
    for some in torch.split(features, batch):
        found += decode(
            decoder, open_cache(decoder, some), _prompt(len(some)), rules, drafter=guesses, k=3, tally=tally
        )
    return found


def test_features_are_whispers(sample_piece: Tensor) -> None:
    ours = log_mel([sample_piece.numpy()], 80)[0]
    padded = whisper.pad_or_trim(sample_piece)
    torch.testing.assert_close(ours, whisper.log_mel_spectrogram(padded), atol=2e-5, rtol=1e-4)


@pytest.fixture
def sample_piece() -> Tensor:
    return torch.sin(torch.arange(16_000 * 7) * 0.05) * torch.linspace(0, 0.5, 16_000 * 7)


def test_encoder_is_whispers(tiny: Whisper, mels: Tensor, features: Tensor) -> None:
    with torch.no_grad():
        torch.testing.assert_close(features[:2], tiny.encoder(mels[:2]), atol=2e-3, rtol=1e-3)


@pytest.mark.parametrize("batch", [1, 4, 16])
def test_tokens_are_whispers_at_any_batch(
    batch: int, decoder: Decoder, features: Tensor, rules: Rules, theirs: list[whisper.DecodingResult]
) -> None:
    ours = _decode(decoder, features, rules, batch)
    assert [list(row.tokens) for row in ours] == [result.tokens for result in theirs]
    for row, result in zip(ours, theirs, strict=True):
        assert row.mean_logprob == pytest.approx(result.avg_logprob, abs=1e-3)


@pytest.fixture(scope="module")
def trained(tiny: Whisper, decoder: Decoder, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Drafters of every kind for the model, as bad as untrained ones are."""
    torch.manual_seed(1)
    target = shelf.fingerprint(decoder.embedding)
    networks: dict[shelf.Kind, torch.nn.Module] = {
        "ctc": CtcHead(decoder.width),
        "medusa": MedusaHeads(decoder.width, decoder.heads, 3),
        "decoder": shelf.DecoderDraft.of(tiny),
    }
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("data")
        patch.setattr("meetbot.paths.data", lambda: folder)
        for kind, network in networks.items():
            shelf.save(shelf.where(kind, target), kind, network, target, "untrained")
        yield


@pytest.mark.parametrize("batch", [1, 4, 16])
@pytest.mark.parametrize("draft", ["ngram", "lookahead", "layers", "ctc", "medusa", "decoder"])
@pytest.mark.usefixtures("trained")
def test_drafts_never_change_the_text(
    *,
    draft: Drafting,
    batch: int,
    decoder: Decoder,
    features: Tensor,
    rules: Rules,
    theirs: list[whisper.DecodingResult],
) -> None:
    drafted = Tally()
    found = _decode(decoder, features, rules, batch, draft=draft, tally=drafted)
    assert [list(row.tokens) for row in found] == [result.tokens for result in theirs]
    assert drafted.row_passes + drafted.accepted == drafted.tokens


def test_beams_are_whispers(tiny: Whisper, mels: Tensor, decoder: Decoder, features: Tensor, rules: Rules) -> None:
    """Windows together, which end at different steps; tokens and their probabilities."""
    found = search(decoder, open_cache(decoder, features[:3]), _prompt(3), rules, 5)
    for (row, *others), mel in zip(found, mels[:3], strict=True):
        options = whisper.DecodingOptions(fp16=False, language="en", beam_size=5)
        theirs = tiny.decode(mel, options)
        assert list(row.tokens) == theirs.tokens
        assert row.mean_logprob == pytest.approx(theirs.avg_logprob, abs=1e-3)
        assert len(row.probabilities) == len(row.tokens)
        assert len({row.tokens, *(other.tokens for other in others)}) == 5


def test_sampling_is_reproducible_and_depends_on_the_seed(decoder: Decoder, features: Tensor, rules: Rules) -> None:
    def sample(seed: int) -> tuple[int, ...]:
        cache = open_cache(decoder, features[:1])
        return decode(decoder, cache, _prompt(1), rules, temperature=1.0, seeds=[seed])[0].tokens

    assert sample(1) == sample(1)
    assert sample(1) != sample(2)


def test_text_goes_on_as_it_would_have(decoder: Decoder, features: Tensor, rules: Rules) -> None:
    """Rows cut off at different lengths are written to the same end, whatever stands behind the shorter ones."""
    whole = [row.tokens for row in _decode(decoder, features[:3], rules, 3)]
    kept = [row[: max(1, len(row) * part // 4)] for row, part in zip(whole, (1, 2, 3), strict=True)]
    more = decode(decoder, open_cache(decoder, features[:3]), _prompt(3), rules, written=kept)
    assert [(*begin, *row.tokens) for begin, row in zip(kept, more, strict=True)] == whole
