"""How close the rows of a table of vectors are to one vector.

`table @ vector` leaves this to a library for linear algebra, which is 28 MB; where numpy
was built without one (packaging/numpy), it becomes a loop that adds one product after the
other. `einsum` computes several at once under both, and a table of 20,000 rows is read
from memory no faster than that.
"""

from __future__ import annotations

from typing import Any

import numpy
from numpy.typing import NDArray

from app.values.ports import Vectors


def closeness(table: NDArray[Any], vector: Vectors) -> Vectors:
    """Return the inner product with `vector` for each row, as float32, shape (rows,).

    `table` is (rows, dimensions), float32 or float16; `vector` has as many dimensions, in
    whatever shape (ValueError otherwise). For vectors of length one these are cosines.
    """
    if table.shape[1] != vector.size:  # einsum would repeat a single number
        raise ValueError(f"{table.shape[1]} dimensions and {vector.size} do not fit")
    rows = table.astype(numpy.float32, copy=False)
    found: Vectors = numpy.einsum("ij,j->i", rows, vector.reshape(-1))
    return found
