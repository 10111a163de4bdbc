"""Posts from JSON lines of unknown make, by the names of their fields."""

from collections.abc import Sequence
from typing import Any

import msgspec

from vigie.intake.readers.columns import Columns
from vigie.intake.readers.paths import Plan, row_at
from vigie.intake.readers.records import Buffer, Found
from vigie.intake.readers.rows import Bad, Row


class JsonRecords:
    """Any JSON objects that hold an identifier and a text under a known name."""

    name = "jsonl"

    def __init__(self, columns: Columns | None = None):
        self.columns = columns or Columns()
        self.paths = self.columns.paths()
        self.plan = Plan(self.paths)
        self.decoder = msgspec.json.Decoder(self.plan.struct)

    def many(self, records: Buffer) -> Found:
        """Posts, typed."""
        return Found(self.plan.values(self.decoder.decode_lines(records)))

    def one(self, record: dict[str, Any]) -> Sequence[Row | Bad]:
        """The post of one line, or which names were looked for in vain."""
        seen = row_at(record, self.paths)
        for column in ("id", "text"):
            if seen == Bad(f"no {column}"):
                return [Bad(f"no {column}: none of the fields {', '.join(self.paths[column])}")]
        return [seen]
