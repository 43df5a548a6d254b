"""`meetbot speakers`: whose voices are known, and who is who in a meeting."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from meetbot.cli import run
from meetbot.cli.bar import say
from meetbot.cli.library import Meeting
from meetbot.cli.options import Force, Json, Quiet, with_settings
from meetbot.config import Settings
from meetbot.errors import MeetbotError, UsageError

if TYPE_CHECKING:
    from meetbot.domain import Diarization, Transcript
    from meetbot.library import Kept

speakers_app = typer.Typer(help="Whose voices are known, and who is who in a meeting.", no_args_is_help=True)

Who = Annotated[str, typer.Argument(metavar="SPEAKER", help="An id such as S1, or a name.", show_default=False)]
Name = Annotated[str, typer.Argument(metavar="NAME", help="What the person is called.", show_default=False)]


@speakers_app.command("list")
def list_voices(as_json: Json = False) -> None:
    """List everybody whose voice is known, and from where.

    Examples:

        meetbot speakers list
    """
    from meetbot.voices import profiles

    known = profiles.load().people
    if as_json:
        people = [
            {
                "name": one.name,
                "seconds": round(sum(sample.seconds for sample in one.samples), 1),
                "sources": [sample.source for sample in one.samples],
            }
            for one in known
        ]
        typer.echo(json.dumps({"schema_version": 1, "people": people}, ensure_ascii=False))
        return
    for one in known:
        seconds = sum(sample.seconds for sample in one.samples)
        typer.echo(f"{one.name}  {seconds:.0f} s of speech from {len(one.samples)} recording(s)")
    if not known:
        say("No voices are known. `meetbot speakers enroll NAME CLIP` or `speakers name MEETING S1 NAME` teaches one.")


@speakers_app.command()
@with_settings("Machine")
def enroll(
    name: Name,
    clips: Annotated[list[str], typer.Argument(metavar="CLIP...", help="Recordings of this person alone.")],
    *,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Learn a voice from recordings of one person alone.

    Examples:

        meetbot speakers enroll Ana ana.wav\n
        meetbot speakers enroll "Ben Ito" ben-1.m4a ben-2.m4a
    """
    from meetbot.voices import profiles, recognise

    samples = []
    for clip in clips:
        stages = run.pipeline(settings, "diarize", quiet=quiet)
        recording = stages.open(clip)
        found = stages.diarize(recording).value
        speaker = recognise.only_speaker(found, clip)
        samples.append(recognise.sample(found, speaker, source=recording.sha256))
    profiles.save(profiles.load().enrolled(name, samples))
    say(f"Learned the voice of {name} from {len(samples)} recording(s).")


@speakers_app.command()
@with_settings("Machine")
def name(
    meeting: Meeting,
    speaker: Who,
    name: Name,
    *,
    remember: Annotated[bool, typer.Option("--remember/--no-voices", help="Remember the voice, too.")] = True,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Say who a speaker of a meeting is: transcript, notes and later meetings know it from then on.

    Examples:

        meetbot speakers name weekly S1 Ana\n
        meetbot speakers name weekly S2 Ben --no-voices
    """
    from meetbot.voices import editing

    kept = _kept(meeting)
    identity = editing.speaker_of(kept.transcript, speaker).id
    _correct(kept, editing.with_name(kept.transcript, speaker, name))
    say(f"{identity} is {name} in {kept.entry.title}.")
    if remember:
        _remember(kept, {identity: name}, settings, quiet)


@speakers_app.command()
def merge(meeting: Meeting, speaker: Who, other: Who) -> None:
    """Make two speakers of a meeting one: everything OTHER said was said by SPEAKER.

    Examples:

        meetbot speakers merge weekly S1 S4
    """
    from meetbot.voices import editing

    kept = _kept(meeting)
    stays, goes = (editing.speaker_of(kept.transcript, one).id for one in (speaker, other))
    _correct(kept, editing.merged(kept.transcript, speaker, other), {goes: stays})
    say(f"{goes} is {stays} in {kept.entry.title}.")


@speakers_app.command()
@with_settings("Machine")
def label(
    meeting: Meeting,
    *,
    apply: Annotated[
        Path | None, typer.Option("--apply", metavar="FILE", help='Names as JSON, {"S1": "Ana"}: asks nothing.')
    ] = None,
    remember: Annotated[bool, typer.Option("--remember/--no-voices", help="Remember the voices, too.")] = True,
    as_json: Json = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Name the speakers of a meeting, one after the other; suggestions come from voices and introductions.

    With --json the speakers and suggestions are printed and nothing is asked or changed.

    Examples:

        meetbot speakers label weekly\n
        meetbot speakers label weekly --apply names.json
    """
    from meetbot.voices import editing

    kept = _kept(meeting)
    if apply is not None:
        names = _names(apply)
    else:
        offers = _offers(kept, settings, quiet)
        if as_json:
            typer.echo(json.dumps({"schema_version": 1, "speakers": offers}, ensure_ascii=False))
            return
        names = _asked(offers)
    transcript, identities = kept.transcript, {}
    for speaker, chosen in names.items():
        identities[editing.speaker_of(transcript, speaker).id] = chosen
        transcript = editing.with_name(transcript, speaker, chosen)
    if names:
        _correct(kept, transcript)
        if remember:
            _remember(kept, identities, settings, quiet)
    say(f"Named {len(names)} speaker(s) in {kept.entry.title}.")


@speakers_app.command()
def forget(name: Name) -> None:
    """Delete everything that is known about somebody's voice. Transcripts keep the name.

    Examples:

        meetbot speakers forget Ana
    """
    from meetbot.voices import profiles

    known = profiles.load()
    gone = known.find(name).name
    profiles.save(known.forgotten(name))
    say(f"The voice of {gone} is forgotten.")


@speakers_app.command("export")
def export_voices(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="Where to.")], *, force: Force = False
) -> None:
    """Write all known voices to a file, for another machine. It is biometric data: keep it safe.

    Examples:

        meetbot speakers export voices.json
    """
    from meetbot import codec
    from meetbot.voices import profiles

    run.check_free([file], force)
    run.deliver(codec.to_json(profiles.load()), file)


@speakers_app.command("import")
def import_voices(file: Annotated[Path, typer.Argument(metavar="FILE", help="What `export` wrote.")]) -> None:
    """Add the voices in a file to those known here.

    Examples:

        meetbot speakers import voices.json
    """
    from meetbot.voices import profiles

    if not file.exists():
        raise UsageError(f"There is no file {file}.")
    known, more = profiles.load(), profiles.load(file)
    if more.model != known.model:
        raise UsageError(f"The voices in {file} are of another model, {more.model}.")
    for person in more.people:
        known = known.enrolled(person.name, person.samples)
    profiles.save(known)
    say(f"Learned {len(more.people)} voice(s).")


def _kept(meeting: str) -> Kept:
    from meetbot.library import Library

    with Library.open() as library:
        return library.load(library.find(meeting).id)


def _correct(kept: Kept, transcript: Transcript, moved: dict[str, str] | None = None) -> None:
    from meetbot.library import Library
    from meetbot.voices import editing

    notes = editing.notes_after(kept.notes, transcript, moved) if kept.notes else None
    with Library.open() as library:
        library.correct(kept.entry.id, transcript, notes)


def _heard(kept: Kept, settings: Settings, quiet: bool) -> Diarization | None:
    """The meeting's voices: from the cache, or by listening again; None when the recording is gone."""
    source = kept.entry.source
    if not source or not Path(source).is_file():
        return None
    stages = run.pipeline(settings, "diarize", quiet=quiet)
    recording = stages.open(source)
    if recording.sha256 != kept.entry.sha256:
        return None
    return stages.diarize(recording).value


def _remember(kept: Kept, names: dict[str, str], settings: Settings, quiet: bool) -> None:
    from meetbot.voices import profiles, recognise

    found = _heard(kept, settings, quiet)
    if found is None:
        say("The recording is not where it was: the name is kept, the voice cannot be learned.")
        return
    known = profiles.load()
    for speaker, chosen in names.items():
        try:
            known = known.enrolled(chosen, [recognise.sample(found, speaker, source=kept.entry.sha256)])
        except MeetbotError as error:
            say(f"{speaker}: {error}")
    profiles.save(known)


def _names(file: Path) -> dict[str, str]:
    try:
        given = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise UsageError(f"{file} cannot be read as JSON.", hint='It looks like {"S1": "Ana", "S2": "Ben"}.') from error
    if not isinstance(given, dict) or not all(isinstance(value, str) and value.strip() for value in given.values()):
        raise UsageError(f"{file} is not an object of names.", hint='It looks like {"S1": "Ana", "S2": "Ben"}.')
    return given


def _offers(kept: Kept, settings: Settings, quiet: bool) -> list[dict[str, Any]]:
    """Each speaker with two of their longest turns, and what they might be called."""
    from meetbot.voices import introductions, profiles, recognise

    found = _heard(kept, settings, quiet)
    matches = recognise.recognise(found, profiles.load()) if found else {}
    introduced = introductions.introductions(kept.transcript)
    offers = []
    for speaker in kept.transcript.speakers:
        said = [each for each in kept.transcript.utterances if each.speaker == speaker.id and not each.overlap]
        longest = sorted(said, key=lambda each: each.start - each.end)[:2]
        suggestion: dict[str, Any] | None = None
        if match := matches.get(speaker.id):
            suggestion = {"name": match.name, "confidence": match.confidence, "source": "voice"}
        elif own := introduced.get(speaker.id):
            suggestion = {"name": own.name, "confidence": None, "source": f"introduction in {own.turn}"}
        snippets = [{"turn": each.id, "start": each.start, "end": each.end, "text": each.text} for each in longest]
        offers.append(asdict(speaker) | {"snippets": snippets, "suggestion": suggestion})
    return offers


def _asked(offers: list[dict[str, Any]]) -> dict[str, str]:
    """What the user types for each unnamed speaker; an empty line leaves the speaker unnamed."""
    names = {}
    for offer in offers:
        if offer["name"]:
            continue
        say(f"{offer['id']}, {offer['talk_time']:.0f} s:")
        for snippet in offer["snippets"]:
            say(f"  {snippet['start']:7.1f} s  {snippet['text'][:120]}")
        suggestion = offer["suggestion"]
        if suggestion:
            say(f"  Perhaps {suggestion['name']} ({suggestion['source']}).")
        typed = typer.prompt("  Name", default="", show_default=False, err=True).strip()
        if typed:
            names[offer["id"]] = typed
    return names
