from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest
from scripted_chat import scripted

from cs_assist.errors import ModelError
from cs_assist.llm.door import LanguageModel
from cs_assist.llm.schemas import Summary, Translation
from cs_assist.parts import open_agent_help
from cs_assist.reply.agents import AgentHelp, language_name, machine_made
from cs_assist.triage.language import LanguageReader
from cs_assist.types import LANGUAGES, Handover, Order, Turn

LANGUAGE = LanguageReader()
ASKED = (
    "Guten Tag, ich bin Anna Schmidt. Meine Bestellung 114-5520917-1234567 ist seit 12 Tagen überfällig, ich will 49,90 € zurück."
)
MASKED = "Hello, I am [NAME_1]. My order [ORDER_NUMBER_1] is 12 days overdue, I want €49.90 back."
NOW = datetime(2026, 11, 23, 12, 0, tzinfo=UTC)


def helper(model: LanguageModel) -> AgentHelp:
    return open_agent_help(model, lambda text: LANGUAGE.read(text)[0])


def says(text: str, language: str = "en") -> Translation:
    return Translation(language=language, text=text)


def test_a_translation_with_the_same_facts_is_verified_and_marked() -> None:
    model, _ = scripted([says(MASKED)])
    made = helper(model).translate(ASKED, into="en", market="DE")
    assert (made.verified, made.differences, made.machine_made) == (True, (), True)
    assert made.text == "Hello, I am Anna Schmidt. My order 114-5520917-1234567 is 12 days overdue, I want €49.90 back."
    assert made.marked("de").startswith("[maschinell erstellt")
    assert [usage.prompt_id for usage in made.usage] == ["translate"]


def test_the_model_sees_no_personal_data() -> None:
    model, asked = scripted([says(MASKED)])
    helper(model).translate(ASKED, into="en", market="DE")
    assert "[NAME_1]" in asked[0]
    assert not any(private in asked[0] for private in ("Schmidt", "114-5520917"))


def test_a_wrong_number_is_asked_for_once_more_with_the_fault_named() -> None:
    model, asked = scripted([says(MASKED.replace("12 days", "21 days")), says(MASKED)])
    made = helper(model).translate(ASKED, into="en", market="DE")
    assert made.verified
    assert [usage.prompt_id for usage in made.usage] == ["translate", "translate_again"]
    assert "21 days" in asked[1]
    assert "Schmidt" not in asked[1]


def test_what_stays_wrong_is_returned_as_unverified_with_what_differs() -> None:
    wrong = says(MASKED.replace("49.90", "94.90"))
    model, asked = scripted([wrong, wrong])
    made = helper(model).translate(ASKED, into="en", market="DE")
    assert not made.verified
    assert len(asked) == 2
    assert any("94.90" in told for told in made.differences)
    assert any("49,90" in told for told in made.differences)


@pytest.mark.parametrize(
    ("answer", "told"),
    [
        (MASKED.replace("[NAME_1]", "[NAME_2]"), "adds placeholder '[NAME_2]'"),
        ("Guten Tag, ich bin [NAME_1]. Meine Bestellung [ORDER_NUMBER_1] ist 12 Tage überfällig, ich will 49,90 € zurück.",
         "is written in 'de', not in 'en'"),
        (f"{MASKED} See https://evil.example/pay", "adds link 'https://evil.example/pay'"),
    ],
)  # fmt: skip
def test_a_strange_name_language_or_link_is_told(answer: str, told: str) -> None:
    model, _ = scripted([says(answer), ModelError("timeout", "late")])
    made = helper(model).translate(ASKED, into="en", market="DE")
    assert told in made.differences
    assert not made.verified


def test_a_named_product_must_stay() -> None:
    model, _ = scripted([says("The cup is broken."), says("The Kuschelbecher is broken.")])
    made = helper(model).translate("Der Kuschelbecher ist kaputt.", into="en", source="de", names=("Kuschelbecher",))
    assert made.verified
    assert len(made.usage) == 2


@pytest.mark.parametrize("text", ["", "  ", "Where is my parcel?"])
def test_what_needs_no_translation_costs_no_call(text: str) -> None:
    model, asked = scripted([])
    made = helper(model).translate(text, into="en")
    assert (made.text, made.verified, asked) == (text, True, [])


def test_a_model_that_fails_at_once_is_the_callers_to_handle() -> None:
    model, _ = scripted(["no JSON at all"])
    with pytest.raises(ModelError):
        helper(model).translate(ASKED, into="en", market="DE")


def test_a_rewrite_keeps_the_facts() -> None:
    model, asked = scripted([says("Send it back within 30 days."), says("Could you kindly send it back within 14 days?")])
    made = helper(model).rewrite("Send it back within 14 days.", tone="more polite", language="en")
    assert made.verified
    assert made.text == "Could you kindly send it back within 14 days?"
    assert "more polite" in asked[0]
    assert "adds time '30 days'" in asked[1]


@pytest.fixture
def packet() -> Handover:
    said = (
        Turn(role="customer", text="Ich bin Anna Schmidt und warte seit 12 Tagen auf mein Paket."),
        Turn(role="bot", text="Wir melden uns innerhalb von 24 Stunden."),
        Turn(role="customer", text="Niemand hat sich gemeldet."),
    )
    values: dict[str, Any] = {
        "reason": "dissatisfied", "priority": "P2", "queue": "team_lead", "due_at": NOW, "summary": "Anna Schmidt, DE, email",
        "timeline": said, "emotions": (), "entities": (), "order": Order(number="S-77", status="shipped"), "tried": (),
        "suggested_reply": "", "customer_language": "de", "market": "DE",
    }  # fmt: skip
    return Handover(**values)


def summary(point: str) -> Summary:
    return Summary(language="en", wants="The customer wants the parcel.", points=[point], open_questions=["Where is it?"])


def test_a_summary_of_what_was_said_is_attached_under_the_packets_own(packet: Handover) -> None:
    model, asked = scripted([summary("[NAME_1] has waited 12 days; an answer within 24 hours was promised.")])
    done = helper(model).summarise(packet)
    assert done.verified
    assert done.packet.summary.startswith("Anna Schmidt, DE, email\n\n[machine-made")
    assert "- Anna Schmidt has waited 12 days" in done.packet.summary
    assert "Schmidt" not in asked[0]


@pytest.mark.parametrize(
    "point", ["The customer has waited 20 days.", "Refund code RF-9912 was promised.", "Der Kunde wartet auf das Paket."]
)
def test_a_summary_of_what_was_not_said_leaves_the_packet_as_it_is(packet: Handover, point: str) -> None:
    made = summary(point)
    if "Kunde" in point:
        made = Summary(language="de", wants="Der Kunde möchte sein Paket endlich haben.", points=[point], open_questions=[])
    model, _ = scripted([made])
    done = helper(model).summarise(packet)
    assert done.packet == packet
    assert not done.verified
    assert done.differences


def test_a_model_that_fails_leaves_the_packet_as_it_is(packet: Handover) -> None:
    model, _ = scripted(["{}"])
    done = helper(model).summarise(packet)
    assert (done.packet, done.fault) == (packet, "invalid")


def test_every_language_has_words_that_mark_a_machines_text() -> None:
    assert all(machine_made(tag) != machine_made("en") or tag == "en" for tag in LANGUAGES)
    assert machine_made("fi") == machine_made("en")
    assert language_name("zh-Hant") == "Chinese (zh-Hant)"


def test_the_customers_turns_and_the_suggested_reply_are_translated_for_the_agents(packet: Handover) -> None:
    model, asked = scripted([
        says("I am [NAME_1] and have waited 12 days for my parcel.\nNobody has answered."),
        says("We will look for it within 24 hours."),
    ])  # fmt: skip
    told = packet.model_copy(update={"suggested_reply": "Wir suchen es innerhalb von 24 Stunden."})
    done = helper(model).translate_packet(told)
    assert done.calls == len(done.usage) == 2
    assert done.packet.translation.splitlines()[1:] == [
        "I am Anna Schmidt and have waited 12 days for my parcel.", "Nobody has answered.",
    ]  # fmt: skip
    assert done.packet.suggested_translation.endswith("within 24 hours.")
    assert done.packet.translation.startswith("[machine-made")
    assert "Schmidt" not in asked[0]


@pytest.mark.parametrize(
    "change",
    [
        {"agent_language": "de"},
        {"timeline": (Turn(role="customer", text="Where is my parcel? I have been waiting for two weeks now."),)},
        {
            "timeline": (
                Turn(role="customer", text="Wo bleibt mein Paket?", deleted=True),
                Turn(role="bot", text="Wir prüfen das."),
            )
        },
        {"timeline": (Turn(role="customer", text="Wo bleibt mein Paket?"), Turn(role="customer", text="", episode=2))},
    ],
)
def test_what_the_agents_read_already_costs_no_call(change: dict[str, Any], packet: Handover) -> None:
    model, asked = scripted([])
    told = packet.model_copy(update=change)
    assert helper(model).translate_packet(told).packet == told
    assert asked == []


def test_a_translation_that_fails_leaves_the_rest_and_one_that_differs_says_so(packet: Handover) -> None:
    told = packet.model_copy(update={"suggested_reply": "Wir suchen es innerhalb von 24 Stunden."})
    model, asked = scripted([ModelError("timeout", "late")])
    done = helper(model).translate_packet(told)
    assert (done.packet, done.calls, len(asked)) == (told, 1, 1)
    wrong = says("I am [NAME_1] and have waited 21 days for my parcel. Nobody has answered.")
    model, _ = scripted([wrong, wrong, says("We will look for it within 24 hours.")])
    assert "21 days" in helper(model).translate_packet(told).packet.translation.splitlines()[-1]


def test_of_many_words_the_last_are_translated(packet: Handover) -> None:
    long = tuple(Turn(role="customer", text=f"Nummer {n}: wo bleibt mein Paket denn nun schon wieder? " * 8) for n in range(9))
    model, asked = scripted([says("…"), says("…")])
    helper(model).translate_packet(packet.model_copy(update={"timeline": long}))
    assert "Nummer 8" in asked[0]
    assert "Nummer 0" not in asked[0]
    model, asked = scripted([says("…"), says("…")])
    helper(model).translate_packet(packet.model_copy(update={"timeline": (Turn(role="customer", text="Wo bleibt es? " * 900),)}))
    assert "Wo bleibt es?" in asked[0]
