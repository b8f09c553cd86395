"""What reaches a shop's inbox that nobody wished for. Whatever it is, something sensible becomes of it."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from sample_shop import NOON

from cs_assist.assistant import Assistant
from cs_assist.config import load_settings
from cs_assist.encoder.onnx import OnnxEncoder
from cs_assist.errors import StoreReadOnlyError
from cs_assist.store.base import MemoryStore
from cs_assist.store.sql import SqlStore
from cs_assist.triage.reader import MessageReader
from cs_assist.types import Message, Outcome


@pytest.fixture
def assistant(tmp_path: Path, encoder: OnnxEncoder, reader: MessageReader) -> Assistant:
    made = Assistant(load_settings(index_dir=tmp_path / "none"), store=MemoryStore())
    made.encoder, made.reader = encoder, reader
    return made


def handle(assistant: Assistant, text: str = "", **fields: Any) -> Outcome:
    outcome = assistant.handle(Message(**{"id": "1", "text": text, "market": "US", "received_at": NOON, **fields}))
    assert outcome.fault is None
    return outcome


@pytest.mark.parametrize("text", ["", " ", "\n\t\n", "\u200b\ufeff", "\xa0"])
@pytest.mark.parametrize("channel", ["email", "live_chat"])
def test_an_empty_message_is_asked_about(assistant: Assistant, text: str, channel: str) -> None:
    outcome = handle(assistant, text, channel=channel)
    assert (outcome.action.value, outcome.decision.reason) == ("ask", "empty")
    assert outcome.reply.text


@pytest.mark.parametrize(
    "unit", ["Where is my parcel? ", "x", "我的包裹在哪里？", "> quoted\n", "<b>", "😡", "\n", "1234567890 "]
)
@pytest.mark.parametrize("channel", ["email", "live_chat"])
def test_a_megabyte_is_read_from_its_beginning(assistant: Assistant, unit: str, channel: str) -> None:
    text = unit * (1_000_000 // len(unit))
    outcome = handle(assistant, text, channel=channel)
    assert outcome.triage is not None
    assert "truncated" in outcome.triage.flags
    assert len(outcome.triage.text) <= 20_000
    assert len(outcome.reply.text) < 5_000


def test_a_megabyte_of_html_is_read_from_its_beginning(assistant: Assistant) -> None:
    outcome = handle(assistant, html="<p>Where is my parcel?</p>" + "<div>" * 200_000)
    assert outcome.triage is not None
    assert outcome.triage.text == "Where is my parcel?"


def test_anger_without_words_is_displeasure_and_no_bare_answer(assistant: Assistant) -> None:
    outcome = handle(assistant, "😡😡😡")
    assert outcome.action.value in ("draft", "ask")
    assert outcome.triage is not None
    assert outcome.triage.dissatisfied
    assert not outcome.triage.bare


@pytest.mark.parametrize("text", ["👍", "🙏🙏", "❤️", "👨‍👩‍👧", "?!?!"])
def test_a_message_of_emoji_or_marks_is_asked_about_in_the_shops_language(assistant: Assistant, text: str) -> None:
    outcome = handle(assistant, text)
    assert outcome.action.value in ("ask", "reply")
    assert outcome.reply.language == "en"
    assert outcome.reply.text


@pytest.mark.parametrize("text", ["PL-2610-47715", "#1029384756", "1029384756"])
def test_a_bare_order_number_is_asked_about_and_neither_spam_nor_a_strike(assistant: Assistant, text: str) -> None:
    outcome = handle(assistant, text)
    assert outcome.action.value == "ask"
    assert outcome.triage is not None
    assert not outcome.triage.dissatisfied


MAIL = """<html><head><style>p { color: red }</style></head><body><p>Hallo,</p>
<p>wo ist mein Paket? Die Bestellnummer ist PL-2610-47715.</p><p>Viele Gr&uuml;&szlig;e<br>Katrin</p>
<div style="display:none">tracking pixel text</div>
<div class="moz-cite-prefix">Am 30.10.2026 um 15:12 schrieb Papaya Lane &lt;service@papayalane.example&gt;:</div>
<blockquote type="cite"><p>Ich verklage Sie! OLD-9999-11111</p></blockquote></body></html>"""


def test_of_an_html_mail_only_what_was_written_just_now_is_read(assistant: Assistant) -> None:
    outcome = handle(assistant, html=MAIL, market="DE")
    assert outcome.triage is not None
    assert "wo ist mein Paket?" in outcome.triage.text
    for old in ("verklage", "OLD-9999", "tracking pixel", "color", "<", "schrieb"):
        assert old not in outcome.triage.text
    assert outcome.decision.reason != "legal_threat"


def test_a_customer_who_gives_the_order_number_is_not_asked_for_it(assistant: Assistant) -> None:
    outcome = handle(assistant, html=MAIL, market="DE")
    assert outcome.triage is not None
    assert "PL-2610-47715" in [entity.value for entity in outcome.triage.entities]
    assert outcome.decision.reason != "order_number"


def test_quoted_history_of_a_plain_mail_is_left_out(assistant: Assistant) -> None:
    text = "Where is my parcel?\n\nOn Fri, 30 Oct 2026 at 15:12, Papaya <service@papayalane.example> wrote:\n> I will sue you"
    outcome = handle(assistant, text)
    assert outcome.triage is not None
    assert outcome.triage.text == "Where is my parcel?"


def test_a_signature_below_its_separator_is_left_out(assistant: Assistant) -> None:
    outcome = handle(assistant, "Where is my parcel?\n\n-- \nKate Doe\nLawyer\nPhone +1 202 555 0100")
    assert outcome.triage is not None
    assert outcome.triage.text == "Where is my parcel?"
    assert outcome.triage.entities == ()


def test_a_mail_that_is_only_a_quotation_is_still_handled(assistant: Assistant) -> None:
    assert handle(assistant, "> Where is my parcel?\n> Thanks").action.value in ("ask", "draft", "reply")
    assert handle(assistant, id="2", html="<blockquote>old</blockquote>").triage.text == "old"


@pytest.mark.parametrize(
    ("text", "market", "language"),
    [
        ("متى تصل طلبيتي؟ رقم الطلب PL-2610-47715 وأنتظر منذ أسبوع", "AE", "ar"),
        ("\u202bمرحبا، أين طردي؟\u202c", "SA", "ar"),
    ],
)
def test_right_to_left_text_is_answered_in_its_language(assistant: Assistant, text: str, market: str, language: str) -> None:
    outcome = handle(assistant, text, market=market)
    assert outcome.triage is not None
    assert outcome.triage.language == language
    assert outcome.reply.language == language
    for entity in outcome.triage.entities:
        assert text[entity.start : entity.end] == entity.value


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Γεια σας, η παραγγελία μου δεν έχει έρθει ακόμα και θέλω τα χρήματά μου πίσω.", "el"),
        ("Γεια σας, πού είναι το δέμα μου;", "el"),
        ("Jó napot, még mindig nem érkezett meg a csomagom, mikor kapom meg?", "hu"),
        ("Szeretném visszaküldeni a terméket, mert nem működik.", "hu"),
        ("Dobrý den, kde je moje zásilka? Objednal jsem ji před třemi týdny.", "cs"),
        ("Bună ziua, unde este coletul meu? Am comandat acum două săptămâni.", "ro"),
        ("שלום, איפה החבילה שלי? הזמנתי לפני שבועיים", "he"),
    ],
)
@pytest.mark.parametrize("market", [None, "DE"])
def test_a_language_that_is_not_supported_is_said_so_and_handed_over(
    assistant: Assistant, text: str, language: str, market: str | None
) -> None:
    outcome = handle(assistant, text, market=market)
    assert outcome.triage is not None
    assert outcome.triage.language == language
    assert "unsupported_language" in outcome.triage.flags
    assert (outcome.action.value, outcome.decision.reason) == ("handover", "language")
    assert outcome.reply.language == ("de" if market else "en")
    assert outcome.reply.text
    assert outcome.handover is not None
    assert outcome.handover.customer_language == language


@pytest.mark.parametrize("raw", ['"Where is my parcel? \\ud800"', '"\\udc00"', '"\\ud83d 😡 where is it?"'])
def test_lone_surrogates_from_broken_json_stop_neither_reading_nor_handling(assistant: Assistant, raw: str) -> None:
    outcome = handle(assistant, json.loads(raw))
    assert outcome.model_dump_json().encode("utf-8")


@pytest.mark.parametrize(
    "text", ["a\x00b", "\x1b[31mred\x1b[0m", "[bold]where[/bold] is {name} %s?", "'; DROP TABLE cs_events; --"]
)
def test_control_characters_and_markup_are_only_text(assistant: Assistant, text: str) -> None:
    assert handle(assistant, text).action.value in ("ask", "draft", "reply", "ignore")


def test_a_state_folder_that_cannot_be_written_is_an_error_that_says_what_to_set(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file in the folder's place")
    assistant = Assistant(load_settings(state_dir=tmp_path / "state", index_dir=tmp_path / "none"))
    with pytest.raises(StoreReadOnlyError, match="cannot be made") as caught:
        assistant.handle(Message(id="1", text="Hello"))
    assert "CS_ASSIST_STATE_DIR" in caught.value.hint


SECOND = """
import sys
from cs_assist import Assistant, Message, load_settings
from cs_assist.store.sql import SqlStore
from pathlib import Path
assistant = Assistant(load_settings(index_dir=Path("none")), store=SqlStore(sys.argv[1]))
for i in range(10):
    assistant.handle(Message(id=f"theirs-{i}", text="The blue one please", conversation_id="shared", market="US"))
"""


def test_two_processes_share_one_database_without_losing_a_message(
    tmp_path: Path, encoder: OnnxEncoder, reader: MessageReader
) -> None:
    url = f"sqlite:///{tmp_path / 'state.db'}"
    store = SqlStore(url)
    ours = Assistant(load_settings(index_dir=tmp_path / "none"), store=store)
    ours.encoder, ours.reader = encoder, reader
    command = [sys.executable, "-c", SECOND, url]
    with subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as second:
        number = 0
        while second.poll() is None or number < 10:
            if number < 40:
                ours.handle(Message(id=f"ours-{number}", text="The red one please", conversation_id="shared", market="US"))
                number += 1
            elif second.poll() is None:
                second.wait(timeout=60)
        _, errors = second.communicate()
    state = store.load("shared")
    store.close()
    assert second.returncode == 0, errors
    assert state is not None
    assert state.customer_turns == state.version == 10 + number
