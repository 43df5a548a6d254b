"""`meetbot doctor`: what the machine has, what is missing and how to mend it."""

from __future__ import annotations

import json

import typer

from meetbot.cli.options import Json
from meetbot.errors import ModelError


def doctor(as_json: Json = False) -> None:
    """Say what this machine has, what is missing and how to mend it.

    Nothing is changed and no socket is opened. Ends with exit code 4 when something must be mended first.

    Example: meetbot doctor
    """
    from dataclasses import asdict

    from meetbot.doctor import examine

    findings = examine()
    if as_json:
        plain = [asdict(finding) for finding in findings]
        typer.echo(json.dumps({"schema_version": 1, "findings": plain}, ensure_ascii=False))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            mark = {"ok": " ", "note": "-", "bad": "!"}[finding.verdict]
            typer.echo(f"{mark} {finding.name:<{width}}  {finding.value}")
            if finding.mend:
                typer.echo(f"  {'':<{width}}  -> {finding.mend}")
    if any(finding.verdict == "bad" for finding in findings):
        raise typer.Exit(ModelError.exit_code)
