"""How long an answer view needs for each update while a long answer streams.

Run: QT_QPA_PLATFORM=offscreen python -m tests.bench.streaming
"""

from __future__ import annotations

import itertools
import statistics
import sys
import time

from PySide6.QtWidgets import QApplication

from app.markup.parse import parse
from app.ui.answer_view import AnswerView
from app.ui.qt_repair import keep_singletons_alive
from app.ui.theme import Theme

PART = r"""## Teil {n}: Energie und Arbeit

Die **kinetische Energie** eines Körpers mit Masse $m$ und Tempo $v$ ist
\(E_k = \frac{1}{2} m v^2\) [1]; bei *doppeltem* Tempo ist sie viermal so groß. Das
steht auch bei [Beispiel](https://example.org/energie), und `E = m*g*h` gilt oben.

| Größe | Zeichen | Einheit |
|:------|:-------:|--------:|
| Masse | $m_{n}$ | kg |
| Tempo | $v_{n}$ | m/s |
| Energie | $E_{n}$ | J |
| Leistung | $P_{n}$ | W |

1. Zuerst wird die Masse **gewogen**.
2. Dann wird das Tempo gemessen:
   - mit der Stoppuhr
   - mit dem Sensor
3. Zuletzt wird gerechnet.

```python
def energy(mass: float, speed: float) -> float:
    # in joules
    return 0.5 * mass * speed ** 2

for speed in range({n}):
    print(energy(1.5, speed))
```

$$E_{n} = \int_0^{n} F(x)\,dx = \frac{m v_{n}^2}{2}$$

> Ein Zitat, das *etwas* länger ist und über die ganze Breite der Antwort geht.

"""


def answer(length: int) -> str:
    """Return an answer with everything in it, about as long as asked for."""
    parts, number = [], 1
    while sum(map(len, parts)) < length:
        number += 1
        parts.append(PART.replace("{n}", str(number)))
    return "".join(parts)


def main() -> None:
    """Print the times."""
    keep_singletons_alive()
    application = QApplication.instance() or QApplication(sys.argv)
    theme = Theme(application)  # type: ignore[arg-type]
    view = AnswerView()
    view.resize(720, 400)
    view.show()
    text = answer(20_000)
    cpu, wall, heights = [], [], []
    update = view._update

    def timed() -> None:
        before, before_cpu = time.perf_counter(), time.thread_time()
        update()
        wall.append((time.perf_counter() - before) * 1000)
        cpu.append((time.thread_time() - before_cpu) * 1000)
        heights.append(view.height())

    view._update = timed  # type: ignore[method-assign]
    view._timer.timeout.disconnect()
    view._timer.timeout.connect(timed)
    paint = []
    for begin in range(0, len(text), 5):
        view.append_text(text[begin : begin + 5])
        until = time.perf_counter() + 1 / 240
        while time.perf_counter() < until:
            before = time.perf_counter()
            application.processEvents()
            paint.append((time.perf_counter() - before) * 1000)
    timed()
    shrank = [a - b for a, b in itertools.pairwise(heights) if b < a]
    for name, values in (("update (wall)", wall), ("update (cpu)", cpu)):
        print(
            f"{name}: {len(values)} updates, median {statistics.median(values):.2f} ms,"
            f" p99 {statistics.quantiles(values, n=100)[98]:.2f} ms,"
            f" max {max(values):.2f} ms"
        )
    print(
        f"event loop: p99 {statistics.quantiles(paint, n=100)[98]:.2f} ms,"
        f" max {max(paint):.2f} ms"
    )
    print(f"height shrank {len(shrank)} times, at most by {max(shrank, default=0)} px")
    before = time.perf_counter()
    view.show_text(text)
    print(
        f"final {len(text)} characters: {(time.perf_counter() - before) * 1000:.0f} ms"
    )
    before = time.perf_counter()
    parse(text)
    print(f"parsing alone: {(time.perf_counter() - before) * 1000:.0f} ms")
    del theme


if __name__ == "__main__":
    main()
