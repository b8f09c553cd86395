from __future__ import annotations

import pytest

from cs_assist.guard.private_words import read
from cs_assist.guard.secrets import secrets

from .private_cases import best


def found(text: str, language: str | None = "en", market: str | None = None) -> list[str]:
    reading = read(text, market=market, language=language)
    return [text[slice(*reading.normal.span(value.start, value.end))] for value in best(secrets(reading))]


@pytest.mark.parametrize(
    "key",
    [
        "sk-proj-a8Kd93jfLq02mZx7TtYpW4",
        "ghp_" + "a1B2" * 9,
        "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcdefGHIJ",
        "sk_live_" + "9aZ" * 8,
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.c2lnbmF0dXJl",
        "AIza" + "Sy0_" * 9,
    ],
)
def test_keys_are_known_by_their_form(key: str) -> None:
    assert found(f"It said {key} in the log") == [key]


def test_keys_in_blocks_headers_and_links_are_found() -> None:
    block = "-----BEGIN PRIVATE KEY-----\nMIIE\n-----END PRIVATE KEY-----"
    assert found(f"see {block} there") == [block]
    assert found("Authorization: Bearer abcDEF123456ghiJKL") == ["abcDEF123456ghiJKL"]
    assert found("https://kate:s3cret!@shop.example/x") == ["s3cret!"]
    assert found("https://shop.example/?token=a1b2c3d4e5") == ["a1b2c3d4e5"]


@pytest.mark.parametrize(
    ("text", "language", "secret"),
    [
        ("password: hunter2", "en", "hunter2"),
        ("my password is Tulip!77x.", "en", "Tulip!77x"),
        ('password "correct horse"', "en", "correct horse"),
        ("Kennwort: Erdbeere", "de", "Erdbeere"),
        ("mot de passe : Soleil!2025", "fr", "Soleil!2025"),
        ("密码是Panda_88，登录不了", "zh-Hans", "Panda_88"),
        ("パスワードはSakura_88です", "ja", "Sakura_88"),
        ("비밀번호는 Hanul_88 입니다", "ko", "Hanul_88"),
        ("şifrem: Deniz_1990", "tr", "Deniz_1990"),
        ("pass Kx77zz does not work", "en", "Kx77zz"),
        ("пароль: Zima-2024", "ru", "Zima-2024"),
        ("รหัสผ่าน: Mango_77", "th", "Mango_77"),
    ],
)
def test_what_follows_a_word_for_password(text: str, language: str, secret: str) -> None:
    assert found(text, language) == [secret]


@pytest.mark.parametrize(
    ("text", "language", "code"),
    [
        ("PIN 4821", "en", "4821"),
        ("the verification code is 493027", "en", "493027"),
        ("验证码：493027", "zh-Hans", "493027"),
        ("CVV 123", "en", "123"),
        ("認証コードは4930です", "ja", "4930"),
        ("code de vérification 493 027", "fr", "493 027"),
    ],
)
def test_what_follows_a_word_for_a_code(text: str, language: str, code: str) -> None:
    assert found(text, language) == [code]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("my password is not working", "en"),
        ("password reset mail", "en"),
        ("I forgot the password: please help me with it", "en"),
        ("Mein Passwort funktioniert nicht", "de"),
        ("密码错误", "zh-Hans"),
        ("パスワードが使えません", "ja"),
        ("the pin fell off after 3 days", "en"),
        ("pin 560037 delivery?", "hi-Latn"),
        ("https://shop.example/a:b", "en"),
        ("a pass for 2 days", "en"),
    ],
)
def test_talk_about_passwords_has_none(text: str, language: str) -> None:
    assert not found(text, language, market="IN" if language == "hi-Latn" else None)
