from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.mail import own_words, says_something

QUOTED = "Your parcel left our warehouse."


def read(mail: str) -> str:
    return "".join(mail[start:end] for start, end in own_words(mail)).strip()


ATTRIBUTIONS = {
    "en": "On Mon, Nov 23, 2026 at 10:00 AM Papaya Lane <help@papaya.example> wrote:",
    "en, wrapped": "On Mon, Nov 23, 2026 at 10:00 AM Papaya Lane Customer Care\n<help@papaya.example> wrote:",
    "de": "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Papaya Lane <help@papaya.example>:",
    "de, wrapped": "Am Mo., 23. Nov. 2026 um 10:00 Uhr schrieb Papaya Lane\n<help@papaya.example>:",
    "fr": "Le lun. 23 nov. 2026 à 10:00, Papaya Lane <help@papaya.example> a écrit :",
    "es": "El lun, 23 nov 2026 a las 10:00, Papaya Lane (<help@papaya.example>) escribió:",
    "pt": "Em seg., 23 de nov. de 2026 às 10:00, Papaya Lane <help@papaya.example> escreveu:",
    "it": "Il giorno lun 23 nov 2026 alle ore 10:00 Papaya Lane <help@papaya.example> ha scritto:",
    "nl": "Op ma 23 nov 2026 om 10:00 schreef Papaya Lane <help@papaya.example>:",
    "sv": "Den mån 23 nov. 2026 kl 10:00 skrev Papaya Lane <help@papaya.example>:",
    "pl": "pon., 23 lis 2026 o 10:00 Papaya Lane <help@papaya.example> napisał(a):",
    "ru": "пн, 23 нояб. 2026 г. в 10:00, Papaya Lane <help@papaya.example>:",
    "tr": "Papaya Lane <help@papaya.example>, 23 Kas 2026 Pzt, 10:00 tarihinde şunu yazdı:",
    "ar": "في الاثنين، 23 نوفمبر 2026 في 10:00 ص كتب Papaya Lane <help@papaya.example>:",
    "hi": "सोम, 23 नव॰ 2026 को 10:00 बजे Papaya Lane <help@papaya.example> ने लिखा:",
    "id": "Pada Sen, 23 Nov 2026 pukul 10.00 Papaya Lane <help@papaya.example> menulis:",
    "vi": "Vào Th 2, 23 thg 11, 2026 vào lúc 10:00 Papaya Lane <help@papaya.example> đã viết:",
    "th": "เมื่อ จ. 23 พ.ย. 2026 เวลา 10:00 Papaya Lane <help@papaya.example> เขียนว่า:",
    "ja": "2026年11月23日(月) 10:00 Papaya Lane <help@papaya.example>:",
    "ko": "2026년 11월 23일 (월) 오전 10:00, Papaya Lane <help@papaya.example>님이 작성:",
    "zh-Hans": "在 2026年11月23日，Papaya Lane <help@papaya.example> 写道：",
    "zh-Hant": "Papaya Lane <help@papaya.example> 於 2026年11月23日 週一 上午10:00寫道：",
}
HEADERS = {
    "en": "From: Papaya Lane\nSent: Monday\nTo: Anna\nSubject: Order",
    "de": "Von: Papaya Lane\nGesendet: Montag\nAn: Anna\nBetreff: Bestellung",
    "fr": "De : Papaya Lane\nEnvoyé : lundi\nÀ : Anna\nObjet : Commande",
    "es": "De: Papaya Lane\nEnviado el: lunes\nPara: Anna\nAsunto: Pedido",
    "pt": "De: Papaya Lane\nEnviada em: segunda\nPara: Anna\nAssunto: Pedido",
    "it": "Da: Papaya Lane\nInviato: lunedì\nA: Anna\nOggetto: Ordine",
    "nl": "Van: Papaya Lane\nVerzonden: maandag\nAan: Anna\nOnderwerp: Bestelling",
    "sv": "Från: Papaya Lane\nSkickat: måndag\nTill: Anna\nÄmne: Order",
    "pl": "Od: Papaya Lane\nWysłano: poniedziałek\nDo: Anna\nTemat: Zamówienie",
    "ru": "От: Papaya Lane\nОтправлено: понедельник\nКому: Анна\nТема: Заказ",
    "tr": "Kimden: Papaya Lane\nGönderildi: Pazartesi\nKime: Anna\nKonu: Sipariş",
    "ar": "من: Papaya Lane\nتم الإرسال: الاثنين\nإلى: آنا\nالموضوع: الطلب",
    "hi": "प्रेषक: Papaya Lane\nभेजा गया: सोमवार\nप्रति: अन्ना\nविषय: ऑर्डर",
    "id": "Dari: Papaya Lane\nDikirim: Senin\nKepada: Anna\nSubjek: Pesanan",
    "ms": "Daripada: Papaya Lane\nDihantar: Isnin\nKepada: Anna\nPerkara: Pesanan",
    "vi": "Từ: Papaya Lane\nĐã gửi: Thứ hai\nĐến: Anna\nChủ đề: Đơn hàng",
    "th": "จาก: Papaya Lane\nส่ง: วันจันทร์\nถึง: แอนนา\nเรื่อง: คำสั่งซื้อ",
    "ja": "差出人: Papaya Lane\n送信日時: 月曜日\n宛先: 田中\n件名: ご注文",
    "ko": "보낸 사람: Papaya Lane\n보낸 날짜: 월요일\n받는 사람: 김민수\n제목: 주문",
    "zh-Hans": "发件人: Papaya Lane\n发送时间: 星期一\n收件人: 王\n主题: 订单",
    "zh-Hant": "寄件者：Papaya Lane\n寄件日期：星期一\n收件者：王\n主旨：訂單",
    "bold, wrapped": "*From:* Papaya Lane\n*Sent:* Monday\n*To:* Anna Smith;\n Tom Smith\n*Subject:* Order",
}
SEPARATORS = [
    "-----Original Message-----",
    "-----Ursprüngliche Nachricht-----",
    "----- Message d'origine -----",
    "-----Mensaje original-----",
    "-----Mensagem original-----",
    "-----Messaggio originale-----",
    "-----Oorspronkelijk bericht-----",
    "-----Ursprungligt meddelande-----",
    "-----Wiadomość oryginalna-----",
    "-----Исходное сообщение-----",
    "-----Özgün İleti-----",
    "-----الرسالة الأصلية-----",
    "-----मूल संदेश-----",
    "-----Pesan Asli-----",
    "-----Mesej Asal-----",
    "-----Thư gốc-----",
    "-----ข้อความต้นฉบับ-----",
    "-----元のメッセージ-----",
    "-----원본 메시지-----",
    "------------------ 原始邮件 ------------------",
    "-----原始郵件-----",
    "---------- Forwarded message ---------",
    "##- Please type your reply above this line -##",
]
PHONE_LINES = [
    "Sent from my iPhone",
    "Get Outlook for iOS",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Enviado desde mi iPhone",
    "Enviado do meu iPhone",
    "Inviato da iPhone",
    "Verstuurd vanaf mijn iPhone",
    "Skickat från min iPhone",
    "Wysłane z iPhone'a",
    "Отправлено с iPhone",
    "iPhone'umdan gönderildi",
    "أُرسلت من الـ iPhone",
    "मेरे iPhone से भेजा गया",
    "Dikirim dari iPhone saya",
    "Dihantar dari iPhone saya",
    "Gửi từ iPhone của tôi",
    "ส่งจาก iPhone ของฉัน",
    "iPhoneから送信",
    "나의 iPhone에서 보냄",
    "发自我的 iPhone",
    "從我的 iPhone 傳送",
]
CLOSINGS = [
    ("Where is it?", "Best regards,\nJane Doe\nHead of Sewing\n+44 20 7946 0000"),
    ("Wo bleibt es?", "Mit freundlichen Grüßen\nJörg Müller\nMüller & Söhne GmbH\nHauptstr. 5\n10115 Berlin"),
    ("Où est-il ?", "Cordialement,\nMarc Dubois"),
    ("Dove si trova?", "Cordiali saluti\nLucia Rossi\nwww.rossi.example"),
    ("¿Dónde está?", "Un saludo,\nMaría Pérez\nTel. +34 600 123 456"),
    ("Cadê o pacote?", "Atenciosamente,\nJoão da Silva"),
    ("Waar blijft het?", "Met vriendelijke groet,\nJan de Vries"),
    ("Var är det?", "Med vänliga hälsningar\nErik Ek"),
    ("Gdzie paczka?", "Pozdrawiam\nAnna Nowak"),
    ("Где заказ?", "С уважением,\nИван Петров"),
    ("Kargom nerede?", "Saygılarımla,\nAyşe Yılmaz"),
    ("أين طلبي؟", "مع أطيب التحيات\nأحمد"),
    ("मेरा ऑर्डर कहाँ है?", "सादर,\nराहुल शर्मा"),
    ("Paket saya di mana?", "Hormat saya,\nBudi Santoso"),
    ("Di mana barang saya?", "Yang benar,\nAhmad bin Ali"),
    ("Hàng đâu rồi?", "Trân trọng,\nNguyễn Văn An\n0901 234 567"),
    ("ของอยู่ไหนคะ", "ขอแสดงความนับถือ"),
    ("商品が届きません。", "よろしくお願いいたします。\n\n田中太郎"),
    (
        "商品が届きません。",
        "よろしくお願いします。\n田中\n--------------------\n株式会社田中\nTEL 03-1234-5678\n--------------------",
    ),
    ("물건이 안 왔어요.", "수고하세요\n김민수 드림"),
    ("包裹在哪里？", "此致\n敬礼"),
    ("Broken again.", "-- \nJane Doe\nwe sew since 1970, come and see us"),
]
NOTICES = [
    "This email and any attachments are confidential and intended solely for the named addressee.\nDelete it otherwise.",
    "Diese E-Mail enthält vertrauliche Informationen.",
    "Ce message et ses pièces jointes sont confidentiels.",
    "Este mensaje es confidencial. Si no es usted el destinatario, bórrelo.",
    "Esta mensagem pode conter informação confidencial.",
    "Questa e-mail contiene informazioni riservate.",
    "Deze e-mail is vertrouwelijk.",
    "Niniejsza wiadomość jest poufna.",
    "Данное сообщение является конфиденциальным.",
    "本メールには機密情報が含まれている場合があります。",
    "본 메일은 기밀 정보를 포함할 수 있습니다.",
    "本邮件及其附件含有保密信息。",
    "Please consider the environment before printing this email.",
    "Virus-free. www.scanner.example",
    "You are receiving this email because you are a customer. Click here to unsubscribe.",
]


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
@pytest.mark.parametrize("mark", ["", "> "], ids=["plain", "marked"])
def test_what_stands_under_an_attribution_is_quoted(line: str, mark: str) -> None:
    assert read(f"It has not come by 5 May.\n\n{line}\n\n{mark}{QUOTED}\n{mark}Bye") == "It has not come by 5 May."


@pytest.mark.parametrize("line", ATTRIBUTIONS.values(), ids=ATTRIBUTIONS)
def test_a_reply_below_the_quoted_mail_is_kept(line: str) -> None:
    assert read(f"{line}\n> {QUOTED}\n> Bye\n\nIt has not come.") == "It has not come."


@pytest.mark.parametrize("block", HEADERS.values(), ids=HEADERS)
def test_what_stands_under_a_header_block_is_quoted(block: str) -> None:
    assert read(f"It has not come.\n\n{block}\n\n{QUOTED}") == "It has not come."


@pytest.mark.parametrize("block", HEADERS.values(), ids=HEADERS)
def test_a_mail_sent_on_without_a_word_is_read(block: str) -> None:
    assert read(f"{block}\n\nIt has not come.") == "It has not come."


@pytest.mark.parametrize("line", SEPARATORS)
def test_what_stands_under_a_separator_is_quoted(line: str) -> None:
    assert read(f"It has not come.\n\n{line}\n{QUOTED}") == "It has not come."


def test_of_a_whole_thread_only_the_newest_mail_is_read() -> None:
    thread = "\n\n".join(["Still nothing?", HEADERS["en"], "Please wait.", HEADERS["de"], "Wo ist es?", SEPARATORS[0], "Hello"])
    assert read(thread) == "Still nothing?"


def test_answers_between_quoted_lines_are_kept() -> None:
    assert read("> Which size?\nXL please\n> Which colour?\nBlue").splitlines() == ["XL please", "Blue"]


@pytest.mark.parametrize(
    "text",
    [
        "I moved house.\nFrom: Rome\nTo: Milan\nWhat does it cost?",
        "I ordered on 12 Nov 2026 and your colleague wrote:\nwe will refund you.\nBut nothing came.",
        "I got:\n- one mug\n- two plates\nbut ordered three.",
        "First question.\n-----\nSecond question, please call 0170 1234567",
        "Thanks,\nwhere is my order",
        "My number changed.\n+49 170 1234567\nPlease note it",
        "MfG\nGIVE ME MY MONEY BACK NOW",
        "The parcel was scanned by the carrier\nand I got it in error",
        "How do I unsubscribe\nfrom this list?",
        "Best regards to all of you, but\nI want a refund",
        "ich habe das paket irrtümlich erhalten\nwas nun",
        "Lieferung an\nHauptstr. 5\n10115 Berlin",
        "Danke!\nPasst alles.",
    ],
)
def test_what_only_resembles_a_mark_is_kept(text: str) -> None:
    assert read(text) == text


@pytest.mark.parametrize("line", PHONE_LINES)
def test_a_phones_line_is_left_out(line: str) -> None:
    assert read(f"It has not come.\n\n{line}") == "It has not come."


@pytest.mark.parametrize(("words", "closing"), CLOSINGS)
def test_a_closing_formula_with_its_signature_is_left_out(words: str, closing: str) -> None:
    assert read(f"{words}\n\n{closing}") == words
    assert read(f"{words}\n\n{closing}\n\nSent from my iPhone\n\n{ATTRIBUTIONS['en']}\n\n{QUOTED}") == words


def test_thanks_stay_without_the_signature_below_them() -> None:
    assert read("It came.\n\nThank you!\nJane Doe\njane@doe.example") == "It came.\n\nThank you!"


@pytest.mark.parametrize("notice", NOTICES)
def test_a_notice_is_left_out(notice: str) -> None:
    assert read(f"It has not come.\n\n{notice}") == "It has not come."
    assert read(f"It has not come.\n\nRegards\nJane Doe\n\n{notice}") == "It has not come."


def test_a_banner_above_the_message_hides_only_itself() -> None:
    assert read("This message originated from outside of the organization.\nWhere is it?") == "Where is it?"


@pytest.mark.parametrize(
    "text",
    [
        "Best regards\nAnna",
        "Hello,\n-- \nwhere is my order",
        "Hi,\n\nThis email is confidential",
        "> only quoted\n> text",
    ],
)
def test_where_no_request_would_be_left_all_is_read(text: str) -> None:
    assert read(text) == text


def test_thanks_above_a_quoted_mail_are_a_message() -> None:
    assert read(f"Thanks!\n\n{ATTRIBUTIONS['en']}\n> {QUOTED}") == "Thanks!"


def test_a_postscript_keeps_what_stands_above_it() -> None:
    text = "My kettle leaks.\n\nBest regards,\nTom\n\nP.S. Send the invoice too"
    assert read(text) == text


def test_an_order_number_below_the_name_is_kept() -> None:
    assert read("Where is it?\n\nRegards\nJane Doe\nOrder: AB-98765\n+44 20 7946 0000") == "Where is it?\n\nOrder: AB-98765"


RELAYS = {
    "amazon": (
        "You have received a message.\n\nMessage from Amazon customer Anna\n\nOrder ID 123-1234567-1234567:\n"
        "# ASIN Product Name\n1 B00ABCDEFG Blender 500\n\n------------- Begin message -------------\n\n{}\n\n"
        "------------- End message -------------\n\nFor Your Information: all messages are kept."
    ),
    "amazon, buyer": "Message from Amazon buyer Anna\nOrder ID: 123-1234567-1234567\n\n{}\n\nWas this email helpful?",
    "ebay, de": "Neue Nachricht von: kauf_mich (45)\n\nLieber Verkäufer,\n\n{}\n\nAntworten\n\nBestellstatus: Bezahlt",
    "etsy": "You have a new conversation from Anna\n\n{}\n\nView conversation\n\n© Etsy",
    "mercado libre": "Tienes un mensaje nuevo de ANA123\nVenta #2000001234567890\nMensaje:\n{}\n\nResponder\n\nVer venta",
    "shopee, id": "Anda menerima pesan baru dari budi99\nNo. Pesanan: 2611ABC\n\n{}\n\nBalas Sekarang",
    "lazada, th": "คุณได้รับข้อความใหม่\nหมายเลขคำสั่งซื้อ: 12345678\n\n{}\n\nกรุณาอย่าตอบกลับอีเมลนี้",
    "aliexpress": "You have a new message from Anna\nProduct: Blender\n--------------------\n{}",
    "tiktok shop": "You received a new message\nBuyer: anna\n\n{}\n\nReply now\nThis email was sent by TikTok Shop.",
    "walmart": "You have received a new inquiry\nOrder #: 20001234567\nCustomer message:\n{}\n\nPlease respond within 48 hours.",
    "rakuten": "お客様からのお問い合わせがありました。\n注文番号: 123456-2026\n内容:\n{}\n------\nこのメールは送信専用です。",
}


@pytest.mark.parametrize("wrapper", RELAYS.values(), ids=RELAYS)
@pytest.mark.parametrize("words", ["It leaks, what now?\n\nOrder 114-5520917-1234567", "届いた商品が壊れています。"])
def test_of_a_relayed_message_the_customers_words_are_read(wrapper: str, words: str) -> None:
    assert read(wrapper.format(words)) == words


def test_a_heading_without_anything_below_the_words_is_no_wrapper() -> None:
    text = "You have a new message from Anna\nis what I see in the app, but I cannot open it"
    assert read(text) == text


@pytest.mark.parametrize(
    "text", ["", "\n \n", "Hello,", "Hallo Papaya-Team!", "お世話になっております。", "您好，", "Dear Mr. Smith,"]
)
def test_a_greeting_says_nothing(text: str) -> None:
    assert not says_something(text)


@pytest.mark.parametrize("text", ["Hello, where is my parcel", "History", "ok", "12345", "退款", "Hi\nrefund", "Thanks!"])
def test_more_than_a_greeting_says_something(text: str) -> None:
    assert says_something(text)


PIECES = st.sampled_from(
    [
        *ATTRIBUTIONS.values(),
        *HEADERS.values(),
        *SEPARATORS,
        *PHONE_LINES,
        *NOTICES,
        *(c for _, c in CLOSINGS),
        *RELAYS.values(),
        "Where is it?",
        "> quoted",
        "",
        "Hello,",
        "Jane Doe",
        "--",
        "=====",
        "P.S. one more",
        "Order AB-12345",
        "\u200f> x",
        "\x85",
    ]
)
MAILS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=10).map("\n".join)


@given(MAILS)
def test_what_is_left_are_whole_lines_in_order(mail: str) -> None:
    spans = own_words(mail)
    assert all(start < end for start, end in spans) or mail == ""
    assert all(before[1] < after[0] for before, after in pairwise(spans))
    for start, end in spans:
        assert start == 0 or mail[start - 1].isspace()
        assert end == len(mail) or mail[end - 1].isspace()


@given(MAILS)
def test_no_mail_that_says_something_is_read_as_nothing(mail: str) -> None:
    assert says_something(read(mail)) or not says_something(mail)


@given(MAILS)
def test_a_first_line_of_the_customers_own_is_never_lost(mail: str) -> None:
    assert read(f"Please refund my blender.\n\n{mail}").startswith("Please refund my blender.") or "{}" in mail
