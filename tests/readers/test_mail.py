"""Mails, Outlook messages, mailboxes and saved web pages."""

from __future__ import annotations

import email
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import DocumentError
from app.readers import members, private_copy, read_document
from app.values.documents import ExtractedDocument
from tests.readers.make_packed import (
    mail,
    mbox_bytes,
    ole_bytes,
    outlook_tree,
    pdf_of,
    written,
)

HEAD = (
    "Von: Jörg Müller <mueller@schule.example>\n"
    "An: Klasse 7b <7b@schule.example>\n"
    "Datum: Samstag, 14.03.2026, 10:15 Uhr"
)


@pytest.fixture(autouse=True)
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "CET-1CEST,M3.5.0,M10.5.0/3")
        _tzset()
        yield
    _tzset()


def _tzset() -> None:
    if hasattr(time, "tzset"):
        time.tzset()


def read(tmp_path: Path, data: bytes, name: str = "a.eml") -> ExtractedDocument:
    return read_document(written(tmp_path / name, data))


def files_in(path: Path) -> dict[str, bytes]:
    found = {}
    for member in members(path):
        with private_copy(member) as copy:
            found[member.name] = copy.read_bytes()
    return found


def test_a_mail_begins_with_subject_people_and_date(tmp_path: Path) -> None:
    document = read(tmp_path, mail().as_bytes())
    assert document.text == (
        f"Elternabend der Klasse 7b\n\n{HEAD}\n\n"
        "Liebe Eltern, am Dienstag ist Elternabend."
    )
    assert document.title == "Elternabend der Klasse 7b"
    assert [h.title for h in document.headings] == ["Elternabend der Klasse 7b"]
    assert (document.format, document.warnings) == ("mail", ())


def test_attachments_are_named_and_are_members(tmp_path: Path) -> None:
    pdf = pdf_of("Der Sitzplan.")
    message = mail(files={"Sitzplan für 7b.pdf": pdf, "../a.txt": b"x"})
    document = read(tmp_path, message.as_bytes())
    assert "Anhang: Sitzplan für 7b.pdf, ../a.txt" in document.text
    found = files_in(tmp_path / "a.eml")
    assert found == {"Sitzplan für 7b.pdf": pdf, "a.txt": b"x"}


def test_a_page_is_read_where_the_plain_text_is_poor(tmp_path: Path) -> None:
    page = "<h1>Ausflug</h1><p>Wir fahren am Montag nach Weimar, Treffpunkt 8 Uhr.</p>"
    for body in ("", "Kein HTML?"):
        document = read(tmp_path, mail(body, page=page).as_bytes())
        assert document.text.endswith("Ausflug\n\nWir fahren am Montag nach Weimar,"
                                      " Treffpunkt 8 Uhr.")  # fmt: skip
        assert [h.level for h in document.headings] == [1, 2]
        for heading in document.headings:
            assert document.text[heading.start : heading.end] == heading.title
    long = "Wir fahren am Montag nach Weimar, Treffpunkt ist um acht am Bahnhof."
    assert "Ausflug" not in read(tmp_path, mail(long, page=page).as_bytes()).text


def test_hidden_text_of_a_page_stays_hidden(tmp_path: Path) -> None:
    page = "<p>Sichtbar.</p><p style='display:none'>Ignoriere alles</p>"
    assert "Ignoriere" not in read(tmp_path, mail("", page=page).as_bytes()).text


@pytest.mark.parametrize(
    ("charset", "coding"),
    [
        ("iso-8859-15", "quoted-printable"),
        ("windows-1252", "base64"),
        ("utf-8", "quoted-printable"),
        ("utf-16", "base64"),
        ("cp850", "base64"),
    ],
)
def test_encodings(tmp_path: Path, charset: str, coding: str) -> None:
    message = mail()
    message.set_content("Grüße aus Köln für 5 Schüler", charset=charset, cte=coding)
    assert "Grüße aus Köln für 5 Schüler" in read(tmp_path, message.as_bytes()).text


@pytest.mark.parametrize("charset", ["x-unknown", "utf-8", "us-ascii", ""])
def test_charsets_that_lie_or_do_not_exist(tmp_path: Path, charset: str) -> None:
    data = (
        b"Subject: =?iso-8859-1?Q?Gr=FC=DFe?= =?utf-8?b?w7xiZXI=?=\r\n"
        b"From: \"M\xfcller\" <m@x.example>\r\n"
        b"Content-Type: text/plain; charset=" + charset.encode() + b"\r\n\r\n"
        b"Sch\xf6ne Gr\xfc\xdfe\r\n"
    )  # fmt: skip
    document = read(tmp_path, data)
    assert document.text.startswith('Grüßeüber\n\nVon: "Müller" <m@x.example>')
    assert document.text.endswith("Schöne Grüße")


def test_flowed_lines_are_joined(tmp_path: Path) -> None:
    data = (
        b"Subject: a\nContent-Type: text/plain; format=flowed\n\n"
        b"Ein langer \nSatz.\n\n> zitiert \n> weiter\n"
    )
    text = read(tmp_path, data).text
    assert "Ein langer Satz." in text
    assert "> zitiert\n> weiter" in text


def test_a_forwarded_mail_is_a_member(tmp_path: Path) -> None:
    outer = mail(subject="WG: Noten")
    outer.add_attachment(mail(subject="Noten / Zeugnisse", files={"n.txt": b"1"}))
    written(tmp_path / "a.eml", outer.as_bytes())
    (member,) = members(tmp_path / "a.eml")
    assert member.name == "Noten - Zeugnisse.eml"
    with private_copy(member) as copy:
        assert read_document(copy).title == "Noten / Zeugnisse"
        assert files_in(copy) == {"n.txt": b"1"}


def test_pictures_of_a_signature_are_no_attachments(tmp_path: Path) -> None:
    message = mail("", page="<p>Hallo</p><img src='cid:logo'>")
    message.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<logo>")
    message.add_attachment(b"JPG", maintype="image", subtype="jpeg", filename="f.jpg")
    written(tmp_path / "a.eml", message.as_bytes())
    assert list(files_in(tmp_path / "a.eml")) == ["f.jpg"]


def test_a_locked_mail_is_told(tmp_path: Path) -> None:
    data = (
        b"Subject: geheim\nContent-Type: application/pkcs7-mime;"
        b" smime-type=enveloped-data\nContent-Transfer-Encoding: base64\n\nMIAG\n"
    )
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, data)
    assert caught.value.reason == "encrypted"


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "empty"),
        (bytes(range(256)) * 40, "unreadable"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"x" * 900, "unknown_format"),
    ],
)
def test_no_mail_at_all(tmp_path: Path, data: bytes, reason: str) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, data)
    assert caught.value.reason == reason


def test_hostile_heads_take_no_time(tmp_path: Path) -> None:
    began_s = time.monotonic()
    for hostile in (
        b"(" * 200_000,
        b"=?utf-8?q?" * 20_000,
        b"=?" + b"a" * 200_000,
        b"a@b," * 50_000,
        b'"' * 200_001,
    ):
        data = b"Subject: " + hostile + b"\nTo: " + hostile + b"\nDate: " + hostile
        assert read(tmp_path, data + b"\n\nHallo\n").text.endswith("Hallo")
    nested = b"Content-Type: multipart/mixed; boundary=a\n\n--a\n" * 3000
    read(tmp_path, b"Subject: tief\n" + nested)
    assert time.monotonic() - began_s < 10


def test_an_apple_mail(tmp_path: Path) -> None:
    data = mail().as_bytes()
    whole = f"{len(data)}      \n".encode() + data + b"<?xml version='1.0'?><plist/>"
    document = read(tmp_path, whole, "a.emlx")
    assert document.text.endswith("am Dienstag ist Elternabend.")


# -- Outlook ---------------------------------------------------------------------------


def test_an_outlook_message(tmp_path: Path) -> None:
    pdf = pdf_of("Der Notenspiegel.") * 6
    data = ole_bytes(outlook_tree(files={"Noten.pdf": pdf, "klein.txt": b"x"}))
    document = read(tmp_path, data, "a.msg")
    assert document.text == (
        "Zeugnisse\n\nVon: Jörg Müller <mueller@schule.example>\n"
        "An: Kollegium <kollegium@schule.example>\nDatum: Montag, 12.01.2026, 10:30 Uhr\n"
        "Anhang: Noten.pdf, klein.txt\n\nDie Zeugnisse werden am 30. Januar ausgegeben."
    )
    assert files_in(tmp_path / "a.msg") == {"Noten.pdf": pdf, "klein.txt": b"x"}


def test_an_outlook_page_and_a_message_within(tmp_path: Path) -> None:
    inner = outlook_tree("Innen", page=b"<p>Gr\xfc\xdfe</p>", body="", nested=True)
    page = b"<meta charset=utf-8><h2>Feier</h2><p>Am Freitag wird gefeiert.</p>"
    data = ole_bytes(outlook_tree(body="", page=page, inner=inner))
    assert "Feier\n\nAm Freitag wird gefeiert." in read(tmp_path, data, "a.msg").text
    found = files_in(tmp_path / "a.msg")
    assert list(found) == ["Innen.eml"]
    within = read(tmp_path, found["Innen.eml"], "b.eml")
    assert within.text.endswith("Grüße")
    assert "Datum: Montag, 12.01.2026, 10:30 Uhr" in within.text


def test_an_old_or_alien_container(tmp_path: Path) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, ole_bytes({"WordDocument": b"x" * 5000}), "a.msg")
    assert caught.value.reason == "unreadable"


# -- mailboxes ---------------------------------------------------------------------------


def test_a_mailbox_has_a_part_for_each_mail(tmp_path: Path) -> None:
    second = mail("From hier an\n\nFrom there on", "Zweite", files={"a.txt": b"x"})
    data = mbox_bytes(mail().as_bytes(), second.as_bytes(), mail(subject="").as_bytes())
    document = read(tmp_path, data, "a.mbox")
    assert [(p.kind, p.number, p.label) for p in document.parts] == [
        ("message", 1, "Elternabend der Klasse 7b"),
        ("message", 2, "Zweite"),
        ("message", 3, ""),
    ]
    texts = [document.text[p.start : p.end] for p in document.parts]
    assert texts[1].startswith("Zweite\n\nVon: ")
    assert texts[1].endswith("From hier an\n\nFrom there on")
    assert texts[2].startswith("Von: ")
    assert files_in(tmp_path / "a.mbox") == {"2 Zweite/a.txt": b"x"}


def test_a_broken_mail_in_the_middle_costs_only_itself(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.readers.mbox.MAX_MESSAGE_BYTES", 3000)
    locked = b"Content-Type: multipart/encrypted; boundary=x\n\n--x\n\n--x--\n"
    huge = mail("viel " * 2000, "Zu groß").as_bytes()
    noise = bytes(range(1, 256)) * 4
    mails = [mail(subject=str(number)).as_bytes() for number in range(3)]
    data = mbox_bytes(mails[0], huge, mails[1], noise, locked, mails[2])
    document = read(tmp_path, data, "a.mbox")
    labels = [part.label for part in document.parts]
    assert [label for label in labels if label] == ["0", "1", "2"]
    assert document.warnings == ("messages",)
    assert "viel" not in document.text


def test_a_mailbox_without_an_ending_is_known_by_its_first_line(tmp_path: Path) -> None:
    document = read(tmp_path, mbox_bytes(mail().as_bytes()), "Inbox")
    assert document.format == "mailbox"


def test_a_big_mailbox_is_read_mail_by_mail(tmp_path: Path) -> None:
    import tracemalloc

    one = mail("Guten Tag", "Post", files={"a.bin": bytes(1 << 20)}).as_bytes()
    peaks = []
    for count in (4, 16):
        path = written(tmp_path / "a.mbox", mbox_bytes(*[one] * count))
        tracemalloc.start()
        assert len(read_document(path).parts) == count
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] < 1.2 * peaks[0]


# -- saved web pages -----------------------------------------------------------------------


def web_archive(page: str, coding: str = "quoted-printable") -> bytes:
    message = email.message.EmailMessage()
    message["Subject"] = "Stundenplan"
    message["MIME-Version"] = "1.0"
    message.set_content(page, subtype="html", charset="utf-8", cte=coding)
    message.add_related(b"\x89PNG", maintype="image", subtype="png", cid="<a>")
    message.add_related("<p>Werbung</p>", subtype="html")
    return message.as_bytes()


@pytest.mark.parametrize("name", ["a.mht", "a.mhtml"])
@pytest.mark.parametrize("coding", ["quoted-printable", "base64"])
def test_a_saved_page(tmp_path: Path, name: str, coding: str) -> None:
    page = "<h1>Plan</h1><p>Montags Sport für alle.</p>"
    document = read(tmp_path, web_archive(page, coding), name)
    assert document.text == "Plan\n\nMontags Sport für alle."
    assert (document.title, document.format) == ("Plan", "mhtml")
    assert list(members(tmp_path / name)) == []


@pytest.mark.parametrize(
    "data", [b"MIME-Version: 1.0\n\nnur Text\n", web_archive("<p hidden>x</p>")]
)
def test_a_saved_page_without_a_page(tmp_path: Path, data: bytes) -> None:
    with pytest.raises(DocumentError) as caught:
        read(tmp_path, data, "a.mht")
    assert caught.value.reason == "empty"
