"""A back-channel in weekly-sync became "M-M-M-…" fifty times: too short a part of its window for zlib to see."""

import pytest

from meetbot.transcribe.fallback import loops


@pytest.mark.parametrize(
    "text",
    [
        "the week before Christmas. " + "M-" * 50 + " I think a help page would save us half of those.",
        "and then we " + "go on " * 9 + "to the next one",
        "哈" * 12,
    ],
)
def test_a_loop_anywhere_is_decoded_again(text: str) -> None:
    assert loops(text)


@pytest.mark.parametrize(
    "text", ["Ha ha ha ha, no, no, no!", "It cost 1,000,000,000 euros.", "Bye. Bye. Bye.", "Hmmmm, well"]
)
def test_what_people_say_is_kept(text: str) -> None:
    assert not loops(text)
