"""Libraries that were laid out anew still load and do what they did."""

from __future__ import annotations

import ctypes
import importlib.metadata
import re
import runpy
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

BUNDLE = Path(__file__).parents[2] / "dist" / "bundle" / "allmende"
SCRIPT = Path(__file__).parents[2] / "packaging" / "bundle" / "shrink.py"

pytestmark = pytest.mark.skipif(
    sys.platform != "linux" or not (shutil.which("gcc") and shutil.which("readelf")),
    reason="needs Linux with gcc and binutils",
)
SOURCE = """
static int counted = 41;
static const char text[] = "Allmende";
static __thread int own = 7;
int next(void) { own += 1; return ++counted + (own - own); }
const char *name(void) { return text; }
"""


@pytest.fixture
def shrink() -> dict[str, Any]:
    return runpy.run_path(str(SCRIPT))


@pytest.fixture
def library(tmp_path: Path) -> Path:
    source, made = tmp_path / "a.c", tmp_path / "liba.so"
    source.write_text(SOURCE, "ascii")
    subprocess.run(
        ["gcc", "-g", "-shared", "-fPIC", "-Wl,-z,max-page-size=0x200000", "-Wl,-z,common-page-size=0x200000",
         "-Wl,-z,separate-code", "-o", made, source], check=True,
    )  # fmt: skip
    return made


def answers(path: Path) -> tuple[int, bytes]:
    code = f"import ctypes; l = ctypes.CDLL({str(path)!r}); l.name.restype = ctypes.c_char_p; print(l.next(), l.name().decode())"
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    number, name = done.stdout.split()
    return int(number), name.encode()


def test_a_library_for_large_pages_is_laid_out_for_small_ones(
    shrink: dict[str, Any], library: Path
) -> None:
    before = library.stat().st_size
    saved = shrink["compact"](library)
    assert saved > 1_000_000
    assert library.stat().st_size == before - saved
    assert shrink["is_aligned"](library)
    assert answers(library) == (42, b"Allmende")
    headers = subprocess.run(
        ["readelf", "-SlW", library], capture_output=True, text=True, check=True
    )
    assert "Warning" not in headers.stderr
    assert shrink["compact"](library) == 0


def test_a_library_without_sections_still_loads(
    shrink: dict[str, Any], library: Path
) -> None:
    assert shrink["cut_tail"](library) > 0
    assert answers(library) == (42, b"Allmende")


def test_what_does_not_lie_as_it_must_is_noticed(
    shrink: dict[str, Any], library: Path
) -> None:
    data = bytearray(library.read_bytes())
    at = int.from_bytes(data[32:40], "little")
    # The first segment's offset, moved by one byte.
    data[at + 8] += 1
    library.write_bytes(bytes(data))
    assert not shrink["is_aligned"](library)


@pytest.mark.skipif(not shutil.which("icupkg"), reason="no icupkg")
def test_the_unicode_data_keep_the_languages_of_the_program(
    shrink: dict[str, Any],
) -> None:
    kept = shrink["_KEPT_DATA"]
    for name in (
        "root.res",
        "coll/ucadata.icu",
        "coll/de.res",
        "coll/tr.res",
        "uk.res",
        "zone/root.res",
        "nfkc.nrm",
    ):
        assert kept.fullmatch(name), name
    for name in (
        "ja.res",
        "coll/ja.res",
        "brkitr/thaidict.dict",
        "curr/de.res",
        "ibm-37_P100-1995.cnv",
    ):
        assert not kept.fullmatch(name), name


def test_libraries_nobody_needs_go_and_what_they_needed_too(
    shrink: dict[str, Any], tmp_path: Path
) -> None:
    for name, needs in (("c", ""), ("b", "c"), ("a", "b")):
        source = tmp_path / f"{name}.c"
        source.write_text(f"int of_{name}(void) {{ return 1; }}\n", "ascii")
        links = [f"-L{tmp_path}", "-Wl,--no-as-needed", f"-l{needs}"] if needs else []
        subprocess.run(
            [
                "gcc",
                "-shared",
                "-fPIC",
                f"-Wl,-soname,lib{name}.so.1",
                "-o",
                tmp_path / f"lib{name}.so.1",
                source,
                *links,
            ],
            check=True,
        )
        (tmp_path / f"lib{name}.so").symlink_to(f"lib{name}.so.1")
    (tmp_path / "sub").mkdir()
    shutil.move(tmp_path / "libb.so.1", tmp_path / "sub" / "libb.so.1")
    assert shrink["drop_unneeded"](tmp_path) == ["liba.so.1"]
    assert (tmp_path / "libc.so.1").exists()
    assert not (tmp_path / "libb.so").is_symlink()
    assert ctypes.CDLL(str(tmp_path / "libc.so.1")).of_c() == 1


def test_the_library_for_fax_pictures_can_do_nothing(
    shrink: dict[str, Any], library: Path
) -> None:
    theirs = library.rename(library.with_name("libjbig-2504a0c3.so.2.1"))
    library.with_name("libjbig-other.so").symlink_to(theirs.name)
    shrink["without_fax"](library.parent)
    made = ctypes.CDLL(str(theirs))
    made.jbg_strerror.restype = ctypes.c_char_p
    assert made.jbg_strerror(4) == b"JBIG is left out"
    assert made.jbg_dec_in() != 0
    assert not hasattr(made, "name")


def test_a_stand_in_for_webp_says_no_to_all_who_ask(
    shrink: dict[str, Any], tmp_path: Path
) -> None:
    folder = tmp_path / "tesserocr.libs"
    folder.mkdir()
    sources = {
        "libwebp-1.so.7": "int WebPGetFeaturesInternal(void) { return 0; }\n"
        "int WebPFree(void) { return 1; }\n",
        "liblept-1.so.6": "int WebPGetFeaturesInternal(void);\nint WebPFree(void);\n"
        "int features(void) { return WebPGetFeaturesInternal(); }\n"
        "int released(void) { return WebPFree(); }\n",
    }
    for name, text in sources.items():
        source = tmp_path / f"{name}.c"
        source.write_text(text, "ascii")
        links = [str(p) for p in folder.glob("libwebp*")]
        subprocess.run(
            ["gcc", "-shared", "-fPIC", f"-Wl,-soname,{name},-rpath,$ORIGIN",
             "-o", folder / name, source, *links], check=True,
        )  # fmt: skip
    shrink["without_webp"](tmp_path)
    asker = ctypes.CDLL(str(folder / "liblept-1.so.6"))
    assert asker.features() != 0
    assert asker.released() == 0


@pytest.mark.skipif(not BUNDLE.is_dir(), reason="there is no bundle: make bundle")
def test_the_stand_in_has_every_function_that_is_asked_of_it(
    shrink: dict[str, Any],
) -> None:
    folder = BUNDLE / "_internal" / "tesserocr.libs"
    if not any(folder.glob("libjbig*")):
        pytest.skip("text recognition asks for no such library any more")
    asked, given = (
        set(re.findall(r"\bjbg_\w+", symbols(next(folder.glob(name)))))
        for name in ("libtiff*", "libjbig*")
    )
    assert asked == given


def symbols(path: Path) -> str:
    done = subprocess.run(
        ["readelf", "-W", "--dyn-syms", path],
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout


def test_of_metadata_the_fields_stay(shrink: dict[str, Any], tmp_path: Path) -> None:
    folder = tmp_path / "pydantic-2.0.dist-info"
    folder.mkdir()
    (folder / "METADATA").write_text("Name: pydantic\nVersion: 2.0\n\n# Long\n\ntext\n")
    shrink["without_descriptions"](tmp_path)
    assert (folder / "METADATA").read_text() == "Name: pydantic\nVersion: 2.0\n"
    found = importlib.metadata.Distribution.at(folder)
    assert (found.name, found.version) == ("pydantic", "2.0")
