"""Objects → the bytes of a PDF file (ISO 32000-1, version 1.7)."""

from __future__ import annotations

import hashlib
import zlib

Reference = int


def name(text: str) -> bytes:
    """Return a name, such as /Type."""
    return b"/" + text.encode("ascii")


def text_string(text: str) -> bytes:
    """Return a text for people, as UTF-16 in hexadecimal digits."""
    data = b"\xfe\xff" + text.encode("utf-16-be", "replace")
    return b"<" + data.hex().encode("ascii") + b">"


def dictionary(entries: dict[str, object]) -> bytes:
    """Return a dictionary; values are bytes, numbers, names or lists of these."""
    parts = [name(key) + b" " + value_of(value) for key, value in entries.items()]
    return b"<<" + b" ".join(parts) + b">>"


def value_of(value: object) -> bytes:
    """Return one value as PDF writes it; a Ref as a reference."""
    if isinstance(value, bytes):
        return value
    if isinstance(value, bool):
        return b"true" if value else b"false"
    if isinstance(value, Ref):
        return f"{value.number} 0 R".encode("ascii")
    if isinstance(value, int | float):
        return f"{value:.10g}".encode("ascii")
    if isinstance(value, str):
        return name(value)
    if isinstance(value, list | tuple):
        return b"[" + b" ".join(value_of(item) for item in value) + b"]"
    if isinstance(value, dict):
        return dictionary(value)
    raise TypeError(type(value).__name__)


class Ref:
    """A reference to an object."""

    def __init__(self, number: int) -> None:
        self.number = number


class PdfFile:
    """Collects objects. An object that others name first is `reserve`d."""

    def __init__(self) -> None:
        self._objects: list[bytes] = []

    def reserve(self) -> Ref:
        """Return a reference to an object that comes later."""
        self._objects.append(b"null")
        return Ref(len(self._objects))

    def put(self, reference: Ref, entries: dict[str, object]) -> None:
        """Fill in a reserved object."""
        self._objects[reference.number - 1] = dictionary(entries)

    def add(self, entries: dict[str, object]) -> Ref:
        """Add an object."""
        reference = self.reserve()
        self.put(reference, entries)
        return reference

    def add_stream(
        self, data: bytes, entries: dict[str, object], packed: bool = True
    ) -> Ref:
        """Add a stream; metadata stays unpacked, so that simple programs find it."""
        body = zlib.compress(data, 9) if packed else data
        whole = {**entries, "Length": len(body)}
        if packed:
            whole["Filter"] = "FlateDecode"
        reference = self.reserve()
        self._objects[reference.number - 1] = (
            dictionary(whole) + b"\nstream\n" + body + b"\nendstream"
        )
        return reference

    def written(self, root: Ref, info: Ref) -> bytes:
        """Return the file."""
        data = bytearray(b"%PDF-1.7\n%\xe2\xe3\xcf\xd3\n")
        places = []
        for number, body in enumerate(self._objects, 1):
            places.append(len(data))
            data += f"{number} 0 obj\n".encode("ascii") + body + b"\nendobj\n"
        start = len(data)
        data += f"xref\n0 {len(places) + 1}\n0000000000 65535 f \n".encode("ascii")
        for place in places:
            data += f"{place:010} 00000 n \n".encode("ascii")
        mark = hashlib.sha256(bytes(data)).hexdigest()[:32].encode("ascii")
        trailer = dictionary(
            {
                "Size": len(places) + 1,
                "Root": root,
                "Info": info,
                "ID": [b"<" + mark + b">", b"<" + mark + b">"],
            }
        )
        data += b"trailer\n" + trailer
        data += f"\nstartxref\n{start}\n%%EOF\n".encode("ascii")
        return bytes(data)
