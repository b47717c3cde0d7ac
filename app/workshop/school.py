"""Tasks of a school that make sheets: words to learn, a lesson's outline, feedback.

Feedback says what stands in a pupil's text and asks the next question; it never grades,
scores or ranks (EU AI Act, Annex III no. 3), and what a model says of that kind is left
out before anybody sees it.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence

from app import words
from app.i18n import N_
from app.sentences import sentence_spans
from app.values.sheets import Sheet, SheetLine
from app.workshop.material import SourceText, Statement, plain, source_of, statements
from app.workshop.quotes import find_quote, nearest
from app.workshop.run import FAILED, Job, Lines, Note, rows_of, text_of
from app.workshop.summary import own_words
from app.workshop.terms import Lexicon, Term, terms_of

WORDS = {
    "word": N_("Word to learn"),
    "meaning": N_("Meaning"),
    "sentence": N_("Sentence from the text"),
    "place": N_("Place"),
    "goals": N_("Goals"),
    "course": N_("Course of the lesson"),
    "phase": N_("Phase"),
    "minutes": N_("Minutes"),
    "what": N_("What happens"),
    "core": N_("What must be understood"),
    "entry": N_("Entry"),
    "working": N_("Working out"),
    "securing": N_("Securing"),
    "practice": N_("Practice"),
    "ask_before": N_(
        "What do you know already about “{topic}”? Collect it on the board."
    ),
    "read": N_("Read the text in pairs. Mark what you would ask somebody."),
    "explain": N_("Explain to each other, in your own words: “{sentence}”"),
    "write": N_("Write three questions about the text, and answer somebody else's."),
    "works": N_("What works well"),
    "next": N_("What you could try next"),
    "question": N_("A question to you"),
    "seen": N_("What stands out in the text"),
    "long": N_("This sentence has {count} words: what would two sentences be like?"),
    "again": N_("“{word}” stands here {count} times: which other word fits?"),
    "begins": N_("{count} sentences in a row begin with “{word}”."),
    "one_part": N_("The text has one paragraph: where could a new one begin?"),
    "calm": N_("Nothing of what a program can count stands out."),
}
UNGRADED = N_(
    "No grade and no score: judging is for people. Read it before you pass it on."
)
EMPTY_MEANINGS = N_(
    "Fill in the meanings; a language model that speaks both can do it."
)
LOST = N_("{count} remarks had no place in the text, or judged, and were left out.")
_SHARES = {"entry": 0.15, "working": 0.4, "securing": 0.25, "practice": 0.2}
_LONG_SENTENCE, _OFTEN, _IN_A_ROW = 25, 4, 3
_MOST_MEANINGS_AT_ONCE = 8
_JUDGES = re.compile(
    r"\b(?:Note|Noten|Zensur|Punkt(?:e|en|zahl)?|Prozent|bestanden|ungenügend|mangelhaft"
    r"|ausreichend|befriedigend|sehr gut|grade|graded|score|points?|marks?|percent|passed"
    r"|failed|excellent|poor)\b|\d\s?%|\d\s?/\s?\d",
    re.IGNORECASE,
)


# -- words -------------------------------------------------------------------------------


def vocabulary(job: Job) -> Lines:
    """Yield and return the telling words of documents, each with a sentence."""
    count = job.number("count", 200)
    ranked = _telling_words(job.documents, count + len(job.skip))
    found = [row for row in ranked if row[0].text not in job.skip][:count]
    meanings: dict[str, str] = {}
    why = job.why_silent()
    if not why:
        for start in range(0, len(found), _MOST_MEANINGS_AT_ONCE):
            job.need_not_stop()
            part = found[start : start + _MOST_MEANINGS_AT_ONCE]
            meanings.update(_meanings(job, part))
    say = job.say
    head = tuple(say(WORDS[w]) for w in ("word", "meaning", "sentence", "place"))
    lines = [SheetLine("row", head)]
    for term, statement in found:
        cells = (term.text, meanings.get(term.text, ""), statement.text)
        lines.append(SheetLine("row", cells, statement.source))
        yield lines[-1]
    notes: tuple[Note, ...] = ()
    if len(meanings) < len(found):
        notes = ((why, ()), (EMPTY_MEANINGS, ())) if why else ((EMPTY_MEANINGS, ()),)
    model = job.speaker.id if job.speaker and meanings else ""
    return Sheet(job.title, tuple(lines), job.language, model, job.files, notes)


def _telling_words(
    documents: Sequence[SourceText], count: int
) -> list[tuple[Term, Statement]]:
    """Return words that are long and stand often, each with the sentence it is from."""
    tongue = next((d.tongue for d in documents if d.tongue), "")
    found = [s for document in documents for s in statements(document)]
    lexicon = Lexicon((s.text for s in found), tongue)
    best: dict[str, tuple[float, Term, Statement]] = {}
    shortest: dict[str, tuple[int, float, Term, Statement]] = {}
    for statement in found:
        for term in terms_of(statement.text, tongue):
            name = term.before in ("frau", "herr", "herrn", "mr", "ms", "mrs")
            if term.kind != "word" or len(term.text) < 5 or name:
                continue
            key = words.stem(words.fold(term.text, tongue), tongue)
            worth = min(lexicon.frequency(term), 4) + len(term.text) / 8
            worth += statement.score / 2
            if key not in best or worth > best[key][0]:
                best[key] = (worth, term, statement)
            # "Licht", where the text has it besides "Lichts".
            form = (len(term.text), -worth, term, statement)
            shortest[key] = min(shortest.get(key, form), form, key=lambda f: f[:2])
    ranked = sorted(best, key=lambda key: -best[key][0])[:count]
    return [shortest[key][2:] for key in ranked]


def _meanings(job: Job, part: Sequence[tuple[Term, Statement]]) -> Mapping[str, str]:
    wanted = [term.text for term, _ in part]
    passage = "\n".join(statement.text for _, statement in part)
    data = job.ask(passage=passage, words=", ".join(wanted)) or {}
    result = {}
    for row in rows_of(data.get("words")):
        word, meaning = text_of(row, "word"), text_of(row, "meaning")
        # A word explained by itself explains nothing.
        if word in wanted and meaning and meaning.casefold() != word.casefold():
            result[word] = meaning
    return result


# -- a lesson ----------------------------------------------------------------------------


def lesson(job: Job) -> Sheet:
    """Return the outline of a lesson: goals, phases with minutes, what to understand."""
    say = job.say
    minutes = job.number("minutes", 300)
    core = own_words(job.documents, 4)
    why = job.why_silent()
    data = {} if why else (job.ask(passage=_beginning(job), minutes=str(minutes)) or {})
    phases = [
        (text_of(row, "phase"), text_of(row, "activity"))
        for row in rows_of(data.get("phases"))
    ]
    goals = [g for g in (str(x).strip() for x in _list(data.get("goals"))) if g]
    model = job.speaker.id if job.speaker and phases else ""
    notes: list[Note] = []
    if not phases:
        phases = _usual_phases(job, core[0].text if core else "")
        notes.append((why or FAILED, ()))
    lines: list[SheetLine] = []
    if goals:
        lines.append(SheetLine("heading", (say(WORDS["goals"]),)))
        lines += [SheetLine("bullet", (goal,)) for goal in goals]
    lines.append(SheetLine("heading", (say(WORDS["course"]),)))
    head = tuple(say(WORDS[w]) for w in ("phase", "minutes", "what"))
    lines.append(SheetLine("row", head))
    for (phase, what), share in zip(
        phases, _minutes(minutes, len(phases)), strict=True
    ):
        lines.append(SheetLine("row", (phase, str(share), what)))
    lines.append(SheetLine("heading", (say(WORDS["core"]),)))
    lines += [SheetLine("bullet", (point.text,), point.source) for point in core]
    return Sheet(job.title, tuple(lines), job.language, model, job.files, tuple(notes))


def _usual_phases(job: Job, sentence: str) -> list[tuple[str, str]]:
    say = job.say
    first = job.documents[0]
    topic = job.values.get("topic", "").strip() or first.title or _stem(first.file)
    what = {
        "entry": say(WORDS["ask_before"]).format(topic=topic),
        "working": say(WORDS["read"]),
        "securing": say(WORDS["explain"]).format(sentence=sentence),
        "practice": say(WORDS["write"]),
    }
    return [(say(WORDS[name]), text) for name, text in what.items()]


def _minutes(total: int, count: int) -> list[int]:
    """Return whole minutes for each phase; together they are exactly `total`."""
    shares = list(_SHARES.values()) if count == len(_SHARES) else [1 / count] * count
    result = [max(1, round(total * share)) for share in shares]
    result[result.index(max(result))] += total - sum(result)
    return result


def _beginning(job: Job) -> str:
    return "\n\n".join(document.text for document in job.documents)[:6_000]


def _stem(file: str) -> str:
    return file.replace("\\", "/").rsplit("/", 1)[-1].rsplit(".", 1)[0]


# -- feedback ----------------------------------------------------------------------------


def feedback(job: Job) -> Lines:
    """Yield and return remarks on a pupil's text, each at its place; no judgement."""
    say = job.say
    lines: list[SheetLine] = []
    lost = 0
    why = job.why_silent()
    notes: list[Note] = [(UNGRADED, ())]
    if not why:
        for document in job.documents:
            job.need_not_stop()
            data = job.ask(passage=document.text[:8_000]) or {}
            for name, key in (("works", "strengths"), ("next", "next_steps")):
                made, missed = _remarks(document, rows_of(data.get(key)))
                lost += missed
                if made:
                    lines.append(SheetLine("heading", (say(WORDS[name]),)))
                    lines += made
            question = str(data.get("question", "")).strip()
            if question and not _JUDGES.search(question):
                lines.append(SheetLine("heading", (say(WORDS["question"]),)))
                lines.append(SheetLine("text", (question,)))
        yield from lines
    model = job.speaker.id if job.speaker and lines else ""
    if lost:
        notes.append((LOST, (("count", str(lost)),)))
    if not lines:
        notes.append((why or FAILED, ()))
        lines = _seen(job)
    return Sheet(job.title, tuple(lines), job.language, model, (), tuple(notes))


def _remarks(
    document: SourceText, rows: Sequence[Mapping[str, object]]
) -> tuple[list[SheetLine], int]:
    """Return a model's remarks with their places, and how many had none or judged."""
    made, lost = [], 0
    inside = statements(document)
    for row in rows:
        quote, remark = text_of(row, "quote"), text_of(row, "remark")
        span = find_quote(document.text, quote)
        if span is None:
            near = nearest(inside, quote, document.tongue)
            span = (near.start, near.end) if near else None
        if span is None or not remark or _JUDGES.search(remark):
            lost += 1
            continue
        made.append(SheetLine("bullet", (remark,), source_of(document, *span)))
    return made, lost


def _seen(job: Job) -> list[SheetLine]:
    """Return what can be counted in a text, as questions to whoever wrote it."""
    say = job.say
    lines = [SheetLine("heading", (say(WORDS["seen"]),))]
    for document in job.documents:
        lines += _counted(job, document)
    if len(lines) == 1:
        lines.append(SheetLine("text", (say(WORDS["calm"]),)))
    return lines


def _counted(job: Job, document: SourceText) -> list[SheetLine]:
    say, text = job.say, document.text
    spans = sentence_spans(text)
    lines = []
    for start, end in spans:
        count = len(text[start:end].split())
        if count > _LONG_SENTENCE:
            said = say(WORDS["long"]).format(count=count)
            lines.append(SheetLine("bullet", (said,), source_of(document, start, end)))
    tongue = document.tongue
    counts = Counter(
        word
        for word in re.findall(r"[^\W\d_]{4,}", text)
        if words.fold(word, tongue) not in words.stop_words(tongue)
    )
    for word, count in counts.most_common(3):
        if count >= _OFTEN:
            said = say(WORDS["again"]).format(word=word, count=count)
            start = text.index(word)
            place = source_of(document, start, start + len(word))
            lines.append(SheetLine("bullet", (said,), place))
    lines += _same_beginnings(job, document, spans)
    if "\n\n" not in text.strip() and len(spans) > 8:
        lines.append(SheetLine("bullet", (say(WORDS["one_part"]),)))
    return lines


def _same_beginnings(
    job: Job, document: SourceText, spans: Sequence[tuple[int, int]]
) -> list[SheetLine]:
    firsts = [plain(document.text[s:e]).split(" ", 1)[0] for s, e in spans]
    lines, place = [], 0
    while place < len(firsts):
        end = place
        while end < len(firsts) and firsts[end] == firsts[place]:
            end += 1
        if end - place >= _IN_A_ROW:
            said = job.say(WORDS["begins"]).format(
                count=end - place, word=firsts[place]
            )
            source = source_of(document, spans[place][0], spans[end - 1][1])
            lines.append(SheetLine("bullet", (said,), source))
        place = end
    return lines


def _list(value: object) -> Sequence[object]:
    return value if isinstance(value, list) else ()
