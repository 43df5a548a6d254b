from __future__ import annotations

from xml.etree import ElementTree

from meetbot.diarize import plot
from meetbot.domain import Turn

TURNS = (Turn("S1", 10.0, 12.0), Turn("S2", 11.5, 13.0), Turn("S1", 14.0, 15.0))


def test_the_picture_is_xml_with_a_bar_a_turn_and_one_for_the_overlap() -> None:
    root = ElementTree.fromstring(plot.svg(TURNS, 10.0, {"S1": "Ana <3"}, start=10.0))
    bars = [bar for bar in root.iter("{http://www.w3.org/2000/svg}rect") if bar.find("{*}title") is not None]
    assert len(bars) == len(TURNS) + 1
    text = "".join(root.itertext())
    assert "Ana <3" in text
    assert "0:03 · 67 %" in text


def test_overlaps_are_where_two_speak() -> None:
    assert plot.overlapped(TURNS) == [(11.5, 12.0)]


def test_a_line_of_blocks() -> None:
    assert plot.blocks(TURNS, 10.0, 16.0, 6, colour=False) == "112·1·"
    assert plot.blocks((), 0.0, 5.0, 3) == "···"
    assert plot.blocks(TURNS, 10.0, 16.0, 6).count("█") == 4
