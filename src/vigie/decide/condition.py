"""The condition of a rule: from the text that a policy lead writes to something that looks at one post at a time.

A condition is an SQL expression. Polars computes it, and accepts more than a rule may say: averages over the batch,
ranks, constants. Such a rule would treat a post according to its neighbours, so it is refused before it ever runs.
"""

import difflib
import re
from collections.abc import Iterator, Mapping

import polars as pl
from polars.exceptions import PolarsError

from vigie.decide import rowwise
from vigie.decide.probe import PROBE_ROWS, probe
from vigie.errors import Misconfigured

#: A condition that nobody can read is not published; and the parser is only safe on texts of a sensible size.
LONGEST = 2_000


def compile_condition(when: str, *, columns: Mapping[str, pl.DataType], where: str) -> pl.Expr:
    """The Boolean column that a condition stands for; never null: what is not known is not flagged.

    ``columns`` are the names that a condition may use (float32 ones are probabilities); ``where`` is "file:line".

    >>> hate = {"hate": pl.Float32(), "views": pl.Int64()}
    >>> flagged = compile_condition("hate >= 0.9 AND views > 10", columns=hate, where="hate.toml:30")
    >>> posts = pl.DataFrame({"hate": [0.9, 0.9], "views": [11, None]}, schema_overrides=hate)
    >>> posts.select(flagged).to_series().to_list()
    [True, False]
    >>> compile_condition("hate >= avg(hate)", columns=hate, where="hate.toml:30")
    Traceback (most recent call last):
    vigie.errors.Misconfigured: hate.toml:30: the condition "hate >= avg(hate)" looks at other posts of the batch \
(Mean): a verdict may only depend on the post itself; compare its own columns with numbers

    Raises: Misconfigured, naming the place, the condition and the way to mend it.
    """
    problem = next(_problems(when, columns), None)
    if problem is not None:
        raise Misconfigured(f'{where}: the condition "{_short(when)}" {problem}')
    return _plain(when)


def names_in(when: str) -> frozenset[str]:
    """The columns that a condition reads, whether or not they exist.

    >>> sorted(names_in("hate >= review OR views > 1000"))
    ['hate', 'review', 'views']
    """
    return frozenset(pl.sql_expr(when).meta.root_names())


def reading(when: str, name: str, *, instead: str) -> pl.Expr:
    """The same condition, looking at the column ``instead`` where it names the column ``name``.

    >>> reading("hate >= review AND language = 'review'", "review", instead="review 2").meta.root_names()
    ['hate', 'review 2', 'language']
    """
    text = re.sub(
        rf"'(?:[^']|'')*'|\"{name}\"|\b{name}\b", lambda at: at[0] if at[0][0] == "'" else f'"{instead}"', when
    )
    expected = frozenset(instead if one == name else one for one in names_in(when))
    if names_in(text) != expected:
        raise ValueError(f"{when!r} cannot be made to read {instead!r}")
    return _plain(text)


def unknown(name: str, valid: Mapping[str, object] | frozenset[str]) -> str:
    """What to say of a name that does not exist: the nearest one that does, and all of them.

    >>> unknown("Hate", frozenset({"hate", "views"}))
    'Hate, which does not exist; did you mean hate? The names are hate, views'
    """
    folded = {known.lower(): known for known in valid}
    near = difflib.get_close_matches(name.lower(), folded, n=1)
    hint = f"; did you mean {folded[near[0]]}?" if near else "."
    return f"{name}, which does not exist{hint} The names are {', '.join(sorted(valid))}"


def _plain(when: str) -> pl.Expr:
    return pl.sql_expr(when).fill_null(False)


def _short(when: str) -> str:
    text = " ".join(when.split())
    return text if len(text) <= 200 else f"{text[:200]}…"


def _problems(when: str, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    """What is wrong, the first first: each check relies on those before it."""
    if len(when) > LONGEST:
        yield f"has {len(when)} characters, at most {LONGEST} are read; split it into several rules"
    try:
        expression = pl.sql_expr(when)
    except PolarsError as error:
        yield f"cannot be read ({_first(error)}); write comparisons such as hate >= 0.6, joined by AND, OR, NOT"
        return
    yield from _unknown(expression, when, columns)
    yield from rowwise.problems(expression, columns)
    yield from _misbehaves(expression, columns)


def _unknown(expression: pl.Expr, when: str, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    for name in expression.meta.root_names():
        if name not in columns:
            quoted = f" (a text goes between single quotes: '{name}')" if f'"{name}"' in when else ""
            yield f"reads {unknown(name, columns)}{quoted}"


def _misbehaves(expression: pl.Expr, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    """What computing it on made-up posts shows, should reading its tree have missed something."""
    posts = probe({name: columns[name] for name in expression.meta.root_names()})
    verdict = expression.alias("verdict")
    try:
        whole = posts.select(verdict).to_series()
        alone = [posts[row].select(verdict).to_series() for row in range(0, PROBE_ROWS, 3)]
        turned = posts.reverse().select(verdict).to_series()
    except PolarsError as error:
        yield f"cannot be computed ({_first(error)}); compare numbers with numbers and texts with texts"
        return
    if whole.dtype != pl.Boolean:
        yield f"gives {whole.dtype} instead of yes or no; compare it with something, as in hate >= 0.6"
    if len(whole) != PROBE_ROWS or any(len(one) != 1 for one in alone):
        yield "does not give one answer per post; compare the post's own columns with numbers"
    elif turned.reverse().to_list() != whole.to_list() or [one[0] for one in alone] != whole.to_list()[::3]:
        yield "answers differently according to the other posts of the batch; compare its own columns with numbers"
    elif whole.head(PROBE_ROWS * 3 // 4).fill_null(False).all():
        yield "is true of every post; raise its thresholds"


def _first(error: PolarsError) -> str:
    return re.sub(r"\s+", " ", str(error).partition("\n")[0])[:200]
