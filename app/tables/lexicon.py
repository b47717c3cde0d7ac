"""The words that questions about tables are made of.

German and English in full; the words for counting, adding and comparing also in French,
Spanish, Italian, Polish, Turkish, Ukrainian and Russian. Everything is matched against
folded text (`app.words.fold`).
"""

from __future__ import annotations

import functools
import re

from app import words


def _folded(pattern: str) -> re.Pattern[str]:
    """Compile a pattern for folded text, which has no ß."""
    return re.compile(pattern.replace("ß", "ss"))


# What is asked for. The first that matches counts, so that "how many … in total" is a
# count and "average" is no "how much".
OPERATIONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (name, _folded(rf"\b(?:{pattern})(?!\w)"))
    for name, pattern in (
        ("mean", (r"durchschnitt|durchschnittliche[rsnm]?|durchschnittlich|mittelwert"
                 r"|im (?:schnitt|mittel)|mittlere[rsnm]?|average|on average|mean"
                 r"|moyenne|en moyenne|promedio|media|w średniej|średnia|ortalama"
                 r"|середн\w+|средн\w+")),
        ("most", (r"(?:die|den|das|der) meisten?|am meisten|meisten|the most(?! expensive)|most(?! expensive)"
                 r"|le plus(?: de)?|más|il maggior numero di|najwięcej|en çok|en fazla"
                 r"|найбільше|больше всего")),
        ("fewest", (r"(?:die|den) wenigsten|am wenigsten|wenigsten|the fewest|fewest"
                   r"|the least(?! expensive)|least(?! \d| expensive)|le moins(?: de)?|najmniej|en az"
                   r"|найменше|меньше всего")),
        ("maximum", (r"(?:am )?höchste[nrsm]?|(?:am )?größte[nrsm]?|maximal\w{0,2}"
                    r"|maximum|(?:am )?teuerste[nrsm]?|(?:am )?längste[nrsm]?"
                    r"|(?:am )?älteste[nrsm]?|(?:am )?schwerste[nrsm]?|(?:am )?späteste[nrsm]?"
                    r"|highest|largest|biggest|greatest|longest|oldest|heaviest|tallest"
                    r"|most expensive|latest|"
                    r"plus (?:élevée?|grande?|chère?)|más (?:alto|caro)|najwyższ\w+|en yüksek"
                    r"|найвищ\w+|наибольш\w+")),
        ("minimum", (r"(?:am )?niedrigste[nrsm]?|(?:am )?kleinste[nrsm]?|minimal\w{0,2}"
                    r"|minimum|(?:am )?billigste[nrsm]?|(?:am )?günstigste[nrsm]?"
                    r"|(?:am )?kürzeste[nrsm]?|(?:am )?jüngste[nrsm]?|(?:am )?geringste[nrsm]?"
                    r"|(?:am )?leichteste[nrsm]?|(?:am )?früheste[nrsm]?"
                    r"|lowest|smallest|shortest|youngest|cheapest|least expensive|lightest"
                    r"|earliest|najniższ\w+|en düşük|найнижч\w+|наименьш\w+")),
        ("how_many", (r"wie\s?viele|how many|anzahl (?:der|von|aller)|die anzahl|number of"
                     r"|zähle?|count|combien d['’ ]?e?|combien|cuánt[ao]s|quant[ie]|ile"
                     r"|kaç(?: tane)?|скільки|сколько")),
        ("sum", (r"summe|gesamtsumme|gesamte[rnsm]?|insgesamt|zusammen(?:gerechnet)?|total|in total|sum"
                r"|altogether|somme|au total|suma|somma|in totale|łącznie|toplam|сума"
                r"|сумма|всего|загалом")),
        ("how_much", r"wie\s?viel|wie hoch|how much|cuánto|quanto"),
    )
)  # fmt: skip
# Superlatives that name what they measure.
MEASURED: tuple[tuple[re.Pattern[str], str], ...] = (
    (_folded(r"\b(?:am )?(?:teuer|billig|günstig)ste\w?\b"), "price"),
    (_folded(r"\b(?:(?:most|least) expensive|cheapest|plus chère?)\b"), "price"),
    (_folded(r"\b(?:(?:am )?(?:ält|jüng)este\w?|oldest|youngest)\b"), "age"),
    (_folded(r"\b(?:(?:am )?(?:schwer|leichte)ste\w?|heaviest|lightest)\b"), "weight"),
    (_folded(r"\b(?:(?:am )?(?:läng|kürze)ste\w?|longest|shortest)\b"), "length"),
    (_folded(r"\b(?:(?:am )?(?:spät|früh)este\w?|latest|earliest)\b"), "date"),
)
WHO = _folded(r"\b(?:wer|who|qui|quién|chi|kto|kim|хто|кто)\b")
WHEN = _folded(
    r"\b(?:wann|um wie\s?viel uhr|wie spät|what time|when|quand|cuándo|quando|kiedy|коли|когда)\b"
)
CLOCK = _folded(r"\b(?:um wie\s?viel uhr|wie spät|what time|uhrzeit)\b")
WHERE = _folded(r"\b(?:wo|where|où|dónde|dove|gdzie|nerede|де|где)\b")
WHICH = _folded(
    r"\b(?:welche[rsnm]?|which|quel(?:le)?s?|cuál(?:es)?|quali?|któr\w+|hangi|як\w{1,2}"
    r"|как(?:ой|ая|ие|ое))\b"
)
WHAT = _folded(
    r"\b(?:was|what(?:['’]s)?|wie (?:lautet|heißt|ist|alt|lang|schwer|groß|teuer)"
    r"|how (?:old|long|expensive|heavy|tall|big)|combien|cuánto|quanto|ile)\b"
)
TELL = _folded(
    r"^(?:bitte )?(?:nenne?|zeige?|liste|gib|berechne|list|show|give|calculate|compute"
    r"|name)\b"
)
# The sign with which a list of groups is asked for: its column follows.
EACH = _folded(r"\b(?:pro|je|nach|per|by|for each|for every|für jeden?s?)\s+(?=\w)")

# A question with one of these asks for a reason, a rule, a person or the opposite.
OTHERWISE = _folded(
    r"\b(?:warum|weshalb|wieso|wozu|wofür|wodurch|why|ich|mir|mich|meine?[rnsm]?|my|mine|i|me"
    r"|darf|dürfen|muss|muß|müssen|soll|sollen|sollte|sollten|kann|können|könnte|könnten"
    r"|may|must|should|can|could|would|würde|bedeutet|bedeuten|means|erkläre?n?|explain"
    r"|genauso|ebenso|same as|so viele? wie|da(?=\W*$)|immer|always"
    r"|(?:mehr|weniger|fewer|less|more|\w{3,}er)\b(?:\s+\w+){0,3}\s+(?:als|than)"
    r"|nicht|kein\w*|ohne|außer|weder|nie|not|no|never|without|except|none|n['’]t"
    r"|unterschied|difference|wenn|falls|if|obwohl|weil|because|seit wann|wie oft wird"
    r"|pourquoi|dlaczego|чому|почему|neden|pas|не|nie ma"
    r"|prozentual\w*|anteil|share|median|verhältnis|ratio|differenz|vergleich\w*|compare"
    r"|mehr als in|im vergleich|trend|wachstum|growth|steigerung|rückgang|zweit\w+|dritt\w+"
    r"|second|third|letzte\w*|nächste\w*|last|next|heute|morgen|gestern|today|tomorrow"
    r"|aktuell\w*|current|currently|derzeit|dies\w* jahr\w*|this year|vorjahr\w*)\b"
)

MORE, LESS, LEAST, MOST, EQUAL, BETWEEN = ">", "<", "≥", "≤", "=", "–"
_THAN = r"(?:als|than|que|di|niż)"
COMPARISONS: tuple[tuple[str, re.Pattern[str]], ...] = tuple(
    (relation, _folded(rf"\b(?:{pattern})\s*$"))
    for relation, pattern in (
        (LEAST, (r"mindestens|wenigstens|minimal|ab|at least|no less than|au moins"
                r"|al menos|almeno|co najmniej|en az|щонайменше|не менее")),
        (MOST, (r"höchstens|maximal|bis zu|nicht mehr als|at most|up to|au plus|al massimo"
               r"|como máximo|najwyżej|en fazla|щонайбільше|не более")),
        (MORE, (rf"(?:mehr|größer|höher|teurer|länger|älter|schwerer|more|greater|higher"
               rf"|larger|longer|older|heavier|more expensive|plus|más|più|więcej) {_THAN}"
               r"|über|oberhalb von|over|above|exceeding|ponad|понад|более|больше")),
        (LESS, (rf"(?:weniger|kleiner|niedriger|billiger|günstiger|kürzer|jünger|leichter"
               rf"|less|fewer|lower|smaller|cheaper|shorter|younger|moins|menos|meno"
               rf"|mniej) {_THAN}|unter|unterhalb von|under|below|менше|менее|меньше")),
        (EQUAL, r"genau|exakt|exactly|precisely|equal to|gleich"),
    )
)  # fmt: skip
BETWEEN_START = _folded(
    r"\b(?:zwischen|von|vom|between|from|entre|między|між|между)(?:\s+(?:dem|den|the))?\s*$"
)
OPENED = _folded(r"\b(?:zwischen|between|von|vom|from|ab|seit|since)\b")
CLOSED = _folded(r"\s*(?:und|and|bis|to|until|–|-)(?!\w)")
BETWEEN_LINK = _folded(
    r"^\s*(?:und|bis|and|to|et|y|e|i|a|та|и|–|-)(?:\s+(?:dem|zum|den|the|le|el|il))?\s*$"
)
# Before a date.
BEFORE = _folded(r"\b(?:vor(?: dem)?|before|avant le|przed|до)\s*$")
AFTER = _folded(r"\b(?:nach(?: dem)?|after|après le|po|після|после)\s*$")
SINCE = _folded(r"\b(?:seit(?: dem)?|ab(?: dem)?|since|from|starting|od)\s*$")
UNTIL = _folded(r"\b(?:bis(?: zum)?|until|till|up to|do)\s*$")

MONTHS: dict[str, int] = {
    name: number
    for number, names in enumerate(
        (
            "januar jänner january jan janvier enero gennaio stycznia ocak",
            "februar feber february feb février febrero febbraio lutego şubat",
            "märz march mär mars marzo marca mart",
            "april apr avril abril aprile kwietnia nisan",
            "mai may mayo maggio maja mayıs",
            "juni june jun juin junio giugno czerwca haziran",
            "juli july jul juillet julio luglio lipca temmuz",
            "august aug août agosto sierpnia ağustos",
            "september sep sept septembre septiembre settembre września eylül",
            "oktober october okt oct octobre octubre ottobre października ekim",
            "november nov novembre noviembre listopada kasım",
            "dezember december dez dec décembre diciembre dicembre grudnia aralık",
        ),
        1,
    )
    for name in words.words(names)
}
# "may" and "mars" and the like are months only with a number or in their language.
UNSURE_MONTHS = frozenset({"may", "mars", "mart", "do", "march"})
SPELLED: dict[str, int] = {
    word: value
    for value, names in enumerate(
        (
            "null zero keine", "", "zwei two", "drei three", "vier four", "fünf five",
            "sechs six", "sieben seven", "acht eight", "neun nine", "zehn ten",
            "elf eleven", "zwölf twelve",
        )
    )
    for word in words.words(names)
}  # fmt: skip

# Words that mean the same in the header of a table and in a question.
_GROUPS = {
    "price": "preis preise einzelpreis stückpreis verkaufspreis kosten kostet kostete"
             " gekostet gebühr price cost costs prix precio prezzo cena ціна цена fiyat teuer",
    "amount": "betrag beträge kosten kostet kostete gekostet cost costs amount montant importe importo kwota сума сумма tutar",
    "spent": "ausgaben ausgabe ausgegeben expenses expense spent spend spending expenditure",
    "earned": "einnahmen einnahme eingenommen income revenue earned",
    "number": "anzahl menge stück stückzahl bestand quantity qty count stock nombre cantidad"
              " quantità ilość liczba кількість количество adet",
    "who": "name namen person personen wer mitarbeiter mitarbeiterin lehrkraft"
           " ansprechpartner leitung leiter teilnehmer kunde who staff employee contact"
           " nom nombre nome imię ім'я имя ad",
    "teacher": "lehrer lehrerin lehrkraft lehrkräfte lehrperson klassenlehrer teacher"
               " professeur profesor insegnante nauczyciel öğretmen вчитель учитель",
    "pupil": "schüler schülerin pupil student élève alumno studente uczeń öğrenci учень ученик",
    "class": "klasse class classe clase klasa sınıf клас класс",
    "subject": "fach fächer unterrichtsfach subject unterrichtet matière asignatura materia",
    "substitute": "vertretung vertritt vertreten vertretungslehrkraft",
    "where": "ort raum standort lager warehouse zimmer adresse gebäude room place location lieu lugar luogo"
             " salle miejsce місце место yer wo where",
    "room": "raum räume zimmer sitzt sitzen sits room salle sala",
    "city": "stadt ort wohnort wohnt wohnen wohnhaft lives live living city town ville ciudad città miasto şehir місто город",
    "when": "datum termin date wann when beginn beginnt start starts started begin joined fecha data tarih дата",
    "time": "uhrzeit zeit uhr beginn beginnt beginnen begin begins starts time heure hora ora godzina saat",
    "age": "alter alt age old âge edad età wiek yaş вік возраст",
    "weight": "gewicht schwer weight heavy poids peso waga",
    "length": "länge lang dauer length long duration",
    "hours": "stunde stunden unterrichtsstunden wochenstunden lesson lessons hour hours"
             " heure hora ora godzina saat",
    "absence": "fehltag fehltage fehlstunden absence absences absent",
    "day": "tag tage wochentag weekday day days",
    "year": "jahr jahre erscheinungsjahr erschienen veröffentlicht published year years année año anno rok yıl рік год",
    "month": "monat monate month months mois mes mese miesiąc ay місяць месяц",
    "title": "titel title buch bücher book books werk livre libro książka kitap книга titre",
    "author": "autor autorin verfasser geschrieben schrieb verfasst wrote written author auteur autore yazar автор",
    "publisher": "verlag erschienen veröffentlicht verlegt published publisher",
    "item": "artikel gegenstand gerät produkt posten ware item article product thing",
    "phone": "telefon telefonnummer tel phone telephone durchwahl rufnummer",
    "mail": "email mail e-mail mailadresse emailadresse",
    "birthday": "geburtstag geburtsdatum birthday birthdate",
    "grade": "note noten grade mark marks score punkte points",
    "category": "kategorie category art type typ gruppe group",
    "supplier": "lieferant lieferanten supplier vendor händler",
    "language": "sprache language langue idioma lingua język dil мова язык",
    "department": "abteilung department arbeitet arbeiten work works working",
    "salary": "gehalt lohn verdient verdienen salary wage earn earns earned",
    "bought": "angeschafft anschaffung anschaffungsdatum gekauft kauf kaufdatum bought"
              " purchased purchase",
    "entry": "eintritt eingetreten beigetreten beitritt joined",
    "medium": "medium medien media",
    "copies": "exemplare exemplar copies copy",
    "lent": "ausgeliehen verliehen entliehen lent borrowed",
    "lead": "leitung leiter leiterin leitet leiten lead leads leader verantwortlich"
            " zuständig responsible",
    "guest": "gast gäste besucher guest visitor visitors",
    "country": "land länder country pays país paese kraj ülke країна страна",
    "population": "einwohner einwohnerzahl bevölkerung population inhabitants",
    "area": "fläche area",
    "order": "bestellung bestellungen auftrag order orders",
    "customer": "kunde kunden kundin customer customers client",
    "event": "veranstaltung veranstaltungen ereignis event events",
    "seat": "platz plätze sitzplätze seat seats",
}  # fmt: skip
# Words that name nothing to compute with: they may stand in a question unexplained.
_FILLERS = """
    gibt gab ist sind war waren hat haben hatte hatten wurde wurden werden wird beträgt
    betrug betragen hoch groß lautet lauten heißt heißen liegt lag steht stehen eingetragen
    angegeben laut gemäß tabelle tabellen liste übersicht datei dokument blatt eintrag
    einträge zeile zeilen bitte denn eigentlich alle allen aller insgesamt zusammen nenne
    nenn zeige zeig gib berechne summe gesamt verschiedene verschiedenen unterschiedliche
    liegen kam kamen kommt kommen stammt stammen fand fanden vorhanden enthalten erfasst verzeichnet aufgeführt gelistet frau herr herrn dr prof mr
    mrs ms innen einzelne einzelnen wert werte für pro je jede jeder jedes beim
    per mal darin davon hierzu werden findet statt stattgefunden sein hast dort
    is are was were has have had does do did there total table list sheet file show give
    listed recorded overall altogether all entries rows value values each every different
    verbraucht gemacht erzielt located lies stand stands please tell us according much s l d zahl anzahl finden number uhr um
    est sont y a-t-il es son hay jest są var vardır є
"""
_SYNONYMS: dict[str, frozenset[str]] = {}
# Columns of these are names of things, not measures; adding them would be nonsense.
LABELS = frozenset(
    words.words(
        "nr nummer no id plz postleitzahl jahr year telefon tel phone fax handy mobil isbn"
        " iban code kennung inventarnummer kundennummer zip hausnummer raum zimmer room"
        " klasse class klassenstufe jahrgang signatur rang platz stufe baujahr"
        " erscheinungsjahr artikelnummer bestellnummer rechnungsnummer konto seite page"
    )
)
LABEL_ENDINGS = ("nummer", "nr", "number", "code", "datum")
# Adding up these over rows means nothing either, unless someone asks for the sum.
NOT_ADDED = frozenset(
    words.words(
        "preis price einzelpreis stückpreis note noten grade mark score alter age"
        " temperatur temperature prozent percent quote rate durchschnitt average"
        " mittelwert größe size länge length gewicht weight dichte höhe height fläche"
        " area"
    )
)
TOTALS = frozenset(
    words.words(
        "summe summen gesamt gesamtsumme total totals gesamtbetrag gesamtergebnis"
        " insgesamt zwischensumme subtotal durchschnitt mittelwert average mean sum"
        " saldo übertrag grand maximum minimum endsumme endbetrag median totale suma"
        " somme toplam razem łącznie разом всього итого ukupno"
    )
)
OF_TOTALS = frozenset(
    words.words("aller alle der die das für in eur euro netto brutto total amount pro")
)


@functools.cache
def fillers() -> frozenset[str]:
    """Return the folded words that need no explanation."""
    return frozenset(words.words(_FILLERS))


@functools.cache
def groups_of(word: str) -> frozenset[str]:
    """Return the names of the groups of synonyms that a folded word belongs to."""
    if not _SYNONYMS:
        for group, members in _GROUPS.items():
            for member in words.words(members):
                for form in (member, *_stems(member)):
                    _SYNONYMS[form] = _SYNONYMS.get(form, frozenset()) | {group}
    found = _SYNONYMS.get(word, frozenset())
    return found or frozenset[str]().union(
        *(_SYNONYMS.get(stem, frozenset()) for stem in _stems(word))
    )


def _stems(word: str) -> tuple[str, ...]:
    if word.startswith("schüler"):  # its stem is that of "Schule"
        return ()
    return tuple(
        f"{language}:{words.stem(word, language)}" for language in ("de", "en")
    )
