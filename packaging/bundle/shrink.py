"""Makes a finished bundle smaller without leaving anything out that is used (Linux).

Libraries that no other one needs go; those that were laid out for pages of 2 MB are laid
out anew for pages of 4 KB, without the zeros between; symbols for debuggers go, and so do
the READMEs in packages' metadata; Unicode's data keep what Qt asks for (sorting, time
zones, no encodings) in the languages that the program speaks.

Invariant: nothing is changed that a tool warns about; the self-test of the bundle runs
afterwards (`build.py`).
"""

from __future__ import annotations

import re
import shutil
import struct
import subprocess
import tempfile
from collections.abc import Iterable
from pathlib import Path

LANGUAGES = ("de", "en", "fr", "tr", "uk", "ru", "ar", "pl", "es", "it")
# What every Linux desktop has, and keeps safe by its own updates; the packages depend on
# it. A copy of the build machine's would also read the target's settings (fonts, keys).
SYSTEM = (
    "libX11.so", "libX11-xcb.so", "libdbus-1.so", "libfontconfig.so", "libfreetype.so",
    "libglib-2.0.so", "libgobject-2.0.so", "libgthread-2.0.so", "libgio-2.0.so",
    "libgssapi_krb5.so", "libkrb5.so", "libk5crypto.so", "libkrb5support.so",
    "libcrypto.so.3", "libssl.so.3", "libzstd.so.1",
    # Drivers of graphics cards are loaded into this process: with an older copy of these
    # than theirs they are not.
    "libstdc++.so", "libgcc_s.so",
    # Comes with the driver of a graphics card; without it the processor computes.
    "libvulkan.so",
)  # fmt: skip
# Text recognition's library for TIFF links to one for fax pictures under the GPL.
# Recognition is given bitmaps only, so one that can do nothing takes its place.
_NO_FAX = """\
const char *jbg_strerror(int code) { (void)code; return "JBIG is left out"; }
#define NO(name) int name(void) { return 4; }
NO(jbg_dec_init) NO(jbg_dec_in) NO(jbg_dec_getsize) NO(jbg_dec_getimage) NO(jbg_dec_free)
NO(jbg_enc_init) NO(jbg_enc_out) NO(jbg_enc_free) NO(jbg_newlen)
"""
_PAGE = 0x1000
_PT_LOAD, _SHF_ALLOC, _SHT_NOBITS = 1, 2, 8
# Offsets in the header of a 64-bit ELF file (System V ABI): e_phoff, e_shoff, e_phentsize.
_AT_OFFSETS, _AT_COUNTS = 32, 54
_SPOKEN = "|".join(LANGUAGES)
_KEPT_DATA = re.compile(
    rf"(root|res_index|pool|{_SPOKEN}|supplementalData|likelySubtags|metadata|keyTypeData"
    r"|timezoneTypes|windowsZones|zoneinfo64|numberingSystems|langInfo|plurals)\.res"
    rf"|coll/(ucadata\.icu|(root|res_index|pool|({_SPOKEN})(_.*)?)\.res)"
    rf"|zone/(root|res_index|pool|tzdbNames|{_SPOKEN})\.res"
    r"|cnvalias\.icu|[a-z0-9_]+\.nrm|u(emoji|layout)\.icu"
)


def shrink(bundle: Path) -> None:
    """Do all of it to a bundle; the program itself is left alone."""
    inner = bundle / "_internal"
    for path in list(inner.glob("lib*.so*")):
        if path.name.startswith(SYSTEM):
            path.unlink()
    drop_unneeded(inner)
    without_descriptions(inner)
    without_fax(inner)
    without_webp(inner)
    for path in inner.rglob("*"):
        if is_elf(path):
            if not _strip(path):
                cut_tail(path)
            compact(path)
    # Qt's libraries lie in the folder above where PyInstaller found them elsewhere.
    for path in inner.rglob("libicudata.so.*"):
        if is_elf(path):
            smaller_unicode_data(path)


def without_descriptions(inner: Path) -> None:
    """Leave the fields of each package's metadata: what follows is its README."""
    for path in inner.glob("*.dist-info/METADATA"):
        fields, _, _ = path.read_bytes().partition(b"\n\n")
        path.write_bytes(fields + b"\n")


def without_fax(inner: Path) -> None:
    """Put a stand-in into the place of JBIG-KIT: every picture is one it cannot read."""
    for path in inner.rglob("libjbig-*.so*"):
        if is_elf(path):
            _stand_in(path, _NO_FAX)


def without_webp(inner: Path) -> None:
    """Put stand-ins into the place of WebP's libraries in text recognition.

    They have the functions that Leptonica asks for, and each says that it cannot. The
    program reads such pictures itself, with Pillow's copy, which stays.
    """
    folder = inner / "tesserocr.libs"
    asked = {name for path in folder.glob("liblept*.so*") for name in undefined(path)}
    for path in [*folder.glob("libwebp-*.so*"), *folder.glob("libwebpmux-*.so*")]:
        names = sorted(name for name in asked if name.startswith("WebP"))
        # 0 is "no" and "nothing", but for this one: there it is "all is well".
        answers = {name: int(name == "WebPGetFeaturesInternal") for name in names}
        lines = (
            f"long {name}(void) {{ return {no}; }}" for name, no in answers.items()
        )
        _stand_in(path, "\n".join(lines))


def undefined(path: Path) -> list[str]:
    """Return the names of what a library takes from others, without their versions."""
    done = subprocess.run(
        ["readelf", "-W", "--dyn-syms", path],
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    return re.findall(r" UND (\w+)", done.stdout)


def _stand_in(path: Path, source: str) -> None:
    with tempfile.TemporaryDirectory() as name:
        text, made = Path(name, "none.c"), Path(name, path.name)
        text.write_text(source, "ascii")
        subprocess.run(
            ["gcc", "-shared", "-fPIC", "-nostdlib", "-Os",
             f"-Wl,-soname,{path.name}", "-o", made, text], check=True,
        )  # fmt: skip
        _write(path, made.read_bytes())


def is_elf(path: Path) -> bool:
    """Tell whether a file is a library or a program of its own."""
    if path.is_symlink() or not path.is_file():
        return False
    with path.open("rb") as file:
        return file.read(4) == b"\x7fELF"


def drop_unneeded(inner: Path) -> list[str]:
    """Remove libraries of the build machine that nothing in the bundle links to."""
    loose = {path.name: path for path in inner.glob("lib*.so*") if is_elf(path)}
    loose = {n: p for n, p in loose.items() if not n.startswith("libpython")}
    others = [p for p in inner.rglob("*") if is_elf(p) and loose.get(p.name) != p]
    waiting, kept = [name for path in others for name in needed(path)], set()
    while waiting:
        name = waiting.pop()
        if name in loose and name not in kept:
            kept.add(name)
            waiting += needed(loose[name])
    gone = sorted(loose.keys() - kept)
    for name in gone:
        loose[name].unlink()
    for path in inner.rglob("*"):
        if path.is_symlink() and not path.exists():
            path.unlink()
    return gone


def needed(path: Path) -> list[str]:
    """Return the names of the libraries that a file links to."""
    done = subprocess.run(
        ["readelf", "-dW", path], capture_output=True, text=True, check=True
    )
    return re.findall(r"\(NEEDED\).*\[(.+)\]", done.stdout)


def _strip(path: Path) -> bool:
    """Remove symbols for debuggers; False where `strip` would damage the file."""
    copy = path.with_name(f".{path.name}.stripped")
    done = subprocess.run(
        ["strip", "--strip-unneeded", "-o", copy, path],
        capture_output=True,
        check=False,
    )
    smaller = copy.exists() and copy.stat().st_size < path.stat().st_size
    # Where patchelf was at work, strip may move a segment to where no loader takes it.
    good = done.returncode == 0 and not done.stderr and is_aligned(copy)
    if good and smaller:
        shutil.copymode(path, copy)
        copy.replace(path)
    copy.unlink(missing_ok=True)
    return good


def cut_tail(path: Path) -> int:
    """Cut off what lies behind the last segment: sections that no loader reads."""
    data = bytearray(path.read_bytes())
    ph_at, _ = struct.unpack_from("<QQ", data, _AT_OFFSETS)
    ph_size, ph_count, _, _ = struct.unpack_from("<HHHH", data, _AT_COUNTS)
    end = 0
    for number in range(ph_count):
        header = struct.unpack_from("<IIQQQQ", data, ph_at + number * ph_size)
        end = max(end, header[2] + header[5])
    saved = len(data) - end
    struct.pack_into("<Q", data, _AT_OFFSETS + 8, 0)
    # e_shentsize, e_shnum and e_shstrndx: no sections are told of any more.
    struct.pack_into("<HHH", data, _AT_COUNTS + 4, 0, 0, 0)
    _write(path, bytes(data[:end]))
    return saved


def is_aligned(path: Path) -> bool:
    """Tell whether every segment lies in the file as its address demands."""
    data = path.read_bytes()
    ph_at, _ = struct.unpack_from("<QQ", data, _AT_OFFSETS)
    ph_size, ph_count, _, _ = struct.unpack_from("<HHHH", data, _AT_COUNTS)
    headers = (
        struct.unpack_from("<IIQQ", data, ph_at + number * ph_size)
        for number in range(ph_count)
    )
    return all(
        (offset - address) % _PAGE == 0
        for kind, _, offset, address in headers
        if kind == _PT_LOAD
    )


def compact(path: Path) -> int:
    """Lay a library out for pages of 4 KB; return how many bytes that saved.

    Segments move in the file, not in memory: each keeps its address, and its offset the
    same remainder by the size of a page. Sections move with their segments.
    """
    data = path.read_bytes()
    layout = _Layout(data)
    if not layout.is_wide():
        return 0
    made = layout.laid_out()
    if made is None or len(made) >= len(data):
        return 0
    _write(path, made)
    return len(data) - len(made)


class _Layout:
    """A 64-bit ELF file as its loader sees it, and where its parts go."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._ph_at, sh_at = struct.unpack_from("<QQ", data, _AT_OFFSETS)
        self._ph_size, count, sh_size, sh_count = struct.unpack_from(
            "<HHHH", data, _AT_COUNTS
        )
        self._headers = [
            list(struct.unpack_from("<IIQQQQQQ", data, self._ph_at + n * self._ph_size))
            for n in range(count)
        ]
        self._sections = [
            list(struct.unpack_from("<IIQQQQIIQQ", data, sh_at + n * sh_size))
            for n in range(sh_count)
        ]
        loads = [header for header in self._headers if header[0] == _PT_LOAD]
        self._loads = sorted(loads, key=lambda header: header[2])
        self._moves: list[tuple[int, int, int]] = []

    def is_wide(self) -> bool:
        """Tell whether it is laid out for larger pages, in the usual order."""
        first = self._loads[0] if self._loads else None
        return (
            first is not None
            and first[2] == 0
            and self._ph_at < first[5]
            and any(header[7] > _PAGE for header in self._loads)
        )

    def laid_out(self) -> bytes | None:
        """Return the file anew, None where a part lies outside of all segments."""
        out = bytearray()
        for _, _, offset, address, _, size, _, _ in self._loads:
            new = len(out) + (address - len(out)) % _PAGE
            self._moves.append((offset, offset + size, new - offset))
            out.extend(bytes(new - len(out)))
            out.extend(self._data[offset : offset + size])
        sections_at = self._add_sections(out)
        for number, header in enumerate(self._headers):
            new_offset = self._moved(header[2])
            if new_offset is None and header[5]:
                return None
            header[2] = new_offset or 0
            if header[0] == _PT_LOAD:
                header[7] = _PAGE
            at = self._ph_at + number * self._ph_size
            struct.pack_into("<IIQQQQQQ", out, at, *header)
        struct.pack_into("<Q", out, _AT_OFFSETS + 8, sections_at)
        return bytes(out)

    def _moved(self, offset: int) -> int | None:
        for start, stop, move in self._moves:
            if start <= offset <= stop:
                return offset + move
        return None

    def _add_sections(self, out: bytearray) -> int:
        """Put what no segment holds behind them; return where the table is, 0 for none."""
        for section in self._sections:
            kind, flags, offset, size = section[1], section[2], section[4], section[5]
            new = self._moved(offset) if flags & _SHF_ALLOC else None
            if new is None:
                out.extend(bytes(-len(out) % 8))
                new = len(out)
                if kind != _SHT_NOBITS:
                    out.extend(self._data[offset : offset + size])
            section[4] = new
        out.extend(bytes(-len(out) % 8))
        table_at = len(out)
        for section in self._sections:
            out.extend(struct.pack("<IIQQQQIIQQ", *section))
        return table_at if self._sections else 0


def smaller_unicode_data(path: Path) -> int:
    """Build ICU's library of data anew with what Qt needs; return what that saved.

    Does nothing where icupkg (Debian: icu-devtools) or a compiler is missing.
    """
    if not shutil.which("icupkg") or not shutil.which("gcc"):
        print("icupkg or gcc is missing: Unicode's data stay as they are")
        return 0
    version = path.name.rsplit(".", 1)[-1]
    symbol = f"icudt{version}_dat"
    with tempfile.TemporaryDirectory() as name:
        work = Path(name)
        old, new = work / f"icudt{version}l.dat", work / "new" / f"icudt{version}l.dat"
        new.parent.mkdir()
        old.write_bytes(_content(path, symbol))
        listed = _icupkg("-l", str(old)).split()
        gone = [item for item in listed if not _KEPT_DATA.fullmatch(item)]
        (work / "gone.txt").write_text("\n".join(gone) + "\n", "ascii")
        _icupkg("-r", str(work / "gone.txt"), str(old), str(new))
        source = work / "data.s"
        source.write_text(
            f".section .rodata\n.balign 16\n.globl {symbol}\n.type {symbol}, %object\n"
            f'{symbol}:\n.incbin "{new}"\n.size {symbol}, {new.stat().st_size}\n'
            '.section .note.GNU-stack,"",%progbits\n',
            "ascii",
        )
        made = work / path.name
        subprocess.run(
            [
                "gcc",
                "-shared",
                "-nostdlib",
                f"-Wl,-soname,{path.name}",
                "-o",
                made,
                source,
            ],
            check=True,
        )
        saved = path.stat().st_size - made.stat().st_size
        _write(path, made.read_bytes())
    return saved


def _icupkg(*arguments: str) -> str:
    done = subprocess.run(
        ["icupkg", *arguments], capture_output=True, text=True, check=True
    )
    return done.stdout


def _content(path: Path, symbol: str) -> bytes:
    """Return the bytes of a symbol that lies where it is loaded (address = offset)."""
    done = subprocess.run(
        ["readelf", "-W", "--dyn-syms", path],
        capture_output=True,
        text=True,
        check=True,
    )
    for address, size in _symbol(done.stdout.splitlines(), symbol):
        return path.read_bytes()[address : address + size]
    raise ValueError(f"{path.name} has no {symbol}")


def _symbol(lines: Iterable[str], name: str) -> Iterable[tuple[int, int]]:
    for line in lines:
        parts = line.split()
        if parts and parts[-1] == name:
            yield int(parts[1], 16), int(parts[2], 0)


def _write(path: Path, data: bytes) -> None:
    mode = path.stat().st_mode
    path.unlink()
    path.write_bytes(data)
    path.chmod(mode)
