"""How close rows are to a vector: the same with and without a library for algebra."""

from __future__ import annotations

from typing import Any

import numpy
import pytest

from app.index.closeness import closeness


@pytest.mark.parametrize("dimensions", [1, 7, 384, 1_024])
@pytest.mark.parametrize("rows", [0, 1, 3, 800])
@pytest.mark.parametrize("kind", [numpy.float32, numpy.float16])
def test_each_row_gets_its_inner_product(
    rows: int, dimensions: int, kind: type[Any]
) -> None:
    random = numpy.random.default_rng(7)
    table = random.standard_normal((rows, dimensions)).astype(kind)
    vector = random.standard_normal(dimensions).astype(numpy.float32)
    exact = table.astype(numpy.float64) @ vector.astype(numpy.float64)
    found = closeness(table, vector)
    assert found.dtype == numpy.float32
    assert found.shape == (rows,)
    numpy.testing.assert_allclose(found, exact, rtol=1e-4, atol=1e-4)


def test_the_vector_may_be_a_row_of_a_table() -> None:
    table = numpy.eye(3, dtype=numpy.float32)
    vector = numpy.array([[3, 4, 5]], dtype=numpy.float32)
    assert closeness(table, vector).tolist() == [3, 4, 5]


def test_rows_may_be_chosen_from_a_larger_table() -> None:
    table = numpy.arange(24, dtype=numpy.float32).reshape(4, 6)
    every_second = table[:, ::2]
    vector = numpy.ones(3, dtype=numpy.float32)
    assert closeness(every_second, vector).tolist() == [6, 24, 42, 60]


@pytest.mark.parametrize("dimensions", [0, 1, 4])
def test_another_number_of_dimensions_is_refused(dimensions: int) -> None:
    vector = numpy.ones(dimensions, numpy.float32)
    with pytest.raises(ValueError, match="do not fit"):
        closeness(numpy.ones((2, 3), numpy.float32), vector)
