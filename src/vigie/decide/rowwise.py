"""What a condition may be made of: only operations whose answer for a post depends on that post alone.

The list is closed. What Polars adds later is refused until someone has looked at it here.
"""

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import polars as pl

_COMPARED = frozenset({"Eq", "NotEq", "Lt", "LtEq", "Gt", "GtEq"})
_DIVIDED = frozenset({"Div", "IntDiv", "Rem", "TrueDivide", "FloorDivide", "Modulus", "Divide"})
_OPERATORS = _COMPARED | {"And", "Or", "Plus", "Minus", "Multiply", "EqValidity", "NotEqValidity"}

#: Functions by the way Polars names them in a serialised expression.
_FUNCTIONS = frozenset(
    {
        *("Boolean.Not", "Boolean.IsNull", "Boolean.IsNotNull", "Sql.IsIn", "Abs", "Coalesce"),
        *("MaxHorizontal", "MinHorizontal", "Sql.Round"),
        *(f"Sql.Binary.{name}" for name in (*_COMPARED, "Plus", "Minus", "Mul", "Div", "IntDiv", "Rem")),
        *(f"StringExpr.{name}" for name in ("Lowercase", "Uppercase", "Contains", "StartsWith", "EndsWith")),
        *(f"StringExpr.{name}" for name in ("LenChars", "Slice", "StripChars", "ConcatHorizontal")),
    }
)
#: Where a number with decimals may stand: elsewhere Polars compares at another precision than that of the scores,
#: and a score of 0.9 would not reach 0.9.
_EXACT = frozenset({*(name for name in _FUNCTIONS if name.startswith("Sql.Binary.")), "Sql.IsIn"})
_LITERALS = frozenset({"Boolean", "String", "Decimal", "Null", "Int", "Float"})

Tree = Any  # what JSON gives: the serialised expression

_OWN = "compare its own columns with numbers"
_NEIGHBOURS = "looks at other posts of the batch"


def _others(what: str) -> str:
    return f"{_NEIGHBOURS} ({what}): a verdict may only depend on the post itself; {_OWN}"


#: What a person is most likely to try, each with its reason; anything else is refused by its name.
_REFUSED: dict[str, Callable[[Tree], str]] = {
    "Agg": lambda payload: _others(next(iter(payload))),
    "Over": lambda _: _others("a window"),
    "Len": lambda _: _others("their number"),
    "Explode": lambda _: _others("more or fewer rows than posts"),
    "SubPlan": lambda _: f"contains a query; {_OWN}",
    "Selector": lambda _: "picks columns by a pattern; name each one",
    "Alias": lambda _: "gives itself a name, or reads the clock; write the condition alone",
}


def problems(expression: pl.Expr, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    """What this expression must not contain: what it has from other posts first, then the outermost first.

    >>> hate = {"hate": pl.Float32()}
    >>> list(problems(pl.col("hate") >= 0.6, hate))
    []
    >>> list(problems(pl.lit(1) == pl.lit(1), hate))
    ['is the same for every post: it reads no column; compare a signal with a number, as in hate >= 0.6']
    """
    found = _walk(json.loads(expression.meta.serialize(format="json")), columns)
    yield from sorted(found, key=lambda problem: not problem.startswith(_NEIGHBOURS))
    if not expression.meta.root_names():
        yield "is the same for every post: it reads no column; compare a signal with a number, as in hate >= 0.6"


def _walk(tree: Tree, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    kind: str = next(iter(tree)) if isinstance(tree, dict) else str(tree)
    payload: Tree = tree[kind] if isinstance(tree, dict) else None
    inner: list[Tree] = []
    if kind == "Function":
        inner = payload["input"]
        yield from _function(_name(payload["function"]), inner, columns)
    elif kind == "BinaryExpr":
        inner = [payload["left"], payload["right"]]
        yield from _operator(payload["op"], inner, columns)
    elif kind == "Ternary":
        inner = [payload["predicate"], payload["truthy"], payload["falsy"]]
        yield from _inexact("CASE", inner)
    elif kind == "Cast":
        inner = [payload["expr"]]
        yield from _cast(payload["dtype"])
    elif kind == "Literal":
        yield from _literal(payload)
    elif kind != "Column":
        yield _REFUSED[kind](payload) if kind in _REFUSED else f"uses {kind}, which rules do not; {_OWN}"
    for part in inner:
        yield from _walk(part, columns)


def _name(function: Tree) -> str:
    """``{"Sql": {"Binary": "GtEq"}}`` is named ``Sql.Binary.GtEq``; the settings of a function are left out."""
    if isinstance(function, str):
        return function
    head, rest = next(iter(function.items()))
    if head in ("Sql", "Boolean", "StringExpr") and isinstance(rest, dict):
        first = next(iter(rest))
        return f"{head}.{first}.{rest[first]}" if first == "Binary" else f"{head}.{first}"
    return f"{head}.{rest}" if isinstance(rest, str) else str(head)


def _function(name: str, inner: list[Tree], columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    if name not in _FUNCTIONS:
        yield f"uses {name}, which rules do not; {_OWN}"
    if name == "StringExpr.Contains" and _number_or_text(inner[1]) is None:
        yield "takes a pattern from the post; write the pattern in the rule"
    if name in _EXACT:
        yield from _operation(name.rpartition(".")[2], inner, columns)
    else:
        yield from _inexact(name, inner)


def _operator(name: str, inner: list[Tree], columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    if name not in _OPERATORS | _DIVIDED:
        yield f"uses {name}, which rules do not; {_OWN}"
    yield from _operation(name, inner, columns)
    yield from _inexact(name, inner)


def _operation(name: str, inner: list[Tree], columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    if name in _DIVIDED and not _number_or_text(inner[1]):
        yield "divides by a column: 0 / 0 passes every test; multiply the other side instead, as in a >= 2 * b"
    if name in _COMPARED:
        for one, other in (inner, inner[::-1]):
            yield from _out_of_reach(one, other, columns)


def _out_of_reach(column: Tree, number: Tree, columns: Mapping[str, pl.DataType]) -> Iterator[str]:
    """A probability compared with 60 is a percentage that someone forgot to divide."""
    value = _number_or_text(number)
    if not (isinstance(column, dict) and isinstance(value, int | float)):
        return
    name = str(column.get("Column"))
    if name in columns and columns[name] == pl.Float32 and not 0 <= value <= 1:
        yield f"compares {name}, a probability from 0 to 1, with {value:g}; write 0.60 for 60 %"


def _inexact(name: str, inner: list[Tree]) -> Iterator[str]:
    if any("Decimal" in _scalar(part) for part in inner):
        yield f"has a number with decimals in {name}, where 0.9 is not 0.9; compare directly: a >= 0.5 AND a <= 0.9"


def _cast(dtype: Tree) -> Iterator[str]:
    """NOT makes a strict cast to Boolean, || one to text; any other may fail on a post or lose precision."""
    kind = dtype.get("Literal") if isinstance(dtype, dict) else None
    if kind not in ("Boolean", "String"):
        yield f"casts to {kind}; compare the column as it is"


def _literal(payload: Tree) -> Iterator[str]:
    kind = "Series" if "Series" in payload else next(iter(_scalar({"Literal": payload})), "something")
    if kind not in _LITERALS | {"Series"}:
        yield f"holds a {kind}, which is no number, text or yes or no; a condition knows no clock"


def _scalar(tree: Tree) -> dict[str, Any]:
    """``{"Decimal": [6, 1, 1]}`` or the like for a literal; empty for anything else."""
    payload = tree.get("Literal") if isinstance(tree, dict) else None
    if not isinstance(payload, dict):
        return {}
    scalar = payload.get("Scalar", payload.get("Dyn"))
    return scalar if isinstance(scalar, dict) else {}


def _number_or_text(tree: Tree) -> float | str | None:
    """The value of a literal; ``{"Decimal": [6, 1, 1]}`` is 0.6: digits, precision, scale."""
    for kind, value in _scalar(tree).items():
        if kind == "Decimal":
            return float(value[0] / 10 ** value[2])
        if kind in ("Int", "Float", "String"):
            return value  # type: ignore[no-any-return]
    return None
