"""`meetbot speakers label`: the speakers of a meeting, one after the other, heard, suggested a name, and named."""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meetbot.cli import run
from meetbot.cli.bar import say
from meetbot.cli.kept import correct, kept_meeting, recording, remember
from meetbot.cli.library import Meeting
from meetbot.cli.options import Force, Json, with_settings
from meetbot.config import Settings
from meetbot.errors import UsageError

if TYPE_CHECKING:
    from meetbot.audio import Audio
    from meetbot.domain import Speaker, Utterance
    from meetbot.library import Kept

SNIPPETS = 2
LONGEST = 8.0
"""Seconds of a snippet: enough to know a voice."""


@dataclass(frozen=True, slots=True)
class Offer:
    """A speaker, two turns that sound most like them, and what they might be called (None: nobody knows)."""

    speaker: Speaker
    snippets: tuple[Utterance, ...]
    suggestion: dict[str, Any] | None


@with_settings("Machine")
def label(
    meeting: Meeting,
    *,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="FILE", help='Names as JSON, {"S1": "Ana"}: asks nothing.')
    ] = None,
    snippets: Annotated[
        Path | None, typer.Option("--snippets", metavar="DIR", help="Write the snippets into DIR, as WAV.")
    ] = None,
    play: Annotated[bool, typer.Option("--play/--no-play", help="Play the snippets, where there is a player.")] = True,
    voices: Annotated[bool, typer.Option("--voices/--no-voices", help="Remember the voices, too.")] = True,
    as_json: Json = False,
    force: Force = False,
    settings: Settings,
) -> None:
    """Name the speakers of a meeting, one after the other; suggestions come from voices and from what is said.

    Who has a name only because he is called so in the meeting is asked about, too.

    With --json speakers, snippets and suggestions are printed and nothing is asked or changed.

    Examples:

        meetbot speakers label weekly\n
        meetbot speakers label weekly --json --snippets snippets\n
        meetbot speakers label weekly --apply names.json
    """
    from meetbot.voices import editing

    kept = kept_meeting(meeting)
    if apply is not None:
        names = _names(apply)
    else:
        audio = _recording(kept, settings, needed=snippets is not None)
        offers = _offers(kept, audio, settings)
        if snippets is not None and audio is not None:
            _write(offers, audio, snippets, force)
        if as_json:
            speakers = [_plain(offer) for offer in offers]
            typer.echo(json.dumps({"schema_version": 1, "speakers": speakers}, ensure_ascii=False))
            return
        names = _asked(offers, audio if play else None)
    transcript, identities = kept.transcript, {}
    for speaker, chosen in names.items():
        identities[editing.speaker_of(transcript, speaker).id] = chosen
        transcript = editing.with_name(transcript, speaker, chosen)
    if names:
        correct(kept, transcript)
        if voices:
            remember(kept, transcript, identities, settings)
    say(f"Named {len(names)} speaker(s) in {kept.entry.title}.")


def _recording(kept: Kept, settings: Settings, *, needed: bool) -> Audio | None:
    """The recording, or None when it is gone and can be done without: names can still be given by what was said."""
    try:
        return recording(kept, settings)
    except UsageError as error:
        if needed:
            raise
        say(f"{error} Suggestions are from what is said alone.")
        return None


def _offers(kept: Kept, audio: Audio | None, settings: Settings) -> list[Offer]:
    from meetbot import names
    from meetbot.voices import heard, profiles, recognise

    transcript = kept.transcript
    voices = heard.hear(audio, transcript, offline=settings.offline) if audio else {}
    matches = recognise.recognise({one: voice.sample for one, voice in voices.items()}, profiles.load())
    called = names.heard(transcript)
    offers = []
    for speaker in transcript.speakers:
        suggestion: dict[str, Any] | None = None
        if match := matches.get(speaker.id):
            suggestion = {"name": match.name, "confidence": match.confidence, "source": "voice"}
        elif speaker.source == names.TALK:
            suggestion = _said(speaker.name, speaker.confidence, speaker.said_in)
        elif own := called.get(speaker.id):
            suggestion = _said(own.name, own.confidence, own.turns)
        voice = voices.get(speaker.id)
        turns = (
            [transcript.by_id[turn] for turn in voice.typical] if voice else list(heard.clear(transcript, speaker.id))
        )
        offers.append(Offer(speaker, tuple(turns[:SNIPPETS]), suggestion))
    return offers


def _said(name: str | None, confidence: float | None, turns: Sequence[str]) -> dict[str, Any]:
    return {"name": name, "confidence": confidence, "source": f"said in {', '.join(turns)}"}


def _plain(offer: Offer) -> dict[str, Any]:
    snippets = [
        {"turn": one.id, "start": one.start, "end": min(one.end, one.start + LONGEST), "text": one.text}
        for one in offer.snippets
    ]
    return asdict(offer.speaker) | {"snippets": snippets, "suggestion": offer.suggestion}


def _write(offers: list[Offer], audio: Audio, folder: Path, force: bool) -> None:
    from meetbot.voices.snippets import wav

    files = {
        folder / f"{offer.speaker.id}-{one.id}.wav": wav(audio.window(one.start, min(one.end, one.start + LONGEST)))
        for offer in offers
        for one in offer.snippets
    }
    run.check_free(files, force)
    for path, content in files.items():
        run.deliver(content, path)


def _asked(offers: list[Offer], audio: Audio | None) -> Mapping[str, str]:
    """What the user types for each speaker whom neither he nor a voice has named; an empty line changes nothing."""
    from meetbot.names import TALK
    from meetbot.voices.snippets import play

    names = {}
    for offer in offers:
        if offer.speaker.name and offer.speaker.source != TALK:
            continue
        say(f"{offer.speaker.id}, {offer.speaker.talk_time:.0f} s:")
        for one in offer.snippets:
            say(f"  {one.start:7.1f} s  {one.text[:120]}")
            if audio is not None:
                play(audio.window(one.start, min(one.end, one.start + LONGEST)))
        if offer.suggestion:
            say(f"  Perhaps {offer.suggestion['name']} ({offer.suggestion['source']}).")
        try:
            typed = typer.prompt("  Name", default="", show_default=False, err=True).strip()
        except typer.Abort:
            if sys.stdin.isatty():
                raise
            break  # the end of what is piped in
        if typed:
            names[offer.speaker.id] = typed
    return names


def _names(file: Path) -> Mapping[str, str]:
    hint = 'It looks like {"S1": "Ana", "S2": "Ben"}.'
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read as JSON.", hint=hint) from error
    if not isinstance(given, dict) or not all(isinstance(value, str) and value.strip() for value in given.values()):
        raise UsageError(f"{file} is not an object of names.", hint=hint)
    return given
