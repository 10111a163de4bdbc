"""One file of terms being read. Every problem is noted with its line, none stops the reading: all are told at once."""

import difflib
import re
import tomllib
from collections.abc import Collection, Mapping
from datetime import date
from typing import Any

from vigie.terms.clause import LANGUAGES
from vigie.terms.lines import Way, line_of, lines_of

#: Language codes that a text may have beside the required ones (ISO 639).
_LANGUAGE = re.compile(r"[a-z]{2,3}")


class Sheet:
    """A file, its lines and what is wrong in it."""

    def __init__(self, name: str, text: str) -> None:
        self.name = name
        self.problems: list[tuple[int, str]] = []
        self._lines: dict[Way, int] = {}
        values: dict[str, Any] = {}
        try:
            values = tomllib.loads(text)
            self._lines = lines_of(text)
        except tomllib.TOMLDecodeError as error:
            place = re.search(r"at line (\d+)", str(error))
            last = text.count("\n") + 1
            self.problems.append((int(place[1]) if place else last, f"not TOML: {error}"))
        self.root = Table(self, (), values)

    def line(self, way: Way) -> int:
        """The line of a value, or of what is around it when it is missing."""
        return line_of(way, self._lines)

    def told(self) -> list[str]:
        """The problems, one a line, in the order of the file."""
        return [f"{self.name}:{line}: {what}" for line, what in sorted(self.problems)]


class Table:
    """One table of a sheet: gives values of the right kind, or notes what is wrong and gives something harmless."""

    def __init__(self, sheet: Sheet, way: Way, values: Mapping[str, Any]) -> None:
        self.sheet, self.way, self.values = sheet, way, values
        self.line = sheet.line(way)

    def wrong(self, key: str, what: str) -> None:
        """Note a problem at the line of a key."""
        self.sheet.problems.append((self.sheet.line((*self.way, key)), what))

    def only(self, *known: str) -> None:
        """Note every key that nobody would read: most often a misspelling."""
        for key in self.values:
            if key not in known:
                near = difflib.get_close_matches(key, known, n=1)
                hint = f"; did you mean {near[0]}?" if near else ""
                self.wrong(key, f'unknown key "{key}"; the keys here are {", ".join(known)}{hint}')

    def get(self, key: str, kind: type | tuple[type, ...], expected: str) -> Any:
        """A value exactly of a kind (true is no number, an instant is no day); None when missing or of another kind."""
        kinds = kind if isinstance(kind, tuple) else (kind,)
        value = self.values.get(key)
        if value is None:
            self.wrong(key, f'"{key}" is missing: {expected}')
        elif type(value) not in kinds:
            self.wrong(key, f'"{key}" is {_shown(value)}; it must be {expected}')
        else:
            return value
        return None

    def words(self, key: str, expected: str = "a text that is not empty") -> str:
        """A text that says something."""
        value = self.get(key, str, expected)
        if value is not None and not value.strip():
            self.wrong(key, f'"{key}" is empty; it must be {expected}')
        return (value or "").strip()

    def one_of(self, key: str, valid: Collection[str], what: str) -> str:
        """A word of a closed list."""
        value = self.words(key, f"one of the {what}")
        if value and value not in valid:
            self.wrong(key, f'"{value}" is not one of the {what}: {", ".join(valid)}')
        return value

    def some_of(self, key: str, valid: Collection[str], what: str) -> tuple[str, ...]:
        """A list of different words of a closed list; it may be empty."""
        values = self.get(key, list, f"a list of {what}")
        for rank, value in enumerate(values or ()):
            if not isinstance(value, str) or value not in valid:
                self.wrong(key, f"{_shown(value)} is not one of the {what}: {', '.join(valid)}")
            elif value in values[:rank]:
                self.wrong(key, f'"{value}" is listed twice in "{key}"')
        return tuple(value for value in values or () if isinstance(value, str))

    def whole(self, key: str, low: int, high: int) -> int:
        """A whole number within bounds; 0 when it is not."""
        expected = f"a whole number from {low} to {high}"
        value = self.get(key, int, expected)
        if value is None or low <= value <= high:
            return value or 0
        self.wrong(key, f'"{key}" is {value}; it must be {expected}')
        return 0

    def share(self, key: str, expected: str = "a number from 0 to 1") -> float:
        """A number in [0, 1]; 0 when it is not."""
        value = self.get(key, (int, float), expected)
        if value is None or 0 <= value <= 1:
            return float(value or 0)
        self.wrong(key, f'"{key}" is {value}; it must be {expected}')
        return 0.0

    def day(self, key: str) -> date | None:
        """A day, written without quotes."""
        value = self.get(key, date, "a day such as 2026-11-01, without quotes or time")
        return value if isinstance(value, date) else None

    def tables(self, key: str, expected: str) -> list["Table"]:
        """The tables of an array such as [[rule]]."""
        values = self.get(key, list, expected)
        if values is not None and not all(isinstance(value, dict) for value in values):
            self.wrong(key, f'"{key}" must be {expected}')
            values = None
        return [Table(self.sheet, (*self.way, key, rank), value) for rank, value in enumerate(values or ())]

    def by_language(self, key: str, expected: str) -> "Table | None":
        """A table whose keys are language codes."""
        values = self.get(key, dict, expected)
        if values is None:
            return None
        table = Table(self.sheet, (*self.way, key), values)
        for language in values:
            if not _LANGUAGE.fullmatch(language):
                table.wrong(language, f'"{language}" is not a language code: write small letters, such as en or fr')
        return table

    def spoken(self, key: str) -> dict[str, str]:
        """A text in every required language, and perhaps in more."""
        table = self.by_language(key, f"a table with a text in each of {', '.join(LANGUAGES)}")
        if table is None:
            return {}
        languages = [*LANGUAGES, *(language for language in table.values if language not in LANGUAGES)]
        return {language: table.words(language, f"the {key} in that language") for language in languages}


def _shown(value: object) -> str:
    return f'"{value}"' if isinstance(value, str) else str(value).lower() if isinstance(value, bool) else str(value)
