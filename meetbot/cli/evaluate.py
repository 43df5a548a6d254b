"""`meetbot evaluate`: how good it is, on recordings with references."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperGroup

from meetbot.cli import run
from meetbot.cli.options import Force, Json, Output, Quiet, Restart, with_settings
from meetbot.config import Settings

if TYPE_CHECKING:
    from meetbot.evaluate.languages import WordsReport
    from meetbot.evaluate.meetings import MeetingsReport
    from meetbot.evaluate.times import TimeErrors
    from meetbot.evaluate.voices import VoicesReport

Folders = Annotated[
    list[Path],
    typer.Argument(
        metavar="FOLDER", help="Folders, or single recordings, with references beside them.", show_default=False
    ),
]
TextLanguage = Annotated[
    str | None,
    typer.Option("--reference-language", metavar="CODE", help="Language of the references.", rich_help_panel="Input"),
]


class _Default(TyperGroup):
    """`meetbot evaluate FOLDER` is `meetbot evaluate meetings FOLDER`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in (*self.commands, "--help", "-h"):
            args = ["meetings", *args]
        return super().parse_args(ctx, args)


evaluate_app = typer.Typer(
    cls=_Default,
    no_args_is_help=True,
    help="""Measure meetbot on recordings with references.

meetbot evaluate samples              whole meetings: words and speakers\n
meetbot evaluate words speech         single utterances, by language\n
meetbot evaluate times samples        when words were said\n
meetbot evaluate voices one two       whether people of one meeting are known in the next

References lie beside a recording: talk.flac, talk.stm (who said what), talk.rttm (who spoke when), talk.ctm (words
with times). Errors are pooled over recordings; intervals are bootstrapped over them (95 %).
""",
)


@evaluate_app.command()
@with_settings("Speech", "Speakers", "Machine")
def meetings(
    folders: Folders,
    *,
    words_only: Annotated[
        bool, typer.Option("--words-only", help="Do not tell speakers apart.", rich_help_panel="Input")
    ] = False,
    joins: Annotated[
        bool,
        typer.Option(
            "--joins", help="Compare with WhisperX's way of joining words and turns.", rich_help_panel="Input"
        ),
    ] = False,
    reference_language: TextLanguage = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Score whole meetings: WER, cpWER, tcpWER, WDER, DER, JER and the number of speakers.

    Examples:

        meetbot evaluate samples\n
        meetbot evaluate meetings ami composed --json -o scores.json
    """
    from meetbot import codec
    from meetbot.evaluate.meetings import report, score_joins, score_meeting
    from meetbot.evaluate.references import find

    references = find(folders, language=reference_language)
    target = run.named(output)
    run.check_free([target] if target else [], force)
    settings = replace(settings, diarize=settings.diarize and not words_only)
    stages = run.pipeline(replace(settings, library=False), "transcribe", restart=restart, quiet=quiet)
    rows, joined = [], []
    for reference in references:
        recording = stages.open(reference.audio)
        turns = stages.diarize(recording).value.turns if settings.diarize else None
        transcript = stages.transcribe(recording) if reference.said is not None else None
        rows.append(score_meeting(reference, transcript, turns, stages.facts(recording).value.info.duration))
        if joins and transcript is not None and turns is not None:
            joined.append(score_joins(reference, transcript, turns))
    scores = report(rows, joined)
    run.deliver(codec.to_json(scores, indent=2) if as_json else _meetings_table(scores), target, quiet=quiet)


@evaluate_app.command()
@with_settings("Speech", "Machine")
def words(
    folders: Folders,
    *,
    by: Annotated[
        str, typer.Option("--by", metavar="language|utterance", help="One row for each.", rich_help_panel="Output")
    ] = "language",
    detect: Annotated[
        bool,
        typer.Option("--detect", help="Let the model find the language, not the reference.", rich_help_panel="Input"),
    ] = False,
    reference_language: TextLanguage = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Score single utterances by language and corpus: WER, or CER where a language writes no spaces.

    A folder's manifest.json names its utterances with text, language and corpus; recordings with .stm do as well.
    Languages that an English-only model does not know are left out, and counted.

    Examples:

        meetbot evaluate words speech --by language\n
        meetbot evaluate words speech --model small --json
    """
    from meetbot import codec
    from meetbot.cli.bar import progress
    from meetbot.errors import UsageError
    from meetbot.evaluate.languages import by_language, score_utterance
    from meetbot.evaluate.references import find

    if by not in ("language", "utterance"):
        raise UsageError(f"Words are not grouped by {by}.", hint="Use --by language or --by utterance.")
    references = [found for found in find(folders, language=reference_language) if found.said is not None]
    target = run.named(output)
    run.check_free([target] if target else [], force)
    rows = []
    unknown: list[UsageError] = []
    for reference in references:
        language = settings.language or (None if detect else reference.language)
        chosen = replace(settings, diarize=False, language=language)
        stages = run.pipeline(replace(chosen, library=False), "transcribe", restart=restart, quiet=quiet)
        try:
            transcript = stages.transcribe(stages.open(reference.audio))
        except UsageError as error:
            if error.code != "usage.english_only":
                raise
            unknown.append(error)
            continue
        heard = " ".join(part.text for part in transcript.utterances)
        rows.append(score_utterance(reference, heard, transcript.language))
    if unknown and not rows:
        raise unknown[0]
    if unknown:
        progress(quiet).note(f"{unknown[0]} Left out: {len(unknown)} utterances in other languages.")
    scores = by_language(rows)
    run.deliver(codec.to_json(scores, indent=2) if as_json else _words_table(scores, by), target, quiet=quiet)


@evaluate_app.command()
@with_settings("Speech", "Speakers", "Machine")
def times(
    folders: Folders,
    *,
    reference_language: TextLanguage = None,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Score when words were said, against .ctm (words) and .stm (utterances).

    Examples:

        meetbot evaluate times samples
    """
    from meetbot import codec
    from meetbot.evaluate.references import find
    from meetbot.evaluate.times import TimesReport, read_ctm, time_errors, utterance_offsets, word_offsets

    target = run.named(output)
    run.check_free([target] if target else [], force)
    stages = run.pipeline(replace(settings, library=False), "transcribe", restart=restart, quiet=quiet)
    single, whole = [], []
    for reference in find(folders, language=reference_language):
        if reference.said is None:
            continue
        transcript = stages.transcribe(stages.open(reference.audio))
        language = reference.language or transcript.language
        heard = sorted((word for part in transcript.utterances for word in part.words), key=lambda word: word.start)
        whole.append(utterance_offsets(reference.said, heard, language))
        ctm = reference.audio.with_suffix(".ctm")
        if ctm.is_file():
            single.append(word_offsets(read_ctm(ctm), heard, language))
    scores = TimesReport(words=time_errors(single), utterances=time_errors(whole))
    if as_json:
        run.deliver(codec.to_json(scores, indent=2), target, quiet=quiet)
    else:
        run.deliver(_times_table({"words": scores.words, "utterances": scores.utterances}), target, quiet=quiet)


@evaluate_app.command()
@with_settings("Speakers", "Machine")
def voices(
    folders: Folders,
    *,
    output: Output = None,
    as_json: Json = False,
    force: Force = False,
    restart: Restart = False,
    quiet: Quiet = False,
    settings: Settings,
) -> None:
    """Score how well people are known again: names given wrongly, names missing, equal error rate of the comparisons.

    Meetings are heard in the order given; everybody is enrolled where they first speak. Voices known to this machine
    play no part, and none is kept.

    Examples:

        meetbot evaluate voices samples/team-1.flac samples/team-2.flac samples/team-3.flac
    """
    from meetbot import codec
    from meetbot.evaluate.references import find
    from meetbot.evaluate.voices import Acquaintance

    target = run.named(output)
    run.check_free([target] if target else [], force)
    stages = run.pipeline(replace(settings, library=False), "diarize", restart=restart, quiet=quiet)
    met = Acquaintance()
    for reference in find(folders):
        if reference.turns is not None:
            met.meet(reference.name, reference.turns, stages.diarize(stages.open(reference.audio)).value)
    scores = met.report()
    run.deliver(codec.to_json(scores, indent=2) if as_json else _voices_table(scores), target, quiet=quiet)


# ---------------------------------------------------------------------------------------------- tables


def _render(*tables: Any) -> str:
    """Tables as plain text, as wide as they need to be: they are read in files and in reports, too."""
    import io

    from rich.console import Console

    page = io.StringIO()
    console = Console(file=page, width=160, no_color=True)
    for table in tables:
        console.print(table)
    return "\n".join(line.rstrip() for line in page.getvalue().splitlines())


def _table(title: str, *columns: str) -> Any:
    from rich import box
    from rich.table import Table

    table = Table(title=title, box=box.MARKDOWN, title_justify="left")
    for number, column in enumerate(columns):
        table.add_column(column, justify="left" if number == 0 else "right")
    return table


def _percent(rate: float | None) -> str:
    return "–" if rate is None else f"{100 * rate:.1f} %"


def _interval(low: float | None, high: float | None) -> str:
    return "–" if low is None or high is None else f"{100 * low:.1f} to {100 * high:.1f}"


def _meetings_table(report: MeetingsReport) -> str:
    pooled = _table("Pooled", "metric", "rate", "95 %", "errors", "of", "recordings", "of which")
    for one in report.pooled:
        counted = one.metric == "speaker count"
        pooled.add_row(
            one.metric,
            f"±{one.rate:.2f}" if counted and one.rate is not None else _percent(one.rate),
            "–" if counted else _interval(one.low, one.high),
            f"{one.errors:.10g}" if one.errors == int(one.errors) else f"{one.errors:.1f}",
            f"{one.total:.10g}" if one.total == int(one.total) else f"{one.total:.1f}",
            str(one.recordings),
            ", ".join(f"{value:.4g} {name}" for name, value in one.detail.items()),
        )
    shown = [one.metric for one in report.pooled if one.metric != "speaker count" and "," not in one.metric]
    rows = _table("Recordings", "recording", "language", *shown, "speakers")
    for recording in report.recordings:
        rates = {score.metric: _percent(score.rate) for score in recording.scores}
        found, expected = (number if number is not None else "–" for number in (recording.speakers, recording.expected))
        rows.add_row(
            recording.name, recording.language, *(rates.get(name, "–") for name in shown), f"{found}/{expected}"
        )
    if not report.joins:
        return _render(pooled, rows)
    names = [one.metric for one in report.joins[0].pooled]
    joins = _table("Words joined to turns", "by", *names, f"meetbot's {names[0]} against it", "95 %")
    for join in report.joins:
        change, low, high = join.change.change, join.change.low, join.change.high
        joins.add_row(join.join, *(_percent(one.rate) for one in join.pooled), _percent(change), _interval(low, high))
    return _render(pooled, rows, joins)


def _words_table(report: WordsReport, by: str) -> str:
    if by == "utterance":
        single = _table("Utterances", "utterance", "language", "corpus", "rate", "errors", "of")
        for one in report.utterances:
            score = one.score
            rate = f"{_percent(score.rate)} {score.metric}"
            single.add_row(one.name, one.language, one.corpus, rate, f"{score.errors:g}", f"{score.total:g}")
        return _render(single)
    grouped = _table("By language", "language", "corpus", "rate", "95 %", "errors", "of", "utterances")
    for group in report.languages:
        pooled = group.pooled
        grouped.add_row(
            group.language,
            group.corpus,
            f"{_percent(pooled.rate)} {pooled.metric}",
            _interval(pooled.low, pooled.high),
            f"{pooled.errors:g}",
            f"{pooled.total:g}",
            str(pooled.recordings),
        )
    return _render(grouped)


def _times_table(report: dict[str, TimeErrors]) -> str:
    table = _table("Absolute errors (s)", "of", "matched", "start median", "95th", "end median", "95th ")
    for name, errors in report.items():
        values = (errors.start_median, errors.start_p95, errors.end_median, errors.end_p95)
        shown = ("–" if value is None else f"{value:.3f}" for value in values)
        table.add_row(name, f"{errors.matched}/{errors.total}", *shown)
    return _render(table)


def _voices_table(report: VoicesReport) -> str:
    pooled = _table("Pooled", "metric", "rate", "95 %", "errors", "of", "recordings")
    for one in report.pooled:
        counts = f"{one.errors:g}", f"{one.total:g}", str(one.recordings)
        pooled.add_row(one.metric, _percent(one.rate), _interval(one.low, one.high), *counts)
    if report.equal_error:
        pooled.add_row("equal error", _percent(report.equal_error.rate), "–", "–", "–", str(len(report.meetings)))
    meetings = _table("Meetings", "meeting", "speaker", "is", "named")
    for meeting in report.meetings:
        for speaker, person in meeting.truly.items():
            meetings.add_row(meeting.name, speaker, person or "–", meeting.given.get(speaker, "–"))
    return _render(pooled, meetings)
