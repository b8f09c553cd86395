from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cs_assist.triage.mail import own_words, says_something

QUOTED = "Your parcel left our warehouse."


def read(mail: str) -> str:
    return "".join(mail[start:end] for start, end in own_words(mail).spans).strip()


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
WITHOUT_ADDRESS = [
    "On 11/23/2026 10:00 AM, Papaya Lane wrote:",
    "Am 23.11.2026 um 10:00 schrieb Papaya Lane:",
    "Am 23.11.26 um 10:00 schrieb Papaya Lane:",
    "Le 23/11/2026 à 10:00, Papaya Lane a écrit :",
    "El 23/11/2026 a las 10:00, Papaya Lane escribió:",
    "Em 23/11/2026 10:00, Papaya Lane escreveu:",
    "Il 23/11/2026 10:00, Papaya Lane ha scritto:",
    "Op 23-11-2026 om 10:00 schreef Papaya Lane:",
    "Den 2026-11-23 kl. 10:00, skrev Papaya Lane:",
    "W dniu 23.11.2026 o 10:00, Papaya Lane napisał:",
    "23.11.2026 10:00, Papaya Lane написал:",
    "23.11.2026 10:00 tarihinde Papaya Lane yazdı:",
    "Pada 23/11/2026 10.00, Papaya Lane menulis:",
    "Vào 23/11/2026 10:00, Papaya Lane đã viết:",
    "在 2026/11/23 10:00, Papaya Lane 写道:",
    "Papaya Lane 於 2026/11/23 10:00 寫道：",
    "On 2026-11-23 10:00, help@papaya.example wrote:",
]
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
    ("Broken again.", "-- \nJane Doe\nHead of Sewing\nwww.doe.example"),
    ("Broken again.", "--\nJane Doe\n+44 20 7946 0000"),
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


@pytest.mark.parametrize("line", WITHOUT_ADDRESS)
def test_an_attribution_without_an_address_has_date_year_and_time_and_stands_alone(line: str) -> None:
    assert read(f"It has not come.\n\n{line}\n{QUOTED}") == "It has not come."


@pytest.mark.parametrize(
    "sentence",
    [
        'On Tuesday 5 May at 9:30 your colleague wrote:\n"You will get your money."\nI got nothing and see a lawyer.',
        'On 5 May 2026 at 9:30 your colleague wrote:\n"You will get your money."\nI got nothing.',
        "On Tuesday 5 May at 9:30 Tom wrote:\nyou will get your money.\nI got nothing.",
        "Am Dienstag um 9:30 schrieb Ihr Kollege:\n„Sie bekommen Ihr Geld“\nNichts kam.",
        "Am 5.5.2026 um 9:30 schrieb Ihr Kollege:\n„Sie bekommen Ihr Geld“\nNichts kam.",
        "Le mardi 5 mai à 9h30 votre collègue a écrit :\n« vous serez remboursé »\nRien n'est venu.",
        "El martes 5 de mayo a las 9:30 su compañero escribió:\n«le devolvemos el dinero»\nNada.",
        "W dniu 5 maja o 9:30 Państwa kolega napisał:\n„zwrócimy pieniądze”\nNic nie przyszło.",
        "5月5日 9:30に担当者が書きました：\n「返金します」\nでも届きません。",
        "5月5日9:30您的同事写道：\n“我们会退款”\n但是没有收到。",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n"], ids=["close", "parted"])
def test_what_a_customer_cites_with_the_answer_to_it_is_kept(sentence: str, gap: str) -> None:
    text = f"My kettle leaks.{gap}{sentence}"
    assert read(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Refund me\n> 3 weeks waiting is too much",
        "Does it fit\n>60 cm?\n>100 kg?",
        "Hello\n>_< it broke again\nnew one please",
        "Immer noch nichts\n>:(\nGeld zurück",
        "二週間待っています\n＞＿＜\n返金してください",
        "I want one of these:\n> my money\n> a new kettle\nby Friday",
        "Ich möchte:\n> mein Geld\n> eine neue Kanne\nbis Freitag",
        "It broke.\n> I want my money\nToday.",
    ],
)
def test_a_sign_that_quotes_nothing_hides_nothing(text: str) -> None:
    assert read(text) == text


def test_below_an_attribution_a_number_may_be_quoted_and_a_face_below_it_not() -> None:
    assert read(f"{ATTRIBUTIONS['en']}\n> 3 weeks\n\nToo long\n>_<") == "Too long\n>_<"


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
        "My lamp broke.\n--\nI want my money back.",
        "Lampe kaputt.\n__\nAußerdem brannte das Ladegerät",
        "La lampe est cassée.\n--\nMon avocat vous écrira",
        "Сломалось.\n--\nЯ требую возврат",
        "灯坏了。\n--\n充电器着火了",
        "My lamp broke.\n--\nREFUND NOW",
        "My lamp broke.\n--\nJane Doe\nit burned my hand",
        "Please send it to:\n--\nJane Doe\n5 Main Street",
        "I miss:\n-- \nKitchen Scale\nTea Pot",
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


def test_below_the_mark_of_mail_programs_only_the_signature_is_left_out() -> None:
    mail = "It broke.\n\n-- \nJane Doe\n+44 20 7946 0000\nthe charger burned my hand"
    assert read(mail) == "It broke.\n\nthe charger burned my hand"


@pytest.mark.parametrize(
    "line",
    [
        "Order: AB-98765",
        "Order number: 44556677",
        "Order 44556677",
        "Bestellnummer: 44556677",
        "N° de commande 44556677",
        "Número de pedido: 44556677",
        "Numero ordine: 44556677",
        "Bestelnummer 44556677",
        "Nr zamówienia: 44556677",
        "Номер заказа: 44556677",
        "Sipariş no: 44556677",
        "رقم الطلب: 44556677",
        "ऑर्डर नंबर: 44556677",
        "Nomor pesanan: 44556677",
        "Mã đơn hàng: 44556677",
        "หมายเลขคำสั่งซื้อ: 44556677",
        "注文番号 44556677",
        "주문번호: 44556677",
        "订单号：44556677",
        "Tracking: 123456789012",
        "Bestellnummer:\n44556677",
        "Bestellnummer:\nAB-98765",
    ],
)
@pytest.mark.parametrize("closing", ["Regards\nJane Doe", "-- \nJane Doe", "--\nJane Doe"])
def test_an_order_number_below_the_name_is_kept(line: str, closing: str) -> None:
    assert read(f"Where is it?\n\n{closing}\n{line}\n+44 20 7946 0000") == f"Where is it?\n\n{line}"


def test_a_bare_number_below_the_name_is_a_telephones() -> None:
    assert read("Where is it?\n\nRegards\nJane Doe\n02079460000") == "Where is it?"


@pytest.mark.parametrize(
    "mail",
    [
        "Please change my address:\n\nKind regards\nJane Doe\n5 Main Street\nLondon",
        "Bitte ändern Sie die Anschrift:\n\nViele Grüße\nJörg Müller\nHauptstr. 5\n10115 Berlin",
        "Envoyez-le à :\n\nCordialement\nMarc Dubois\n5 rue Victor Hugo\n75001 Paris",
        "住所を変更してください：\n\nよろしくお願いします\n田中太郎\n〒100-0001",
        "Enviar a:\n\nGracias\nMaría Pérez\nCalle Mayor 5",
    ],
)
def test_what_the_line_above_the_closing_formula_announces_is_kept(mail: str) -> None:
    assert read(mail) == mail


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


@pytest.mark.parametrize(
    "heading",
    [
        "Message from Amazon buyer Anna:",
        "Buyer message:",
        "Nachricht von Amazon-Käufer Anna:",
        "Message de l'acheteur Anna :",
        "Mensaje del comprador Ana:",
        "Nova mensagem de Ana:",
        "Messaggio da acquirente Amazon Anna:",
        "Bericht van koper Anna:",
        "Wiadomość od kupującego Anna:",
        "Сообщение от покупателя Анна:",
        "購入者様からのメッセージ：",
        "구매자 메시지:",
        "买家消息：",
        "買家訊息：",
        "Bạn có tin nhắn mới từ anna:",
        "Anna has sent you a message:",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "\n\n", "\nOrder ID: 114-5520917-1234567\n\n", "\n\nMã đơn: 12345678\n"])
def test_a_plain_heading_is_left_out_though_nothing_closes_the_wrapper(heading: str, gap: str) -> None:
    mail = f"{heading}{gap}It leaks, what now?"
    assert read(mail) == "It leaks, what now?"
    assert mail[own_words(mail).wrapped :] == "It leaks, what now?"


@pytest.mark.parametrize("heading", ["Message from Amazon buyer Anna", "Nachricht vom Käufer", "来自买家的消息"])
def test_a_heading_without_a_colon_is_parted_from_the_words(heading: str) -> None:
    assert read(f"{heading}\n\nIt leaks.") == "It leaks."
    assert read(f"{heading}\nOrder ID: 114-5520917-1234567\nIt leaks.") == "It leaks."


@pytest.mark.parametrize(
    "text",
    [
        "You have a new message from Anna\nis what I see in the app, but I cannot open it",
        "Last week the charger caught fire and I sent you a message.\n\nNo answer.",
        "My son has a question about the charger that burned him.\n\nIs it safe?",
        "It burned me, I sent you a message:\n\nno answer",
        "The thing burned me and I sent you a message:\n\nno answer",
        "The charger burned me.\n\nMessage from buyer Anna:\n\nis all that you wrote",
        "배송 완료 메시지를 받았습니다.\n\n그런데 없어요",
    ],
)
def test_a_heading_that_may_be_the_customers_own_sentence_is_no_wrapper(text: str) -> None:
    assert read(text) == text
    assert own_words(text).wrapped == 0


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
        "Bestellnummer:",
        "Message from buyer Anna:",
        "> 3 weeks",
        "-- ",
        "\u200f> x",
        "\x85",
    ]
)
MAILS = st.lists(st.one_of(PIECES, st.text(max_size=12)), max_size=10).map("\n".join)


@given(MAILS)
def test_what_is_left_are_whole_lines_in_order(mail: str) -> None:
    spans = own_words(mail).spans
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
