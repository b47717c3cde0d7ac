"""The words on the page for pupils; every key stands in `assets/serve/`."""

from __future__ import annotations

from app.i18n import N_

WORDS = {
    "title": N_("Ask the documents"),
    "base": N_("Collection"),
    "question": N_("Question"),
    "ask": N_("Ask"),
    "stop": N_("Stop"),
    "hint": N_("Answers come only from the documents of this collection."),
    "ai_mark": N_("AI"),
    "ai_note": N_("Written by an AI system. It can be wrong: check it in the sources."),
    "quotes_note": N_("Word for word from the documents."),
    "computed_note": N_("Computed from the cells of a table."),
    "answer": N_("Answer"),
    "sources": N_("Where it stands"),
    "source": N_("Source"),
    "searching": N_("Searching the documents …"),
    "reading": N_("Reading the passages …"),
    "loading": N_("The language model is being loaded …"),
    "writing": N_("Writing …"),
    "waiting": N_("Others are before you. Your place: {place}"),
    "draft": N_("Not checked yet"),
    "ready": N_("The answer is there."),
    "stopped": N_("Stopped."),
    "unsupported": N_("Not found in the sources"),
    "unknown": N_("In no source: {words}"),
    "code": N_("Access code"),
    "code_hint": N_("It comes from the school or the office that runs this page."),
    "enter": N_("Go on"),
    "wrong_code": N_("This code is not valid (any more)."),
    "no_bases": N_("No collection has been released yet."),
    "lost": N_("The connection was lost. Ask again."),
    "no_script": N_("This page needs JavaScript; all of it comes from this server."),
    "privacy": N_("What you ask is answered on this server and not kept there."),
}
