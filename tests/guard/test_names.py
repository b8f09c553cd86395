from __future__ import annotations

import pytest

from cs_assist.guard.names import names
from cs_assist.guard.private_words import read

from .private_cases import best


def found(text: str, language: str | None = "en", market: str | None = None) -> set[str]:
    reading = read(text, market=market, language=language)
    return {text[slice(*reading.normal.span(value.start, value.end))] for value in best(names(reading))}


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("my name is sarah connor and i wait", "en", "sarah connor"),
        ("My name is April Burns", "en", "April Burns"),
        ("This is Deborah Whitfield again", "en", "Deborah Whitfield"),
        ("Ich heiße Björn Überschär", "de", "Björn Überschär"),
        ("Je m'appelle Jean-Baptiste Le Goff.", "fr", "Jean-Baptiste Le Goff"),
        ("mi chiamo Niccolò D'Angelo", "it", "Niccolò D'Angelo"),
        ("Sono Donato, buongiorno", "it", "Donato"),
        ("ik ben Joris van den Berg", "nl", "Joris van den Berg"),
        ("jag heter Oskar Nyström", "sv", "Oskar Nyström"),
        ("Nazywam się Bartosz Wójcik", "pl", "Bartosz Wójcik"),
        ("Adım Gökçe Şahin", "tr", "Gökçe Şahin"),
        ("Меня зовут Ольга Ивановна Кузнецова", "ru", "Ольга Ивановна Кузнецова"),
        ("اسمي خالد العتيبي وأسأل", "ar", "خالد العتيبي"),
        ("मेरा नाम सुनीता वर्मा है", "hi", "सुनीता वर्मा"),
        ("mera naam Ankit Sharma hai", "hi-Latn", "Ankit Sharma"),
        ("nama saya Siti Rahmawati", "id", "Siti Rahmawati"),
        ("nama saya Nurul Aisyah binti Rahman", "ms", "Nurul Aisyah binti Rahman"),
        ("tôi tên là Phạm Văn Đức", "vi", "Phạm Văn Đức"),
        ("Me llamo Ximena Cordero Ruiz", "es", "Ximena Cordero Ruiz"),
        ("Meu nome é Thiago Moreira", "pt-BR", "Thiago Moreira"),
    ],
)
def test_introductions(text: str, language: str, name: str) -> None:
    assert found(text, language) == {name}


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Mr Wali called", "en", "Wali"),
        ("Frau Dr. Hartmann", "de", "Hartmann"),
        ("Mme Delattre", "fr", "Delattre"),
        ("Sra. Nogueira", "pt", "Nogueira"),
        ("de heer van Bergen", "nl", "van Bergen"),
        ("Selin Hanım'a", "tr", "Selin"),
        ("Puan Salmah", "ms", "Salmah"),
        ("anh Khoa", "vi", "Khoa"),
        ("Pak Bambang", "id", "Bambang"),
        ("г-н Воронцов", "ru", "Воронцов"),
    ],
)
def test_titles_are_left_out_of_the_name(text: str, language: str, name: str) -> None:
    assert found(text, language) == {name}


@pytest.mark.parametrize(
    ("text", "language", "name"),
    [
        ("Dear Anna,\nthanks", "en", "Anna"),
        ("returns: Dear Anna, here is what you asked for", "en", "Anna"),
        ("Hallo Lena!", "de", "Lena"),
        ("Thanks for this.\n\nBest regards,\nPriyanka", "en", "Priyanka"),
        ("Merci beaucoup\n\nCordialement,\nNadège Fournier", "fr", "Nadège Fournier"),
        ("… odpowiedź. Z poważaniem, Wacław Trus", "pl", "Wacław Trus"),
        ("Recipient: Max Mustermann", "en", "Max Mustermann"),
        ("account holder Jane Roe, thanks", "en", "Jane Roe"),
        ("Please ask Maria Rossi about it", "en", "Maria Rossi"),
        ("im Namen von Heinz Obermüller", "de", "Heinz Obermüller"),
        ("Send it to Sarah Price, 4 Mill Lane", "en", "Sarah Price"),
        ("Nguyễn Thị Hồng Nhung đặt hàng", "vi", "Nguyễn Thị Hồng Nhung"),
        ("geboren 04.05.1971, Name Edeltraud Hinrichs", "de", "Edeltraud Hinrichs"),
        ("tarikh lahir 2 Mac 1980, nama rosmah kassim", "ms", "rosmah kassim"),
        ("生年月日 昭和50年1月3日、氏名 長曽我部とよ子", "ja", "長曽我部とよ子"),
    ],
)
def test_greetings_signatures_labels_and_known_names(text: str, language: str, name: str) -> None:
    assert found(text, language) == {name}


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Dear Customer Service,", "en"),
        ("Hi all,", "en"),
        ("I'm Canadian and waiting", "en"),
        ("a Calvin Klein dress", "en"),
        ("can you send to Sentosa Cove?", "en"),
        ("Sehr geehrte Damen und Herren,", "de"),
        ("Ich bin Kunde", "de"),
        ("je suis déçue", "fr"),
        ("Bonjour Madame,", "fr"),
        ("mi nombre pusieron mal", "es"),
        ("ni soy clienta", "es"),
        ("sono molto delusa", "it"),
        ("ik ben erg boos", "nl"),
        ("jestem bardzo zła", "pl"),
        ("ben bu ürünü aldım", "tr"),
        ("я очень недовольна", "ru"),
        ("أنا عميل قديم", "ar"),
        ("मैं बहुत परेशान हूँ", "hi"),
        ("main bahut pareshan hu", "hi-Latn"),
        ("saya kecewa banget", "id"),
        ("tôi là khách hàng cũ", "vi"),
        ("Best regards", "en"),
        ("Thanks, that solved it.", "en"),
        ("Complimenti da Biasca!", "it"),
        ("NAMA PENUH KAT TIKTOK", "ms"),
    ],
)
def test_ordinary_words_are_no_names(text: str, language: str) -> None:
    assert not found(text, language)


@pytest.mark.parametrize(
    "text",
    [
        "The Jack Wolfskin Rucksack has a torn strap.",
        "My Philips Hue White bulb flickers.",
        "Dr. Martens boots, and the Mr. Coffee carafe",
        "A Harry Potter Puzzle and a Lara Croft Figure",
    ],
)
def test_brands_that_are_called_as_persons_are_no_names(text: str) -> None:
    assert found(text) == set()


@pytest.mark.parametrize(("text", "name"), [("Ask Dr. Martin, please", "Martin"), ("From Jack Wolf in Bonn", "Jack Wolf")])
def test_persons_who_are_called_nearly_so_are(text: str, name: str) -> None:
    assert found(text) == {name}
