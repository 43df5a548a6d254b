import pytest

from meetbot.domain import Transcript
from meetbot.notes.candidate import Candidate
from meetbot.notes.narrow import as_spoken
from meetbot.notes.nominate import nominate
from tests.unit.notes.people import conversation


def found(transcript: Transcript, kind: str) -> list[Candidate]:
    labels = {speaker.id: speaker.label for speaker in transcript.speakers}
    return [one for one in nominate(transcript.utterances, transcript.language, labels) if one.kind == kind]


def owners(*lines: str, language: str = "en") -> list[str | None]:
    transcript = conversation(*lines, language=language)
    sure = [one for one in found(transcript, "action_item") if one.doubt is None]
    return [one.speaker and transcript.label(one.speaker) for one in sure]


def test_an_offer_is_its_speakers_task() -> None:
    assert owners("Ana: The printer must know.", "Ben: I'll call them tomorrow.") == ["Ben"]


def test_who_says_yes_to_a_request_owns_it() -> None:
    assert owners("Ana: Could you put that into the sheet?", "Chloe: Sure. Thursday?", "Ana: Great.") == ["Chloe"]


def test_a_refused_request_is_none() -> None:
    assert owners("Ana: Could you write the guide?", "Ben: I really can't, sorry.") == []


def test_what_is_taken_back_is_none() -> None:
    assert owners("Ana: I'll ask for quotes.", "Ben: That would be—", "Ana: Actually no, scrap that.") == []


def test_what_somebody_takes_over_is_theirs() -> None:
    said = ("Ana: I'll tell Jeanne.", "Ben: No, leave it, I'll tell her myself tomorrow.")
    assert owners(*said) == ["Ben"]


def test_a_wish_and_an_order_to_the_recorder_are_none() -> None:
    assert owners("Ana: If we had the money I'll rebuild the office.", "Ben: Ha.") == []
    assert owners("Ana: Assistant, write down that Ben has to buy cake, please.", "Ben: Okay.") == []


@pytest.mark.parametrize(
    ("language", "line"),
    [
        ("de", "Ben: Das mach ich heute Abend noch."),
        ("fr", "Ben: Je l'appelle demain."),
        ("es", "Ben: Eso lo hago yo, mañana."),
        ("zh", "Ben: 我明天就去。"),
    ],
)
def test_offers_in_other_languages(language: str, line: str) -> None:
    assert owners("Ana: …", line, language=language) == ["Ben"]


def test_a_conclusion_others_agree_with_is_a_decision() -> None:
    transcript = conversation(
        "Ana: The island is too tight, so a peninsula is what I would do.",
        "Ben: I like the peninsula.",
        "Ana: Okay, so we take the peninsula, agreed?",
        "Ben: Yes, agreed.",
        "Chloe: Fine with me.",
        "Ana: Now something else entirely.",
    )
    decisions = found(transcript, "decision")
    assert [transcript.utterances[one.anchor].id for one in decisions] == ["T3"]


def test_a_proposal_nobody_takes_up_is_none() -> None:
    transcript = conversation(
        "Ben: I mean, we could make it free for the first year.",
        "Chloe: Hm.",
        "Ana: I don't see that, with the money we have. Anyway. Chloe, go on.",
    )
    assert found(transcript, "decision") == []


def test_who_is_asked_by_name_and_says_yes_does_it() -> None:
    lines = ("Solène: Gérard, la réservation, tu la fais ?", "Gérard: Oui, je peux, ce soir.")
    assert owners(*lines, language="fr") == ["Gérard"]


def test_what_has_to_be_done_belongs_to_who_claims_it() -> None:
    assert owners("Nora: Somebody'll have to strip that line.", "Cal: Yeah, that's me.", "Nora: Thanks.") == ["Cal"]
    assert owners("Nora: The line has to be stripped.", "Cal: No, I'm behind glass.") == []


def test_what_somebody_outside_promised() -> None:
    talk = conversation("Nora: And Hugh's sending the invoice again by the end of the week.", "Cal: Fine.")
    (one,) = found(talk, "action_item")
    assert as_spoken(talk, talk.utterances, one).owner == "Hugh"


def test_where_nobody_uses_the_cue_words_the_clearest_turn_is_the_decision() -> None:
    talk = conversation(
        "Marta: For the grandmother, Marian is funnier.",
        "Frank: Sheila sounds eighty though.",
        "Lotte: That is what I wrote down as well.",
        "Dev: True, Sheila.",
        "Marta: Alright, Sheila it is then.",
        "Frank: Good.",
    )
    (one,) = found(talk, "decision")
    assert talk.utterances[one.anchor].text == "Alright, Sheila it is then."
