"""Where the pages of a document lie, one below the other, before all are known.

Every page is drawn as wide as the others. How high it is, is known only when its picture
has come; until then it is taken to be as the first one that came.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from itertools import accumulate

GAP = 12
_A4 = 297 / 210


class PageLayout:
    """Heights and tops of pages, in logical pixels. Page numbers count from 1."""

    def __init__(self) -> None:
        self.width = 100
        self.count = 0
        self._shares: dict[int, float] = {}
        self._usual = _A4
        self._tops = [GAP]

    def reset(self, count: int) -> None:
        """Begin a document of `count` pages, as far as is known."""
        self.count = count
        self._shares, self._usual = {}, _A4
        self._place()

    def set_count(self, count: int) -> bool:
        """Take over how many pages there are; tell whether that is new."""
        if count == self.count:
            return False
        self.count = count
        self._place()
        return True

    def set_width(self, width: int) -> None:
        """Draw pages so wide."""
        if width != self.width:
            self.width = width
            self._place()

    def learn(self, number: int, share: float) -> bool:
        """Take over a page's height as share of its width; tell whether that is new."""
        before = self.height(number)
        if not self._shares:
            self._usual = share
        self._shares[number] = share
        moved = self.height(number) != before or len(self._shares) == 1
        if moved:
            self._place()
        return moved

    def learned(self, number: int) -> bool:
        """Tell whether a page's height is known and not guessed."""
        return number in self._shares

    def share(self, number: int) -> float:
        """Return a page's height as share of its width, or the best guess."""
        return self._shares.get(number, self._usual)

    def height(self, number: int) -> int:
        """Return how high a page is drawn."""
        return round(self.width * self.share(number))

    def top(self, number: int) -> int:
        """Return where a page begins."""
        return self._tops[min(max(number, 1), max(1, self.count)) - 1]

    @property
    def total(self) -> int:
        """The height of all pages with the gaps around them."""
        return self._tops[-1]

    def page_at(self, y: float) -> int:
        """Return the page at a height; the nearest one where there is none."""
        return min(max(bisect_right(self._tops, y), 1), max(1, self.count))

    def visible(self, top: float, bottom: float) -> range:
        """Return the numbers of the pages between two heights."""
        if not self.count:
            return range(1, 1)
        return range(self.page_at(top), self.page_at(bottom) + 1)

    def _place(self) -> None:
        self._tops = list(accumulate(self._steps(), initial=GAP))

    def _steps(self) -> Iterator[int]:
        for number in range(1, self.count + 1):
            yield self.height(number) + GAP
