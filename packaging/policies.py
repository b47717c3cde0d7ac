"""What administrators need to set policies, made from the one table of options.

    python packaging/policies.py write    ADMX, ADML, JSON schema and reference pages
    python packaging/policies.py check    are they as the table says?

`app/settings/options.py` gathers every option; those that people or administrators can
choose become policies, each once as a decision (locked) and once as a recommendation (a
default that users may change). Texts come from the catalogues, so `make setup` first.

Formats: ADMX and ADML after Microsoft's schema 1.0
(learn.microsoft.com, "Group Policy ADMX Syntax Reference Guide"); JSON Schema 2020-12.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from xml.etree import ElementTree as ET

from app.i18n import translate, use_language
from app.settings.carriers import CONTACT, MANAGED_BY, RECOMMENDED, REGISTRY_KEY
from app.settings.option import GROUPS, RULES, Option
from app.settings.options import OPTIONS
from app.settings.policy import SAFEST, STRICTEST

FOLDER = Path(__file__).resolve().parent / "policies"
NAMESPACE = "http://schemas.microsoft.com/GroupPolicy/2006/07/PolicyDefinitions"
LANGUAGES = {"de": "de-DE", "en": "en-US"}
# Windows' own limit for a number.
_MOST = 2_147_483_647
_TEXTS = (("by", MANAGED_BY), ("contact", CONTACT))
_WORDS = {
    "en": {
        "product": "Allmende",
        "recommended": "Recommended (users may change it)",
        RULES: "Rules",
        "by": "Name of your school or company",
        "by_help": "Shown wherever a setting is locked.",
        "contact": "Whom to ask",
        "contact_help": "E-mail address, telephone number or room.",
        "on": "on",
        "off": "off",
        "supported": "Allmende 0.1 or later",
    },
    "de": {
        "product": "Allmende",
        "recommended": "Empfohlen (Benutzer dürfen es ändern)",
        RULES: "Regeln",
        "by": "Name Ihrer Schule oder Ihres Betriebs",
        "by_help": "Steht überall, wo eine Einstellung gesperrt ist.",
        "contact": "Wen man fragen kann",
        "contact_help": "E-Mail-Adresse, Telefonnummer oder Raum.",
        "on": "ein",
        "off": "aus",
        "supported": "Allmende 0.1 oder neuer",
    },
}


def policies() -> list[Option]:
    """Return the options that can be decided for a computer."""
    return [option for option in OPTIONS.values() if option.group]


def files() -> dict[str, str]:
    """Return every generated file: its name and its text."""
    made = {
        "allmende.admx": _xml(_admx()),
        "policies.schema.json": _json(_schema()),
    }
    for code, culture in LANGUAGES.items():
        use_language(code)
        made[f"{culture}/allmende.adml"] = _xml(_adml(code, culture))
        made[f"REFERENCE.{code}.md"] = _reference(code)
    use_language("en")
    return made


# -- Windows -----------------------------------------------------------------------------


def _admx() -> ET.Element:
    root = ET.Element("policyDefinitions", _versions(NAMESPACE))
    spaces = ET.SubElement(root, "policyNamespaces")
    ET.SubElement(spaces, "target", prefix="allmende", namespace="Allmende.Policies")
    ET.SubElement(root, "resources", minRequiredRevision="1.0")
    supported = ET.SubElement(ET.SubElement(root, "supportedOn"), "definitions")
    ET.SubElement(
        supported, "definition", name="any", displayName="$(string.supported)"
    )
    categories = ET.SubElement(root, "categories")
    ET.SubElement(
        categories, "category", name="allmende", displayName="$(string.product)"
    )
    for parent in ("", "recommended"):
        if parent:
            _category(categories, parent, "allmende")
        for group in _groups():
            if group != RULES or not parent:
                _category(categories, _id(parent, group), parent or "allmende", group)
    rows = ET.SubElement(root, "policies")
    for key, value in _TEXTS:
        policy = _policy(rows, key, REGISTRY_KEY, "allmende")
        _text_element(policy, value)
    for parent, key in (
        ("", REGISTRY_KEY),
        ("recommended", f"{REGISTRY_KEY}\\{RECOMMENDED}"),
    ):
        for option in policies():
            if option.group == RULES and parent:
                continue
            policy = _policy(
                rows, _id(parent, option.name), key, _id(parent, option.group)
            )
            _add_values(policy, option)
    return root


def _versions(namespace: str) -> dict[str, str]:
    return {"xmlns": namespace, "revision": "1.0", "schemaVersion": "1.0"}


def _id(*parts: str) -> str:
    return "_".join(part for part in parts if part)


def _groups() -> list[str]:
    return [
        group for group in (*GROUPS, RULES) if any(o.group == group for o in policies())
    ]


def _category(categories: ET.Element, name: str, parent: str, title: str = "") -> None:
    row = ET.SubElement(
        categories,
        "category",
        name=name,
        displayName=f"$(string.group_{title or name})",
    )
    ET.SubElement(row, "parentCategory", ref=parent)


def _policy(rows: ET.Element, name: str, key: str, category: str) -> ET.Element:
    plain = name.removeprefix("recommended_")
    policy = ET.SubElement(
        rows,
        "policy",
        {
            "name": name,
            "class": "Machine",
            "displayName": f"$(string.{plain})",
            "explainText": f"$(string.{plain}_help)",
            "key": key,
        },
    )
    ET.SubElement(policy, "parentCategory", ref=category)
    ET.SubElement(policy, "supportedOn", ref="any")
    return policy


def _add_values(policy: ET.Element, option: Option) -> None:
    if isinstance(option.default, bool):
        policy.set("valueName", option.name)
        for tag, number in (("enabledValue", "1"), ("disabledValue", "0")):
            ET.SubElement(ET.SubElement(policy, tag), "decimal", value=number)
        return
    if isinstance(option.default, int):
        elements = _elements(policy, option.name)
        least, most = (
            str(min(int(edge), _MOST)) for edge in (option.least, option.most)
        )
        ET.SubElement(
            elements,
            "decimal",
            id=option.name,
            valueName=option.name,
            minValue=least,
            maxValue=most,
            required="true",
        )
        return
    choices = [choice for choice, _title in option.choices if choice]
    if not choices:
        _text_element(policy, option.name)
        return
    elements = _elements(policy, option.name)
    enum = ET.SubElement(
        elements, "enum", id=option.name, valueName=option.name, required="true"
    )
    for choice in choices:
        item = ET.SubElement(
            enum, "item", displayName=f"$(string.{_id(option.name, 'is', choice)})"
        )
        ET.SubElement(ET.SubElement(item, "value"), "string").text = choice


def _elements(policy: ET.Element, name: str) -> ET.Element:
    policy.set("presentation", f"$(presentation.{name})")
    return ET.SubElement(policy, "elements")


def _text_element(policy: ET.Element, value: str) -> None:
    name = policy.attrib["name"].removeprefix("recommended_")
    elements = _elements(policy, name)
    ET.SubElement(
        elements, "text", id=name, valueName=value, required="true", maxLength="1023"
    )


def _adml(code: str, culture: str) -> ET.Element:
    words = _WORDS[code]
    root = ET.Element("policyDefinitionResources", _versions(NAMESPACE))
    ET.SubElement(root, "displayName").text = words["product"]
    ET.SubElement(root, "description").text = f"{words['product']} ({culture})"
    resources = ET.SubElement(root, "resources")
    strings = ET.SubElement(resources, "stringTable")
    for name, text in _strings(words):
        ET.SubElement(strings, "string", id=name).text = text
    table = ET.SubElement(resources, "presentationTable")
    for name, _value in _TEXTS:
        _presentation(table, name, "textBox", words[name])
    for option in policies():
        title = translate(option.title)
        if isinstance(option.default, bool):
            continue
        if isinstance(option.default, int):
            row = ET.SubElement(table, "presentation", id=option.name)
            box = ET.SubElement(
                row,
                "decimalTextBox",
                refId=option.name,
                defaultValue=str(min(option.default, _MOST)),
                spinStep=str(int(option.step)),
            )
            box.text = title
        elif any(choice for choice, _title in option.choices):
            row = ET.SubElement(table, "presentation", id=option.name)
            ET.SubElement(row, "dropdownList", refId=option.name).text = title
        else:
            _presentation(table, option.name, "textBox", title)
    return root


def _presentation(table: ET.Element, name: str, kind: str, title: str) -> None:
    row = ET.SubElement(table, "presentation", id=name)
    box = ET.SubElement(row, kind, refId=name)
    ET.SubElement(box, "label").text = title


def _strings(words: dict[str, str]) -> Iterator[tuple[str, str]]:
    yield "product", words["product"]
    yield "supported", words["supported"]
    yield "group_recommended", words["recommended"]
    for group in _groups():
        yield f"group_{group}", _group_title(group, words)
    for name, _value in _TEXTS:
        yield name, words[name]
        yield f"{name}_help", words[f"{name}_help"]
    for option in policies():
        yield option.name, translate(option.title)
        yield f"{option.name}_help", translate(option.help)
        for choice, title in option.choices:
            if choice:
                yield _id(option.name, "is", choice), translate(title)


def _group_title(group: str, words: dict[str, str]) -> str:
    return words[RULES] if group == RULES else translate(GROUPS[group])


def _xml(root: ET.Element) -> str:
    ET.indent(root)
    text = ET.tostring(root, encoding="unicode")
    return f'<?xml version="1.0" encoding="utf-8"?>\n{text}\n'


# -- every system --------------------------------------------------------------------------


def _schema() -> dict[str, object]:
    use_language("en")
    layer = {
        "type": "object",
        "additionalProperties": False,
        "properties": {option.name: _type_of(option) for option in policies()},
    }
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Policies of Allmende",
        "type": "object",
        "additionalProperties": False,
        "properties": {
            "locked": layer,
            "defaults": layer,
            "by": {"type": "string", "description": _WORDS["en"]["by"]},
            "contact": {"type": "string", "description": _WORDS["en"]["contact"]},
        },
    }


def _type_of(option: Option) -> dict[str, object]:
    said: dict[str, object] = {
        "description": f"{translate(option.title)}. {translate(option.help)}",
        "default": option.default,
    }
    if isinstance(option.default, bool):
        return {"type": "boolean", **said}
    if isinstance(option.default, int | float):
        kind = "integer" if isinstance(option.default, int) else "number"
        return {"type": kind, "minimum": option.least, "maximum": option.most, **said}
    if option.choices:
        return {"enum": [choice for choice, _title in option.choices], **said}
    return {"type": "string", **said}


def _json(data: object) -> str:
    return json.dumps(data, ensure_ascii=False, indent=2) + "\n"


def _reference(code: str) -> str:
    words = _WORDS[code]
    intro = _INTRO[code].format(key=REGISTRY_KEY, recommended=RECOMMENDED)
    heads = _HEADS[code]
    lines = [intro]
    for group in _groups():
        lines += [
            "",
            f"## {_group_title(group, words)}",
            "",
            heads,
            "|---|---|---|---|",
        ]
        for option in policies():
            if option.group == group:
                cells = (
                    f"`{option.name}`",
                    f"**{translate(option.title)}.** {translate(option.help)}",
                    _values(option, words),
                    f"`{json.dumps(option.default, ensure_ascii=False)}`",
                )
                lines.append(
                    "| " + " | ".join(c.replace("|", "\\|") for c in cells) + " |"
                )
    shut, strict = (
        ", ".join(f"`{name}`" for name in names) for names in (SAFEST, STRICTEST)
    )
    lines += ["", _OUTRO[code].format(shut=shut, strict=strict)]
    return "\n".join(lines) + "\n"


def _values(option: Option, words: dict[str, str]) -> str:
    if isinstance(option.default, bool):
        return f"`true` ({words['on']}), `false` ({words['off']})"
    if isinstance(option.default, int | float):
        unit = f" {translate(option.unit)}" if option.unit else ""
        least, most = (
            int(edge) if float(edge).is_integer() else edge
            for edge in (option.least, option.most)
        )
        return f"{least} – {most}{unit}"
    if option.choices:
        return ", ".join(f"`{choice}`" for choice, _title in option.choices if choice)
    return "Text" if words is _WORDS["de"] else "text"


_INTRO = {
    "en": """# Policies

Made by `packaging/policies.py` from the program's own table of settings.

Whoever administers a computer can decide each of these settings: *locked*, then nobody can change it there, or as a *default* that users may change. What is locked says in the program who decided so.

| System | Place |
|---|---|
| Linux | `/etc/allmende/policies.json`, then `/etc/allmende/policies.d/*.json`; they must belong to root, and nobody else may write them |
| Windows | group policy or Intune with `allmende.admx`: `HKLM\\{key}`, defaults below `{recommended}`; without a domain `%ProgramData%\\Allmende\\policies.json` |
| macOS | managed preferences of `org.allmende.Allmende`, or `/Library/Application Support/Allmende/policies.json` |

The later place counts where two speak of the same setting; the registry and managed preferences come last.

```json
{{
  "locked": {{"downloads": false, "retention_days": 180}},
  "defaults": {{"theme": "light"}},
  "by": "Goethe school",
  "contact": "it@goethe.example"
}}
```

`allmende policy check FILE` finds mistakes, `allmende policy show` tells what counts and where it stands.""",
    "de": """# Richtlinien

Von `packaging/policies.py` aus der Tabelle der Einstellungen erzeugt.

Wer einen Computer verwaltet, kann jede dieser Einstellungen festlegen: *gesperrt*, dann kann sie dort niemand ändern, oder als *Vorgabe*, die man ändern darf. Bei gesperrten Einstellungen steht im Programm, wer das entschieden hat.

| System | Ort |
|---|---|
| Linux | `/etc/allmende/policies.json`, danach `/etc/allmende/policies.d/*.json`; sie müssen root gehören, und niemand sonst darf sie schreiben |
| Windows | Gruppenrichtlinie oder Intune mit `allmende.admx`: `HKLM\\{key}`, Vorgaben darunter in `{recommended}`; ohne Domäne `%ProgramData%\\Allmende\\policies.json` |
| macOS | verwaltete Einstellungen von `org.allmende.Allmende` oder `/Library/Application Support/Allmende/policies.json` |

Sagen zwei Orte etwas zur selben Einstellung, zählt der spätere; Registrierung und verwaltete Einstellungen kommen zuletzt.

```json
{{
  "locked": {{"downloads": false, "retention_days": 180}},
  "defaults": {{"theme": "light"}},
  "by": "Goethe-Schule",
  "contact": "it@goethe.example"
}}
```

`allmende policy check DATEI` findet Fehler, `allmende policy show` zeigt, was gilt und wo es steht.""",
}
_HEADS = {
    "en": "| Name | What it does | Values | If nothing is said |",
    "de": "| Name | Was es bewirkt | Werte | Ohne Festlegung |",
}
_OUTRO = {
    "en": "While a policy has mistakes, what is right in it counts, and these are off and locked: {shut}. Of {strict}, what the file names and cannot be read counts as forbidden. The program starts and says so, with file, line and key, above every page and on every command.",
    "de": "Solange eine Richtlinie Fehler hat, gilt, was darin richtig ist, und diese Einstellungen sind aus und gesperrt: {shut}. Was die Datei zu {strict} sagt und sich nicht lesen lässt, gilt als verboten. Das Programm startet und nennt Datei, Zeile und Schlüssel, über jeder Seite und bei jedem Befehl.",
}


def main(arguments: list[str]) -> int:
    """Write the files, or tell which are not as the table says."""
    made = files()
    if arguments == ["write"]:
        for name, text in made.items():
            path = FOLDER / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return 0
    if arguments != ["check"]:
        print(__doc__)
        return 2
    stale = [
        name
        for name, text in made.items()
        if not (FOLDER / name).is_file() or (FOLDER / name).read_text("utf-8") != text
    ]
    for name in stale:
        print(f"packaging/policies/{name} is not as the table says: write it anew.")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
