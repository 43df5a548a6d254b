"""QMSum (Zhong et al. 2021) as input: a `.jsonl` file to transcripts, questions, and the turns that answer them."""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from pathlib import Path

from meetbot.domain import AudioInfo, Speaker, Transcript, Utterance
from meetbot.errors import UsageError

WORDS_PER_SECOND = 2.6  # times are made up
_MARKUP = re.compile(r"\{[a-z]+\}|<[a-z]+>")  # {vocalsound}, {disfmarker}


@dataclass(frozen=True)
class Query:
    """A question about one meeting; `turns` are the ids of those that answer it."""

    text: str
    answer: str
    turns: frozenset[str]


@dataclass(frozen=True)
class QMSumMeeting:
    """A meeting with its specific queries (those that name the turns they are about)."""

    transcript: Transcript
    queries: tuple[Query, ...]


def load(path: Path) -> list[QMSumMeeting]:
    """The meetings of `path`. Raises UsageError if it is no such file."""
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
        return [_meeting(json.loads(line), index) for index, line in enumerate(lines) if line.strip()]
    except (OSError, ValueError, KeyError) as error:
        raise UsageError(
            f"{path.name} is not a QMSum file", hint="give one of its .jsonl files", kind="qmsum"
        ) from error


def _meeting(record: dict[str, list[dict[str, object]]], index: int) -> QMSumMeeting:
    ids: dict[str, str] = {}
    utterances = []
    clock = 0.0
    for number, turn in enumerate(record["meeting_transcripts"], 1):
        speaker = ids.setdefault(str(turn["speaker"]), f"S{len(ids) + 1}")
        text = " ".join(_MARKUP.sub(" ", str(turn["content"])).split())
        end = clock + max(1, len(text.split())) / WORDS_PER_SECOND
        utterances.append(Utterance(f"T{number}", speaker, clock, end, text))
        clock = end
    audio = AudioInfo(f"qmsum-{index}", hashlib.sha256(str(index).encode()).hexdigest(), clock)
    speakers = tuple(Speaker(id_, name=name) for name, id_ in ids.items())
    queries = []
    for query in record["specific_query_list"]:
        spans = query["relevant_text_span"]
        assert isinstance(spans, list)
        turns = {f"T{turn + 1}" for first, last in spans for turn in range(int(first), int(last) + 1)}
        queries.append(Query(str(query["query"]), str(query["answer"]), frozenset(turns)))
    return QMSumMeeting(Transcript(audio, "en", speakers, tuple(utterances)), tuple(queries))
