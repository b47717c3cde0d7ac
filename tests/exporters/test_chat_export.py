from __future__ import annotations

import json
import random
import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt

from app.errors import UsageError
from app.exporters.chat import export_chat
from app.exporters.wording import SENTENCES, Wording, wording
from app.values.answers import Answer, AnswerSentence, Citation, ModelUsed
from app.values.chats import AnswerSettings, ChatInfo, Exchange, Scope
from app.values.documents import Place
from app.values.passages import Elsewhere, Passage

WORDS = wording(lambda text: text)
INFO = ChatInfo(1, "Urlaub", created_at=1_700_000_000.0)


def exchange(
    question: str = "Wie lange?",
    text: str = "Drei Wochen [1]. Das ist falsch.",
    file: str = "/d/Regel.pdf",
    quote: str = "drei Wochen",
    heading: str = "§ 1 Dauer",
    spoken: bool = True,
) -> Exchange:
    answer = Answer(
        question=question,
        text=text,
        abstained=False,
        model=ModelUsed("m", "ab"),
        spoken_by_model=spoken,
        passages=(Passage(1, 0.5, file, 3, 10, 90, heading, quote),),
        citations=(Citation(1, file, 3, 12, 20, quote, True),),
        sentences=(
            AnswerSentence(0, 16, True, (1,)),
            AnswerSentence(17, len(text), False),
        ),
    )
    settings = AnswerSettings("m", "Modell M")
    scope = Scope("Schule")
    return Exchange(1, 1, None, question, scope, settings, 1_700_000_000.0, answer)


def export(ending: str, *exchanges: Exchange, info: ChatInfo = INFO) -> str:
    return export_chat(info, exchanges, ending, "de", WORDS).decode("utf-8")


def test_slides_and_cells_are_named() -> None:
    given = exchange(heading="Titel")
    assert given.answer is not None
    for place, said in (
        (Place("slide", 3, "Titel"), "Regel.pdf · slide 3"),
        (
            Place("sheet", 1, "Umsatz", "A2:D9"),
            "Regel.pdf · sheet Umsatz, A2:D9 · Titel",
        ),
    ):
        citation = replace(given.answer.citations[0], place=place)
        answer = replace(given.answer, citations=(citation,))
        assert said in export(".md", replace(given, answer=answer))


class Page(HTMLParser):
    """Collects what is on a page, and whether its tags fit."""

    VOID = ("meta", "br")

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text: list[str] = []
        self.feed(text)
        self.close()
        assert self.open == []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def test_every_format_holds_everything() -> None:
    for ending in ("md", "html", "json", ".HTML"):
        text = export(ending, exchange())
        for part in ("Urlaub", "Wie lange?", "Drei Wochen", "Regel", "Dauer", "M"):
            assert part in text, (ending, part)
        assert "drei Wochen" in text
        assert "2023-11-1" in text
        assert "trainedAlgorithmicMedia" in text
        assert "artificial intelligence" in text
        assert "Das ist falsch." in text
    assert "Not found in the sources" in export("md", exchange())


def test_other_files_with_the_same_words_are_named() -> None:
    twice = exchange()
    assert twice.answer is not None
    (citation,) = twice.answer.citations
    also = (
        Elsewhere("/a/<Kopie>.pdf", 4, 0, 8),
        Elsewhere("C:\\b\\alt.md", None, 0, 8),
    )
    answer = replace(twice.answer, citations=(replace(citation, also=also),))
    both = [export(ending, replace(twice, answer=answer)) for ending in ("md", "html")]
    assert "Also in: \\<Kopie\\>.pdf · page 4, alt.md" in both[0]
    assert "<small>Also in: &lt;Kopie&gt;.pdf · page 4, alt.md</small>" in both[1]
    assert all("Also in" not in export(ending, twice) for ending in ("md", "html"))


def test_an_unknown_ending_is_refused() -> None:
    with pytest.raises(UsageError, match="docx"):
        export("docx", exchange())


def test_machines_are_told() -> None:
    page = Page(export("html", exchange()))
    metas = {
        str(attrs["name"]): attrs["content"]
        for tag, attrs in page.tags
        if tag == "meta" and "name" in attrs
    }
    assert str(metas["generator"]).startswith("Allmende ")
    assert metas["ai-generated"] == "true"
    assert str(metas["digitalSourceType"]).endswith("/trainedAlgorithmicMedia")
    data = json.loads(export("json", exchange()))
    assert data["ai_generated"] is True
    head = export("md", exchange()).split("---\n")[1]
    assert "ai_generated: true" in head
    assert 'title: "Urlaub"' in head


def test_the_page_is_accessible_and_loads_nothing() -> None:
    text = export("html", exchange())
    page = Page(text)
    tags = [tag for tag, _ in page.tags]
    assert {"main", "h1", "h2", "h3", "article", "title"} <= set(tags)
    assert not set(tags) & {"script", "img", "link", "iframe", "object", "form"}
    assert page.tags[0] == ("html", {"lang": "de", "dir": "ltr"})
    for _, attrs in page.tags:
        assert not {"src", "srcset", "action", "onclick", "style"} & attrs.keys()
        assert str(attrs.get("href", "#")).startswith("#")
    ids = [attrs["id"] for _, attrs in page.tags if "id" in attrs]
    assert len(ids) == len(set(ids))
    targets = [attrs["href"] for tag, attrs in page.tags if tag == "a"]
    assert targets == ["#q1s1"]
    assert "q1s1" in ids
    assert "url(" not in text
    arabic = export_chat(INFO, [exchange()], "html", "ar", WORDS).decode()
    assert '<html lang="ar" dir="rtl">' in arabic


def test_cut_off_failed_and_quoted_answers_say_so() -> None:
    quoted = export("md", exchange(spoken=False))
    assert "no language model spoke" in quoted
    assert "Modell M" not in quoted
    broken = Exchange(
        2, 1, 1, "?", Scope("b"), AnswerSettings(), 0.0, None, "Bis hier", "Kein Platz."
    )
    for ending in ("md", "html"):
        text = export(ending, broken)
        assert "Bis hier" in text
        assert "cut off" in text
        assert "Kein Platz" in text
    assert json.loads(export("json", broken))["exchanges"][0]["partial"] == "Bis hier"


HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "![x](http://example.org/x.png)",
    "[x](javascript:alert(1))",
    "[1]: http://example.org",
    "[1](http://example.org)",
    "![x][1]\n\n[1]: http://example.org/y.png",
    "<http://example.org>",
    "&#60;script&#62;",
    "\\<b>\\![x](y)",
    "# Überschrift\n===\n---\n",
    "```\nnie geschlossen",
    "````\n```\n![x](y)",
    "- ```\n  ![x](y)\n",
    "- # a\n1. # b\n   ===\n> # c\n> d\n> ---\n",
    "---\ntitle: böse\n---",
    "\x00\x1b[31m\u202e\ud800\ufdd0\uffff",
    "]]> --> </style></title></p>",
    "| a | b |\n|---|---|\n| <b> | ![i](j) |",
]


TAGS = (
    "html head meta title style body header main article h1 h2 h3 p div a ul li bdi"
    " blockquote"
)


def check_html(text: str) -> None:
    page = Page(text)
    assert {tag for tag, _ in page.tags} <= set(TAGS.split())
    assert not re.search(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ufdd0\uffff]", text)


def check_markdown(text: str, exchanges: int) -> None:
    body = text.split("---\n", 2)[2]
    tokens = MarkdownIt("commonmark").enable("table").parse(body)
    kinds: list[str] = []
    for token in tokens:
        kinds += [token.type, *(child.type for child in token.children or ())]
    assert not {"image", "link_open", "html_block", "html_inline"} & set(kinds)
    headings = [token.tag for token in tokens if token.type == "heading_open"]
    assert headings.count("h1") == 1
    assert headings.count("h2") == exchanges
    assert headings.count("h3") == 2 * exchanges


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_stays_text(text: str) -> None:
    one = exchange(text, text, f"/d/{text}", text, text)
    info = ChatInfo(1, text)
    check_html(export("html", one, one, info=info))
    check_markdown(export("md", one, one, info=info), 2)
    assert json.loads(export("json", one, info=info))["exchanges"]


def test_any_unicode_comes_through() -> None:
    chance = random.Random(11)
    signs = [
        *"<>&\"'`*_#[]()!|\\~$-=+.:/ \n\t1ab{}",
        "\x00",
        "\x85",
        "\u2028",
        "\ud800",
    ]
    for _ in range(400):
        pool = [*signs, *(chr(chance.randrange(0x110000)) for _ in range(20))]
        texts = ["".join(chance.choices(pool, k=chance.randrange(60))) for _ in "abcde"]
        one = exchange(*texts)
        info = ChatInfo(1, texts[0])
        page = export("html", one, info=info)
        check_html(page)
        check_markdown(export("md", one, info=info), 1)
        data = json.loads(export("json", one, info=info))
        question = texts[0].encode("utf-8", "replace").decode()
        assert data["exchanges"][0]["question"] == question


def test_plain_text_is_readable_in_markdown() -> None:
    body = export("md", exchange("Was kostet 1. _das_?")).split("---\n", 2)[2]
    html = MarkdownIt("commonmark").render(body)
    assert "Was kostet 1. _das_?" in html
    assert "Drei Wochen [1]." in html


def test_every_sentence_of_the_wording_is_filled() -> None:
    assert wording(lambda text: text) == SENTENCES
    assert Wording.__slots__
    shouted = wording(str.upper)
    assert shouted.notice == SENTENCES.notice.upper()


@pytest.mark.parametrize("ending", ["html", "md", "json"])
def test_a_conversation_without_a_model_says_what_made_it(ending: str) -> None:
    found = exchange(spoken=False)
    text = export(ending, found)
    assert SENTENCES.notice_found in text
    assert SENTENCES.notice not in text
    assert "digitalsourcetype/algorithmicMedia" in text
    assert re.search(r"ai.generated\W+(content=.)?true", text)
    both = export(ending, found, exchange())
    assert SENTENCES.notice in both
    assert "trainedAlgorithmicMedia" in both
    cut_off = replace(found, answer=None, partial="Drei Wo")
    assert SENTENCES.notice in export(ending, cut_off)
