"""The order of a whole queue at once, for a hundred thousand cases: columns instead of ``priority``'s one by one.

The tests hold it to ``vigie.review.priority``, which is the rule; this is only faster.
"""

import msgspec
import numpy as np

from vigie.review.priority import Decay

Floats = np.ndarray[tuple[int], np.dtype[np.float64]]
Ranks = np.ndarray[tuple[int], np.dtype[np.int64]]


class Columns(msgspec.Struct, frozen=True, kw_only=True, eq=False):
    """What is known of posts, float64 columns of equal length, a row per post; NaN: unknown. See ``priority.Post``."""

    probability: Floats
    gravity: Floats
    age: Floats
    views: Floats
    followers: Floats


def harms(posts: Columns, decay: Decay) -> Floats:
    """Expected harm still preventable, float64, one per post: ``priority.harm(…).value``.

    >>> one = [np.array([value]) for value in (0.5, 2.0, 2.0, 99.0, np.nan)]
    >>> harms(Columns(**dict(zip(Columns.__struct_fields__, one))), Decay(median_views=30, half_life=2.0)).tolist()
    [100.0]
    """
    left = np.exp2(-np.nan_to_num(posts.age) / decay.half_life)
    by_views = ~np.isnan(posts.views) & (posts.age >= decay.young)
    by_reach = np.where(np.isnan(posts.followers), decay.median_views, posts.followers * decay.reach) * left
    seen = np.where(by_views, 1 - left, 1.0)
    to_come = np.where(by_views, (posts.views + 1) * left / seen, by_reach)
    return np.asarray(posts.probability * to_come * posts.gravity, dtype=np.float64)


def by_case(harm: Floats, case: Ranks, cases: int) -> Floats:
    """The harm of each case: the sum over its posts. ``case``: the row of each post's case, from 0 to ``cases`` - 1.

    >>> by_case(np.array([1.0, 2.0, 4.0]), np.array([1, 0, 1]), 3).tolist()
    [2.0, 5.0, 0.0]
    """
    return np.asarray(np.bincount(case, weights=harm, minlength=cases), dtype=np.float64)


def order(harm: Floats, hours_left: Floats, soon: float = 2.0) -> Ranks:
    """Rows of cases in the order of ``priority.in_order``; ``hours_left`` on the legal clock, NaN: none runs.

    >>> order(np.array([1.0, 9.0, 5.0]), np.array([np.nan, np.nan, 1.0])).tolist()
    [2, 1, 0]
    """
    urgent = hours_left <= soon
    return np.lexsort((-harm, np.where(urgent, hours_left, 0.0), ~urgent))


def admitted(harm: Floats, hours_left: Floats, capacity: int) -> np.ndarray:
    """bool, one per case: does it enter the queue (``priority.admit``)? As many as there is room for, and all clocks.

    >>> admitted(np.array([1.0, 9.0, 5.0]), np.array([np.nan, np.nan, 100.0]), capacity=2).tolist()
    [False, True, True]
    """
    enters = ~np.isnan(hours_left)
    free = max(capacity - int(enters.sum()), 0)
    others = order(harm, hours_left)
    enters[others[~enters[others]][:free]] = True
    return enters
