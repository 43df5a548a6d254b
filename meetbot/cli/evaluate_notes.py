"""`meetbot evaluate notes|answers|retrieval`: written meetings and QMSum through the language model, scored."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from meetbot.cli.evaluate import evaluate_app
from meetbot.llm import DEFAULT

if TYPE_CHECKING:
    from meetbot.domain import ActionItem, Decision, OpenQuestion, Transcript
    from meetbot.evaluate.measure import Hear, Measured
    from meetbot.evaluate.references import Said

__all__ = ["evaluate_app"]  # with the commands below

Folder = Annotated[Path, typer.Argument(metavar="FOLDER", help="Written meetings (.txt) with keys (.toml).")]
Llm = Annotated[str, typer.Option("--llm", help="The language model.", rich_help_panel="Notes")]


@evaluate_app.command()
def notes(
    folder: Folder,
    *,
    llm: Llm = DEFAULT,
    naive: Annotated[bool, typer.Option("--naive", help="One call for everything, nothing checked.")] = False,
    words: Annotated[bool, typer.Option("--words", help="No model: items in the words that were spoken.")] = False,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="NAME", help="A meeting to measure; may be repeated.")
    ] = None,
    recordings: Annotated[
        Path | None,
        typer.Option("--recordings", metavar="FOLDER", help="Notes of the meetings as heard: NAME.flac with NAME.stm."),
    ] = None,
    mistakes: Annotated[bool, typer.Option("--mistakes", help="List what was missed and what was wrong.")] = False,
    items: Annotated[bool, typer.Option("--items", help="List all that was found with its turns.")] = False,
) -> None:
    """Summarise written meetings and score decisions, tasks and open questions against their keys.

    Example:

        meetbot evaluate notes samples/meetings/report
    """
    from meetbot import paths
    from meetbot.errors import UsageError
    from meetbot.evaluate.measure import notes as measure
    from meetbot.evaluate.measure import spoken_words
    from meetbot.evaluate.notes import NotesScore, interval
    from meetbot.store import Store

    if words + naive + (recordings is not None) > 1:
        hint = "choose one of them"
        raise UsageError("--words asks no model, --naive asks it once, --recordings hears", hint=hint, kind="conflict")
    memo = Store(paths.cache() / "evaluate")
    total = NotesScore()
    scores: list[NotesScore] = []
    known = {file.stem: file for file in sorted(folder.glob("*.txt"))}
    files = [known[name] for name in _chosen(only, known)]
    hear = _hearing(recordings, [file.stem for file in files]) if recordings else None
    for one in spoken_words(files) if words else measure(files, llm, naive=naive, hear=hear, memo=memo):
        total += one.score
        scores.append(one.score)
        typer.echo(f"{one.name}: {_line(one.score)} | {one.seconds:.0f} s")
        if mistakes:
            for text in (
                *("missed " + text for text in one.score.missed),
                *("wrong " + text for text in one.score.wrong),
            ):
                typer.echo(f"    {text}")
        if items:
            for line in _items(one):
                typer.echo(f"    {line}")
    typer.echo(f"all: {_line(total)}")
    if total.trapped:
        typer.echo("fell into: " + ", ".join(f"{kind} {count}" for kind, count in Counter(total.trapped).most_common()))
    for name, tallies in (
        ("tasks", [score.tasks for score in scores]),
        ("decisions", [score.decisions for score in scores]),
        ("questions", [score.questions for score in scores]),
    ):
        if bounds := interval(tallies):
            typer.echo(f"{name}: 95 % of F1 {bounds[0]:.2f} to {bounds[1]:.2f}")


@evaluate_app.command()
def names(folder: Folder) -> None:
    """Take the names away from written meetings and count who gets his own back from what is said there.

    Example:

        meetbot evaluate names samples/meetings/report
    """
    from meetbot.evaluate.names import judged

    found = [judged(file) for file in sorted(folder.glob("*.txt"))]
    for one in found:
        for title, pairs in (("wrong", one.wrong), ("wrongly suggested", one.unsure)):
            for heard, name in pairs:
                typer.echo(f"{one.meeting} ({one.language}): {title}: {heard} for {name}")
    speakers, right = sum(one.speakers for one in found), sum(one.right for one in found)
    wrong, suggested = sum(len(one.wrong) for one in found), sum(one.suggested for one in found)
    typer.echo(
        f"{len(found)} meetings, {speakers} speakers: {right} named, {wrong} wrongly named, {suggested} suggested,"
        f" {sum(len(one.unsure) for one in found)} wrongly suggested"
    )


def _hearing(folder: Path, names: Collection[str]) -> Hear:
    """What meetbot, as it is set up, hears of the meetings `names`, and their STMs. Raises UsageError without one."""
    from meetbot.cli import run
    from meetbot.config import resolve
    from meetbot.errors import UsageError
    from meetbot.evaluate.references import find

    known = {one.name: (one.audio, one.said) for one in find([folder]) if one.said is not None}
    if missing := sorted(set(names) - set(known)):
        hint = "Make it with `python -m samples.dialogue`, or choose others with --only."
        raise UsageError(f"{folder} has no {missing[0]} with an STM.", hint=hint, kind="no_references")
    stages = run.pipeline(replace(resolve({}).settings, library=False), "transcribe", quiet=True)

    def hear(name: str) -> tuple[Transcript, Sequence[Said]]:
        audio, said = known[name]
        return stages.transcribe(stages.open(audio)), said

    return hear


def _chosen(only: list[str] | None, known: Collection[str]) -> list[str]:
    """Those of the `known` names that are asked for, in order; all, if none is. Raises UsageError."""
    from meetbot.errors import UsageError

    if unknown := set(only or ()) - set(known):
        raise UsageError(f"Not here: {', '.join(sorted(unknown))}.", hint=f"Here are {', '.join(known)}.", kind="name")
    return [name for name in known if only is None or name in only]


def _items(measured: Measured) -> Iterator[str]:
    """Every verified item of the notes, each followed by the turns it cites and those shown beside it."""
    notes, transcript = measured.notes, measured.script.transcript
    listed: list[tuple[str, ActionItem | Decision | OpenQuestion]] = [
        *((f"decision: {one.text}", one) for one in notes.decisions),
        *((f"task: {one.task} ({_owner(one, transcript)}; {one.due})", one) for one in notes.action_items),
        *((f"question: {one.text}", one) for one in notes.open_questions),
    ]
    for text, one in listed:
        yield text
        for turn in (*one.turns, *one.context):
            said = transcript.by_id[turn]
            beside = "" if turn in one.turns else "beside it: "
            yield f"    {beside}{turn} {transcript.label(said.speaker)}: {said.text}"


def _owner(task: ActionItem, transcript: Transcript) -> str:
    return transcript.label(task.owner) if task.owner else task.owner_name or "nobody named"


def _line(score: object) -> str:
    from meetbot.evaluate.notes import NotesScore

    assert isinstance(score, NotesScore)
    rates = " | ".join(
        f"{name} P {tally.precision:.2f} R {tally.recall:.2f} F1 {tally.f1:.2f}"
        for name, tally in (("tasks", score.tasks), ("decisions", score.decisions), ("questions", score.questions))
    )
    pairs = " | ".join(
        f"{name} {right}/{of}"
        for name, (right, of) in (
            ("owners", score.owners),
            ("due words", score.due_words),
            ("due dates", score.due_dates),
            ("history", score.history),
            ("cites nothing else", score.alone),
            ("cites all that says it", score.whole),
            ("or shows it", score.shown),
        )
    )
    return f"{rates} | {pairs} | traps {len(score.trapped)}/{score.traps} | unverified {score.unverified}"


@evaluate_app.command("answers")
def answers(
    folder: Annotated[
        Path, typer.Argument(metavar="FOLDER|JSONL", help="Written meetings (.txt) with keys (.toml), or a QMSum file.")
    ],
    *,
    questions: Annotated[int, typer.Option("--questions", min=1, help="Of a QMSum file, so many.")] = 20,
    llm: Llm = DEFAULT,
) -> None:
    """Put the keys' questions to their meetings: how many are answered rightly, how many rightly not.

    QMSum's have no one right answer: ROUGE against the reference, and each is also put to another meeting, which cannot
    answer it.

    Example:

        meetbot evaluate answers samples/meetings/report\n
        meetbot evaluate answers qmsum/val.jsonl --questions 40
    """
    if folder.suffix == ".jsonl":
        _qmsum_answers(folder, questions, llm)
        return
    from meetbot import paths
    from meetbot.evaluate.measure import AskScore
    from meetbot.evaluate.measure import answers as measure
    from meetbot.store import Store

    total = AskScore()
    for name, score in measure(folder, llm, memo=Store(paths.cache() / "evaluate")):
        total += score
        typer.echo(f"{name}: right {score.right}/{score.answerable} | abstained {score.abstained}/{score.unanswerable}")
    typer.echo(f"all: right {total.right}/{total.answerable} | abstained {total.abstained}/{total.unanswerable}")


def _qmsum_answers(file: Path, questions: int, llm: str) -> None:
    from meetbot import paths
    from meetbot.evaluate import qmsum, qmsum_answers
    from meetbot.store import Store

    puts = []
    for one in qmsum_answers.put(qmsum.load(file), questions, llm, memo=Store(paths.cache() / "evaluate")):
        puts.append(one)
        said = f"ROUGE-1 {one.rouge.rouge1:.2f}" if one.answer.found else "no answer"
        typer.echo(f"{said} | {'none' if one.abstained else 'an answer'} elsewhere | {one.query.text}")
    found = qmsum_answers.score(puts)
    for name, value in (("all", found.rouge), ("answered", found.rouge_answered)):
        typer.echo(f"{name}: ROUGE-1 {value.rouge1:.3f}, ROUGE-2 {value.rouge2:.3f}, ROUGE-L {value.rouge_l:.3f}")
    typer.echo(
        f"answered {found.answered}/{found.questions}, of these {found.cited_gold} cite a turn of the reference"
        f" | abstained elsewhere {found.abstained}/{found.questions}"
    )


@evaluate_app.command()
def injections(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With injections.toml and meeting.txt.")],
    *,
    llm: Llm = DEFAULT,
    only: Annotated[
        list[str] | None, typer.Option("--only", metavar="ID", help="An attempt to make; may be repeated.")
    ] = None,
) -> None:
    """Attempts to talk the language model into something: how many change the notes of a meeting, or an answer.

    Example:

        meetbot evaluate injections samples/injections
    """
    from meetbot import paths
    from meetbot.evaluate.injected import injected
    from meetbot.evaluate.injection import load
    from meetbot.store import Store

    known = {one.id: one for one in load(folder / "injections.toml")}
    chosen = tuple(known[name] for name in _chosen(only, known))
    worked = worded = 0
    for attempt in injected(folder / "meeting.txt", chosen, llm, Store(paths.cache() / "evaluate")):
        worked += bool(attempt.effects)
        worded += bool(attempt.wording and not attempt.effects)
        wording = f"in other words: {'; '.join(attempt.wording)}" if attempt.wording else "no effect"
        typer.echo(f"{attempt.injection.id}: {'; '.join(attempt.effects) or wording}")
    typer.echo(f"all: {worked} of {len(chosen)} had an effect; {worded} only changed the wording")


@evaluate_app.command()
def retrieval(
    file: Annotated[Path, typer.Argument(metavar="JSONL", help="A QMSum file, such as val.jsonl.")],
    *,
    count: Annotated[int, typer.Option("--k", min=1, help="Windows looked at.")] = 10,
    meetings: Annotated[int | None, typer.Option("--meetings", min=1, help="Only the first so many.")] = None,
) -> None:
    """How many of the turns that answer a question are among the first windows found.

    Example:

        meetbot evaluate retrieval qmsum/val.jsonl
    """
    from meetbot import models
    from meetbot.ask.embed import embed
    from meetbot.evaluate.qmsum import load
    from meetbot.evaluate.recall import recall

    model = models.require("minilm-l6-v2")
    found = recall(load(file)[:meetings], lambda texts: embed(texts, model), count)
    for name, value in found.by.items():
        typer.echo(f"{name}: recall@{found.k} {value:.3f} over {found.queries} queries")
