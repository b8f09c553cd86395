from __future__ import annotations

import pytest

from .conftest import Done, Run

LINES = [
    {"id": "a", "text": "You can return it within 30 days.", "language": "en", "evidence": ["Returns are taken for 14 days."]},
    {"id": 2, "text": "You can return it within two weeks.", "language": "en", "evidence": ["Rückgabe innerhalb von 14 Tagen."]},
    {"text": "Write to me at joe (at) shop dot com.", "platform": "ebay", "channel": "marketplace"},
    {
        "id": "w",
        "text": "Vielen Dank für Ihre Nachricht, wir prüfen das gern für Sie.",
        "customer_text": "Where is my parcel? I am waiting.",
    },
    {"id": None, "text": ""},
]
BAD = [
    ({"id": 1}, "'text'"),
    ({"id": 2, "text": "a", "evidence": "one"}, "'evidence'"),
    ({"id": 3, "text": "a", "customer_text": 3}, "'customer_text'"),
    ({"id": 4, "text": "a", "date": "soon"}, "'date'"),
    ({"id": 5, "text": "a", "market": "XQ"}, "XQ"),
]


@pytest.fixture(scope="module")
def done(run: Run) -> Done:
    return run("guard", lines=LINES)


def test_answers_have_the_contracts_keys_in_the_order_of_the_lines(done: Done) -> None:
    assert (done.code, done.err) == (0, "")
    assert [answer["id"] for answer in done.objects] == ["a", 2, 3, "w", None]
    for answer in done.objects:
        assert answer.keys() == {"id", "verdict", "findings"}
        for finding in answer["findings"]:
            assert {"rule", "severity", "start", "end", "message"} <= finding.keys()


def test_a_text_is_judged_by_its_evidence_its_platform_and_the_customers_language(done: Done) -> None:
    contradicted, borne_out, contact, language, empty = done.objects
    assert contradicted["verdict"] == "block"
    assert any("30 days" in LINES[0]["text"][f["start"] : f["end"]] for f in contradicted["findings"])  # type: ignore[index]
    assert (borne_out["verdict"], empty["verdict"]) == ("pass", "pass")
    assert any(f["rule"] == "ebay_contact_email" for f in contact["findings"])
    assert [f["rule"] for f in language["findings"]] == ["language"]


@pytest.mark.parametrize(("line", "named"), BAD)
def test_a_bad_line_is_named_and_the_rest_goes_on(run: Run, line: dict[str, object], named: str) -> None:
    done = run("guard", lines=[line, {"id": "good", "text": "Thank you!", "language": "en"}])
    assert done.code == 2
    bad, good = done.objects
    assert named in bad["error"]["message"] + str(bad["error"].get("hint"))
    assert good["verdict"] == "pass"


def test_a_promise_that_a_task_keeps_passes_and_what_an_error_quotes_is_redacted(run: Run) -> None:
    line = {"text": "A colleague will look into it.", "language": "EN", "platform": "own_shop"}
    done = run(
        "guard", lines=[line, line | {"task_created": True}, line | {"task_created": "yes"}, {"text": ["4111 1111 1111 1111"]}]
    )
    alone, kept, unclear, quoted = done.objects
    assert alone["verdict"] == "block"
    assert kept["verdict"] == "pass"
    assert "task_created" in unclear["error"]["message"]
    assert "1111" not in str(quoted)


ORDER = {"text": "It goes to 14 Mill Lane, Bristol BS1 6QF.", "language": "en", "platform": "own_shop", "market": "GB"} | {
    "evidence": ["destination: 14 Mill Lane, Bristol BS1 6QF"]
}


def test_what_an_order_says_of_a_person_is_told_to_the_verified(run: Run) -> None:
    done = run("guard", lines=[ORDER, ORDER | {"verified": True}, ORDER | {"verified": "yes"}])
    unknown, verified, unclear = done.objects
    assert [f["rule"] for f in unknown["findings"]] == ["private_address"]
    assert verified["verdict"] == "pass"
    assert "verified" in unclear["error"]["message"]


def test_what_the_seller_allows_passes_by_option_and_by_setting(run: Run) -> None:
    line = {"text": "See papaya-lane.example or call 030 1234567.", "platform": "ebay", "market": "DE", "language": "en"}
    assert run("guard", lines=[line]).objects[0]["verdict"] == "block"
    assert (
        run("guard", "--allow", "papaya-lane.example", "--allow", "+49 30 1234567", lines=[line]).objects[0]["verdict"] == "pass"
    )
    setting = {"CS_ASSIST_GUARD_ALLOW": '["papaya-lane.example"]'}
    assert run("guard", "--allow", "030 1234567", lines=[line], **setting).objects[0]["verdict"] == "pass"


@pytest.mark.parametrize(
    ("name", "value", "told"),
    [("GUARD_OFF", '["claim_promiss"]', "Did you mean claim_promise"), ("GUARD_ALLOW", '["."]', "too short to be allowed")],
)
def test_a_setting_that_says_nothing_is_refused(run: Run, name: str, value: str, told: str) -> None:
    done = run("guard", lines=[ORDER], **{f"CS_ASSIST_{name}": value})
    assert done.code == 2
    assert told in done.err
