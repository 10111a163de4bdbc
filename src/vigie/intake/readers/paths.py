"""Which field of a JSON record feeds which column of a post; compiled, so that reading keeps up with a network."""

from collections.abc import Mapping, Sequence
from contextlib import suppress
from functools import reduce
from operator import attrgetter, or_
from typing import Any, NamedTuple

import msgspec

from vigie.intake.readers.rows import Bad, Row, row
from vigie.records.posts import POSTS

#: Column of ``POSTS`` → paths of fields, tried in turn; a dot leads into a nested object.
Paths = Mapping[str, Sequence[str]]

_SCALAR = (str, int, float)
_TYPES: dict[str, Any] = {
    "id": str | int,
    "text": str,
    "account": str | int,
    "created_at": str | int | float,
    "declared_language": str,
    "views": int,
    "followers": int,
    "account_created_at": str | int | float,
}


def dig(record: object, path: str) -> Any:
    """The value at the end of a path of a JSON record, or None.

    >>> dig({"public_metrics": {"impression_count": 7}}, "public_metrics.impression_count")
    7
    """
    for step in path.split("."):
        record = record.get(step) if isinstance(record, dict) else None
    return record


def pick(record: object, paths: Sequence[str], wanted: Any = _SCALAR) -> Any:
    """The first value of the wanted type among the paths; else whatever stands there, so that a reason can be given."""
    other = None
    for path in paths:
        value = dig(record, path)
        if isinstance(value, wanted) and not isinstance(value, bool):
            return value
        other = value if other is None else other
    return other


def row_at(record: object, paths: Paths) -> Row | Bad:
    """A post from one record, with patience for odd types.

    >>> row_at({"id": 1, "text": "salut", "views": "12"}, {"id": ["id"], "text": ["text"], "views": ["views"]}).views
    12
    """
    values = (pick(record, paths.get(column, ()), str if column == "text" else _SCALAR) for column in _TYPES)
    return row(*values)


class _Leaf(NamedTuple):
    """The way to one value: names of attributes, and whether an object may stand where a value is expected."""

    steps: tuple[str, ...]
    shared: bool


class Plan:
    """A typed record with only the fields that the paths name, and the way from many such records to eight lists."""

    def __init__(self, paths: Paths):
        tree = _Node()
        for column, ways in paths.items():
            for way in ways:
                tree.grow(way.split("."), _TYPES[column], required=_required(column, ways))
        self.struct: Any = tree.struct()
        self._leaves = [[tree.leaf(way.split(".")) for way in paths.get(column, ())] for column in POSTS.names]

    def values(self, records: Sequence[Any]) -> list[list[object]]:
        """Eight lists, one value per record. The first path that holds something wins."""
        return [_first(records, leaves) for leaves in self._leaves]


class _Node:
    """A field of the record: the values it may hold, and the fields inside it."""

    def __init__(self) -> None:
        self.types: list[Any] = []
        self.inside: dict[str, _Node] = {}
        self.required = False

    def grow(self, steps: Sequence[str], types: Any, *, required: bool) -> None:
        if not steps:
            self.types.append(types)
            self.required = required
            return
        self.inside.setdefault(steps[0], _Node()).grow(steps[1:], types, required=required)

    def struct(self) -> Any:
        fields: list[Any] = []
        for number, node in enumerate(self.inside.values()):
            types = reduce(or_, [*node.types, *([node.struct()] if node.inside else [])])
            fields.append((f"f{number}", types) if node.required else (f"f{number}", types | None, None))
        rename = {f"f{number}": field for number, field in enumerate(self.inside)}
        return msgspec.defstruct("Record", fields, rename=rename, kw_only=True, gc=False)

    def leaf(self, steps: Sequence[str]) -> _Leaf:
        node, attributes = self, []
        for step in steps:
            attributes.append(f"f{list(node.inside).index(step)}")
            node = node.inside[step]
        return _Leaf(tuple(attributes), bool(node.inside))


def _required(column: str, ways: Sequence[str]) -> bool:
    """A column without which there is no post, with a single place to find it: lets a wrong format fail at once."""
    return column in ("id", "text") and len(ways) == 1 and "." not in ways[0]


def _first(records: Sequence[Any], leaves: Sequence[_Leaf]) -> list[object]:
    if not leaves:
        return [None] * len(records)
    values = _reach(records, leaves[0])
    for leaf in leaves[1:]:
        missing = values.count(None)
        if not missing:
            break
        others = _reach(records, leaf)
        if missing == len(values):
            values = others
        elif others.count(None) < len(others):
            values = [other if value is None else value for value, other in zip(values, others, strict=True)]
    return values


def _reach(records: Sequence[Any], leaf: _Leaf) -> list[object]:
    if not leaf.shared:
        with suppress(AttributeError):  # one of them lacks an object on the way
            return list(map(attrgetter(".".join(leaf.steps)), records))
    values: list[object] = list(map(attrgetter(leaf.steps[0]), records))
    for step in leaf.steps[1:]:
        if values.count(None) == len(values):
            return values
        values = [getattr(value, step, None) for value in values]
    return [None if isinstance(value, msgspec.Struct) else value for value in values] if leaf.shared else values
