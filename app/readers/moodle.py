"""Moodle course backups (.mbz, zip or tar): the course as its participants see it.

    moodle_backup.xml ─ sections, activities ─┐
    activities/*/page.xml … ── texts ─────────┼── names such as “1 Zellen/Die Zelle.html”
    files.xml ── names of files/ab/ab12… ─────┘

The backup itself reads as overview of the course; pages, books, question banks and files
are members. What learners wrote, handed in or scored is left out on purpose: users,
grades, attempts, submissions, posts (a backup may hold it; nobody shall search it).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from xml.etree.ElementTree import Element

from app.readers.course_xml import (
    MAX_XML_BYTES,
    Outline,
    as_page,
    line_at,
    one_line,
    parsed,
    text_at,
)
from app.readers.failures import failure
from app.readers.formats import SUFFIXES_OF
from app.readers.moodle_pages import KINDS, pages_of, question_pages
from app.readers.names import shortened
from app.readers.packed import Member, entries, readable
from app.values.documents import ExtractedDocument

_XML = re.compile(
    r"(?:moodle_backup|files|questions|course/course|sections/[^/]+/section"
    r"|activities/([a-z0-9]+)_\d+/\1)\.xml"
)
_MAX_ALL_XML_BYTES = 200 << 20
# Areas that teachers fill; all others belong to learners or to Moodle itself.
_AREAS = frozenset((
    "content", "intro", "introattachment", "activityattachment", "chapter", "package",
    "page_contents", "mediafile", "summary", "section", "overviewfiles", "questiontext",
))  # fmt: skip
_BY_LEARNERS = frozenset((
    "mod_data", "mod_forum", "mod_wiki", "mod_workshop", "mod_glossary",
))  # fmt: skip
_WITHOUT_TITLE = ("label", "text")


@dataclass(frozen=True, slots=True)
class _Activity:
    kind: str
    title: str
    context: str
    section: str
    element: Element


@dataclass(frozen=True, slots=True)
class _Section:
    id: str
    number: int
    title: str
    summary: str
    sequence: tuple[str, ...]


@dataclass(slots=True)
class _Course:
    """All of a backup that is XML."""

    title: str
    summary: str
    sections: list[_Section] = field(default_factory=list)
    activities: dict[str, _Activity] = field(default_factory=dict)
    files: dict[str, list[str]] = field(default_factory=dict)
    questions: Element | None = None


class MoodleReader:
    """Reads a backup's overview: sections, their texts and what can be opened there."""

    name = "moodle"
    suffixes = SUFFIXES_OF["moodle"]

    def read(self, path: Path) -> ExtractedDocument:
        """Read `path`; pages and files of the course are members."""
        course = _course(path)
        outline = Outline(course.title)
        outline.page(course.summary)
        for section in course.sections:
            outline.heading(section.title, 2)
            outline.page(section.summary)
            for activity in _in_order(course, section):
                if activity.kind in _WITHOUT_TITLE:
                    outline.page(text_at(activity.element, "intro"))
                else:
                    kind = KINDS.get(activity.kind, activity.kind)
                    outline.item(f"{activity.title} ({kind})")
        document = outline.build("moodle")
        if not document.text.strip():
            raise failure("empty", path)
        return document


def moodle_members(path: Path) -> Iterator[Member]:
    """Yield the pages, question banks and files of a course."""
    course = _course(path)
    folders = {section.id: _folder(section) for section in course.sections}
    for activity in course.activities.values():
        folder = folders.get(activity.section, "")
        for title, pieces in pages_of(activity.kind, activity.title, activity.element):
            page = as_page(title, pieces)
            yield _made(f"{folder}/{shortened(title)}.html", page)
    if course.questions is not None:
        for title, pieces in question_pages(course.questions):
            page = as_page(title, pieces)
            yield _made(f"Fragensammlung/{shortened(title)}.html", page)
    for entry in entries(path):
        for name in course.files.get(entry.name.removeprefix("./"), ()):
            yield Member(name, entry.size_bytes, entry.blocks)


def _made(name: str, data: bytes) -> Member:
    return Member(name, len(data), partial(_once, data))


def _once(data: bytes) -> Iterator[bytes]:
    yield data


def _course(path: Path) -> _Course:
    xml = _all_xml(path)
    backup = parsed(xml.get("moodle_backup.xml"))
    if backup is None:
        raise failure("unreadable", path)
    information = backup.find("information")
    about = parsed(xml.get("course/course.xml"))
    title = line_at(about, "fullname") or line_at(
        information, "original_course_fullname"
    )
    course = _Course(title or path.stem, text_at(about, "summary"))
    course.sections = sorted(_sections(xml), key=lambda section: section.number)
    contents = information.find("contents") if information is not None else None
    if contents is not None:
        course.activities = dict(_activities(contents, xml))
    course.files = _named_files(parsed(xml.get("files.xml")), course)
    course.questions = parsed(xml.get("questions.xml"))
    return course


def _all_xml(path: Path) -> dict[str, bytes]:
    """Return the files that say what the others are, by name."""
    found: dict[str, bytes] = {}
    size_bytes = 0
    for entry in entries(path):
        name = entry.name.removeprefix("./")
        if not _XML.fullmatch(name):
            continue
        data = readable(entry, MAX_XML_BYTES)
        if data is not None:
            found[name] = data
            size_bytes += len(data)
        if size_bytes > _MAX_ALL_XML_BYTES:
            raise failure("too_big", path)
    return found


def _sections(xml: dict[str, bytes]) -> Iterator[_Section]:
    for name, data in xml.items():
        element = parsed(data) if name.startswith("sections/") else None
        if element is None:
            continue
        number = text_at(element, "number")
        count = int(number) if number.isdecimal() else 0
        title = line_at(element, "name")
        yield _Section(
            id=element.get("id") or "",
            number=count,
            title=title or (f"Abschnitt {count}" if count else "Allgemeines"),
            summary=text_at(element, "summary"),
            sequence=tuple(text_at(element, "sequence").split(",")),
        )


def _activities(
    contents: Element, xml: dict[str, bytes]
) -> Iterator[tuple[str, _Activity]]:
    for listed in contents.iterfind("activities/activity"):
        kind = text_at(listed, "modulename")
        data = xml.get(f"{text_at(listed, 'directory')}/{kind}.xml")
        root = parsed(data)
        element = root.find(kind) if root is not None and kind else None
        if root is None or element is None:
            continue
        title = line_at(element, "name") or one_line(text_at(listed, "title"))
        yield (
            text_at(listed, "moduleid"),
            _Activity(
                kind=kind,
                title=title or KINDS.get(kind, kind),
                context=root.get("contextid") or "",
                section=text_at(listed, "sectionid"),
                element=element,
            ),
        )


def _in_order(course: _Course, section: _Section) -> Iterator[_Activity]:
    """Yield the activities of a section as they stand on the course's page."""
    rest = {
        id_: activity
        for id_, activity in course.activities.items()
        if activity.section == section.id
    }
    for id_ in section.sequence:
        if id_ in rest:
            yield rest.pop(id_)
    yield from rest.values()


def _named_files(listing: Element | None, course: _Course) -> dict[str, list[str]]:
    """Return the names under which people know a stored file, by its place."""
    folders = {section.id: _folder(section) for section in course.sections}
    owners = {activity.context: activity for activity in course.activities.values()}
    named: dict[str, list[str]] = defaultdict(list)
    for file in listing.iterfind("file") if listing is not None else ():
        hash_ = text_at(file, "contenthash").lower()
        name = text_at(file, "filename")
        if name in ("", ".") or len(hash_) < 3 or not _is_teachers(file):
            continue
        owner = owners.get(text_at(file, "contextid"))
        within = text_at(file, "filepath").strip("/")
        if owner is None:
            parts = ["Dateien", within, name]
        else:
            folder = folders.get(owner.section, "")
            title = "" if owner.kind == "resource" else shortened(owner.title)
            parts = [folder, title, within, name]
        named[f"files/{hash_[:2]}/{hash_}"].append("/".join(filter(None, parts)))
    return {place: list(dict.fromkeys(names)) for place, names in named.items()}


def _is_teachers(file: Element) -> bool:
    component, area = text_at(file, "component"), text_at(file, "filearea")
    if area not in _AREAS or (component in _BY_LEARNERS and area != "intro"):
        return False
    return component.startswith("mod_") or component in ("course", "question")


def _folder(section: _Section) -> str:
    return f"{section.number} {shortened(section.title)}"
