"""`… | meetbot correct MEETING --apply -` took nothing for a text in which every turn was deleted."""

from __future__ import annotations

import pytest

from meetbot.errors import UsageError
from meetbot.library.correcting import apply
from tests.unit.export.meetings import WEEKLY


@pytest.mark.parametrize("text", ["", "\n\n", "# only a remark\n", "S1 = Ana\n"])
def test_a_text_without_turns_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="no turns") as raised:
        apply(text, WEEKLY)
    assert raised.value.hint == "Nothing was changed."
