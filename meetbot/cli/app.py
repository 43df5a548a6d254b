"""Which commands there are."""

from __future__ import annotations

from typing import Annotated

import typer

from meetbot.cli import (
    ask,
    bench_engine,
    cache,
    chat,
    config,
    diarize,
    doctor,
    draft,
    evaluate_notes,
    finetune,
    library,
    models,
    speakers,
    summarize,
    templates,
    transcribe,
)

HELP = """A private meeting assistant: a recording goes in; who said what, notes you can check, and answers come out.

Everything happens on this machine.

    meetbot summarize recording.m4a            notes as Markdown\n
    meetbot transcribe talk.mp4 -f srt         captions\n
    meetbot ask recording.m4a "Who will call the printer?"
"""


def _version(wanted: bool) -> None:
    if wanted:
        from meetbot import __version__

        typer.echo(f"meetbot {__version__}")
        raise typer.Exit


def _root(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="Print the version.")
    ] = False,
) -> None:
    pass


def build() -> typer.Typer:
    """The whole command tree. `--output_dir` works as `--output-dir` does, for whisper users."""
    app = typer.Typer(
        help=HELP,
        callback=_root,
        no_args_is_help=True,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
        context_settings={
            "help_option_names": ["-h", "--help"],
            "token_normalize_func": lambda token: token.replace("_", "-"),
        },
    )
    for command in (summarize.summarize, transcribe.transcribe, diarize.diarize, ask.ask, chat.chat, doctor.doctor):
        app.command()(command)
    library.register(app)
    app.add_typer(speakers.speakers_app, name="speakers")
    app.add_typer(evaluate_notes.evaluate_app, name="evaluate")
    app.add_typer(bench_engine.bench_app, name="bench")
    app.add_typer(finetune.finetune_app, name="finetune")
    app.add_typer(draft.draft_app, name="draft")
    app.add_typer(templates.templates_app, name="templates")
    app.add_typer(models.models_app, name="models")
    app.add_typer(cache.cache_app, name="cache")
    app.add_typer(config.config_app, name="config")
    return app
