"""Words to speakers and utterances."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from meetbot.align import align, short, together
from meetbot.domain import AudioInfo, Diarization, Segment, Transcript, Transcription, Turn, Word

AUDIO = AudioInfo("talk.flac", "0" * 64, 60.0)


def spoken(*words: tuple[str, float, float], language: str = "en") -> Transcription:
    return Transcription((Segment(tuple(Word(t, s, e, 0.9) for t, s, e in words), language),), language)


def turns(*items: tuple[str, float, float]) -> Diarization:
    made = tuple(Turn(*item) for item in items)
    return Diarization(made, made)


def who(transcript: Transcript) -> list[tuple[str, str]]:
    return [(utterance.speaker, utterance.text) for utterance in transcript.utterances]


def test_a_segment_with_two_speakers_is_cut_at_the_right_word() -> None:
    words = spoken((" Ready?", 0.0, 0.5), (" Almost", 1.0, 1.4), (" there.", 1.4, 1.8))
    assert who(align(words, turns(("S1", 0, 0.7), ("S2", 0.9, 2)), AUDIO)) == [
        ("S1", "Ready?"),
        ("S2", "Almost there."),
    ]


def test_without_a_diarization_everything_is_said_by_one_speaker() -> None:
    transcript = align(spoken((" Hello", 0, 1), (" there.", 1, 2)), None, AUDIO)
    assert who(transcript) == [("S1", "Hello there.")]
    assert [(s.id, s.talk_time, s.turns) for s in transcript.speakers] == [("S1", 2.0, 1)]


def test_a_late_turn_does_not_steal_the_end_of_a_sentence() -> None:
    """Turns and word times disagree by a tenth of a second; the sentence says where the change was."""
    words = spoken(
        (" We", 0, 0.3), (" ship", 0.3, 0.6), (" Friday.", 0.6, 1.0), (" Fine", 1.1, 1.4), (" then.", 1.4, 2)
    )
    found = align(words, turns(("S1", 0, 0.55), ("S2", 0.55, 2)), AUDIO)
    assert who(found) == [("S1", "We ship Friday."), ("S2", "Fine then.")]


def test_a_word_in_nobodys_turn_stays_in_its_sentence() -> None:
    words = spoken((" Ship", 0, 0.5), (" it", 0.9, 1.0), (" today.", 1.0, 1.2), (" No.", 1.6, 2.0))
    found = align(words, turns(("S1", 0, 0.6), ("S2", 1.3, 2.0)), AUDIO)
    assert who(found) == [("S1", "Ship it today."), ("S2", "No.")]


def test_a_sentence_begun_while_another_still_speaks_is_not_torn_apart() -> None:
    both = (Turn("S1", 0, 3.1), Turn("S2", 2.5, 4))
    exclusive = (Turn("S1", 0, 3.1), Turn("S2", 3.1, 4))
    words = spoken((" So", 0, 1), (" agreed.", 1, 2.4), (" Fine", 2.6, 3.0), (" by", 3.0, 3.2), (" me.", 3.2, 3.9))
    assert who(align(words, Diarization(both, exclusive), AUDIO)) == [("S1", "So agreed."), ("S2", "Fine by me.")]


def test_overlap_is_marked_on_both() -> None:
    both = (Turn("S1", 0, 3), Turn("S2", 2, 5))
    exclusive = (Turn("S1", 0, 2.5), Turn("S2", 2.5, 5))
    words = spoken((" One.", 0, 1), (" Two.", 1, 2.4), (" Three.", 2.6, 3.5), (" Four.", 4, 5))
    assert [u.overlap for u in align(words, Diarization(both, exclusive), AUDIO).utterances] == [True, True]


def test_a_language_without_spaces_is_joined_without_them() -> None:
    found = align(spoken(("你好", 0, 1), ("吗?", 1, 2), language="zh"), None, AUDIO)
    assert found.utterances[0].text == "你好吗?"


def test_a_speaker_without_words_is_not_listed() -> None:
    found = align(spoken((" Hi.", 0, 1)), turns(("S1", 0, 1), ("S2", 5, 6)), AUDIO)
    assert [speaker.id for speaker in found.speakers] == ["S1"]


def test_nothing_said_is_an_empty_transcript() -> None:
    found = align(Transcription((), "en"), turns(), AUDIO)
    assert found.utterances == ()
    assert found.speakers == ()


ANSWERED = spoken(
    (" Is", 0, 0.5), (" it", 0.5, 1), (" the", 1, 1.5), (" week?", 1.5, 2.5), (" The", 2.9, 3.1), (" week.", 3.1, 3.6)
)
VOICES = {"S1": (1.0, 0.0), "S2": (0.0, 1.0)}


def asked(said: Transcription, known: Diarization) -> list[tuple[str, float, float]]:
    return [
        ("".join(word.text for word in said.words[one.first : one.last]), one.start, one.end)
        for one in short(said, known)
    ]


def test_sentences_asked_by_themselves_are_short_and_end_at_marks_pauses_and_changes() -> None:
    assert asked(ANSWERED, turns(("S1", 0, 4))) == [(" The week.", 2.9, 3.6)]  # the question is longer
    paused = spoken((" So", 0, 0.4), (" no", 0.8, 1.2), (" way", 1.3, 1.6), (" ah", 2, 2.05))
    assert asked(paused, turns(("S1", 0, 4))) == [(" So", 0, 0.4), (" no way", 0.8, 1.6)]
    changed = turns(("S1", 0, 1.25), ("S2", 1.25, 3))
    assert asked(paused, changed) == [(" So", 0, 0.4), (" no", 0.8, 1.2), (" way", 1.3, 1.6)]
    assert asked(paused, Diarization((), ())) == asked(Transcription((), "en"), changed) == []


def test_a_short_answer_is_his_whom_it_sounds_like_whatever_the_turns_say() -> None:
    whole = replace(turns(("S1", 0, 4)), turns=(Turn("S1", 0, 4), Turn("S2", 9, 12)), voices=VOICES)
    assert who(align(ANSWERED, whole, AUDIO, likeness=[(0.2, 0.6)]))[1] == ("S2", "The week.")
    for says_nothing in ([(0.6, 0.58)], [()], []):
        assert who(align(ANSWERED, whole, AUDIO, likeness=says_nothing)) == [("S1", "Is it the week? The week.")]


def test_nothing_is_said_against_a_speaker_whose_voice_is_unknown() -> None:
    there = replace(turns(("S1", 0, 2.7), ("S3", 2.8, 3.7), ("S2", 9, 12)), voices=VOICES)
    assert who(align(ANSWERED, there, AUDIO, likeness=[(0.2, 0.1)]))[1] == ("S3", "The week.")


@st.composite
def conversations(draw: st.DrawFn) -> tuple[Transcription, Diarization]:
    at, words, made = 0.0, [], []
    for _ in range(draw(st.integers(1, 30))):
        at += draw(st.floats(0, 3))
        length = draw(st.floats(0.05, 1))
        words.append((draw(st.sampled_from([" yes", " no.", " so", " what?"])), at, at + length))
        at += length
    edge = 0.0
    for _ in range(draw(st.integers(0, 10))):
        start = edge + draw(st.floats(0, 4))
        edge = start + draw(st.floats(0.1, 8))
        made.append((draw(st.sampled_from(["S1", "S2", "S3"])), start, edge))
    return spoken(*words), turns(*made)


@given(conversations())
def test_every_word_is_kept_once_in_order_and_utterances_are_ordered(case: tuple[Transcription, Diarization]) -> None:
    transcription, diarization = case
    found = align(transcription, diarization, AUDIO)
    assert tuple(word for utterance in found.utterances for word in utterance.words) == transcription.words
    starts = [utterance.start for utterance in found.utterances]
    assert starts == sorted(starts)
    assert [utterance.id for utterance in found.utterances] == [f"T{n}" for n in range(1, len(starts) + 1)]
    assert all(u.text == "".join(w.text for w in u.words).strip() for u in found.utterances)


def test_channels_together_are_in_order_and_nobody_is_two() -> None:
    left = align(spoken((" Yes.", 0, 1), (" Fine.", 4, 5)), None, AUDIO)
    right = align(spoken((" Who", 2, 2.4), (" is", 2.4, 2.6), (" it?", 2.6, 3), language="de"), None, AUDIO)
    whole = together([left, right])
    assert who(whole) == [("S1", "Yes."), ("S2", "Who is it?"), ("S1", "Fine.")]
    assert [said.id for said in whole.utterances] == ["T1", "T2", "T3"]
    assert [one.id for one in whole.speakers] == ["S1", "S2"]
    assert whole.language == "de"


def test_words_of_one_channel_are_not_given_to_people_on_another() -> None:
    words = spoken((" Hello.", 0, 1), (" Bye.", 2, 3))
    transcript = align(words, turns(("S1", 0, 3)), AUDIO, elsewhere=[Turn("S2", 1.9, 3.0)])
    assert [said.speaker for said in transcript.utterances] == ["S1"] * len(transcript.utterances)
    assert transcript.utterances[-1].overlap
