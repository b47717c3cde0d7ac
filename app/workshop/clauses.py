"""Is it a sentence, or a piece of an enumeration? A main clause has a finite verb.

"3. Nachtarbeit an mindestens 48 Tagen leisten." ends like a sentence and is the end of
one that began above its list. Told by the signs before it, word lists, endings and the
place of the verb: German main clauses have it in the second place, clauses that hang on
another one at their end. In doubt a sentence of running text counts, a piece of a list
does not.
"""

from __future__ import annotations

import re
from collections.abc import Sequence


def _set(words: str) -> frozenset[str]:
    return frozenset(words.split())


_FINITE_DE = _set("""ist sind war waren wäre wären sei seien wird werden wurde wurden würde würden hat
    haben hatte hatten hätte hätten kann können konnte konnten könnte könnten darf dürfen
    durfte durften dürfte muss muß müssen musste mussten müsste soll sollen sollte sollten
    will wollen wollte wollten mag mögen möchte möchten gilt gelten galt galten findet
    finden bleibt bleiben blieb blieben gibt geben gab gaben steht stehen stand standen
    liegt liegen lag lagen heißt heißen hieß hießen kam kamen ging gingen nahm nahmen fand
    fanden sah sahen ließ ließen begann begannen schrieb schrieben hielt hielten fiel
    fielen trug trugen zog zogen schloss schlossen goss gossen starb starben sprach
    sprachen trat traten traf trafen wuchs wuchsen rief riefen lief liefen verlor verloren
    gewann gewannen entstand entstanden bestand bestanden bekam bekamen verließ erhielt
    bedarf bedürfen enden wenden senden brachte brachten dachte dachten wusste wussten weiß tut tun tat taten""")
_NO_VERB_DE = _set("""nicht mit seit statt samt dort oft jetzt erst zuerst selbst fast gut laut echt recht
    meist zuletzt bereit weit breit direkt insgesamt gesamt derart sofort überhaupt nächst
    längst sonst einst leicht schlecht alt kalt dicht fest leist rot tot bekannt
    berechtigt verpflichtet unbefristet befristet nebst zunächst jederzeit derzeit soweit
    damit somit hiermit womit geeignet oben unten außen innen neben wegen gegen zwischen
    eben morgen ihnen denen allen einen keinen seinen ihren deinen meinen unseren jeden
    diesen jenen solchen anderen vielen wenigen beiden meisten zusammen offen selten eigen
    trocken bezüglich sofern indessen unterdessen infolgedessen inzwischen
    daneben dagegen hingegen deswegen meinetwegen hinten vorn drinnen draußen""")
_VERB_LIKE_PARTICIPLE = _set("""gehört gelangt gestattet gewährt genügt gefährdet gelingt geschieht gewinnt genießt
    gebührt gebietet gestaltet gewährleistet
    gehören gelangen genießen gewinnen geraten geschehen gestalten gewähren genügen
    gebrauchen gefährden gelingen gewährleisten gestatten""")
_ADJECTIVE = re.compile(
    r"(?:lich|ig|isch|bar|los|sam|haft|end|elt|iert|ell|iv|al|ant|ent|est|er)(?:en|te)$"
    r"|haft$|igt$|(?:st|t)ete?n$"
)
_OTHER_WORD = re.compile(
    r"(?:lich|ig|isch|haft|los|sam|weise|e[rsm]|nd|(?:tag|morgen|mittag|abend|nacht)s)$"
)
_OPENERS_DE = _set("""der die das den dem des ein eine einen einem einer eines kein keine keinen keinem
    keiner in im an am auf aus bei beim mit nach seit von vom zu zum zur für durch gegen
    ohne um über unter vor hinter neben zwischen wegen während trotz bis als alle allen
    aller jede jeder jedes jeden jedem diese dieser dieses diesen diesem und oder sowie
    sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer je pro ab""")
_AFTER_VERB_DE = _OPENERS_DE | _set("sie er es wir man sich ihn ihm uns ihnen")
_CONJUNCTIONS_DE = _set("""dass daß wenn weil soweit sofern ob obwohl bevor nachdem sobald solange falls indem
    wer was wo wie""")
_HANGING_DE = _CONJUNCTIONS_DE | _set("""damit wobei wodurch womit wofür worauf wonach welche welcher welches welchen
    welchem um ohne statt anstatt woher wohin warum""")
_RELATIVE_DE = _set("der die das den dem denen deren dessen")
_PREPOSITIONS_DE = _set("""in an auf aus bei mit nach von zu für durch gegen über unter vor hinter neben
    zwischen wegen während""")
_FINITE_EN = _set("""is are was were am has have had can could may might must shall should will would do
    does did became become becomes began begins came comes gave gives got goes went kept
    keeps knew knows left made makes means meant met put ran said says saw sees sent set
    shows shown stood stands took takes told took wrote writes held holds found led grew
    won lost built brought thought lies lay fell rose""")
_AFTER_VERB_EN = _set("""a an the that its their his her our your my no not how what why whether to this
    these those""")
_NOT_EN = re.compile(r"n['’]t\b")
_CONTINUED = re.compile(r"(?:[,;:]|\b(?:und|oder|sowie|bzw\.|and|or))\s*$")
_WORD = re.compile(r"[^\W\d_]+(?:-[^\W\d_]+)*|\d[\d.,]*|§+")
_CLAUSE = re.compile(r"[,;:–]|\s-\s")


def continues(before: str) -> bool:
    """Tell whether what stands before a sentence goes on in it: "…, " or "… oder"."""
    return _CONTINUED.search(before) is not None


def is_whole(said: str, language: str, in_list: bool) -> bool:
    """Tell whether a sentence has a subject's verb, as far as words can tell.

    `in_list`: it is an item of an enumeration or goes on from what stands above it, so
    that it must prove to be a sentence.
    """
    if language == "en":
        return not in_list or _is_whole_english(said)
    if language != "de":
        return not in_list
    if not in_list:
        return any(_may_be_verb(word) for word in _WORD.findall(said))
    clauses = [_WORD.findall(part) for part in _CLAUSE.split(said)]
    clauses = [words for words in clauses if words]
    return any(
        # "Der Anspruch erlischt, wenn …" is a whole sentence, whatever it is an item of.
        _has_verb(words, number, number == 0 and _hangs(clauses[1:2]))
        for number, words in enumerate(clauses)
    )


def _hangs(following: Sequence[Sequence[str]]) -> bool:
    return any(words[0].casefold() in _HANGING_DE for words in following)


def _may_be_verb(word: str) -> bool:
    """Tell whether a word of running text may be a verb, also an irregular one."""
    if not word.islower() or len(word) < 3 or word in _NO_VERB_DE | _OPENERS_DE:
        return False
    return word in _FINITE_DE or not (_is_participle(word) or _OTHER_WORD.search(word))


def _has_verb(words: Sequence[str], number: int, at_end: bool) -> bool:
    """Tell whether a clause of a list is a main clause with its verb, perhaps `at_end`."""
    first = words[0].casefold()
    if first in (_HANGING_DE if number else _CONJUNCTIONS_DE):
        return False
    places = [place for place in range(len(words)) if _is_finite(words, place, number)]
    if not places:
        return False
    # A verb at the end is that of "…, die" or of "…, wenn sie" above the list.
    end = len(words) - 1
    if _is_relative(words, number) and places[-1] == end:
        return False
    if words[end] in _FINITE_DE:
        # "…, die dort beschäftigt werden": all of its verbs stand at the end.
        while end in places:
            end -= 1
        return places[0] <= end or at_end
    return places[0] < end or at_end


def _is_relative(words: Sequence[str], number: int) -> bool:
    """Tell whether a clause may be a relative one: "…, die", "…, mit denen"."""
    if number == 0:
        return False
    first, second = words[0], words[1] if len(words) > 1 else ""
    return first in _RELATIVE_DE or (
        first in _PREPOSITIONS_DE and second in _RELATIVE_DE | {"welchen", "welcher"}
    )


def _is_finite(words: Sequence[str], place: int, number: int) -> bool:
    word = words[place]
    before = words[place - 1] if place else ""
    after = words[place + 1] if place + 1 < len(words) else ""
    # The verb is first only behind another clause: "Wenn …, gilt …".
    if not word.islower() or (place == 0 and number == 0):
        return False
    if word in _FINITE_DE:
        return True
    if len(word) < 3 or word in _OPENERS_DE or (place and word in _NO_VERB_DE):
        return False
    if word.endswith("t"):
        return place == 0 or not (_is_participle(word) or word.endswith("haft"))
    if not word.endswith(("en", "eln", "ern", "te")):
        return before == "ich" and word.endswith("e")
    if _ADJECTIVE.search(word) and place and after not in _AFTER_VERB_DE:
        return False
    of_noun = before[:1].isupper() and before.casefold() not in _OPENERS_DE
    return of_noun or before in ("wir", "sie", "Sie") or not after[:1].isupper()


def _is_participle(word: str) -> bool:
    like_one = len(word) > 5 and word.startswith("ge") and word.endswith(("t", "en"))
    return like_one and word not in _VERB_LIKE_PARTICIPLE


def _is_whole_english(said: str) -> bool:
    if _NOT_EN.search(said):
        return True
    words = _WORD.findall(said)
    for place, word in enumerate(words[1:], 1):
        after = words[place + 1].casefold() if place + 1 < len(words) else ""
        if word in _FINITE_EN:
            return True
        verb = word.islower() and len(word) > 3 and word.endswith(("s", "ed"))
        if verb and after in _AFTER_VERB_EN:
            return True
    return False
