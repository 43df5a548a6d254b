"""Where a setting is from, and what is said when one is wrong."""

from pathlib import Path

import pytest

from meetbot import paths
from meetbot.config import resolve
from meetbot.errors import UsageError


@pytest.fixture(autouse=True)
def _elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))


def test_the_stronger_voice_wins(monkeypatch: pytest.MonkeyPatch) -> None:
    assert resolve().settings.model == "base"
    user = paths.config() / "config.toml"
    user.parent.mkdir(parents=True)
    user.write_text('model = "tiny"\nmin-speakers = 2\n')
    assert resolve().settings.model == "tiny"
    Path("meetbot.toml").write_text('model = "small"\n')
    assert resolve().settings.model == "small"
    monkeypatch.setenv("MEETBOT_MODEL", "medium")
    assert resolve().settings.model == "medium"
    found = resolve({"model": "turbo", "language": None})
    assert found.settings.model == "turbo"
    assert found.settings.min_speakers == 2
    assert found.origins["model"] == "--model"
    assert found.origins["min_speakers"] == str(user)
    assert found.origins["language"] == "default"


def test_words_become_values(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETBOT_OFFLINE", "1")
    monkeypatch.setenv("MEETBOT_SPEAKERS", "4")
    assert resolve().settings.offline is True
    assert resolve().settings.speakers == 4


def test_a_wrong_value_is_named_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEETBOT_SPEAKERS", "four")
    with pytest.raises(UsageError, match="MEETBOT_SPEAKERS"):
        resolve()


def test_an_unknown_key_suggests_the_known_one() -> None:
    Path("meetbot.toml").write_text('modell = "base"\n')
    with pytest.raises(UsageError) as caught:
        resolve()
    assert caught.value.hint == "Did you mean model?"


def test_a_broken_file_is_a_usage_error() -> None:
    Path("meetbot.toml").write_text("model = \n")
    with pytest.raises(UsageError, match="cannot be read"):
        resolve()
