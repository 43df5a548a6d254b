"""`speakers name weekly S1 ""` took the name away, said so as if it were done, and wanted one afterwards."""

from __future__ import annotations

import pytest

from tests.end_to_end.command import here


@pytest.mark.parametrize("name", ["", "  "])
def test_a_name_is_needed(name: str) -> None:
    found = here("speakers", "name", "weekly", "S1", name)
    assert found.code == 2
    assert found.err.startswith("Error: A name is needed.")
