"""H5P: a question set that Moodle, WordPress and Lumi play.

A `.h5p` is a ZIP with `h5p.json` and `content/content.json`; the content types are not
in it, the place that plays it must know them (their versions here are old enough for
every site that is kept up to date). Sources: semantics.json of h5p-question-set,
h5p-multi-choice, h5p-true-false and h5p-blanks, and H5P's own validator.

A question set knows no essay and no plain matching: an essay is left out and told, a
matching item becomes one choice for each left side. In a gap text `*`, `/` and `:` are
signs of the notation without an escape, so an answer that holds one is no gap.
"""

from __future__ import annotations

import json
import re
import uuid
from collections.abc import Iterator
from typing import Any

from app.exporters.quiz import pictures
from app.exporters.quiz.formats import Exported
from app.exporters.quiz.h5p_words import (
    blanks_words,
    choice_words,
    set_words,
    truth_words,
)
from app.exporters.quiz.imprint import (
    feedback_of,
    imprint,
    source_names,
    tags_of,
)
from app.exporters.quiz.packing import packed
from app.exporters.quiz.text import NAME_MOST, clean, html, name_of, one_line, within
from app.exporters.quiz.wording import QuizWording
from app.i18n import N_
from app.values.quiz import Item, Option, Quiz, Remark

# H5P's own limits of its metadata, which its PHP counts in bytes.
_NOTE_MOST = 5_000
QUESTION_SET = ("H5P.QuestionSet", 1, 20)
LIBRARIES = {
    "choice": ("H5P.MultiChoice", 1, 16),
    "truth": ("H5P.TrueFalse", 1, 8),
    "blanks": ("H5P.Blanks", 1, 14),
}
IMAGE = ("H5P.Image", 1, 1)
# H5P knows its own names of licences only.
_CREATIVE = re.compile(r"CC-(BY(?:-NC)?(?:-SA|-ND)?)-(\d\.\d)(?:-[A-Z]{2})?")
_NAMESPACE = uuid.UUID("6f0f4c1e-8d2b-5c64-9a53-0c8b7ad9f1a4")
_SIGNS = re.compile(r"[*/:\n]")


def h5p(quiz: Quiz, wording: QuizWording) -> Exported:
    """Return the package, and what a question set cannot hold."""
    questions: list[dict[str, Any]] = []
    remarks: list[Remark] = []
    for number, item in enumerate(quiz.items, 1):
        made = list(_questions(number, item, quiz, wording))
        if not made:
            remarks.append(Remark(number, _LEFT_OUT, (("number", str(number)),)))
        elif len(item.pictures) > 1:
            remarks.append(Remark(number, _ONE_PICTURE, (("number", str(number)),)))
        questions += made
    content = {
        "introPage": {
            "showIntroPage": True,
            "title": html(quiz.title),
            "introduction": _introduction(quiz, wording),
            "startButtonText": one_line(wording.next),
        },
        "progressType": "textual",
        "passPercentage": 50,
        "questions": questions,
        "randomQuestions": False,
        "disableBackwardsNavigation": False,
        **set_words(wording),
    }
    files: dict[str, str | bytes] = {
        "h5p.json": _json(_head(quiz, wording, questions)),
        "content/content.json": _json(content),
        **_images(questions, quiz),
    }
    return Exported(packed(files), tuple(remarks))


_LEFT_OUT = N_(
    "Question {number} is not in the file: an H5P question set cannot hold it. Use"
    " Moodle XML for it."
)
_ONE_PICTURE = N_(
    "Question {number}: only its first picture is in the file, for a question of H5P"
    " holds no more than one."
)


def _images(questions: list[dict[str, Any]], quiz: Quiz) -> dict[str, bytes]:
    """Return the pictures that questions of the file show, by their place in it."""
    used = {_picture_path(question["params"]) for question in questions}
    held = pictures.files(quiz.items, "content/images/")
    return {name: data for name, data in held.items() if name in used}


def _picture_path(params: dict[str, Any]) -> str:
    shown = params.get("media", {}).get("type", {}).get("params", {})
    return f"content/{shown['file']['path']}" if shown else ""


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=1, sort_keys=True)


def _head(
    quiz: Quiz, wording: QuizWording, questions: list[dict[str, Any]]
) -> dict[str, Any]:
    used = {question["library"].split()[0] for question in questions}
    wanted = [QUESTION_SET, *(lib for lib in LIBRARIES.values() if lib[0] in used)]
    if any(_picture_path(question["params"]) for question in questions):
        wanted.append(IMAGE)
    language = (
        quiz.language if re.fullmatch(r"[-a-zA-Z]{1,10}", quiz.language) else "en"
    )
    return {
        "title": within(name_of(quiz.title, 1), NAME_MOST),
        "language": language,
        "mainLibrary": QUESTION_SET[0],
        "embedTypes": ["iframe"],
        "preloadedDependencies": [
            {"machineName": name, "majorVersion": major, "minorVersion": minor}
            for name, major, minor in wanted
        ],
        **_rights(quiz, wording),
    }


def _rights(quiz: Quiz, wording: QuizWording) -> dict[str, Any]:
    about = imprint(quiz, wording)
    said = [about.notice, *about.lines]
    names = source_names(quiz)
    if names:
        said.append(f"{wording.sources}: {', '.join(names)}")
    facts = "; ".join(f"{key}={value}" for key, value in about.facts)
    rights: dict[str, Any] = {
        "license": "U",
        "licenseExtras": within("\n".join(said), _NOTE_MOST),
        "authorComments": within(facts, _NOTE_MOST),
    }
    if quiz.author:
        name = within(one_line(quiz.author), NAME_MOST)
        rights["authors"] = [{"name": name, "role": "Author"}]
    match = _CREATIVE.fullmatch(quiz.licence)
    if match:
        rights |= {"license": f"CC {match[1]}", "licenseVersion": match[2]}
    elif quiz.licence == "CC0-1.0":
        rights |= {"license": "CC0 1.0", "licenseVersion": "1.0"}
    return rights


def _introduction(quiz: Quiz, wording: QuizWording) -> str:
    about = imprint(quiz, wording)
    names = source_names(quiz)
    lines = [about.notice, *about.lines]
    if names:
        lines.append(f"{wording.sources}: {', '.join(names)}")
    return "".join(f"<p>{html(line)}</p>" for line in lines)


def _questions(
    number: int, item: Item, quiz: Quiz, wording: QuizWording
) -> Iterator[dict[str, Any]]:
    if item.kind in ("single", "multiple"):
        made = [("choice", _choice(item.text, item.options, item, wording))]
    elif item.kind == "truefalse":
        made = [("truth", _truth(item, wording))]
    elif item.kind == "matching":
        made = [("choice", params) for params in _pairs(item, wording)]
    else:
        params = _blanks(item, wording)
        made = [("blanks", params)] if params else []
    for place, (kind, params) in enumerate(made):
        name, major, minor = LIBRARIES[kind]
        key = f"{item.id or number}:{item.text}:{place}"
        yield {
            "library": f"{name} {major}.{minor}",
            "params": params | _media(item, clean(key)),
            "subContentId": str(uuid.uuid5(_NAMESPACE, clean(key))),
            "metadata": {
                "title": name_of(item.name or item.text, number),
                "contentType": _TITLES[kind],
                "license": "U",
                "authorComments": ", ".join(tags_of(item, quiz, wording)),
            },
        }


def _media(item: Item, key: str) -> dict[str, Any]:
    """Return what shows the first picture of an item above its question."""
    if not item.pictures:
        return {}
    picture = item.pictures[0]
    name, major, minor = IMAGE
    shown = {
        "library": f"{name} {major}.{minor}",
        "params": {
            "contentName": "Image",
            "file": {
                "path": f"images/{picture.name}",
                "mime": picture.mime,
                "width": picture.width,
                "height": picture.height,
                "copyright": {"license": "U"},
            },
            "decorative": False,
            "alt": one_line(picture.alt),
        },
        "subContentId": str(uuid.uuid5(_NAMESPACE, f"{key}:{picture.name}")),
        "metadata": {"title": "Image", "contentType": "Image", "license": "U"},
    }
    return {"media": {"type": shown, "disableImageZooming": False}}


_TITLES = {
    "choice": "Multiple Choice",
    "truth": "True/False Question",
    "blanks": "Fill in the Blanks",
}


def _paragraphs(text: str) -> str:
    return f"<p>{html(text)}</p>"


def _choice(
    text: str, options: tuple[Option, ...], item: Item, wording: QuizWording
) -> dict[str, Any]:
    single = item.kind != "multiple"
    whole = feedback_of(item, wording)
    return {
        "question": _paragraphs(text),
        "answers": [
            {
                "text": f"<div>{html(option.text)}</div>",
                "correct": option.fraction > 0,
                "tipsAndFeedback": {
                    "tip": "",
                    "chosenFeedback": html(option.feedback),
                    "notChosenFeedback": "",
                },
            }
            for option in options
        ],
        "overallFeedback": _overall(whole),
        "behaviour": {
            "enableRetry": True,
            "enableSolutionsButton": True,
            "enableCheckButton": True,
            "type": "single" if single else "multi",
            "singlePoint": single,
            "randomAnswers": True,
            "showSolutionsRequiresInput": True,
            "confirmCheckDialog": False,
            "confirmRetryDialog": False,
            "autoCheck": False,
            "passPercentage": 100,
            "showScorePoints": True,
        },
        **choice_words(wording),
    }


def _overall(feedback: str) -> list[dict[str, Any]]:
    return [{"from": 0, "to": 100, "feedback": one_line(feedback)}] if feedback else []


def _truth(item: Item, wording: QuizWording) -> dict[str, Any]:
    whole = feedback_of(item, wording)
    right = "\n".join(filter(None, [item.right_feedback, whole]))
    wrong = "\n".join(filter(None, [item.wrong_feedback, whole]))
    words = truth_words(wording)
    return {
        "question": _paragraphs(item.text),
        "correct": "true" if item.truth else "false",
        "behaviour": {
            "enableRetry": True,
            "enableSolutionsButton": True,
            "enableCheckButton": True,
            "confirmCheckDialog": False,
            "confirmRetryDialog": False,
            "autoCheck": False,
            "feedbackOnCorrect": one_line(right),
            "feedbackOnWrong": one_line(wrong),
        },
        **words,
    }


def _pairs(item: Item, wording: QuizWording) -> Iterator[dict[str, Any]]:
    for pair in item.pairs:
        options = tuple(
            Option(other.right, 100.0 if other is pair else 0.0) for other in item.pairs
        )
        question = wording.belongs.format(left=pair.left)
        yield _choice(f"{item.text}\n{question}", options, item, wording)


def _blanks(item: Item, wording: QuizWording) -> dict[str, Any] | None:
    if item.kind == "cloze":
        task, line = wording.fill, _gap_line(item)
    elif item.kind in ("short", "numerical"):
        task, line = item.text, _answer_line(item)
    else:
        return None
    if not line:
        return None
    return {
        "text": _paragraphs(task),
        "questions": [f"<p>{line}</p>"],
        "overallFeedback": _overall(feedback_of(item, wording)),
        "behaviour": {
            "enableRetry": True,
            "enableSolutionsButton": True,
            "enableCheckButton": True,
            "autoCheck": False,
            "caseSensitive": False,
            "showSolutionsRequiresInput": True,
            "separateLines": False,
            "confirmCheckDialog": False,
            "confirmRetryDialog": False,
            "acceptSpellingErrors": False,
        },
        **blanks_words(wording),
    }


def _gap_line(item: Item) -> str:
    """Return a gap text in H5P's notation, "" where no gap can be one."""
    parts, place, found = [], 0, False
    for gap in item.gaps:
        parts.append(_outside(item.text[place : gap.start]))
        answers = [a for a in (item.answer_of(gap), *gap.also) if not _SIGNS.search(a)]
        if _SIGNS.search(item.answer_of(gap)):
            parts.append(_outside(item.answer_of(gap)))
        else:
            parts.append(f"*{'/'.join(html(a) for a in answers)}*")
            found = True
        place = gap.end
    return "".join([*parts, _outside(item.text[place:])]) if found else ""


def _answer_line(item: Item) -> str:
    right = [o.text for o in item.options if o.fraction == 100]
    fitting = [html(text) for text in right if not _SIGNS.search(clean(text))]
    if item.kind == "numerical":
        # People in half of the world write a decimal comma.
        more = [text.replace(".", ",") for text in fitting if "." in text]
        fitting = list(dict.fromkeys(fitting + more))
    return f"*{'/'.join(fitting)}*" if fitting else ""


def _outside(text: str) -> str:
    """Return text between gaps; an asterisk there would open one."""
    return html(text).replace("*", "∗")
