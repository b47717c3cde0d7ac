"""QTI 2.1: a package for ONYX, OPAL, TAO and other systems.

https://www.imsglobal.org/question/qtiv2p1/imsqti_implv2p1.html. One item a file, a
test that holds them in order, a manifest with the metadata. Scoring uses the standard's
own templates (`match_correct`, `map_response`), which every system knows; only a gap
text needs a rule of its own. The source of each item stands in a rubric for those who score.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.exporters.quiz import pictures
from app.exporters.quiz.imprint import (
    feedback_of,
    imprint,
    source_names,
    tags_of,
)
from app.exporters.quiz.packing import packed
from app.exporters.quiz.text import clean, one_line, xml
from app.exporters.quiz.wording import QuizWording
from app.values.quiz import Gap, Item, Quiz

_QTI = "http://www.imsglobal.org/xsd/imsqti_v2p1"
_XSI = "http://www.w3.org/2001/XMLSchema-instance"
_XSD = "http://www.imsglobal.org/xsd/qti/qtiv2p1/imsqti_v2p1.xsd"
_TEMPLATES = "http://www.imsglobal.org/question/qti_v2p1/rptemplates"
_HEAD = '<?xml version="1.0" encoding="UTF-8"?>\n'
# Beside the items, whose addresses are read from where they lie.
_IMAGES = "images/"
_ROOT = f'xmlns="{_QTI}" xmlns:xsi="{_XSI}" xsi:schemaLocation="{_QTI} {_XSD}"'


def qti(quiz: Quiz, wording: QuizWording) -> bytes:
    """Return the package as a ZIP file."""
    names = [f"item{number}" for number in range(1, len(quiz.items) + 1)]
    files: dict[str, str | bytes] = {
        "imsmanifest.xml": _manifest(quiz, names, wording),
        "test.xml": _test(quiz, names),
    }
    for name, item in zip(names, quiz.items, strict=True):
        files[f"items/{name}.xml"] = _item(name, item, quiz, wording)
    return packed(files | pictures.files(quiz.items, "items/images/"))


def _manifest(quiz: Quiz, names: list[str], wording: QuizWording) -> str:
    about = imprint(quiz, wording)
    words = ["ai-generated", wording.ai_tag, *(f"{k}={v}" for k, v in about.facts)]
    keywords = "".join(
        f"<imsmd:keyword>{_lang(word, quiz)}</imsmd:keyword>" for word in words
    )
    said = "\n".join([about.notice, *about.lines, *source_names(quiz)])
    rights = about.facts and dict(about.facts).get("licence", "")
    resources = "".join(
        f'<resource identifier="res-{name}" type="imsqti_item_xmlv2p1"'
        f' href="items/{name}.xml"><file href="items/{name}.xml"/>'
        f"{_needs(pictures.files([item]))}</resource>\n"
        for name, item in zip(names, quiz.items, strict=True)
    )
    resources += "".join(
        f'<resource identifier="res-{name}" type="webcontent"'
        f' href="items/images/{name}"><file href="items/images/{name}"/></resource>\n'
        for name in pictures.files(quiz.items)
    )
    return (
        f"{_HEAD}<manifest"
        ' xmlns="http://www.imsglobal.org/xsd/imscp_v1p1"'
        ' xmlns:imsmd="http://ltsc.ieee.org/xsd/LOM"'
        ' identifier="allmende-quiz">\n'
        "<metadata><schema>QTIv2.1 Package</schema>"
        "<schemaversion>1.0.0</schemaversion><imsmd:lom><imsmd:general>"
        f"<imsmd:title>{_lang(quiz.title, quiz)}</imsmd:title>"
        f"<imsmd:language>{xml(quiz.language)}</imsmd:language>"
        f"<imsmd:description>{_lang(said, quiz)}</imsmd:description>{keywords}"
        "</imsmd:general><imsmd:rights><imsmd:description>"
        f"{_lang(rights or '-', quiz)}</imsmd:description></imsmd:rights></imsmd:lom>"
        "</metadata>\n<organizations/>\n<resources>\n"
        '<resource identifier="res-test" type="imsqti_test_xmlv2p1" href="test.xml">'
        f'<file href="test.xml"/>{_needs(names)}</resource>\n{resources}'
        "</resources>\n</manifest>\n"
    )


def _needs(names: Iterable[str]) -> str:
    return "".join(f'<dependency identifierref="res-{name}"/>' for name in names)


def _lang(text: str, quiz: Quiz) -> str:
    return f'<imsmd:string language="{xml(quiz.language)}">{xml(text)}</imsmd:string>'


def _test(quiz: Quiz, names: list[str]) -> str:
    refs = "".join(
        f'<assessmentItemRef identifier="{name}" href="items/{name}.xml"/>\n'
        for name in names
    )
    return (
        f'{_HEAD}<assessmentTest {_ROOT} identifier="test"'
        f' title="{xml(one_line(quiz.title) or "Quiz")}" toolName="Allmende">\n'
        '<testPart identifier="part" navigationMode="nonlinear"'
        ' submissionMode="individual">\n<assessmentSection identifier="section"'
        f' title="{xml(one_line(quiz.title) or "Quiz")}" visible="true">\n{refs}'
        "</assessmentSection>\n</testPart>\n</assessmentTest>\n"
    )


def _item(name: str, item: Item, quiz: Quiz, wording: QuizWording) -> str:
    declared, body, template = _PARTS[item.kind](item, wording)
    scoring = template if template.startswith("<") else ""
    if template and not scoring:
        scoring = f'<responseProcessing template="{_TEMPLATES}/{template}"/>\n'
    label = one_line(", ".join(tags_of(item, quiz, wording)))[:250]
    title = one_line(item.name or item.text)[:250] or name
    rubric = _paragraphs(feedback_of(item, wording) or wording.solution)
    about = imprint(quiz, wording)
    return (
        f'{_HEAD}<assessmentItem {_ROOT} identifier="{name}" title="{xml(title)}"'
        f' label="{xml(label)}" xml:lang="{xml(quiz.language)}" adaptive="false"'
        ' timeDependent="false" toolName="Allmende">\n'
        f"{declared}"
        '<outcomeDeclaration identifier="SCORE" cardinality="single"'
        ' baseType="float"><defaultValue><value>0</value></defaultValue>'
        "</outcomeDeclaration>\n"
        f"<itemBody>\n{body}"
        f'<rubricBlock view="author scorer tutor">{rubric}'
        f"{_paragraphs(about.notice)}</rubricBlock>\n</itemBody>\n"
        f"{scoring}</assessmentItem>\n"
    )


def _paragraphs(text: str) -> str:
    lines = [line for line in clean(text).split("\n") if line.strip()]
    return "".join(f"<p>{xml(line)}</p>" for line in lines) or "<p/>"


def _response(
    kind: str, base: str, right: list[str], mapping: str = "", name: str = "RESPONSE"
) -> str:
    values = "".join(f"<value>{xml(value)}</value>" for value in right)
    correct = f"<correctResponse>{values}</correctResponse>" if right else ""
    return (
        f'<responseDeclaration identifier="{name}" cardinality="{kind}"'
        f' baseType="{base}">{correct}{mapping}</responseDeclaration>\n'
    )


Parts = tuple[str, str, str]


def _choice(item: Item, _wording: QuizWording) -> Parts:
    options = list(enumerate(item.options, 1))
    right = [f"c{number}" for number, option in options if option.fraction > 0]
    choices = "".join(
        f'<simpleChoice identifier="c{number}">{xml(one_line(o.text))}</simpleChoice>'
        for number, o in options
    )
    single = item.kind == "single"
    entries = "".join(
        f'<mapEntry mapKey="c{n}" mappedValue="{o.fraction / 100:.7g}"/>'
        for n, o in options
    )
    mapping = (
        ""
        if single
        else f'<mapping lowerBound="0" defaultValue="0">{entries}</mapping>'
    )
    body = (
        '<choiceInteraction responseIdentifier="RESPONSE" shuffle="true"'
        f' maxChoices="{1 if single else 0}"><prompt>{_prompt(item)}</prompt>'
        f"{choices}</choiceInteraction>\n"
    )
    declared = _response(
        "single" if single else "multiple", "identifier", right, mapping
    )
    return declared, body, "match_correct" if single else "map_response"


def _prompt(item: Item) -> str:
    """Return a question where only text within a line may stand, and pictures."""
    shown = (f"<br/>{pictures.element(p, _IMAGES + p.name)}" for p in item.pictures)
    return "".join([_lines(item.text), *shown])


def _asked(item: Item) -> str:
    return _paragraphs(item.text) + pictures.elements(item, _IMAGES)


def _lines(text: str) -> str:
    return "<br/>".join(xml(line) for line in clean(text).split("\n"))


def _truth(item: Item, wording: QuizWording) -> Parts:
    body = (
        '<choiceInteraction responseIdentifier="RESPONSE" shuffle="false"'
        f' maxChoices="1"><prompt>{_prompt(item)}</prompt>'
        f'<simpleChoice identifier="true">{xml(wording.true)}</simpleChoice>'
        f'<simpleChoice identifier="false">{xml(wording.false)}</simpleChoice>'
        "</choiceInteraction>\n"
    )
    right = ["true" if item.truth else "false"]
    return _response("single", "identifier", right), body, "match_correct"


def _short(item: Item, _wording: QuizWording) -> Parts:
    entries = {
        one_line(option.text): option.fraction / 100
        for option in item.options
        if option.fraction > 0
    }
    right = [text for text, share in entries.items() if share == 1][:1]
    declared = _response("single", "string", right, _mapped(entries))
    return (
        declared,
        f"{_asked(item)}<p>{_entry('RESPONSE')}</p>\n",
        "map_response",
    )


def _mapped(entries: dict[str, float]) -> str:
    rows = "".join(
        f'<mapEntry mapKey="{xml(text)}" mappedValue="{share:.7g}"'
        ' caseSensitive="false"/>'
        for text, share in entries.items()
    )
    return f'<mapping defaultValue="0">{rows}</mapping>'


def _entry(name: str) -> str:
    return f'<textEntryInteraction responseIdentifier="{name}" expectedLength="20"/>'


def _number(item: Item, _wording: QuizWording) -> Parts:
    right = [
        one_line(o.text).replace(",", ".") for o in item.options if o.fraction == 100
    ]
    body = f"{_asked(item)}<p>{_entry('RESPONSE')}</p>\n"
    return _response("single", "float", right[:1]), body, "match_correct"


def _cloze(item: Item, wording: QuizWording) -> Parts:
    """One response a gap; the score is their sum, which needs a rule of its own."""
    declared, parts, place, sums = "", [], 0, ""
    for number, gap in enumerate(item.gaps, 1):
        name = f"RESPONSE{number}"
        sums += f'<mapResponse identifier="{name}"/>'
        answers = _gap_answers(item, gap)
        declared += _response(
            "single", "string", answers[:1], _mapped(dict.fromkeys(answers, 1.0)), name
        )
        parts += [_lines(item.text[place : gap.start]), _entry(name)]
        place = gap.end
    parts.append(_lines(item.text[place:]))
    shown = pictures.elements(item, _IMAGES)
    body = f"<p>{xml(wording.fill)}</p><p>{''.join(parts)}</p>{shown}\n"
    scoring = (
        '<responseProcessing><setOutcomeValue identifier="SCORE">'
        f"<sum>{sums}</sum></setOutcomeValue></responseProcessing>\n"
    )
    return declared, body, scoring


def _gap_answers(item: Item, gap: Gap) -> list[str]:
    answers = (one_line(a) for a in (item.answer_of(gap), *gap.also))
    return [answer for answer in dict.fromkeys(answers) if answer]


def _matching(item: Item, _wording: QuizWording) -> Parts:
    numbers = range(1, len(item.pairs) + 1)
    right = [f"l{n} r{n}" for n in numbers]
    share = 1 / max(1, len(item.pairs))
    entries = "".join(
        f'<mapEntry mapKey="{key}" mappedValue="{share:.7g}"/>' for key in right
    )
    mapping = f'<mapping lowerBound="0" defaultValue="0">{entries}</mapping>'

    def side(letter: str, texts: Iterator[str]) -> str:
        rows = "".join(
            f'<simpleAssociableChoice identifier="{letter}{n}" matchMax="1">'
            f"{xml(one_line(text))}</simpleAssociableChoice>"
            for n, text in enumerate(texts, 1)
        )
        return f"<simpleMatchSet>{rows}</simpleMatchSet>"

    body = (
        '<matchInteraction responseIdentifier="RESPONSE" shuffle="true"'
        f' maxAssociations="{len(item.pairs)}"><prompt>{_prompt(item)}</prompt>'
        f"{side('l', (p.left for p in item.pairs))}"
        f"{side('r', (p.right for p in item.pairs))}</matchInteraction>\n"
    )
    return _response("multiple", "directedPair", right, mapping), body, "map_response"


def _essay(item: Item, _wording: QuizWording) -> Parts:
    body = (
        '<extendedTextInteraction responseIdentifier="RESPONSE" expectedLines="8">'
        f"<prompt>{_prompt(item)}</prompt></extendedTextInteraction>\n"
    )
    return _response("single", "string", []), body, ""


_PARTS = {
    "single": _choice,
    "multiple": _choice,
    "truefalse": _truth,
    "short": _short,
    "numerical": _number,
    "cloze": _cloze,
    "matching": _matching,
    "essay": _essay,
}
