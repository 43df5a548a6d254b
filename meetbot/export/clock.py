"""Seconds as people and subtitle formats write them, and links to a moment of a recording. Pure."""

from __future__ import annotations

from urllib.parse import quote


def clock(seconds: float) -> str:
    """A time to read, to the second below: 724.9 is "12:04", 3729 is "1:02:09"."""
    minutes, second = divmod(int(seconds), 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours}:{minute:02}:{second:02}" if hours else f"{minute}:{second:02}"


def stamp(seconds: float, mark: str = ".") -> str:
    """A caption's time: 3729.004 is "01:02:09.004"; SubRip wants `mark` ","."""
    whole, rest = divmod(round(1000 * seconds), 1000)
    minutes, second = divmod(whole, 60)
    hours, minute = divmod(minutes, 60)
    return f"{hours:02}:{minute:02}:{second:02}{mark}{rest:03}"


def spell(seconds: float) -> str:
    """A duration in words: 42 is "42s", 481 is "8m 1s", 3900 is "1h 5m"."""
    minutes, second = divmod(round(seconds), 60)
    hours, minute = divmod(minutes, 60)
    if hours:
        return f"{hours}h {minute}m"
    return f"{minutes}m {second}s" if minutes else f"{second}s"


def link(media: str, seconds: float) -> str:
    """The address of a moment, as a media fragment (W3C Media Fragments 1.0): "weekly.flac#t=724".

    Everything but letters, digits and slashes is percent-encoded: a file name can be no scheme and close no bracket.
    """
    return f"{quote(media, safe='/')}#t={int(seconds)}"
