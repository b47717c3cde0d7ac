"""A short trial of an embedder or a reranker on this very computer.

Twelve passages as schools and offices have them, and eighteen questions that share
hardly a word with them, some in other languages. An embedder for English only, or one
that was given the wrong prefixes, finds few of them; a good one for German nearly all.

Consequence: the figures compare models with each other; they say nothing about how well
a certain collection is searched.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable, Iterator

from app.errors import Cancelled
from app.values.bases import EmbedderSpeed
from app.values.ports import Embedder, Reranker

_ROUNDS = 3
_PAIRS = 8

PASSAGES = (
    (
        "Der Erholungsurlaub beträgt bei einer Woche mit fünf Arbeitstagen 30 Tage im"
        " Kalenderjahr. Er ist rechtzeitig vorher bei der Leitung zu beantragen. Kann er aus"
        " dringenden betrieblichen Gründen nicht genommen werden, wird er auf die ersten drei"
        " Monate des folgenden Jahres übertragen."
    ),
    (
        "Erkrankt ein Kind, so melden die Eltern dies am ersten Tag vor Beginn des Unterrichts"
        " im Sekretariat. Dauert die Erkrankung länger als drei Tage, ist eine schriftliche"
        " Entschuldigung vorzulegen. In begründeten Fällen kann die Schule ein ärztliches"
        " Attest verlangen."
    ),
    (
        "Das Kündigungsschreiben muss eigenhändig unterschrieben sein; eine Nachricht per"
        " E-Mail genügt nicht. Die Frist beträgt vier Wochen zum Fünfzehnten oder zum Ende"
        " eines Kalendermonats. Während der Probezeit verkürzt sie sich auf zwei Wochen."
    ),
    (
        "Bei Feueralarm verlassen alle das Gebäude auf dem kürzesten Weg. Fenster und Türen"
        " werden geschlossen, aber nicht verriegelt, Aufzüge nicht benutzt. Gesammelt wird auf"
        " dem Sportplatz, wo die Lehrkräfte die Vollzähligkeit ihrer Klasse feststellen."
    ),
    (
        "Grüne Pflanzen bilden mit Hilfe des Sonnenlichts aus Wasser und Kohlenstoffdioxid"
        " Traubenzucker. Dabei wird Sauerstoff frei. Der Vorgang läuft in den Chloroplasten"
        " der Blattzellen ab, die den Farbstoff Chlorophyll enthalten."
    ),
    (
        "Die Rechnung ist binnen vierzehn Tagen nach Erhalt ohne Abzug zu begleichen. Gerät"
        " der Kunde in Verzug, berechnen wir Zinsen von neun Prozentpunkten über dem"
        " Basiszinssatz sowie eine Pauschale von vierzig Euro."
    ),
    (
        "Mobiltelefone bleiben während des Unterrichts ausgeschaltet in der Tasche. Bei"
        " Verstößen kann das Gerät bis zum Ende des Schultages einbehalten werden. In den"
        " Pausen ist die Nutzung nur im Aufenthaltsraum der Oberstufe gestattet."
    ),
    (
        "Personenbezogene Daten werden gelöscht, sobald der Zweck ihrer Speicherung entfällt"
        " und keine gesetzliche Pflicht zur Aufbewahrung entgegensteht. Betroffene erhalten"
        " auf Anfrage unentgeltlich Auskunft darüber, was über sie gespeichert ist."
    ),
    (
        "Im Jahre 1848 trat in der Frankfurter Paulskirche das erste gesamtdeutsche Parlament"
        " zusammen. Es beschloss einen Katalog von Grundrechten und bot dem preußischen König"
        " die Kaiserkrone an, die dieser jedoch ablehnte."
    ),
    (
        "Die Bücherei ist montags und donnerstags von acht bis fünfzehn Uhr geöffnet. Für"
        " Schülerinnen und Schüler ist die Ausleihe kostenlos. Wer nach drei Wochen nicht"
        " zurückgibt, zahlt für jeden angefangenen Tag zehn Cent."
    ),
    (
        "Für Dienstreisen mit der Bahn wird die zweite Klasse erstattet. Wer den eigenen Wagen"
        " benutzt, erhält zwanzig Cent je Kilometer. Belege sind innerhalb von sechs Monaten"
        " zusammen mit dem ausgefüllten Vordruck einzureichen."
    ),
    (
        "Die Mittagsverpflegung kostet vier Euro fünfzig und wird bis neun Uhr am selben Tag"
        " abbestellt. Auf Unverträglichkeiten und religiöse Speisevorschriften wird Rücksicht"
        " genommen; ein vegetarisches Gericht gibt es immer."
    ),
)

# A question and the place of the passage that answers it.
QUESTIONS = (
    ("Wie viele freie Tage stehen mir im Jahr zu?", 0),
    ("Verfällt mein Resturlaub im Dezember?", 0),
    ("Mein Sohn hat Fieber, wo rufe ich an?", 1),
    ("Darf mein Chef mich per WhatsApp rauswerfen?", 2),
    ("Wohin gehen wir, wenn es brennt?", 3),
    ("Wovon ernähren sich Bäume?", 4),
    ("Was passiert, wenn wir zu spät überweisen?", 5),
    ("Wann bekomme ich mein Handy zurück?", 6),
    ("Wie erfahre ich, was die Firma über mich weiß?", 7),
    ("Wollte Friedrich Wilhelm IV. Kaiser werden?", 8),
    ("Was kostet es, wenn ich einen Roman zu lange behalte?", 9),
    ("Bekomme ich das Benzingeld für die Fortbildung wieder?", 10),
    ("Gibt es für muslimische Kinder etwas ohne Schwein?", 11),
    ("How much notice do I have to give when I quit my job?", 2),
    ("Where do plants get their energy from?", 4),
    ("Çocuğum hasta olursa ne yapmalıyım?", 1),
    ("Можно ли пользоваться телефоном на перемене?", 6),
    ("Combien coûte le déjeuner à la cantine ?", 11),
)


def try_embedder(
    embedder: Embedder, stop: Callable[[], bool] = lambda: False
) -> Iterator[EmbedderSpeed]:
    """Yield how an embedder does here after each of three rounds; the last one counts.

    Timed are texts of two passages each, about as long as the chunks of a document.
    Raises Cancelled when `stop` says so.
    """
    vectors = embedder.embed_passages(PASSAGES, stop)
    questions = embedder.embed_queries([question for question, _ in QUESTIONS])
    nearest = (questions @ vectors.T).argmax(axis=1).tolist()
    hits = sum(
        found == place for found, (_, place) in zip(nearest, QUESTIONS, strict=True)
    )
    texts = _long_texts()
    rates = []
    for _ in range(_ROUNDS):
        started = time.perf_counter()
        embedder.embed_passages(texts, stop)
        rates.append(len(texts) / max(time.perf_counter() - started, 1e-9))
        yield EmbedderSpeed(round(statistics.median(rates), 2), hits, len(QUESTIONS))


def try_reranker(
    reranker: Reranker, stop: Callable[[], bool] = lambda: False
) -> Iterator[EmbedderSpeed]:
    """Yield how a reranker does here after each question; the last one counts.

    It judges all passages for each question; timed are longer texts, as above. Raises
    Cancelled when `stop` says so.
    """
    rates = [_pace(reranker) for _ in range(_ROUNDS)]
    rate = round(statistics.median(rates), 2)
    hits = 0
    for question, place in QUESTIONS:
        scores = reranker.score(question, PASSAGES, stop)
        if len(scores) < len(PASSAGES):
            raise Cancelled
        hits += scores.index(max(scores)) == place
        yield EmbedderSpeed(rate, hits, len(QUESTIONS))


def speed_of_reranker(reranker: Reranker) -> float:
    """Return how many passages a reranker judges in a second, after warming up."""
    _pace(reranker)
    return _pace(reranker)


def _pace(reranker: Reranker) -> float:
    texts = _long_texts()[:_PAIRS]
    started = time.perf_counter()
    reranker.score(QUESTIONS[0][0], texts)
    return len(texts) / max(time.perf_counter() - started, 1e-9)


def _long_texts() -> list[str]:
    """Return texts of two passages each, about as long as the chunks of a document."""
    return [
        f"{first} {second}"
        for first, second in zip(PASSAGES, PASSAGES[1:] + PASSAGES[:1], strict=True)
    ]
