"""What stands in for OpenBLAS in the Windows program, compared with numpy."""

from __future__ import annotations

import ctypes
import itertools
import re
import runpy
import shutil
import subprocess
from pathlib import Path
from typing import Any

import numpy
import pytest

WINDOWS = Path(__file__).parents[2] / "packaging" / "windows"
SOURCE = WINDOWS / "blas.c"
KINDS = {"s": "float32", "d": "float64", "c": "complex64", "z": "complex128"}
ROWS, COLUMNS = 101, 102
PLAIN, TURNED, CONJUGATE = 111, 112, 113
M, N, K = 5, 3, 4

pytestmark = pytest.mark.skipif(shutil.which("gcc") is None, reason="needs a compiler")


@pytest.fixture(scope="module")
def blas(tmp_path_factory: pytest.TempPathFactory) -> ctypes.CDLL:
    made = tmp_path_factory.mktemp("blas") / "blas.so"
    flags = runpy.run_path(str(WINDOWS / "trim.py"))["BLAS_FLAGS"]
    subprocess.run(
        ["gcc", "-shared", "-fPIC", "-Wall", "-Werror", *flags, "-o", made, SOURCE],
        check=True,
    )
    return ctypes.CDLL(str(made))


def numbers(kind: str, *shape: int) -> Any:
    source = numpy.random.default_rng(len(shape) + shape[0])
    values = source.standard_normal(shape)
    if kind in "cz":
        values = values + 1j * source.standard_normal(shape)
    return values.astype(KINDS[kind])


def given(kind: str, value: float) -> Any:
    """A factor, as CBLAS takes it: a pointer where it is complex."""
    if kind in "cz":
        return ctypes.c_void_p(constant(kind, value).ctypes.data)
    return {"s": ctypes.c_float, "d": ctypes.c_double}[kind](value)


_constants: dict[tuple[str, float], Any] = {}


def constant(kind: str, value: float) -> Any:
    return _constants.setdefault((kind, value), numpy.array([value], KINDS[kind]))


def at(array: Any) -> ctypes.c_void_p:
    return ctypes.c_void_p(array.ctypes.data)


def long(value: int) -> ctypes.c_longlong:
    return ctypes.c_longlong(value)


def stored(matrix: Any, order: int) -> tuple[Any, ctypes.c_longlong]:
    """A matrix in an order, and how far its rows (or columns) are apart."""
    array = numpy.array(matrix, order="C" if order == ROWS else "F")
    return array, long(matrix.shape[1] if order == ROWS else matrix.shape[0])


def applied(matrix: Any, transpose: int) -> Any:
    if transpose == PLAIN:
        return matrix
    return matrix.conj().T if transpose == CONJUGATE else matrix.T


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("steps", [(1, 1), (2, 3), (-1, 2)])
def test_products_of_vectors(
    blas: ctypes.CDLL, kind: str, steps: tuple[int, int]
) -> None:
    x, y = (numbers(kind, 7 * abs(step)) for step in steps)
    seen = [
        v[:: abs(s)][:: 1 if s > 0 else -1] for v, s in zip((x, y), steps, strict=True)
    ]
    rest = (at(x), long(steps[0]), at(y), long(steps[1]))
    if kind in "sd":
        dot = blas[f"scipy_cblas_{kind}dot64_"]
        dot.restype = {"s": ctypes.c_float, "d": ctypes.c_double}[kind]
        assert dot(long(7), *rest) == pytest.approx(numpy.dot(*seen), rel=1e-5)
    else:
        for name, first in (("dotu", seen[0]), ("dotc", seen[0].conj())):
            result = numpy.zeros(1, KINDS[kind])
            blas[f"scipy_cblas_{kind}{name}_sub64_"](long(7), *rest, at(result))
            assert result[0] == pytest.approx(numpy.dot(first, seen[1]), rel=1e-5)
    wanted = seen[1] + 2 * seen[0]
    blas[f"scipy_cblas_{kind}axpy64_"](long(7), given(kind, 2), *rest)
    assert numpy.allclose(seen[1], wanted, rtol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [ROWS, COLUMNS])
@pytest.mark.parametrize("transpose", [PLAIN, TURNED, CONJUGATE])
def test_a_matrix_and_a_vector(
    blas: ctypes.CDLL, kind: str, order: int, transpose: int
) -> None:
    a, distance = stored(numbers(kind, M, N), order)
    once = applied(a, transpose)
    x, y = numbers(kind, once.shape[1]), numbers(kind, once.shape[0])
    wanted = 2 * (once @ x) + 3 * y
    blas[f"scipy_cblas_{kind}gemv64_"](
        order, transpose, long(M), long(N), given(kind, 2), at(a), distance,
        at(x), long(1), given(kind, 3), at(y), long(1),
    )  # fmt: skip
    assert numpy.allclose(y, wanted, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [ROWS, COLUMNS])
@pytest.mark.parametrize(
    "turns", list(itertools.product([PLAIN, TURNED, CONJUGATE], repeat=2))
)
def test_two_matrices(
    blas: ctypes.CDLL, kind: str, order: int, turns: tuple[int, int]
) -> None:
    first = numbers(kind, *((M, K) if turns[0] == PLAIN else (K, M)))
    second = numbers(kind, *((K, N) if turns[1] == PLAIN else (N, K)))
    a, a_distance = stored(first, order)
    b, b_distance = stored(second, order)
    c, c_distance = stored(numbers(kind, M, N), order)
    wanted = 2 * (applied(first, turns[0]) @ applied(second, turns[1])) + 3 * c
    blas[f"scipy_cblas_{kind}gemm64_"](
        order, *turns, long(M), long(N), long(K), given(kind, 2), at(a), a_distance,
        at(b), b_distance, given(kind, 3), at(c), c_distance,
    )  # fmt: skip
    assert numpy.allclose(c, wanted, rtol=1e-4)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("order", [ROWS, COLUMNS])
@pytest.mark.parametrize("transpose", [PLAIN, TURNED])
@pytest.mark.parametrize("half", [121, 122])
def test_a_matrix_and_itself(
    blas: ctypes.CDLL, kind: str, order: int, transpose: int, half: int
) -> None:
    given_matrix = numbers(kind, *((M, K) if transpose == PLAIN else (K, M)))
    a, a_distance = stored(given_matrix, order)
    c, c_distance = stored(numpy.full((M, M), 7, KINDS[kind]), order)
    whole = applied(given_matrix, transpose) @ applied(given_matrix, transpose).T
    blas[f"scipy_cblas_{kind}syrk64_"](
        order, half, transpose, long(M), long(K), given(kind, 1), at(a), a_distance,
        given(kind, 0), at(c), c_distance,
    )  # fmt: skip
    part = numpy.triu if half == 121 else numpy.tril
    assert numpy.allclose(part(c), part(whole), rtol=1e-4)
    other = numpy.tril(c, -1) if half == 121 else numpy.triu(c, 1)
    assert set(other.ravel()) == {0, 7}


def test_what_is_not_a_number_stays_so(blas: ctypes.CDLL) -> None:
    dot = blas.scipy_cblas_sdot64_
    dot.restype = ctypes.c_float
    odd = numpy.array([1, numpy.nan, 2] * 5, "float32")
    assert numpy.isnan(dot(long(15), at(odd), long(1), at(odd), long(1)))
    odd = numpy.array([1, numpy.inf, 2] * 5, "float32")
    assert dot(long(15), at(odd), long(1), at(odd), long(1)) == numpy.inf


def test_everything_else_says_that_it_failed(blas: ctypes.CDLL) -> None:
    found = re.findall(
        r"^FAILS\((\w+), (.*)\)$", SOURCE.read_text("ascii"), re.MULTILINE
    )
    assert len(found) == 32
    for name, arguments in found:
        count = sum(
            int(part[1:]) if part.startswith("P") else 1
            for part in arguments.split(", ")
        )
        result = ctypes.c_longlong(0)
        nothing = [ctypes.c_void_p()] * count
        blas[f"scipy_{name}_64_"](*nothing, ctypes.byref(result))
        assert result.value == 1, name
