from meetbot.notes.ground import owner_present, unsupported
from tests.unit.notes.people import conversation

TALK = conversation(
    "Ana: We launch the website on the thirtieth.",
    "Ben: Fine, and I'll send the contract to Harbour.",
    "Ana: The price is fifty per seat.",
    "Ben: Agreed.",
    "Ana: Next subject.",
    "Ben: The weather.",
    "Ana: Zurich is nice.",
)


def test_said_in_the_turn_is_supported() -> None:
    assert unsupported(TALK, "Send the contract to Harbour", ["T2"]) is None


def test_said_close_by_is_supported() -> None:
    assert unsupported(TALK, "The price is 50 per seat", ["T4"]) is None


def test_a_number_nobody_said() -> None:
    assert "80" in (unsupported(TALK, "The price is 80 per seat", ["T3"]) or "")


def test_a_name_nobody_said() -> None:
    assert "Millbrook" in (unsupported(TALK, "Send the contract to Millbrook", ["T2"]) or "")


def test_said_far_away_does_not_count() -> None:
    assert unsupported(TALK, "Zurich is nice", ["T1"]) is not None


def test_turns_that_do_not_exist() -> None:
    assert unsupported(TALK, "Send the contract", ["T99"]) == "there is no turn T99"
    assert unsupported(TALK, "Send the contract", []) is not None


def test_other_words() -> None:
    assert unsupported(TALK, "Hire three accountants urgently", ["T2"]) is not None


def test_owner_speaks_or_is_named() -> None:
    assert owner_present(TALK, "Ben", ["T2"])
    assert owner_present(TALK, "Harbour", ["T2"])
    assert not owner_present(TALK, "Priya", ["T2"])
