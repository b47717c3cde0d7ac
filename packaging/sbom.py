"""What Allmende is made of: a CycloneDX list of parts, and a report of their licences.

    python packaging/sbom.py [--out FOLDER] [--extra full] [--check]

Written are `allmende.cdx.json` (CycloneDX 1.6) and `LICENCES.md`, from what is installed
in this environment: every library that Allmende needs, those that they need, and what is
built into them (`BUILT_IN`). Two runs over the same environment give the same bytes; the
time is that of SOURCE_DATE_EPOCH. `--check` fails for a licence that is unknown or does
not go together with the EUPL-1.2.
"""

from __future__ import annotations

import argparse
import importlib.metadata
import json
import os
import re
import sys
import uuid
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
OUT = ROOT / "build" / "sbom"
NAME = "allmende"
# What wheels bring along, with its licence.
BUILT_IN: dict[str, tuple[tuple[str, str], ...]] = {
    "apsw-sqlite3mc": (
        ("SQLite", "blessing"),
        ("SQLite3 Multiple Ciphers", "MIT"),
    ),
    "llama-cpp-python": (("llama.cpp", "MIT"), ("ggml", "MIT")),
    "pyside6-essentials": (("Qt", "LGPL-3.0-only"),),
    "pypdfium2": (("PDFium", "BSD-3-Clause AND Apache-2.0"),),
    "tesserocr": (("Tesseract", "Apache-2.0"), ("Leptonica", "BSD-2-Clause")),
    "chromadb": (("hnswlib", "Apache-2.0"),),
    "numpy": (("OpenBLAS", "BSD-3-Clause"),),
    "selectolax": (("lexbor", "Apache-2.0"),),
}
# SPDX names that go together with the EUPL-1.2 when used as libraries.
FITS = {
    *("0BSD", "AFL-2.1", "Apache-2.0", "BSD-2-Clause", "BSD-3-Clause", "BSL-1.0"),
    *("blessing", "bzip2-1.0.6", "CC0-1.0", "CNRI-Python", "EUPL-1.2", "HPND", "ISC"),
    *("LGPL-2.1-only", "LGPL-2.1-or-later", "LGPL-3.0-only", "LGPL-3.0-or-later"),
    *("MIT", "MIT-0", "MIT-CMU", "MPL-2.0", "PSF-2.0", "Python-2.0", "Unlicense"),
    *("Zlib", "ZPL-2.1", "any-OSI"),
}
# Where a library tells its licence in words of its own, or not at all.
WORDS = (
    (r"apache.*2|^apache$|apache software", "Apache-2.0"),
    (r"\bmit\b|expat", "MIT"),
    (r"bsd.*3|new bsd|modified bsd|3-clause", "BSD-3-Clause"),
    (r"bsd.*2|simplified bsd", "BSD-2-Clause"),
    (r"\bbsd\b", "BSD-3-Clause"),
    (r"mozilla.*2|mpl.*2", "MPL-2.0"),
    (r"lgpl.*3|lesser.*v3", "LGPL-3.0-only"),
    (r"lesser.*2|lgpl.*2", "LGPL-2.1-or-later"),
    (r"python software foundation|psf", "PSF-2.0"),
    (r"\bisc\b", "ISC"),
    (r"unlicense|public domain", "Unlicense"),
    (r"zlib", "Zlib"),
    (r"hpnd|historical permission", "HPND"),
    (r"eupl|european union public", "EUPL-1.2"),
    # apsw-sqlite3mc; its file says "any-OSI".
    (r"^osi approved$", "any-OSI"),
)


@dataclass(frozen=True, slots=True)
class Component:
    """One part. `licence` is an SPDX expression, "" where nobody tells."""

    name: str
    version: str
    licence: str
    purl: str
    needs: tuple[str, ...] = ()
    inside: str = ""

    @property
    def ref(self) -> str:
        """How other parts of the list name it."""
        return self.purl or f"{self.inside}#{self.name}"


def components(extras: Iterable[str] = ()) -> list[Component]:
    """Return all parts that are installed here and needed, by name."""
    found: dict[str, Component] = {}
    waiting = [(NAME, frozenset(extras))]
    seen: set[tuple[str, frozenset[str]]] = set()
    while waiting:
        name, wanted = waiting.pop()
        if (name, wanted) in seen:
            continue
        seen.add((name, wanted))
        try:
            distribution = importlib.metadata.distribution(name)
        except importlib.metadata.PackageNotFoundError:
            continue
        needs = _needs(distribution, wanted)
        waiting += needs
        before = found[name].needs if name in found else ()
        names = sorted({need for need, _ in needs} | set(before))
        found[name] = _component(name, distribution, tuple(names))
    for name in list(found):
        found.update(_built_in(found[name]))
    known = {component.name for component in found.values()}
    return [
        Component(c.name, c.version, c.licence, c.purl, _only(c.needs, known), c.inside)
        for _, c in sorted(found.items())
    ]


def _only(names: tuple[str, ...], known: set[str]) -> tuple[str, ...]:
    return tuple(name for name in names if name in known)


def _needs(
    distribution: importlib.metadata.Distribution, extras: frozenset[str]
) -> list[tuple[str, frozenset[str]]]:
    needs = []
    for text in distribution.requires or []:
        requirement = Requirement(text)
        marker = requirement.marker
        wanted = marker is None or any(
            marker.evaluate({"extra": extra}) for extra in (extras or {""}) | {""}
        )
        if wanted:
            name = canonicalize_name(requirement.name)
            needs.append((name, frozenset(requirement.extras)))
    return needs


def _component(
    name: str, distribution: importlib.metadata.Distribution, needs: tuple[str, ...]
) -> Component:
    version = distribution.version
    licence = licence_of(distribution.metadata)
    return Component(name, version, licence, f"pkg:pypi/{name}@{version}", needs)


def licence_of(metadata: Any) -> str:
    """Return a distribution's licence as SPDX expression, "" where it tells none."""
    if expression := metadata.get("License-Expression"):
        return str(expression)
    classifiers = metadata.get_all("Classifier") or []
    named = [c.split(" :: ")[-1] for c in classifiers if c.startswith("License ::")]
    named = [name for name in named if name != "OSI Approved"]
    if named:
        return " OR ".join(sorted({_spdx(name) for name in named} - {""}))
    text = (metadata.get("License") or "").strip()
    return _spdx(text.splitlines()[0]) if text else ""


def _spdx(text: str) -> str:
    if text in FITS:
        return text
    for pattern, name in WORDS:
        if re.search(pattern, text.lower()):
            return name
    return ""


def _built_in(component: Component) -> dict[str, Component]:
    return {
        f"{component.name}#{name}": Component(
            name, _version_of(name), licence, "", (), component.purl
        )
        for name, licence in BUILT_IN.get(component.name, ())
    }


def _version_of(name: str) -> str:
    """Return the version of what is built into a wheel, "" where it does not tell."""
    try:
        if name == "SQLite":
            import apsw

            return str(apsw.sqlite_lib_version())
        if name == "Qt":
            return importlib.metadata.version("PySide6-Essentials")
        if name == "PDFium":
            import pypdfium2

            return str(pypdfium2.PDFIUM_INFO)
    except (ImportError, AttributeError, importlib.metadata.PackageNotFoundError):
        return ""
    return ""


def cyclonedx(parts: list[Component]) -> dict[str, Any]:
    """Return the list as CycloneDX 1.6 (https://cyclonedx.org/docs/1.6/json/)."""
    main, *_ = [part for part in parts if part.name == NAME]
    rest = [part for part in parts if part is not main]
    by_name = {part.name: part for part in parts}
    body = [_json_of(part) for part in rest]
    digest = uuid.uuid5(uuid.NAMESPACE_URL, json.dumps(body, sort_keys=True))
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{digest}",
        "version": 1,
        "metadata": {
            "timestamp": _time().strftime("%Y-%m-%dT%H:%M:%SZ"),
            "component": {**_json_of(main), "type": "application"},
        },
        "components": body,
        "dependencies": [
            {"ref": part.ref, "dependsOn": _refs(part, by_name, parts)}
            for part in parts
        ],
    }


def _refs(
    part: Component, by_name: dict[str, Component], parts: list[Component]
) -> list[str]:
    inside = [p.ref for p in parts if p.inside and p.inside == part.purl]
    return sorted({by_name[name].ref for name in part.needs} | set(inside))


def _json_of(part: Component) -> dict[str, Any]:
    data: dict[str, Any] = {
        "type": "library",
        "bom-ref": part.ref,
        "name": part.name,
        "version": part.version,
    }
    if part.purl:
        data["purl"] = part.purl
    if part.licence:
        is_simple = re.fullmatch(r"[\w.+-]+", part.licence)
        data["licenses"] = [
            {"license": {"id": part.licence}}
            if is_simple
            else {"expression": part.licence}
        ]
    return data


def _time() -> datetime:
    seconds = int(os.environ.get("SOURCE_DATE_EPOCH", "0"))
    return datetime.fromtimestamp(seconds, UTC)


def misfits(parts: list[Component]) -> list[Component]:
    """Return the parts whose licence is unknown or does not fit.

    Of licences to choose from one must fit, of licences that hold together all.
    """

    def fits(licence: str) -> bool:
        choices = re.split(r"\s+OR\s+", licence.replace("(", "").replace(")", ""))
        return any(
            all(
                name.split(" WITH ")[0].strip() in FITS
                for name in re.split(r"\s+AND\s+", choice)
            )
            for choice in choices
        )

    return [part for part in parts if not (part.licence and fits(part.licence))]


def report(parts: list[Component]) -> str:
    """Return the licences as a table."""
    lines = ["# Licences of what Allmende is made of", ""]
    lines += ["| part | version | licence |", "|---|---|---|"]
    for part in parts:
        inside = f" (in {part.inside.split('/')[-1]})" if part.inside else ""
        licence = part.licence or "unknown"
        lines.append(f"| {part.name}{inside} | {part.version} | {licence} |")
    return "\n".join([*lines, ""])


def main() -> int:
    """Write both files; 1 when a licence does not fit and that was asked for."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--out", type=Path, default=OUT)
    parser.add_argument("--extra", nargs="*", default=[])
    parser.add_argument("--check", action="store_true")
    options = parser.parse_args()
    parts = components(options.extra)
    options.out.mkdir(parents=True, exist_ok=True)
    text = json.dumps(cyclonedx(parts), indent=2, ensure_ascii=False)
    (options.out / "allmende.cdx.json").write_text(text + "\n", "utf-8")
    (options.out / "LICENCES.md").write_text(report(parts), "utf-8")
    print(f"{len(parts)} parts in {options.out}")
    wrong = misfits(parts)
    for part in wrong:
        print(f"{part.name} {part.version}: {part.licence or 'unknown'}")
    return int(bool(wrong) and options.check)


if __name__ == "__main__":
    sys.exit(main())
