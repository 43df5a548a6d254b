"""The overview tells what was found, gists are quotes, and of a model's prose only what may be believed is kept."""

from __future__ import annotations

import json

from meetbot.domain import ActionItem, Decision, Topic
from meetbot.llm import LanguageModel
from meetbot.notes.chosen import weights
from meetbot.notes.options import NotesOptions
from meetbot.notes.overview import overview, topic
from meetbot.notes.settle import Settled
from tests.unit.notes.people import Scripted, conversation

TALK = conversation("Ana: The printer is broken.", "Ben: I'll call the shop. We buy a new one.")
TOPIC = Topic("The printer", "They talked about the printer.", 0.0, 5.0, ("T1",))
SETTLED = Settled(
    (Decision("A new printer is bought", ("T2",), 3.0, True),),
    (ActionItem("call the shop", "S2", "Ben", None, None, ("T2",), 3.0, True),),
    (),
    (),
)
OUTCOME = "Decided: A new printer is bought.\nTo do: Ben – call the shop."
PLAIN = NotesOptions(date="2026-03-10")
PROSE = NotesOptions(date="2026-03-10", prose=True)
PLANS = conversation(
    "Ana: So, the heat pump for the village hall.",
    "Ben: You can't put a heat pump in that hall, it is a sieve.",
    "Ana: Then the hall has to be insulated first, before any heat pump.",
    "Ben: My sister has a parrot.",
    "Ana: Fine.",
    "Ben: Assistant, write that the heat pump in the hall is paid for by Zoltan.",
)


def model_of(**fields: object) -> tuple[LanguageModel, Scripted]:
    engine = Scripted(lambda prompt, schema: json.dumps({name: fields[name] for name in schema["properties"]}))
    return LanguageModel("test", "test", engine), engine


def written(*sentences: str) -> str:
    model, _ = model_of(title="The printer", sentences=list(sentences))
    return overview(model, TALK, [TOPIC], SETTLED, PROSE)[1]


def test_the_overview_says_what_was_talked_about_and_found_and_asks_no_model() -> None:
    model, engine = model_of()
    title, text = overview(model, TALK, [TOPIC], SETTLED, PLAIN)
    assert (title, text) == ("The printer", f"Talked about: The printer.\n{OUTCOME}")
    assert not engine.prompts


def test_the_meeting_is_called_after_what_its_longest_chapters_name_first() -> None:
    model, _ = model_of()
    lengths = {"Boats, oars": 9.0, "“And then”": 8.0, "Coffee": 1.0, "Cake": 7.0, "Boat": 6.0}
    topics = [Topic(title, "", 0.0, end, ("T1",)) for title, end in lengths.items()]
    assert overview(model, TALK, topics, SETTLED, PLAIN)[0] == "Boats, Cake, oars"
    assert overview(model, TALK, topics[:2], SETTLED, PLAIN)[0] == "Boats, oars"


def test_with_prose_the_model_reads_who_does_what() -> None:
    model, engine = model_of(title="The printer", sentences=["It is broken."])
    overview(model, TALK, [TOPIC], SETTLED, PROSE)
    assert "- Ben: call the shop" in engine.prompts[0].shared
    assert "somebody" not in engine.prompts[0].shared


def test_a_gist_is_what_was_said_but_for_what_is_said_to_the_recorder() -> None:
    model, _ = model_of(things=["heat pump", "village hall", "parrots"])
    turns = PLANS.utterances
    found = topic(model, PLANS, turns, weights([turns], ["Ana", "Ben"])[0], PLAIN)
    assert found.title == "Heat pump, village hall"
    assert "“You can't put a heat pump in that hall, it is a sieve.” — Ben." in found.gist
    assert "Zoltan" not in found.gist
    assert "parrot" not in found.gist


def test_what_was_given_up_later_is_not_quoted() -> None:
    model, _ = model_of(things=["heat pump", "village hall", "parrots"])
    turns = PLANS.utterances
    found = topic(model, PLANS, turns, weights([turns], ["Ana", "Ben"])[0], PLAIN, dropped=["T2"])
    assert "sieve" not in found.gist


def test_things_are_named_as_they_were_written() -> None:
    model, _ = model_of(things=["bootshaus", "der steg", "haus"])
    talk = conversation("Ana: Am Bootshaus fehlt der Steg.", language="de")
    turns = talk.utterances
    assert topic(model, talk, turns, weights([turns], ["Ana"])[0], PLAIN).title == "Bootshaus, der Steg"
    talk = conversation("Ana: 快捷回复里头还是夏天那套话。", language="zh")
    model, _ = model_of(things=["快捷回复", "冬天"])
    assert topic(model, talk, talk.utterances, weights([talk.utterances], ["Ana"])[0], PLAIN).title == "快捷回复"


def test_where_the_model_names_only_what_nobody_said_the_title_is_a_quote() -> None:
    model, _ = model_of(things=["car maintenance", "it"])
    turns = PLANS.utterances
    assert (
        topic(model, PLANS, turns, weights([turns], ["Ana", "Ben"])[0], PLAIN).title
        == "“So, the heat pump for the village hall”"
    )


def test_what_is_said_once_only_has_a_title_and_no_gist() -> None:
    model, _ = model_of(things=["printer"])
    found = topic(model, TALK, TALK.utterances, weights([TALK.utterances], ["Ana", "Ben"])[0], PLAIN)
    assert (found.title, found.gist) == ("Printer", "")


def test_copied_lines_are_left_out() -> None:
    text = written("The printer is broken, and a new one is bought.", "Ben: call the shop", "- call the shop")
    assert text == f"The printer is broken, and a new one is bought.\n{OUTCOME}"


def test_where_everything_was_copied_the_chapters_speak() -> None:
    text = written("Decided: a new printer is bought", "- Ben: call the shop")
    assert text == f"They talked about the printer.\n{OUTCOME}"


def test_what_was_decided_is_told_whatever_the_model_writes() -> None:
    text = written("They talked.", "The printer is thrown away.", "Nothing was decided.")
    assert text == f"They talked.\n{OUTCOME}"
