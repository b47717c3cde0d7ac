"""Anki: a deck of cards as `.apkg`.

The package is a ZIP with an SQLite database in Anki's schema 11, which every version
reads (https://github.com/ankidroid/Anki-Android/wiki/Database-Structure). Ids are made
from the content, so importing the same deck again changes cards instead of doubling.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
from contextlib import closing

from app.exporters.quiz import pictures
from app.exporters.quiz.answers import answer_lines, question_lines
from app.exporters.quiz.imprint import feedback_of, imprint, source_names, tags_of
from app.exporters.quiz.packing import packed
from app.exporters.quiz.text import clean, html, one_line
from app.exporters.quiz.wording import QuizWording
from app.values.quiz import Item, Quiz

MODEL_ID = 1_763_900_417_001
_WHEN_S = 1_763_900_417
_TABLES = """
CREATE TABLE col (id integer primary key, crt integer not null, mod integer not null,
 scm integer not null, ver integer not null, dty integer not null, usn integer not null,
 ls integer not null, conf text not null, models text not null, decks text not null,
 dconf text not null, tags text not null);
CREATE TABLE notes (id integer primary key, guid text not null, mid integer not null,
 mod integer not null, usn integer not null, tags text not null, flds text not null,
 sfld integer not null, csum integer not null, flags integer not null,
 data text not null);
CREATE TABLE cards (id integer primary key, nid integer not null, did integer not null,
 ord integer not null, mod integer not null, usn integer not null,
 type integer not null, queue integer not null, due integer not null,
 ivl integer not null, factor integer not null, reps integer not null,
 lapses integer not null, left integer not null, odue integer not null,
 odid integer not null, flags integer not null, data text not null);
CREATE TABLE revlog (id integer primary key, cid integer not null, usn integer not null,
 ease integer not null, ivl integer not null, lastIvl integer not null,
 factor integer not null, time integer not null, type integer not null);
CREATE TABLE graves (usn integer not null, oid integer not null, type integer not null);
CREATE INDEX ix_notes_usn on notes (usn);
CREATE INDEX ix_cards_usn on cards (usn);
CREATE INDEX ix_revlog_usn on revlog (usn);
CREATE INDEX ix_cards_nid on cards (nid);
CREATE INDEX ix_cards_sched on cards (did, queue, due);
CREATE INDEX ix_revlog_cid on revlog (cid);
CREATE INDEX ix_notes_csum on notes (csum);
"""
_STYLE = (
    ".card { font-family: sans-serif; font-size: 20px; text-align: start; }\n"
    ".source { font-size: 14px; opacity: .75; }\n"
    "img { max-width: 100%; height: auto; }"
)
_FRONT = '<div dir="auto">{{Question}}</div>'
_BACK = (
    '{{FrontSide}}<hr id="answer"><div dir="auto">{{Answer}}</div>'
    '<div class="source" dir="auto">{{Source}}</div>'
)


def apkg(quiz: Quiz, wording: QuizWording) -> bytes:
    """Return the package."""
    deck = _number(f"deck:{clean(quiz.title)}")
    with closing(sqlite3.connect(":memory:")) as base:
        base.executescript(_TABLES)
        base.execute(
            "INSERT INTO col VALUES (1,?,?,?,11,0,0,0,?,?,?,?,'{}')",
            (
                _WHEN_S,
                _WHEN_S * 1000,
                _WHEN_S * 1000,
                json.dumps({"curDeck": deck, "nextPos": 1, "sortType": "noteFld"}),
                json.dumps({str(MODEL_ID): _model(deck)}, ensure_ascii=False),
                json.dumps(_decks(deck, quiz, wording), ensure_ascii=False),
                json.dumps({"1": _options()}),
            ),
        )
        for place, item in enumerate(quiz.items):
            _add(base, place, item, quiz, wording, deck)
        base.commit()
        data = base.serialize()
    return packed({"collection.anki2": data, **_media(quiz)})


def _media(quiz: Quiz) -> dict[str, str | bytes]:
    """Return the pictures under numbers, and which number has which name."""
    held = pictures.files(quiz.items)
    names = {str(number): name for number, name in enumerate(held)}
    return {"media": json.dumps(names), **{n: held[names[n]] for n in names}}


def _number(text: str) -> int:
    """Return a positive id that the same text always gets."""
    digest = hashlib.sha256(text.encode("utf-8", "replace")).digest()
    return int.from_bytes(digest[:6], "big") + (1 << 40)


def _add(
    base: sqlite3.Connection,
    place: int,
    item: Item,
    quiz: Quiz,
    wording: QuizWording,
    deck: int,
) -> None:
    front = "<br>".join(html(line) for line in question_lines(item, wording))
    front += pictures.elements(item, "")
    back = "<br>".join(f"<b>{html(a)}</b>" for a in answer_lines(item, wording))
    source = html(feedback_of(item, wording))
    fields = [part.replace("\x1f", " ") for part in (front, back, source)]
    tags = " ".join(_tag(tag) for tag in tags_of(item, quiz, wording))
    key = item.id or f"{place}:{item.text}"
    note = _number(f"note:{deck}:{clean(key)}")
    guid = hashlib.sha256(f"{deck}:{clean(key)}".encode()).hexdigest()[:16]
    first = hashlib.sha1(fields[0].encode(), usedforsecurity=False).hexdigest()[:8]
    base.execute(
        "INSERT INTO notes VALUES (?,?,?,?,-1,?,?,?,?,0,'')",
        (
            note,
            guid,
            MODEL_ID,
            _WHEN_S,
            f" {tags} " if tags else "",
            "\x1f".join(fields),
            one_line(item.text),
            int(first, 16),
        ),
    )
    base.execute(
        "INSERT INTO cards VALUES (?,?,?,0,?,-1,0,0,?,0,0,0,0,0,0,0,0,'')",
        (note, note, deck, _WHEN_S, place + 1),
    )


def _tag(tag: str) -> str:
    return "_".join(tag.replace('"', "").split())


def _model(deck: int) -> dict[str, object]:
    names = ("Question", "Answer", "Source")
    return {
        "id": MODEL_ID,
        "name": "Allmende Quiz",
        "type": 0,
        "mod": _WHEN_S,
        "usn": -1,
        "sortf": 0,
        "did": deck,
        "tags": [],
        "vers": [],
        "css": _STYLE,
        "latexPre": "\\documentclass[12pt]{article}\n\\begin{document}\n",
        "latexPost": "\\end{document}",
        "req": [[0, "any", [0]]],
        "flds": [
            {
                "name": name,
                "ord": place,
                "font": "Arial",
                "size": 20,
                "media": [],
                "rtl": False,
                "sticky": False,
            }
            for place, name in enumerate(names)
        ],
        "tmpls": [
            {
                "name": "Card 1",
                "ord": 0,
                "qfmt": _FRONT,
                "afmt": _BACK,
                "bqfmt": "",
                "bafmt": "",
                "did": None,
            }
        ],
    }


def _decks(deck: int, quiz: Quiz, wording: QuizWording) -> dict[str, object]:
    about = imprint(quiz, wording)
    names = source_names(quiz)
    said = [about.notice, *about.lines, *(f"{k}: {v}" for k, v in about.facts)]
    if names:
        said.append(f"{wording.sources}: {', '.join(names)}")
    common: dict[str, object] = {
        "mod": _WHEN_S,
        "usn": -1,
        "conf": 1,
        "dyn": 0,
        "extendNew": 10,
        "extendRev": 50,
        "collapsed": False,
        "browserCollapsed": False,
        "newToday": [0, 0],
        "revToday": [0, 0],
        "lrnToday": [0, 0],
        "timeToday": [0, 0],
    }
    # Two colons would make a deck within a deck.
    name = one_line(quiz.title).replace("::", ":") or "Quiz"
    desc = "<br>".join(html(line) for line in said)
    return {
        "1": {**common, "id": 1, "name": "Default", "desc": ""},
        str(deck): {**common, "id": deck, "name": name, "desc": desc},
    }


def _options() -> dict[str, object]:
    return {
        "id": 1,
        "name": "Default",
        "mod": 0,
        "usn": 0,
        "maxTaken": 60,
        "timer": 0,
        "autoplay": True,
        "replayq": True,
        "new": {
            "bury": True,
            "delays": [1, 10],
            "initialFactor": 2500,
            "ints": [1, 4, 7],
            "order": 1,
            "perDay": 20,
            "separate": True,
        },
        "rev": {
            "bury": True,
            "ease4": 1.3,
            "fuzz": 0.05,
            "ivlFct": 1,
            "maxIvl": 36500,
            "minSpace": 1,
            "perDay": 200,
        },
        "lapse": {
            "delays": [10],
            "leechAction": 0,
            "leechFails": 8,
            "minInt": 1,
            "mult": 0,
        },
    }
