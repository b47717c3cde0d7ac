"""What IMS QTI 2.1 demands of the parts we write, as a table and some rules.

From the information model of the specification (assessmentItem, sections 3 to 8): which
children in which order, which attributes must be there and what they may be, and that
identifiers refer to something. The XML schema itself is not in any package registry.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from xml.etree.ElementTree import Element

NAMESPACE = "{http://www.imsglobal.org/xsd/imsqti_v2p1}"
_NAME = re.compile(r"[^\W\d][\w.\-]*")
_BOOLEAN, _NUMBER = re.compile("true|false"), re.compile(r"\d+")
_FLOAT = re.compile(r"-?\d+(\.\d+)?")
_VIEWS = re.compile("(author|candidate|proctor|scorer|testConstructor|tutor| )+")
_ANY = re.compile(".*", re.DOTALL)
_BLOCK = "p|choiceInteraction|matchInteraction|extendedTextInteraction|rubricBlock"
_INLINE = "textEntryInteraction|br|span|em|strong|img"
# Element → its children in order (a regular expression over their names, each with a
# space behind it), the attributes that must be there, and those that may be there.
RULES: dict[str, tuple[str, dict[str, re.Pattern[str]], dict[str, re.Pattern[str]]]] = {
    "assessmentItem": (
        "(responseDeclaration )*(outcomeDeclaration )*(itemBody )?(responseProcessing )?",
        {
            "identifier": _ANY,
            "title": _ANY,
            "adaptive": _BOOLEAN,
            "timeDependent": _BOOLEAN,
        },
        {"label": _ANY, "toolName": _ANY, "toolVersion": _ANY, "lang": _ANY},
    ),
    "responseDeclaration": (
        "(correctResponse )?(mapping )?",
        {
            "identifier": _NAME,
            "cardinality": re.compile("single|multiple|ordered|record"),
            "baseType": re.compile(
                "identifier|boolean|integer|float|string|point|pair|directedPair|uri"
            ),
        },
        {},
    ),
    "outcomeDeclaration": (
        "(defaultValue )?",
        {"identifier": _NAME, "cardinality": re.compile("single"), "baseType": _ANY},
        {},
    ),
    "correctResponse": ("(value )+", {}, {}),
    "defaultValue": ("(value )+", {}, {}),
    "value": ("", {}, {}),
    "mapping": (
        "(mapEntry )+",
        {"defaultValue": _FLOAT},
        {"lowerBound": _FLOAT, "upperBound": _FLOAT},
    ),
    "mapEntry": (
        "",
        {"mapKey": _ANY, "mappedValue": _FLOAT},
        {"caseSensitive": _BOOLEAN},
    ),
    "itemBody": (f"(({_BLOCK}) )*", {}, {}),
    "p": (f"(({_INLINE}) )*", {}, {}),
    "prompt": (f"(({_INLINE}) )*", {}, {}),
    "choiceInteraction": (
        "(prompt )?(simpleChoice )+",
        {"responseIdentifier": _NAME, "shuffle": _BOOLEAN, "maxChoices": _NUMBER},
        {},
    ),
    "simpleChoice": (
        f"(({_INLINE}|feedbackInline) )*",
        {"identifier": _NAME},
        {"fixed": _BOOLEAN},
    ),
    "matchInteraction": (
        "(prompt )?(simpleMatchSet ){2}",
        {"responseIdentifier": _NAME, "shuffle": _BOOLEAN, "maxAssociations": _NUMBER},
        {},
    ),
    "simpleMatchSet": ("(simpleAssociableChoice )*", {}, {}),
    "simpleAssociableChoice": ("", {"identifier": _NAME, "matchMax": _NUMBER}, {}),
    "textEntryInteraction": (
        "",
        {"responseIdentifier": _NAME},
        {"expectedLength": _NUMBER},
    ),
    "extendedTextInteraction": (
        "(prompt )?",
        {"responseIdentifier": _NAME},
        {"expectedLines": _NUMBER},
    ),
    "rubricBlock": (f"(({_BLOCK}) )*", {"view": _VIEWS}, {}),
    "br": ("", {}, {}),
    "img": ("", {"src": _ANY, "alt": _ANY}, {"width": _NUMBER, "height": _NUMBER}),
    "responseProcessing": ("(setOutcomeValue )*", {}, {"template": _ANY}),
    "setOutcomeValue": ("(sum |mapResponse )", {"identifier": _NAME}, {}),
    "sum": ("(mapResponse )+", {}, {}),
    "mapResponse": ("", {"identifier": _NAME}, {}),
}


def mistakes(item: Element) -> list[str]:
    """Return what of an assessmentItem breaks a rule, each as a short text."""
    found = [text for element in item.iter() for text in _form(element)]
    return [*found, *_references(item)]


def _form(element: Element) -> Iterator[str]:
    name = element.tag.removeprefix(NAMESPACE)
    if name not in RULES:
        yield f"{name} is no element that is known here"
        return
    children, needed, allowed = RULES[name]
    names = "".join(f"{child.tag.removeprefix(NAMESPACE)} " for child in element)
    if re.fullmatch(children, names) is None:
        yield f"{name} holds {names or 'nothing'}"
    for key in needed.keys() - element.keys():
        yield f"{name} lacks {key}"
    for key, value in element.items():
        pattern = (needed | allowed).get(key.rpartition("}")[2])
        if "schemaLocation" in key:
            continue
        if pattern is None:
            yield f"{name} may not have {key}"
        elif pattern.fullmatch(value) is None:
            yield f"{name} has {key}={value!r}"


def _references(item: Element) -> Iterator[str]:
    declared = {
        d.get("identifier"): d for d in item.iter(f"{NAMESPACE}responseDeclaration")
    }
    if len(declared) != len(list(item.iter(f"{NAMESPACE}responseDeclaration"))):
        yield "two declarations have one identifier"
    used = [
        e.get("responseIdentifier") for e in item.iter() if e.get("responseIdentifier")
    ]
    if sorted(map(str, used)) != sorted(map(str, declared)):
        yield f"declared {sorted(map(str, declared))}, used {used}"
    choices = [e.get("identifier") for e in item.iter() if e.tag.endswith("Choice")]
    if len(set(choices)) != len(choices):
        yield "two choices have one identifier"
    for declaration in declared.values():
        kind = declaration.get("baseType")
        keys = [e.get("mapKey", "") for e in declaration.iter(f"{NAMESPACE}mapEntry")]
        correct = declaration.find(f"{NAMESPACE}correctResponse")
        values = [] if correct is None else [e.text or "" for e in correct]
        if declaration.get("cardinality") == "single" and len(values) > 1:
            yield "a single response has several right values"
        for value in (*keys, *values):
            named = value.split() if kind in ("identifier", "directedPair") else []
            if any(name not in choices for name in named):
                yield f"{value} names no choice"
            if kind == "float" and _FLOAT.fullmatch(value) is None:
                yield f"{value} is no float"
            if kind == "directedPair" and len(named) != 2:
                yield f"{value} is no pair"
