"""Archives, courses, mails and OLE files for the tests, written by hand."""

from __future__ import annotations

import gzip
import hashlib
import io
import struct
import tarfile
import tempfile
import zipfile
from dataclasses import dataclass, field
from datetime import UTC, datetime
from email.message import EmailMessage
from pathlib import Path

import pytest

from tests.readers.make import PdfPage, paragraph, pdf_bytes

Tree = dict[str, "bytes | Tree"]
_FREE, _END, _FAT = 0xFFFFFFFF, 0xFFFFFFFE, 0xFFFFFFFD
_SECTOR, _MINI, _CUTOFF = 512, 64, 4096


def pdf_of(*lines: str) -> bytes:
    return pdf_bytes([PdfPage(paragraph(lines))])


def zip_bytes(members: dict[str, bytes]) -> bytes:
    result = io.BytesIO()
    with zipfile.ZipFile(result, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return result.getvalue()


def raw_named_zip(name: bytes, data: bytes, encrypted: bool = False) -> bytes:
    """Return a zip whose only member has the bytes `name`, without the flag of UTF-8."""
    stand_in = "N" * len(name)
    packed = bytearray(zip_bytes({stand_in: data}).replace(stand_in.encode(), name))
    if encrypted:
        packed[6] |= 1
        packed[packed.rindex(b"PK\x01\x02") + 8] |= 1
    return bytes(packed)


def tar_gz(members: dict[str, bytes]) -> bytes:
    result = io.BytesIO()
    with tarfile.open(fileobj=result, mode="w:gz") as archive:
        for name, data in members.items():
            info = tarfile.TarInfo(name)
            info.size = len(data)
            archive.addfile(info, io.BytesIO(data))
    return result.getvalue()


def mail(
    body: str = "Liebe Eltern, am Dienstag ist Elternabend.",
    subject: str = "Elternabend der Klasse 7b",
    page: str = "",
    files: dict[str, bytes] | None = None,
    **headers: str,
) -> EmailMessage:
    message = EmailMessage()
    message["Subject"] = subject
    message["From"] = headers.get("sender", "Jörg Müller <mueller@schule.example>")
    message["To"] = headers.get("to", "Klasse 7b <7b@schule.example>")
    message["Date"] = headers.get("date", "Sat, 14 Mar 2026 10:15:00 +0100")
    if body:
        message.set_content(body)
    if page:
        (message.add_alternative if body else message.set_content)(page, subtype="html")
    for name, data in (files or {}).items():
        message.add_attachment(
            data, maintype="application", subtype="octet-stream", filename=name
        )
    return message


def mbox_bytes(*mails: bytes) -> bytes:
    line = b"From mueller@schule.example Sat Mar 14 10:15:00 2026\n"
    return b"".join(line + data.rstrip(b"\n") + b"\n\n" for data in mails)


# -- Moodle and Common Cartridge --------------------------------------------------


def course_members(files: dict[str, bytes] | None = None) -> dict[str, bytes]:
    """Return the members of a backup as Moodle 4 writes it, cut down to essentials."""
    files = {"zellaufbau.pdf": pdf_of("Der Zellkern steuert die Zelle.")} | (
        files or {}
    )
    listed, stored = [], {}
    for number, (name, data) in enumerate(files.items()):
        hash_ = hashlib.sha1(data).hexdigest()
        stored[f"files/{hash_[:2]}/{hash_}"] = data
        listed.append(_file(number, hash_, "73", "mod_resource", "content", name))
    secret = hashlib.sha1(b"abgabe").hexdigest()
    stored[f"files/{secret[:2]}/{secret}"] = b"Die Abgabe von Mia."
    listed.append(
        _file(99, secret, "75", "assignsubmission_file", "submission_files", "mia.txt")
    )
    activities = {
        ("label", 70): ("Hinweis", "<p>Bitte bringt das Mikroskop mit.</p>", ""),
        ("page", 71): (
            "Die Zelle",
            "",
            "<content>&lt;p&gt;Die Zelle ist der kleinste Baustein.&lt;/p&gt;</content>",
        ),
        ("book", 72): (
            "Pflanzenkunde",
            "",
            (
                "<chapters><chapter id='1'><title>Das Blatt</title><content>&lt;p&gt;Blätter"
                " betreiben Photosynthese.&lt;/p&gt;</content></chapter></chapters>"
            ),
        ),
        ("resource", 73): ("Arbeitsblatt Zellaufbau", "", ""),
        ("forum", 74): (
            "Fragen",
            "<p>Hier fragt ihr.</p>",
            (
                "<discussions><discussion><posts><post><subject>Hilfe</subject><message>"
                "Ich bin Mia und verstehe nichts.</message></post></posts></discussion>"
                "</discussions>"
            ),
        ),
    }
    xml = {
        "moodle_backup.xml": _backup(activities),
        "files.xml": f"<files>{''.join(listed)}</files>",
        "course/course.xml": "<course><fullname>Biologie 7b</fullname><summary>"
        "&lt;p&gt;Alles über Zellen und Pflanzen.&lt;/p&gt;</summary></course>",
        "sections/section_3/section.xml": "<section id='3'><number>1</number><name>"
        "Zellen</name><summary>$@NULL@$</summary><sequence>70,71,72,73,74</sequence>"
        "</section>",
        "users.xml": "<users><user><firstname>Mia</firstname></user></users>",
        "questions.xml": _QUESTIONS,
    }
    for (kind, id_), (name, intro, more) in activities.items():
        escaped = intro.replace("<", "&lt;")
        xml[f"activities/{kind}_{id_}/{kind}.xml"] = (
            f"<activity id='1' moduleid='{id_}' modulename='{kind}' contextid='{id_}'>"
            f"<{kind} id='1'><name>{name}</name><intro>{escaped}</intro>{more}</{kind}>"
            "</activity>"
        )
    head = '<?xml version="1.0" encoding="UTF-8"?>\n'
    return {name: (head + text).encode() for name, text in xml.items()} | stored


def _file(
    id_: int, hash_: str, context: str, component: str, area: str, name: str
) -> str:
    return (
        f"<file id='{id_}'><contenthash>{hash_}</contenthash><contextid>{context}"
        f"</contextid><component>{component}</component><filearea>{area}</filearea>"
        f"<filepath>/</filepath><filename>{name}</filename></file>"
    )


def _backup(activities: dict[tuple[str, int], tuple[str, str, str]]) -> str:
    listed = "".join(
        f"<activity><moduleid>{id_}</moduleid><sectionid>3</sectionid><modulename>{kind}"
        f"</modulename><title>{name}</title><directory>activities/{kind}_{id_}"
        "</directory></activity>"
        for (kind, id_), (name, _, _) in activities.items()
    )
    return (
        "<moodle_backup><information><original_course_fullname>Bio</original_course_"
        f"fullname><contents><activities>{listed}</activities></contents></information>"
        "</moodle_backup>"
    )


_QUESTIONS = """<question_categories><question_category id="1"><name>Zellbiologie</name>
<question_bank_entries><question_bank_entry><question_version><question_versions>
<questions><question id="5"><name>Zellkern</name>
<questiontext>&lt;p&gt;Was steuert die Zelle?&lt;/p&gt;</questiontext>
<qtype>multichoice</qtype><plugin_qtype_multichoice_question><answers>
<answer id="1"><answertext>der Zellkern</answertext><fraction>1.0000000</fraction></answer>
<answer id="2"><answertext>die Zellwand</answertext><fraction>0.0000000</fraction></answer>
</answers></plugin_qtype_multichoice_question></question></questions>
</question_versions></question_version></question_bank_entry></question_bank_entries>
</question_category></question_categories>"""


def cartridge_files() -> dict[str, bytes]:
    """Return the files of a Common Cartridge 1.1."""
    names = 'xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imscp_v1p1"'
    return {
        "imsmanifest.xml": (
            f'<manifest {names} xmlns:l="http://ltsc.ieee.org/xsd/imsccv1p1/LOM/manifest">'
            "<metadata><l:lom><l:general><l:title><l:string>Physik 8</l:string></l:title>"
            "</l:general></l:lom></metadata><organizations><organization><item>"
            "<item><title>Optik</title><item identifierref='R1'><title>Der Spiegel"
            "</title></item></item></item></organization></organizations></manifest>"
        ).encode(),
        "web/spiegel.html": b"<html><body><p>Einfallswinkel gleich Ausfallswinkel.</p>",
        "d1/topic.xml": (
            b'<topic xmlns="http://www.imsglobal.org/xsd/imsccv1p1/imsdt_v1p1"><title>'
            b"Licht im Alltag</title><text>&lt;p&gt;Wo seht ihr Linsen?&lt;/p&gt;</text>"
            b"</topic>"
        ),
        "q1/assessment.xml": (
            b"<questestinterop><assessment title='Test Optik'><section><item title='F1'>"
            b"<presentation><material><mattext>Was bricht Licht?</mattext></material>"
            b"<response_lid><render_choice><response_label><material><mattext>Eine Linse"
            b"</mattext></material></response_label></render_choice></response_lid>"
            b"</presentation></item></section></assessment></questestinterop>"
        ),
    }


# -- Outlook: OLE containers ---------------------------------------------------------


@dataclass
class _Node:
    name: str
    data: bytes | None
    children: list[_Node] = field(default_factory=list)
    number: int = 0
    start: int = _END
    size: int = 0


def ole_bytes(tree: Tree) -> bytes:
    """Return an OLE container ([MS-CFB]) with storages (dicts) and streams (bytes)."""
    root = _Node("Root Entry", None, _nodes(tree))
    nodes: list[_Node] = []
    _numbered(root, nodes)
    mini, mini_fat = bytearray(), []
    big: list[tuple[_Node, bytes]] = []
    for node in nodes:
        data = node.data
        if data is None:
            continue
        node.size = len(data)
        if not data:
            continue
        if len(data) >= _CUTOFF:
            big.append((node, data))
            continue
        node.start = len(mini_fat)
        count = -(-len(data) // _MINI)
        mini_fat += [*range(node.start + 1, node.start + count), _END]
        mini += data.ljust(count * _MINI, b"\0")
    sectors: list[bytes] = []
    fat: list[int] = []

    def put(data: bytes) -> int:
        start, count = len(sectors), max(1, -(-len(data) // _SECTOR))
        sectors.extend(
            data[i * _SECTOR : (i + 1) * _SECTOR].ljust(_SECTOR, b"\0")
            for i in range(count)
        )
        fat.extend([*range(start + 1, start + count), _END])
        return start

    for node, data in big:
        node.start = put(data)
    root.start, root.size = (put(bytes(mini)), len(mini)) if mini else (_END, 0)
    mini_start = put(_table(mini_fat)) if mini_fat else _END
    mini_count = -(-len(mini_fat) // 128)
    directory = b"".join(_entry(node, node is root) for node in nodes)
    directory += _empty_entry() * (-len(nodes) % 4)
    directory_start = put(directory)
    fat_count = 1
    while fat_count * 128 < len(fat) + fat_count:
        fat_count += 1
    places = list(range(len(sectors), len(sectors) + fat_count))
    table = _table([*fat, *[_FAT] * fat_count]).ljust(fat_count * _SECTOR, b"\xff")
    head = struct.pack(
        "<8s16sHHHHH6xIIIIIIIII",
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"", 0x3E, 3, 0xFFFE, 9, 6,
        0, fat_count, directory_start, 0, _CUTOFF, mini_start, mini_count, _END, 0,
    )  # fmt: skip
    difat = _table([*places, *[_FREE] * (109 - fat_count)])
    return head + difat[: 109 * 4] + b"".join(sectors) + table


def _table(numbers: list[int]) -> bytes:
    data = struct.pack(f"<{len(numbers)}I", *numbers)
    return data.ljust(-(-len(data) // _SECTOR) * _SECTOR, b"\xff")


def _nodes(tree: Tree) -> list[_Node]:
    return [
        _Node(name, None, _nodes(value))
        if isinstance(value, dict)
        else _Node(name, value)
        for name, value in sorted(
            tree.items(), key=lambda item: (len(item[0]), item[0])
        )
    ]


def _numbered(node: _Node, into: list[_Node]) -> None:
    node.number = len(into)
    into.append(node)
    for child in node.children:
        _numbered(child, into)


def _entry(node: _Node, is_root: bool) -> bytes:
    name = node.name.encode("utf-16-le")
    kind = 5 if is_root else (1 if node.data is None else 2)
    child = _tree_of(node.children)
    left, right = (
        _SIDES.get(node.number, (_FREE, _FREE)) if not is_root else (_FREE,) * 2
    )
    return struct.pack(
        "<64sHBBIII16sIQQIQ",
        name, len(name) + 2, kind, 1, left, right, child, b"", 0, 0, 0, node.start,
        node.size,
    )  # fmt: skip


_SIDES: dict[int, tuple[int, int]] = {}


def _tree_of(nodes: list[_Node]) -> int:
    """Return the middle of a balanced tree of these nodes."""
    if not nodes:
        return _FREE
    middle = len(nodes) // 2
    left, right = _tree_of(nodes[:middle]), _tree_of(nodes[middle + 1 :])
    _SIDES[nodes[middle].number] = (left, right)
    return nodes[middle].number


def _empty_entry() -> bytes:
    return struct.pack(
        "<64sHBBIII16sIQQIQ", b"", 0, 0, 0, _FREE, _FREE, _FREE, b"", 0, 0, 0, 0, 0
    )


def outlook_tree(
    subject: str = "Zeugnisse",
    body: str = "Die Zeugnisse werden am 30. Januar ausgegeben.",
    page: bytes = b"",
    files: dict[str, bytes] | None = None,
    inner: Tree | None = None,
    nested: bool = False,
) -> Tree:
    """Return what Outlook stores of a message, cut down to essentials."""
    sent = datetime(2026, 1, 12, 9, 30, tzinfo=UTC)
    ticks = int((sent - datetime(1601, 1, 1, tzinfo=UTC)).total_seconds()) * 10**7
    tree: Tree = {
        "__substg1.0_001A001F": _wide("IPM.Note"),
        "__substg1.0_0037001F": _wide(subject),
        "__substg1.0_0C1A001F": _wide("Jörg Müller"),
        "__substg1.0_5D01001F": _wide("mueller@schule.example"),
        "__substg1.0_1000001F": _wide(body),
        "__properties_version1.0": bytes(24 if nested else 32)
        + struct.pack("<HHIQ", 0x0040, 0x0039, 6, ticks),
        "__recip_version1.0_#00000000": {
            "__substg1.0_3001001F": _wide("Kollegium"),
            "__substg1.0_39FE001F": _wide("kollegium@schule.example"),
            "__properties_version1.0": bytes(8) + struct.pack("<HHIQ", 3, 0x0C15, 6, 1),
        },
    }
    if page:
        tree["__substg1.0_10130102"] = page
    attached: list[Tree] = [
        {
            "__substg1.0_3707001F": _wide(name),
            "__substg1.0_37010102": data,
            "__properties_version1.0": bytes(8) + struct.pack("<HHIQ", 3, 0x3705, 6, 1),
        }
        for name, data in (files or {}).items()
    ]
    if inner is not None:
        attached.append(
            {
                "__substg1.0_3701000D": inner,
                "__properties_version1.0": bytes(8)
                + struct.pack("<HHIQ", 3, 0x3705, 6, 5),
            }
        )
    for number, attachment in enumerate(attached):
        tree[f"__attach_version1.0_#{number:08X}"] = attachment
    return tree


def _wide(text: str) -> bytes:
    return text.encode("utf-16-le")


def gzip_bomb(size_mb: int) -> bytes:
    """Return a gzip of a tar that unpacks to so many megabytes of nothing."""
    result = io.BytesIO()
    with gzip.GzipFile(fileobj=result, mode="wb") as packed:
        info = tarfile.TarInfo("a.txt")
        info.size = size_mb << 20
        packed.write(info.tobuf())
        for _ in range(size_mb):
            packed.write(bytes(1 << 20))
    return result.getvalue()


def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Give this test, and the processes that it starts, a folder for copies."""
    folder = tmp_path / "temp"
    folder.mkdir()
    monkeypatch.setenv("TMPDIR", str(folder))
    monkeypatch.setattr(tempfile, "tempdir", None)
    return folder


def written(path: Path, data: bytes) -> Path:
    path.write_bytes(data)
    return path
