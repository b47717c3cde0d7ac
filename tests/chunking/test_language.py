"""Languages of a German classroom are told apart, tokens estimated."""

from __future__ import annotations

import pytest

from app.chunking import detect_language, estimate_tokens
from app.chunking.language import _plain_language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Die Schülerinnen und Schüler treffen sich auf dem Hof."),
        ("en", "The pupils meet in the school yard before the lesson."),
        ("tr", "Öğrenciler dersten önce okulun bahçesinde buluşuyor."),
        ("pl", "Uczniowie spotykają się przed lekcją na dziedzińcu szkoły."),
        ("ru", "Ученики встречаются перед уроком во дворе школы."),
        ("uk", "Учні зустрічаються перед уроком на подвір'ї школи, щоб поговорити."),
        ("ar", "يلتقي التلاميذ في ساحة المدرسة قبل بداية الدرس."),
        ("fa", "دانش‌آموزان پیش از آغاز درس در حیاط مدرسه گرد هم می‌آیند."),
        ("fr", "Les élèves se retrouvent dans la cour avant le cours."),
    ],
)
def test_languages(language: str, text: str) -> None:
    assert detect_language(text) == language


@pytest.mark.parametrize(
    ("language", "text"),
    [
        ("de", "Wer nicht kommen kann, der soll es bis zum Abend sagen, damit wir es"),
        ("en", "It is not for us to say when they will be here, but you may ask him"),
        ("tr", "Çocukların çoğu sınıfta kaldığı için ağır bir sınav daha yapıldı"),
        # Its small words are German ones too, but too few.
        ("", "Der er mange, der ikke ved, hvor man kan finde den bog, som vi har set"),
        ("", "Die school was in de stad, maar het is nu een museum voor iedereen"),
        ("", "Yılmaz, Işık und Yıldız gehören zur Klasse 7b, Çelik zur 7c; fehlt: 3"),
        # Half and half: the statistics decide.
        ("", "the and of der die das to is und ist nicht in a for mit von with on"),
    ],
)
def test_what_small_words_tell_without_statistics(language: str, text: str) -> None:
    assert _plain_language(text) == language


@pytest.mark.parametrize("text", ["", "Ja.", "12 345 678 901 234 567 890 = 42 €"])
def test_too_little_to_tell(text: str) -> None:
    assert detect_language(text) == ""


def test_estimates_by_script() -> None:
    assert estimate_tokens("") == 0
    assert estimate_tokens("ein zwei drei vier fünf sechs") == 11
    assert estimate_tokens("Donaudampfschifffahrtsgesellschaft") == 9
    assert estimate_tokens("漢字漢字漢字") == 6
    assert estimate_tokens("школаишкола") == 4
