"""The catalogue's facts agree with each other."""

from collections import Counter

import pytest

from meetbot.errors import UsageError
from meetbot.models import DEFAULTS
from meetbot.models.catalogue import Entry, catalogue
from meetbot.models.convert import CONVERTERS
from meetbot.models.pull import entry
from tests.unit.models.conftest import Shop

ALL = catalogue().models


@pytest.mark.parametrize("model", ALL, ids=lambda model: model.id)
def test_every_model_says_what_it_is_and_where_it_is_from(model: Entry) -> None:
    assert model.purpose
    assert model.licence
    assert model.bytes
    assert model.convert in CONVERTERS
    assert model.openai or model.files
    for file in model.files:
        if model.source != "carriers":
            continue
        assert len(file.sha256) == 64
        assert sum(part.size for part in file.parts) == file.size
        for part in file.parts:
            assert part.carrier in catalogue().carriers
            assert len(part.sha256 or file.sha256) == 64


def test_no_name_means_two_models() -> None:
    names = Counter(name for model in ALL for name in {model.id, *model.aliases})
    assert [name for name, count in names.items() if count > 1] == []


@pytest.mark.parametrize(
    ("name", "model"),
    [("base", "whisper-base"), ("BASE", "whisper-base"), ("turbo", "whisper-large-v3-turbo"), ("campplus", "campplus")],
)
def test_models_answer_to_the_names_whisper_users_type(name: str, model: str) -> None:
    assert entry(name).id == model


def test_the_defaults_need_no_hub() -> None:
    assert {entry(name).source for name in DEFAULTS} == {"carriers"}


def test_an_unknown_name_is_the_users_mistake() -> None:
    with pytest.raises(UsageError, match="grande"):
        entry("grande")


def test_models_of_one_carrier_come_together() -> None:
    together = {model.id for model in catalogue().sharing(entry("campplus"))}
    assert together == {"campplus", "segmentation-3.0"}


def test_the_users_own_catalogue_adds_models(shop: Shop) -> None:
    assert entry("plaything").id == "toy"
    assert entry("base").id == "whisper-base"
