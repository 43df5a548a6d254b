"""A wording is borne out by one sentence, in its order, or it is not used."""

import pytest

from meetbot.notes.wording import shortened


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        ("en", "ring the agency", ["We need a locum.", "And I'll ring the agency."]),
        ("en", "write to Monique", ["Somebody tells Monique, I think.", "I'll write to her."]),
        ("de", "die Einladung bis Freitag verschicken", ["Ich verschick die Einladung bis Freitag."]),
        ("fr", "préparer les contrats", ["Qui prépare les contrats ?"]),
        ("zh", "给郑姐发合同", ["我明天给郑姐发合同。"]),
    ],
)
def test_one_sentence_in_fewer_words(language: str, text: str, sentences: list[str]) -> None:
    assert shortened(text, sentences, language)


@pytest.mark.parametrize(
    ("language", "text", "sentences"),
    [
        # The object of another sentence.
        ("en", "Ship the Dutch shipment on the sixteenth", ["The Dutch order first.", "We ship on the sixteenth."]),
        # What is said afterwards, or elsewhere in the sentence, is not what the pronoun means.
        ("en", "build the loop", ["I'll build that.", "It's my loop."]),
        ("en", "ring the cider people back", ["I'd better ring them back before they give it to the cider people."]),
        # Turned round, or made to hang on nothing.
        ("de", "die Birke vorher anfassen", ["Gutachter ja, und vorher fasst keiner die Birke an."]),
        ("en", "pay the invoice", ["I'll pay the invoice if he signs."]),
        # Two things in one.
        ("en", "twelve chairs on Monday", ["Twelve chairs by Friday, and the table on Monday."]),
        ("en", "five hundred chairs", ["I'll order five chairs."]),
        ("en", "do it", ["I'll do it."]),
    ],
)
def test_what_no_sentence_says(language: str, text: str, sentences: list[str]) -> None:
    assert not shortened(text, sentences, language)


def test_what_only_names_things_is_not_shortened() -> None:
    said = ["The roof leaks and needs a patch.", "I'll call the builder."]
    assert shortened("call the builder", said, "en", since=1)
    assert not shortened("the roof leaks", said, "en", since=1)
