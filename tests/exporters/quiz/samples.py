"""Quizzes for the tests: one of every kind, and texts that break careless writers."""

from __future__ import annotations

import base64
import random
from dataclasses import replace

from app.values.documents import Place
from app.values.pictures import JPEG, PNG, Picture
from app.values.quiz import Gap, Item, ItemSource, Option, Pair, Quiz

SOURCE = ItemSource(
    file="/home/x/regeln.md",
    start=10,
    end=60,
    quote="Der Urlaub beträgt jährlich mindestens 24 Werktage.",
    page=3,
    heading="§ 3 Dauer",
)
SLIDE = ItemSource("folien.pptx", 0, 5, "Hallo", 2, "", Place("slide", 2))

ITEMS = (
    Item(
        "single",
        "Wie lange dauert der Urlaub?",
        options=(
            Option("24 Werktage", 100.0, "Genau."),
            Option("20 Werktage", 0.0, "Zu kurz."),
            Option("30 Werktage", 0.0),
        ),
        name="Urlaub",
        feedback="Siehe Gesetz.",
        tags=("Arbeitsrecht", "Klasse 9"),
        bloom="remember",
        origin="model",
        source=SOURCE,
        id="a1",
    ),
    Item(
        "multiple",
        "Was ist richtig: 50 % = ½ oder {a} ~ b?",
        options=(
            Option("A = B", 50.0),
            Option("C -> D", 50.0, "ja -> klar"),
            Option("E # F", -50.0),
            Option("G ~ H {x}", -50.0),
        ),
        origin="text",
        source=SLIDE,
        id="a2",
    ),
    Item(
        "truefalse",
        "Werktage sind alle Tage außer Sonntagen.",
        truth=True,
        right_feedback="Ja.",
        wrong_feedback="Doch.",
        origin="text",
        id="a3",
    ),
    Item("truefalse", "1 < 0 & 2 > 3", truth=False, feedback="Nein.", id="a4"),
    Item(
        "short",
        "Wie heißt die Hauptstadt?\n\nSie liegt an der Spree.",
        options=(Option("Berlin", 100.0), Option("Berlin*", 50.0, "fast -> gut")),
        id="a5",
    ),
    Item(
        "matching",
        "Was gehört zusammen?",
        pairs=(
            Pair("Haus", "house"),
            Pair("a -> b", "implies"),
            Pair("שלום", "peace"),
        ),
        id="a6",
    ),
    Item(
        "cloze",
        "Der Urlaub beträgt {mindestens} 24 Werktage im Jahr.",
        gaps=(Gap(35, 43, ("Arbeitstage",)), Gap(47, 51)),
        feedback="Nach § 3.",
        id="a7",
    ),
    Item(
        "numerical",
        "Wie groß ist π auf zwei Stellen?",
        options=(Option("3.14", 100.0, "", 0.005), Option("3", 50.0, "grob", 0.5)),
        id="a8",
    ),
    Item("essay", "Erläutern Sie $a^2+b^2=c^2$.", feedback="Skizze, Beweis.", id="a9"),
)
QUIZ = Quiz(
    title="Urlaub & Recht",
    items=ITEMS,
    language="de",
    licence="CC-BY-4.0",
    author="Erika Mustermann",
    created="2026-11-28",
    model="some-model",
    checked_by="E. Mustermann",
    checked_on="2026-11-28",
)
# So small that a file with them can still be reviewed.
_PNG = (
    "iVBORw0KGgoAAAANSUhEUgAAAAMAAAACCAIAAAASFvFNAAAAFElEQVR42mP4z8DAwPD/PwOC+g8A"
    "O9gF+/ceWToAAAAASUVORK5CYII="
)
_JPEG = (
    "/9j/4AAQSkZJRgABAQAAAQABAAD/2wBDAA0JCgsKCA0LCgsODg0PEyAVExISEyccHhcgLikxMC4p"
    "LSwzOko+MzZGNywtQFdBRkxOUlNSMj5aYVpQYEpRUk//wAALCAAEAAQBAREA/8QAFAABAAAAAAAA"
    "AAAAAAAAAAAAAP/EABQQAQAAAAAAAAAAAAAAAAAAAAD/2gAIAQEAAD8AP//Z"
)
PICTURES = (
    Picture(base64.b64decode(_PNG), PNG, 3, 2, 'Ein {Kreis} in "Rot" & <Blau>'),
    Picture(base64.b64decode(_JPEG), JPEG, 4, 4, "Eine graue Fläche"),
)
PICTURED = replace(
    QUIZ,
    items=(
        replace(ITEMS[0], pictures=PICTURES),
        *(replace(item, pictures=PICTURES[:1]) for item in ITEMS[2:8]),
        ITEMS[8],
    ),
)
NASTY = (
    "",
    " ",
    "ÄÖÜß éñ",
    "$\\frac{a}{b} \\cdot x_1$ und \\(x^2\\)",
    "a -> b = c ~ d # e { f } : g \\ h \\n",
    "eins\n\nzwei\r\n\r\ndrei\u2028vier",
    "مرحبا بالعالم 123 abc",
    "a]]>b <![CDATA[ <b>x</b> &amp; &#x41;",
    "\x00\x01\x08\x0b\x1f\x7f\x85",
    "\ud800 lone \udfff",
    "\ufffe\uffff\ufeff",
    "😀👩‍👩‍👧 \U0010ffff",
    "// [tag:x] comment\n//\n$CATEGORY: a/b",
    "*a/b:c* **d**",
    "::name::",
    "-- --> <!--",
    "=1+1\n@cmd\t|x",
    "%50%half =x",
    "T",
    "# heading\n---\n- [ ] x\n`code`",
    "{1:SHORTANSWER:=x}",
    "$repair {text} %s {0}",
    "x" * 255,
    "ü" * 5_000,
    "</script></style></html>",
    "l\tt  two  spaces ",
)


def nasty_text(chance: random.Random) -> str:
    """Return a text of nasty pieces, or of characters from anywhere in Unicode."""
    if chance.random() < 0.6:
        return "".join(chance.choice(NASTY) for _ in range(chance.randint(1, 3)))
    size = chance.randint(0, 40)
    return "".join(chr(chance.randrange(0x110000)) for _ in range(size))


def nasty_quiz(seed: int) -> Quiz:
    """Return a quiz of every kind whose texts are all nasty."""
    chance = random.Random(seed)

    def text() -> str:
        return nasty_text(chance)

    def options(fractions: tuple[float, ...]) -> tuple[Option, ...]:
        return tuple(Option(text(), f, text()) for f in fractions)

    cloze = text() or "x"
    half = max(1, len(cloze) // 2)
    items = (
        Item("single", text(), options((100.0, 0.0, 0.0))),
        Item("multiple", text(), options((50.0, 50.0, -100.0))),
        Item("truefalse", text(), right_feedback=text(), wrong_feedback=text()),
        Item("short", text(), options((100.0, 50.0))),
        Item("matching", text(), pairs=(Pair(text(), text()), Pair(text(), text()))),
        Item("cloze", cloze, gaps=(Gap(0, half, (text(),)),)),
        Item("numerical", text(), (Option(str(chance.randint(-9, 9)), 100.0),)),
        Item("essay", text()),
    )
    filled = tuple(
        Item(
            kind=item.kind,
            text=item.text,
            options=item.options,
            pairs=item.pairs,
            gaps=item.gaps,
            right_feedback=item.right_feedback,
            wrong_feedback=item.wrong_feedback,
            name=text(),
            feedback=text(),
            tags=(text(), text()),
            level=text(),
            origin=chance.choice(("model", "text", "person")),
            source=ItemSource(text(), 0, 1, text(), None, text()),
            id=f"id{seed}-{number}",
            pictures=(replace(PICTURES[number % 2], alt=text()),),
        )
        for number, item in enumerate(items)
    )
    return Quiz(text(), filled, "de", text(), text(), "2026-01-01", text(), text())
