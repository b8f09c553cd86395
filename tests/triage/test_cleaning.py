from __future__ import annotations

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.cleaning import WINDOW, clean, html_to_text, read_body

MAIL_LINES = st.sampled_from(
    [
        "Where is my parcel?", "", "  indented", "> quoted", "-- ", "Jane Doe", "_______________",
        "On Mon, Nov 23, 2026 at 10:00 AM Shop <shop@x.example> wrote:", "From: Shop", "Von: Laden",
        "-----Original Message-----", "Best regards,", "zero\u200bwidth", "\u200b", "Sent from my iPhone", "tab\tand\x0bmore",
    ]
)  # fmt: skip
MAILS = st.tuples(st.lists(MAIL_LINES, max_size=10), st.sampled_from(["\n", "\r\n"])).map(lambda t: t[1].join(t[0]))
HTML = st.lists(
    st.one_of(
        st.sampled_from(
            [
                "<p>",
                "</p>",
                "<br>",
                "<hidden>",
                "</div>",
                "<blockquote>",
                "</blockquote>",
                "<!--",
                "-->",
                "<![",
                "]]>",
                "<![CDATA[",
                "<!DOCTYPE",
                "<?x",
                ">",
                "&amp;",
                "&#x;",
                "&#99999999;",
                "<script>",
                "</script>",
                "<a/href='",
                "<img/src=x>",
            ]
        ),
        st.text(max_size=6),
    ),
    max_size=12,
).map("".join)


@pytest.mark.parametrize(
    ("text", "gone"),
    [
        ("Please refund me.\n\nOn Mon, Jan 5, 2026 at 10:00 AM Shop <s@x.example> wrote:\n> Hello\n> World", "World"),
        ("Please refund me.\r\n\r\nAm 1. Januar 2026 um 10:00 schrieb Shop <s@x.example>:\r\n> Alt", "Alt"),
        ("Please refund me.\n________________________________\nFrom: Shop\nSent: x\nTo: y\nSubject: z\n\nold text", "old text"),
        ("Please refund me.\n\n-----Original Message-----\nFrom: Shop\nold text", "old text"),
        ("Please refund me.\n> What can we do\n> for you?", "for you?"),
        ("Please refund me.\n\n-- \nJane Doe\nHead of Sewing", "Jane Doe"),
    ],
    ids=["gmail", "german", "outlook", "original-message", "quoted-without-header", "signature"],
)
def test_a_mail_is_read_without_what_the_customer_did_not_write_now(text: str, gone: str) -> None:
    cleaned = clean(text, mail=True)
    assert cleaned.text.startswith("Please refund me.")
    assert gone not in cleaned.text


def test_a_chat_message_is_read_as_it_is() -> None:
    text = "From: Rome\n> or Milan?"
    assert clean(text, mail=False).text == text


@pytest.mark.parametrize("text", ["> only quoted", "From: Rome"])
def test_a_mail_of_which_nothing_would_be_left_is_read_whole(text: str) -> None:
    assert clean(text, mail=True).text == text


def test_a_second_paragraph_of_the_customers_own_is_kept() -> None:
    text = "First.\n\nSecond:\n\nThird.\n\nOn Mon, Jan 5, 2026 at 10:00 AM Shop <s@x.example> wrote:\n> First."
    assert clean(text, mail=True).text == "First.\n\nSecond:\n\nThird."


def test_invisible_characters_are_left_out_and_places_still_fit() -> None:
    text = "  \u200b he\u200bllo \ufeff"
    cleaned = clean(text, mail=False)
    assert cleaned.text == "hello"
    assert [text[cleaned.original(i)] for i in range(5)] == list("hello")


@pytest.mark.parametrize(
    ("text", "seen"),
    [
        ("re\u00adfund\u2060 \u202eme\u202c", "refund me"),
        ("\u200fأين طلبي\u061c؟", "أين طلبي؟"),
        ("love it \u2764\ufe0f", "love it \u2764"),
        ("ok\U000e0069\U000e0067\U000e006e\U000e007f", "ok"),
        ("a\ud800b\udfffc", "abc"),
        ("r\u0337\u0322\u031be\u0335\u0301\u0300f\u0488\u0489\u0483und", "refund"),
        ("где\u0300\u0301\u0302\u0303?", "где?"),
    ],
    ids=["soft-hyphen", "directions", "variation", "tags", "surrogates", "zalgo", "zalgo-cyrillic"],
)
def test_what_no_one_sees_is_not_read_and_places_still_fit(text: str, seen: str) -> None:
    for mail in (False, True):
        cleaned = clean(text, mail=mail)
        assert cleaned.text == seen
        assert [text[cleaned.original(i)] for i in range(len(seen))] == list(seen)


@pytest.mark.parametrize(
    "text",
    [
        unicodedata.normalize("NFD", "Đơn hàng của tôi ở đâu vậy? Việt Nữ ễ ộ"),
        unicodedata.normalize("NFD", "Où est passée ma commande ? Ärger, żółć, ё"),
        "أَيْنَ طَلَبِيَّ؟ بِسْمِ ٱللَّٰهِ",
        "मेरा ऑर्डर कहाँ है? क्षत्रिय स्त्री",
        "สั่งซื้อแล้วยังไม่ได้รับ ที่ไหน น้ำ",
        "ＡＢＣ １２３ r3fund pl34se",
    ],
    ids=["vietnamese", "latin", "arabic", "hindi", "thai", "full-width"],
)
def test_marks_that_a_language_needs_are_left_as_they_are(text: str) -> None:
    assert clean(text, mail=False).text == text
    assert clean(text, mail=True).text == text


@pytest.mark.parametrize("text", ["", " \n\t", "\u200b\u200b", " \u200b "])
def test_nothing_stays_nothing(text: str) -> None:
    cleaned = clean(text, mail=True)
    assert cleaned.text == ""
    assert not cleaned.truncated


def test_only_a_window_of_a_huge_message_is_read() -> None:
    assert clean("a" * WINDOW, mail=True).truncated is False
    cleaned = clean("a" * (WINDOW + 1), mail=True)
    assert (len(cleaned.text), cleaned.truncated) == (WINDOW, True)


SCRIPTS = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from("a\u0301\u0335\u200b\ufe0fД\u0489ก่้क्षَّ\n> -:"),
        st.integers(0xD800, 0xDFFF).map(chr),
        st.integers(0xE0000, 0xE01FF).map(chr),
    )
)


@given(st.one_of(SCRIPTS, MAILS), st.booleans())
def test_every_character_read_stood_in_the_original_in_the_same_order(text: str, mail: bool) -> None:
    cleaned = clean(text, mail=mail)
    places = [cleaned.original(i) for i in range(len(cleaned.text))]
    assert "".join(text[place] for place in places) == cleaned.text
    assert places == sorted(set(places))


@given(MAILS)
def test_the_first_line_before_any_mark_is_never_lost(rest: str) -> None:
    assert clean(f"Please refund me.\n{rest}", mail=True).text.startswith("Please refund me.")


@given(st.one_of(st.text(), MAILS), st.booleans())
def test_cleaned_text_has_no_outer_space(text: str, mail: bool) -> None:
    cleaned = clean(text, mail=mail).text
    assert cleaned == cleaned.strip()


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("<p>Hello, any news?</p><blockquote>old</blockquote>", "Hello, any news?"),
        ("<blockquote>old</blockquote>new", "new"),
        ("a<br>b", "a\nb"),
        ("a<br/>b", "a\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "a\n\nb"),
        ("a &amp; b &lt;c&gt; &#233;", "a & b <c> é"),
        ("<table><tr><td>Order</td><td>12</td></tr></table>", "Order 12"),
        ("<script>x()</script><style>p{}</style>Hi", "Hi"),
        ('<div style="display: none">spy</div>Hi', "Hi"),
        ("<span hidden>spy</span>Hi", "Hi"),
        ('<p style="font-size: 0">spy</p>Hi', "Hi"),
        ('<p style="font-size:0px">spy</p>Hi', "Hi"),
        ('<td style="font-size:0px"><div style="font-size:13px">Where is it?</div>spy</td>', "Where is it?"),
        ('<td style="font-size:0"><p style="font: bold 13px/1.5 Arial">Wo <b>ist</b> es?</p></td>', "Wo ist es?"),
        ('<td style="font-size:0">spy<font size="3">Hi</font></td>', "Hi"),
        ('<p style="font-size:0">spy<span style="font-size:120%">spy</span></p>Hi', "Hi"),
        ('<p style="font:0/0 a">spy</p>Hi', "Hi"),
        ('<div style="visibility:hidden">spy<p style="visibility: visible">Hi</p></div>', "Hi"),
        ('<div style="display:none"><p style="font-size:13px;visibility:visible">spy</p></div>Hi', "Hi"),
        ('<div style="FONT-SIZE: 13px; Display : None !important">spy</div>Hi', "Hi"),
        ("Jane <jane@doe.example> <o:p>wrote</o:p>", "Jane <jane@doe.example> wrote"),
        ('<p style="font-size:0.9em">Where is it?</p>', "Where is it?"),
        ('News?<div class="gmail_quote"><div>old</div><p>older</p></div>', "News?"),
        ('News?<div id="divRplyFwdMsg">From: Shop</div><div>old</div>', "News?"),
        ('<div class="gmail_quote">old<br><img src="x"></div>News?', "News?"),
        ('News?<br><div class="gmail_signature">Jane</div>', "News?"),
        ("Hi<blockquote>where is it?</blockquote>", "Hi\nwhere is it?"),
        ('<div class="gmail_quote">forwarded</div>', "forwarded"),
        ("a <3 b <- c", "a <3 b <- c"),
        ("<!-- [if mso]><p>x</p><![endif] -->News?<!-- open", "News? open"),
        ('<a title="1 > 0">News?</a>', "News?"),
        ("<html><head><title>x</title><body>Hi", "Hi"),
        ("<![if !mso]>Hi<![endif]>", "Hi"),
        ("<![foo[bar]]>Hi", "Hi"),
        ("a     b\n\tc", "a b\nc"),
        ("", ""),
    ],
)
def test_html_is_read_as_a_person_sees_it(html: str, text: str) -> None:
    assert html_to_text(html) == text


@pytest.mark.parametrize(
    "bulk",
    [
        "<img src='data:image/png;base64,{}'>",
        '<p style="background:url( DATA:image/svg+xml;utf8,{})"></p>',
        "<!-- {} -->",
        "<style>p { {} }</style>",
    ],
)
def test_what_no_one_reads_takes_no_room_from_the_words_below_it(bulk: str) -> None:
    body = read_body("", f"<p>Hello</p>{bulk.replace('{}', 'A' * WINDOW * 11, 1)}<p>It burns</p>", mail=True)
    assert (body.text.split("\n")[-1], body.cut) == ("It burns", False)


def test_html_that_is_longer_than_what_is_read_is_told_to_be_cut() -> None:
    body = read_body("", "<b>a</b>" * WINDOW * 2, mail=False)
    assert body.cut
    assert clean(body.text, mail=True, cut=body.cut).truncated
    assert not clean("a", mail=True).truncated


@pytest.mark.parametrize("html", [None, "", " ", "<br>", "<img src=x>", "&nbsp;", "<p>&#8203;</p>", "<p hidden>spy</p>"])
@pytest.mark.parametrize("mail", [True, False])
def test_where_the_html_shows_nothing_the_plain_text_is_read(html: str | None, mail: bool) -> None:
    assert read_body("It burns", html, mail=mail).text == "It burns"


def test_where_the_html_shows_words_they_are_read_in_place_of_the_plain_text() -> None:
    assert read_body("It burns", "<p>Es brennt</p>", mail=True).text == "Es brennt"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("<p>Where is <b>it</b>?</p><blockquote>old</blockquote>", "Where is it?"),
        ("\n<!DOCTYPE html><html><body>Où est-il ?", "Où est-il ?"),
        ('<div dir="ltr">Wo bleibt es?</div>\n', "Wo bleibt es?"),
        ("Hello,<div><br></div><div>where is it?</div>", "Hello,\n\nwhere is it?"),
        ("どこですか<br>教えて<BR/>田中", "どこですか\n教えて\n田中"),
        ("<style>p{}</style><p>¿Dónde está?</p>", "¿Dónde está?"),
    ],
)
def test_html_that_is_given_as_the_text_of_a_mail_is_read_as_html(text: str, shown: str) -> None:
    assert read_body(text, None, mail=True).text == shown
    assert read_body(text, None, mail=False).text == text


@pytest.mark.parametrize(
    "text",
    [
        "I <3 my mug",
        "x < y > z and a<b>c",
        "Your page shows <div> above the price",
        "Two </p></p> stand\nbelow the price",
        "<b>Refund me</b>",
        "<jane@doe.example>",
        "<p>",
        "a &lt; b",
    ],
)
def test_a_tag_that_a_customer_types_makes_no_html(text: str) -> None:
    assert read_body(text, None, mail=True).text == text


@given(HTML)
def test_no_html_raises_and_lines_are_tidy(html: str) -> None:
    text = html_to_text(html)
    assert text == text.strip()
    assert "\n\n\n" not in text


@given(st.text(alphabet=st.characters(exclude_characters="<>&", exclude_categories=["Cs", "Cc"])))
def test_text_without_marks_loses_nothing_but_space(text: str) -> None:
    assert html_to_text(text).split() == text.split()
