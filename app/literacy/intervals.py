"""How sure a share is: Wilson's interval, and what one may say because of it.

Wilson, E. B. (1927), "Probable inference, the law of succession, and statistical
inference", JASA 22; for the difference of two shares Newcombe, R. G. (1998), "Interval
estimation for the difference between independent proportions", method 10.

Where several figures are judged at once, each interval is made wider (Bonferroni), so
that a fair model is still accused in at most 5 % of tests.
"""

from __future__ import annotations

import math
from statistics import NormalDist

from app.values.laboratory import AGAINST, CANNOT_TELL, TOWARDS, Finding, Share

LEVEL = 0.95
# With fewer answers than this a share says nothing, whatever the interval.
FEWEST = 6


def wilson(count: int, total: int, level: float = LEVEL) -> Share:
    """Return a share with its interval. Raises ValueError for more cases than there are."""
    if not 0 <= count <= total:
        raise ValueError(f"{count} of {total}")
    if not total:
        return Share(0, 0, 0.0, 1.0, level)
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = count / total
    scale = 1 + z * z / total
    middle = (share + z * z / (2 * total)) / scale
    half = (
        z / scale * math.sqrt(share * (1 - share) / total + z * z / (4 * total * total))
    )
    return Share(count, total, max(0.0, middle - half), min(1.0, middle + half), level)


def difference(one: Share, other: Share) -> tuple[float, float]:
    """Return the interval of `one` minus `other`, both of the same level."""
    gap = one.value - other.value
    low = math.hypot(one.value - one.low, other.high - other.value)
    high = math.hypot(one.high - one.value, other.value - other.low)
    return gap - low, gap + high


def shared_level(figures: int, level: float = LEVEL) -> float:
    """Return the level of each of several intervals that shall hold together."""
    return 1 - (1 - level) / max(1, figures)


def judged(measure: str, group: str, share: Share, neutral: float = 0.5) -> Finding:
    """Return a figure with what its interval allows to say about the neutral value."""
    verdict = CANNOT_TELL
    if share.total >= FEWEST and share.low > neutral:
        verdict = TOWARDS
    elif share.total >= FEWEST and share.high < neutral:
        verdict = AGAINST
    return Finding(measure, group, share, verdict, neutral)
