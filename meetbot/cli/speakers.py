"""`meetbot speakers`: whose voices are known, and who is who in a meeting."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated

import typer

from meetbot.cli import label, run
from meetbot.cli.bar import progress, say
from meetbot.cli.kept import correct, kept_meeting, recording, remember
from meetbot.cli.library import Meeting
from meetbot.cli.options import Force, Json, Quiet, with_settings
from meetbot.config import Settings
from meetbot.errors import UsageError

speakers_app = typer.Typer(help="Whose voices are known, and who is who in a meeting.", no_args_is_help=True)
speakers_app.command()(label.label)

Who = Annotated[str, typer.Argument(metavar="SPEAKER", help="An id such as S1, or a name.", show_default=False)]


def _said(name: str) -> str:
    if not name.strip():
        raise UsageError("A name is needed.", hint="meetbot speakers name weekly S1 Ana")
    return name


Name = Annotated[
    str, typer.Argument(metavar="NAME", help="What the person is called.", show_default=False, callback=_said)
]


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
        opened = stages.open(clip)
        found = stages.diarize(opened).value
        speaker = recognise.only_speaker(found, clip)
        samples.append(recognise.enough(recognise.samples(found, source=opened.sha256).get(speaker)))
    profiles.save(profiles.load().enrolled(name, samples))
    progress(quiet).note(f"Learned the voice of {name} from {len(samples)} recording(s).")


@speakers_app.command()
@with_settings("Machine")
def name(
    meeting: Meeting,
    speaker: Who,
    name: Name,
    *,
    voices: Annotated[bool, typer.Option("--voices/--no-voices", help="Remember the voice, too.")] = True,
    settings: Settings,
) -> None:
    """Say who a speaker of a meeting is: transcript, notes and later meetings know it from then on.

    Examples:

        meetbot speakers name weekly S1 Ana\n
        meetbot speakers name weekly S2 Ben --no-voices
    """
    from meetbot.voices import editing

    kept = kept_meeting(meeting)
    identity = editing.speaker_of(kept.transcript, speaker).id
    transcript = editing.with_name(kept.transcript, speaker, name)
    correct(kept, transcript)
    say(f"{identity} is {name} in {kept.entry.title}.")
    if voices:
        remember(kept, transcript, {identity: name}, settings)


@speakers_app.command()
def merge(meeting: Meeting, speaker: Who, other: Who) -> None:
    """Make two speakers of a meeting one: everything OTHER said was said by SPEAKER.

    Examples:

        meetbot speakers merge weekly S1 S4
    """
    from meetbot.voices import editing

    kept = kept_meeting(meeting)
    stays, goes = (editing.speaker_of(kept.transcript, one).id for one in (speaker, other))
    correct(kept, editing.merged(kept.transcript, speaker, other), {goes: stays})
    say(f"{goes} is {stays} in {kept.entry.title}.")


@speakers_app.command()
@with_settings("Machine")
def split(meeting: Meeting, speaker: Who, *, settings: Settings) -> None:
    """Make two of a speaker in whom two people were taken for one, by what their turns sound like.

    Examples:

        meetbot speakers split weekly S2
    """
    from meetbot.voices import editing, heard

    kept = kept_meeting(meeting)
    one = editing.speaker_of(kept.transcript, speaker)
    other = heard.other_voice(recording(kept, settings), kept.transcript, one.id, offline=settings.offline)
    transcript, fresh = editing.split(kept.transcript, one.id, other)
    correct(kept, transcript, divided=(one.id, fresh))
    turns = sum(said.speaker == fresh for said in transcript.utterances)
    say(f"{turns} of {one.turns} turns of {one.id} are of {fresh} in {kept.entry.title}.")


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
