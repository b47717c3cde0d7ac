"""Text → terms: the one place that knows what counts as the same word.

A term is a word in Unicode's compatibility form, folded to lower case and stemmed by
the rules of its language (Snowball through PyStemmer, which this module owns; Ukrainian,
which Snowball lacks, by its endings). Searching, evidence and the checking of answers
all use it, so that what was found by a word can also be verified by it.

Invariant: `terms` is a pure function of text and language; a change here means a new
`VERSION`, and word indexes of another version are rebuilt.
"""

from __future__ import annotations

import functools
import re
import unicodedata
from collections.abc import Callable, Iterable, Sequence

import Stemmer

VERSION = 1
# Texts repeat their words: nine of ten stems of a collection were made before.
_REMEMBERED_STEMS = 1 << 16

_WORD = re.compile(r"[^\W_]+")
# The same where there is no underscore, and quicker.
_PLAIN_WORD = re.compile(r"\w+")
_DIGITS = re.compile(r"\d")
_MARKS = re.compile(r"[\u064b-\u0652\u0670\u0640\u0301\u200c\u200d]")

_ALGORITHMS = {
    "ar": "arabic", "ca": "catalan", "cs": "czech", "da": "danish", "de": "german",
    "el": "greek", "en": "english", "es": "spanish", "et": "estonian",
    "eu": "basque", "fa": "persian", "fi": "finnish", "fr": "french", "ga": "irish",
    "hi": "hindi", "hr": "serbian", "hu": "hungarian", "hy": "armenian",
    "id": "indonesian", "it": "italian", "lt": "lithuanian", "ne": "nepali",
    "nl": "dutch", "no": "norwegian", "pl": "polish", "pt": "portuguese",
    "ro": "romanian", "ru": "russian", "sr": "serbian", "sv": "swedish",
    "ta": "tamil", "tr": "turkish",
}  # fmt: skip

_STOP_WORDS = {
    "de": """lange oft aber alle allem allen aller alles als also am an andere anderen auch auf
        aus bei beim bin bis bist da dabei damit dann das dass daß dazu dein deine dem
        den denn der des deshalb dich die dies diese diesem diesen dieser dieses dir
        doch dort du durch ein eine einem einen einer eines er es etwa etwas euch euer
        eure für gegen gibt habe haben hast hat hatte hatten hier ihm ihn ihnen ihr
        ihre ihrem ihren ihrer im in ins ist ja je jede jedem jeden jeder jedes jemand
        kann kannst können könnte man mein meine meinem meinen meiner mich mir mit muss
        muß müssen nach nicht noch nur ob oder ohne sehr sein seine seinem seinen
        seiner seit sich sie sind so soll sollen sollte sowie über um und uns unser
        unsere unter vom von vor wann war waren warum was weil welche welchem welchen
        welcher welches wem wen wenn wer werde werden weshalb wessen wie wieder wieso
        wieviel viel viele wievielen will wir wird wo wobei wodurch wofür woher wohin
        womit worden worin wozu wurde wurden zu zum zur zwischen darf dürfen""",
    "en": """a about after all also am an and any are as at be because been before
        being between both but by can could did do does doing done during each for
        from had has have having he her here hers him his how i if in into is it its
        itself just may me might more most much many must my no nor not of off on once
        only or other our out over own same she should so some such than that the
        their them then there these they this those through to too under until up us
        very was we were what when where which while who whom whose why will with
        would you your""",
    "tr": """acaba ama ancak bazı ben bir biri birkaç birşey biz bu çok çünkü da daha
        de defa diye en eğer gibi hangi hangisi hem hep hepsi her hiç için ile ise
        kaç kez ki kim kimin mı mi mu mü nasıl ne neden nedir nerede nereye niçin niye
        o olan olarak oldu olduğu olur on onlar sen siz şey şu tüm ve veya ya yani
        vardır var""",
    "fr": """à au aux avec ce ces cet cette comme comment dans de des du elle elles en
        est et être eu il ils je la le les leur leurs lui ma mais me même mes mon ne
        nos notre nous on ont ou où par pas pour pourquoi qu quand que quel quelle
        quelles quels qui sa sans se ses si son sont sur ta te tes toi ton tu un une
        vos votre vous combien y a""",
    "es": """a al algo como cómo con cual cuál cuáles cuándo cuando cuánto cuántos de
        del desde donde dónde e el ella ellas ellos en entre era es esa ese eso esta
        este esto están fue ha han hay la las le les lo los más me mi muy no nos o
        para pero por porque qué que quién se ser si sin sobre son su sus también te
        tiene un una uno y ya""",
    "it": """a ad ai al alla alle anche che chi ci come con cosa da dal dalla dei del
        della delle di dove e è gli ha hanno i il in io la le lo ma nel nella non o
        per perché più quale quali quando quanti quanto questa questo se si sono su
        sul sulla tra un una uno""",
    "nl": """aan als bij dan dat de deze die dit door een en er het hoe hoeveel ik in
        is kan maar met na naar niet of om onder ook op over te tot uit van voor wat
        wanneer waar waarom was welke werd wie wordt zijn""",
    "pl": """a albo ale być co czy dla do gdy gdzie i ich ile im jak jaka jaki jakie
        jako jego jej jest już kiedy kto która które który lub ma mnie na nie o od
        oraz po pod przez przy są się ta tak tego tej ten to w we za z ze że""",
    "pt": """a ao as como com da das de do dos e é ela ele em entre era essa esse esta
        este foi há isso mais mas na não no nos o onde os ou para pela pelo por
        porque qual quais quando quanto quantos que quem se ser seu sua são também um
        uma""",
    "ru": """а без был была были было быть в вам вас весь во вот все всех вы где да для
        до его ее если есть еще же за и из или им их к как какая какие какой каком
        когда кто ли мне мой мы на над не него нее ней нет но о об он она они от по
        под почему при с сколько со так там то того тоже только у уже чего чем что
        чтобы эта эти это этот я""",
    "uk": """а або але без був була були було бути в ви від він вона вони воно все всі
        де для до його її є з за і із й коли кого ли мене ми на над не ні о один по
        при про скільки та так там те ти то того у хто це цей чи чому що щоб як яка
        які який якого""",
    "ar": """في من على إلى عن مع هذا هذه ذلك تلك التي الذي الذين هو هي هم ما ماذا متى
        أين كيف كم لماذا من هل أن إن كان كانت قد لا لم لن أو و ثم بعد قبل بين كل أي""",
}  # fmt: skip

_UKRAINIAN_ENDINGS = """
а я у ю і ї и е є о ь ою ею єю ам ям ах ях ами ями ів їв ей ом ем єм ові еві ого
ому ими их им ій їй ий ти в ла ло ли ть ться тися всь лася лись ують ають яють
ить ать ять ування ення ання ість ості істю ський ська ське ські ського ською
ських
"""


def fold(text: str, language: str = "") -> str:
    """Return `text` in the form in which words are compared, before stemming."""
    if text.isascii() and language != "tr":
        return text.lower()
    text = unicodedata.normalize("NFKC", text)
    if language == "tr":
        text = text.replace("I", "ı").replace("İ", "i")
    return _MARKS.sub("", text.replace("İ", "i").casefold().replace("\u00ad", ""))


def words(text: str, language: str = "") -> list[str]:
    """Return the folded words of `text` in order, stop words included."""
    folded = fold(text, language)
    return (_WORD if "_" in folded else _PLAIN_WORD).findall(folded)


@functools.cache
def stop_words(language: str) -> frozenset[str]:
    """Return the folded stop words of a language; empty where we have none."""
    return frozenset(words(_STOP_WORDS.get(language, ""), language))


@functools.cache
def _stemmer(language: str) -> Stemmer.Stemmer | None:
    algorithm = _ALGORITHMS.get(language)
    return Stemmer.Stemmer(algorithm) if algorithm else None


@functools.cache
def _forgetful_stemmer(language: str) -> Stemmer.Stemmer | None:
    algorithm = _ALGORITHMS.get(language)
    return Stemmer.Stemmer(algorithm, 0) if algorithm else None


@functools.cache
def _ukrainian_endings() -> tuple[str, ...]:
    return tuple(sorted(_UKRAINIAN_ENDINGS.split(), key=len, reverse=True))


@functools.lru_cache(_REMEMBERED_STEMS)
def stem(word: str, language: str) -> str:
    """Return the stem of a folded word; numbers and unknown languages stay as they are."""
    if _DIGITS.search(word):
        return word
    stemmer = _stemmer(language)
    if stemmer is not None:
        return str(stemmer.stemWord(word))
    if language == "uk":
        for ending in _ukrainian_endings():
            if word.endswith(ending) and len(word) - len(ending) >= 3:
                return word[: -len(ending)]
    return word


def stems(found: Sequence[str], language: str) -> list[str]:
    """Return the stem of each word, as `stem` does, without remembering any of them."""
    stemmer = _forgetful_stemmer(language)
    if stemmer is None or _DIGITS.search(" ".join(found)):
        return [stem(word, language) for word in found]
    return list(map(str, stemmer.stemWords(found)))


def terms(text: str, language: str) -> list[str]:
    """Return the stems of `text` in order, stop words left out."""
    unwanted = stop_words(language)
    return [
        stem(word, language) for word in words(text, language) if word not in unwanted
    ]


def query_terms(
    text: str,
    languages: Iterable[str],
    also: Callable[[str], Iterable[str]] = lambda _: (),
) -> list[tuple[str, ...]]:
    """Return, for each content word of a question, its possible stems.

    A question is too short to tell its language for sure, so every word is stemmed
    by the rules of all `languages` (those of the documents). A word that is a stop
    word in the first language, or in all, is left out; if nothing remains, all stay.
    `also` names other words for a word; their stems join its own.
    """
    chosen = list(dict.fromkeys(languages)) or [""]
    groups: dict[tuple[str, ...], None] = {}
    spare: dict[tuple[str, ...], None] = {}
    for word in words(text, chosen[0]):
        same = (word, *also(word))
        stems = tuple(dict.fromkeys(stem(w, lang) for w in same for lang in chosen))
        unwanted = any(word in stop_words(language) for language in chosen)
        (spare if unwanted else groups).setdefault(stems)
    return list(groups or spare)


def guess_language(text: str, default: str = "") -> str:
    """Return the language whose stop words a short text holds most of.

    Made for questions, which are too short for statistics; `default` where nothing or
    nothing clear is found.
    """
    leaders = _leading_languages(text)
    if not leaders:
        return default
    return default if default in leaders else leaders[0]


@functools.lru_cache(256)  # a search asks for its question again and again
def _leading_languages(text: str) -> list[str]:
    """Return the languages of which most stop words are held, [] where none is."""
    scores = {
        language: sum(
            word in stop_words(language)
            for word in dict.fromkeys(words(text, language))
        )
        for language in _STOP_WORDS
    }
    best = max(scores.values())
    if not best:
        return []
    return [language for language, score in scores.items() if score == best]
