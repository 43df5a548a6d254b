"""Captions keep a broadcaster's limits whatever is said, and lose no word."""

from __future__ import annotations

import re
from itertools import pairwise

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from meetbot.domain import AudioInfo, Speaker, Transcript, Utterance, Word
from meetbot.errors import UsageError
from meetbot.export import CaptionStyle, ExportOptions, Meeting, write
from meetbot.export.atoms import columns
from meetbot.export.captions import FLASH, LONGEST, LOST, SHORTEST, Cue, by_speaker, captions, moments
from tests.unit.export.meetings import WEEKLY, transcript

# A busy machine is no failure.
CHECKED = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
LATIN = st.text(st.sampled_from("abcdefgäß'é-,.?!<>&{\\"), min_size=1, max_size=14)
LONG = st.text(st.sampled_from("abcdefg"), min_size=30, max_size=120)
IDEOGRAPHS = st.text(st.sampled_from("会議は明日です。、「」ー你好"), min_size=1, max_size=6)


@st.composite
def meetings(draw: st.DrawFn, overlaps: bool = True) -> Transcript:
    """Any number of people speaking at once, in several scripts, at any pace; times may even repeat."""
    utterances: list[Utterance] = []
    clock = 0.0
    for number in range(1, draw(st.integers(1, 6)) + 1):
        spaced = draw(st.booleans())
        texts = draw(st.lists(LATIN | LONG if spaced else IDEOGRAPHS, min_size=1, max_size=25))
        start = clock = max(0.0, clock + draw(st.floats(-3.0 if overlaps else 0.0, 5.0)))
        words: list[Word] = []
        for text in texts:
            begin = clock + draw(st.sampled_from([0.0, 0.0, 0.05, 0.4, 3.0]))
            clock = begin + draw(st.sampled_from([0.0, 0.1, 0.3, 0.8, 9.0]))
            words.append(Word(" " * spaced + text, round(begin, 3), round(clock, 3), 0.9))
        joined = "".join(word.text for word in words).strip()
        speaker = f"S{draw(st.integers(1, 3))}"
        utterances.append(Utterance(f"T{number}", speaker, start, clock, joined, words=tuple(words)))
    utterances.sort(key=lambda one: one.start)
    speakers = tuple(Speaker(f"S{k}", name) for k, name in ((1, "Ana"), (2, None), (3, "J > K & L")))
    return Transcript(AudioInfo("a.wav", "0" * 64, clock), "en", speakers, tuple(utterances))


STYLES = st.builds(
    CaptionStyle, max_line_width=st.integers(10, 60), max_line_count=st.integers(1, 3), highlight_words=st.booleans()
)


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(meetings(), STYLES)
@CHECKED
def test_limits_hold_and_times_never_overlap(meeting: Transcript, style: CaptionStyle) -> None:
    cues = captions(meeting, style)
    for cue in cues:
        lost = cue.start - min(word.start for line in cue.lines for word in line.words) > LOST
        assert (FLASH if lost else SHORTEST) <= round(cue.end - cue.start, 3) <= LONGEST
        assert 1 <= len(cue.lines) <= style.max_line_count
        for line in cue.lines:
            assert columns(line.text) + 2 * line.dash <= style.max_line_width
            assert line.text == line.text.strip() != ""
    assert all(one.end <= two.start for one, two in pairwise(cues))


@given(meetings(), STYLES)
@CHECKED
def test_every_word_appears_once_and_in_order(meeting: Transcript, style: CaptionStyle) -> None:
    cues = captions(meeting, style)
    for speaker in {one.speaker for one in meeting.utterances}:
        shown = [line.text for cue in cues for line in cue.lines if line.speaker == speaker]
        said = [one.text for one in meeting.utterances if one.speaker == speaker]
        assert sorted(bare("".join(shown))) == sorted(bare("".join(said)))


@given(meetings(overlaps=False), STYLES)
@CHECKED
def test_words_stand_in_the_order_of_the_transcript_when_nobody_interrupts(
    meeting: Transcript, style: CaptionStyle
) -> None:
    shown = "".join(line.text for cue in captions(meeting, style) for line in cue.lines)
    assert bare(shown) == bare("".join(one.text for one in meeting.utterances))


@given(meetings(), STYLES)
@CHECKED
def test_moments_fill_the_cue_and_highlight_each_word_at_most_once(meeting: Transcript, style: CaptionStyle) -> None:
    for cue in captions(meeting, style):
        parts = moments(cue)
        assert (parts[0].start, parts[-1].end) == (cue.start, cue.end)
        assert all(one.end == two.start for one, two in pairwise(parts))
        assert all(part.start < part.end for part in parts)
        lit = [(part.line, part.word) for part in parts if part.line is not None]
        assert len(lit) == len(set(lit))


TIME = r"(\d\d):(\d\d):(\d\d)[.,](\d{3})"


def seconds(parts: tuple[str, ...]) -> float:
    hours, minutes, second, rest = map(int, parts)
    return round(hours * 3600 + minutes * 60 + second + rest / 1000, 3)


@given(meetings(), STYLES, st.sampled_from(["srt", "vtt"]))
@CHECKED
def test_files_parse_back_to_the_same_cues(meeting: Transcript, style: CaptionStyle, format: str) -> None:
    text = write(Meeting(meeting), format, ExportOptions(captions=style))
    assert isinstance(text, str)
    blocks = [block for block in text.removeprefix("WEBVTT\n").strip("\n").split("\n\n") if block]
    times: list[tuple[float, float]] = []
    for number, block in enumerate(blocks, start=1):
        rows = block.split("\n")
        if format == "srt":
            assert rows.pop(0) == str(number)
        match = re.fullmatch(f"{TIME} --> {TIME}", rows.pop(0))
        assert match
        times.append((seconds(match.groups()[:4]), seconds(match.groups()[4:])))
        assert 1 <= len(rows) <= style.max_line_count
        assert all("-->" not in row for row in rows)
    cues = captions(meeting, style)
    if style.highlight_words:
        expected = [(part.start, part.end) for cue in cues for part in moments(cue)]
    else:
        expected = [(cue.start, cue.end) for cue in cues]
    assert times == expected


def shown(cues: tuple[Cue, ...]) -> list[list[str]]:
    return [[("- " if line.dash else "") + line.text for line in cue.lines] for cue in cues]


def test_lines_break_where_clauses_do() -> None:
    meeting = transcript(
        ("S1", 0.0, "I think we should release on Friday, because the tests on the new machine are still running."),
        names=("Ana",),
    )
    assert shown(captions(meeting)) == [
        ["I think we should release on Friday,"],
        ["because the tests on the new machine", "are still running."],
    ]


PHRASE = ["we", "the", "of", "decide", "on", "machine", "Friday,", "release", "it.", "and", "because"]


@given(st.lists(st.sampled_from(PHRASE), min_size=2, max_size=60))
@CHECKED
def test_no_word_stands_alone(words: list[str]) -> None:
    meeting = transcript(("S1", 0.0, " ".join(words)), names=("Ana",))
    for cue in captions(meeting):
        assert len(cue.lines) > 1 or len(cue.lines[0].words) > 1


def test_a_short_reply_shares_the_cue_of_the_question() -> None:
    meeting = transcript(("S1", 0.0, "Are we done?"), ("S2", 1.0, "Yes."), ("S1", 1.4, "Good, thank you all."))
    assert shown(captions(meeting))[0] == ["- Are we done?", "- Yes."]


def test_who_puts_in_a_word_does_not_cut_the_speaker_short() -> None:
    long = "We had about three hundred emails in the week before Christmas, and people waited two days for an answer."
    meeting = transcript(("S1", 0.0, long), ("S2", 2.5, "Mm-hm."))
    cues = captions(meeting)
    (shared,) = (cue for cue in cues if len(cue.speakers) > 1)
    assert [line.text for line in shared.lines][1] == "Mm-hm."
    assert shared.start <= 2.5 <= shared.end
    for cue in cues:
        assert sum(columns(line.text) for line in cue.lines) / (cue.end - cue.start) < 30


def test_in_a_crosstalk_captions_do_not_fall_far_behind() -> None:
    text = "everybody talks at once and nobody stops to listen to anybody else in here " * 8
    meeting = transcript(("S1", 0.0, text), ("S2", 0.5, text))
    for cue in captions(meeting):
        assert cue.start - cue.lines[0].words[0].start < 6.0


def test_a_long_silence_within_an_utterance_ends_the_cue() -> None:
    words = (Word(" One", 0.0, 0.4, 1.0), Word(" moment.", 0.4, 0.8, 1.0), Word(" Here", 9.0, 9.3, 1.0))
    said = Utterance("T1", "S1", 0.0, 9.6, "One moment. Here", words=words)
    cues = captions(Transcript(AudioInfo("a", "", 10.0), "en", (Speaker("S1"),), (said,)))
    assert [cue.start for cue in cues] == [0.0, 9.0]


def test_full_width_characters_count_two() -> None:
    text = "会議は明日の午後三時から東京の事務所で行いますので皆さん必ず出席してください。"
    words = tuple(Word(char, 0.15 * k, 0.15 * (k + 1), 0.9) for k, char in enumerate(text))
    said = Utterance("T1", "S1", 0.0, words[-1].end, text, words=words)
    cues = captions(Transcript(AudioInfo("a", "", 10.0), "ja", (Speaker("S1"),), (said,)))
    assert all(len(line.text) <= 21 for cue in cues for line in cue.lines)
    assert "".join(line.text for cue in cues for line in cue.lines) == text
    assert all(line.text[0] not in "。、" for cue in cues for line in cue.lines)


def test_an_utterance_without_words_is_spread_over_its_time() -> None:
    said = Utterance("T1", "S1", 2.0, 4.0, "Nobody timed these words.")
    (cue,) = captions(Transcript(AudioInfo("a", "", 10.0), "en", (Speaker("S1"),), (said,)))
    assert (cue.start, cue.end, cue.lines[0].text) == (2.0, 4.0, "Nobody timed these words.")


def test_speakers_in_vtt_and_dashes_in_srt() -> None:
    vtt = str(write(Meeting(WEEKLY), "vtt"))
    assert "<v Ben López>I will send the report\nto Carla by Wednesday." in vtt
    srt = str(write(Meeting(WEEKLY), "srt"))
    assert "\n- I will send the report\n" in srt
    assert "Ben" not in srt


def test_a_lone_voice_has_neither_name_nor_dash() -> None:
    meeting = Meeting(transcript(("S1", 0.0, "Hello everybody."), names=(None,)))
    assert write(meeting, "vtt") == "WEBVTT\n\n00:00:00.000 --> 00:00:01.000\nHello everybody.\n"
    assert write(meeting, "srt") == "1\n00:00:00,000 --> 00:00:01,000\nHello everybody.\n"


def test_highlighting_underlines_one_word_after_the_other() -> None:
    meeting = Meeting(transcript(("S1", 0.0, "Hello everybody here."), names=(None,)))
    srt = str(write(meeting, "srt", ExportOptions(captions=CaptionStyle(highlight_words=True))))
    assert re.findall("<u>(.*?)</u>", srt) == ["Hello", "everybody", "here."]
    assert "Hello <u>everybody</u> here." in srt


def test_speech_becomes_no_markup_in_captions() -> None:
    meeting = Meeting(transcript(("S1", 0.0, "<b>bold</b> {\\an8}top 00:00 --> 00:01 <v Boss>pay")))
    srt, vtt = str(write(meeting, "srt")), str(write(meeting, "vtt"))
    assert not re.search(r"<[a-zA-Z/]|\{\\", srt)
    assert srt.count("-->") == len(captions(meeting.transcript)) == vtt.count("-->")
    assert set(re.findall(r"<[^>]*>", vtt)) == {"<v Ana>"}


def test_tsv_has_whispers_columns_and_the_speaker() -> None:
    rows = [row.split("\t") for row in str(write(Meeting(WEEKLY), "tsv")).splitlines()]
    assert rows[0] == ["start", "end", "text", "speaker"]
    assert rows[1] == ["500", "2600", "Good morning, shall we release on Thursday?", "Ana"]
    assert rows[2][2:] == ["Yes.", "Ben López"]


@given(meetings())
@CHECKED
def test_stretches_of_one_speaker_divide_a_cue(meeting: Transcript) -> None:
    for cue in captions(meeting):
        parts = by_speaker(cue)
        assert (parts[0][1], parts[-1][2]) == (cue.start, cue.end)
        assert all(one[2] == two[1] for one, two in pairwise(parts))


def test_lrc_has_a_time_a_line() -> None:
    text = str(write(Meeting(WEEKLY), "lrc"))
    assert "[00:00.50]- Good morning, shall we release\n" in text
    assert "[12:04.00]- I will send the report" in text
    timed = str(write(Meeting(WEEKLY), "lrc", ExportOptions(captions=CaptionStyle(highlight_words=True))))
    assert "<12:04.00>I<12:04.30> will" in timed


@pytest.mark.parametrize("choice", [{"max_line_width": 3}, {"max_line_count": 0}])
def test_impossible_styles_are_refused(choice: dict[str, int]) -> None:
    with pytest.raises(UsageError):
        CaptionStyle(**choice)  # type: ignore[arg-type]


def test_an_empty_transcript_gives_empty_files() -> None:
    empty = Meeting(Transcript(AudioInfo("a.wav", "0" * 64, 3.0), "en", (), ()))
    assert write(empty, "srt") == ""
    assert write(empty, "vtt") == "WEBVTT\n"
