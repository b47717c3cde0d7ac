"""Lists of words that tell which distractor is a fair one."""

from __future__ import annotations

# What could stand anywhere tells nothing when it is asked for.
_GENERAL_WORDS = """fall fälle fällen worten wort weise teil teile teilen beispiel art arten ende beginn
    anfang seite zeit mal male sache dinge grund gründe rahmen bereich form jahr jahre
    jahren tag tage tagen menschen things thing part parts case cases example examples way
    ways kind kinds number numbers people time times years year something someone other
    others important different several various"""
GENERAL = frozenset(_GENERAL_WORDS.split())
# Who takes one of these for another of its line has understood the text all the same.
ALIKE = tuple(
    frozenset(line.split())
    for line in (
        "vorschrift bestimmung regelung regel gesetz norm",
        "arbeitnehmer beschaftigt mitarbeit angestellt personal",
        "schul lernend kind jugendlich",
        "lehr lehrkraft lehrperson padagog",
        "betrieb firma unternehm arbeitgeb",
        "kost preis gebuhr betrag entgelt",
        "frist zeitraum dau",
        "elt erziehungsberechtigt sorgeberechtigt",
        "antrag gesuch bitt",
        "formular vordruck bog",
        "rule regulation provision law",
        "worker employee staff",
        "pupil student child learner",
        "firm company business",
        "cost price fee",
    )
)
# German words whose ending tells what may follow.
_DETERMINER_WORDS = """der die das den dem des ein eine einen einem einer eines kein keine keinen keinem
    keiner keines jeder jede jedes jeden jedem dieser diese dieses diesen diesem welcher
    welche welches sein seine seinen seinem seiner ihr ihre ihren ihrem ihrer unser unsere
    unseren unserem unserer zum zur am im beim vom ins"""
DETERMINERS = frozenset(_DETERMINER_WORDS.split())
