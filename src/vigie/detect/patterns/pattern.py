"""One pattern as a reviewer wrote it: what it looks for, what excuses it, and the two sentences that test it."""

import re
import tomllib
from collections.abc import Callable
from functools import cached_property
from pathlib import Path
from typing import Any, cast

import msgspec
import pyarrow as pa

from vigie.errors import Misconfigured
from vigie.intake import folding
from vigie.terms.lines import line_of, lines_of

LANGUAGES = ("en", "fr")
_EDGE_BEFORE, _EDGE_AFTER = "(?:^|[^a-z0-9])", "(?:$|[^a-z0-9])"


class _Entry(msgspec.Struct, forbid_unknown_fields=True):
    score: float
    why: str
    match: str
    near_miss: str
    literal: str | None = None
    regex: str | None = None
    unless: list[str] = []
    anywhere: bool = False


class _File(msgspec.Struct, forbid_unknown_fields=True):
    signal: str
    language: str
    pattern: list[_Entry]
    exceptions: dict[str, list[str]] = {}


def _engine() -> Any:
    import re2

    options = re2.Options()
    options.encoding = re2.Options.Encoding.LATIN1  # bytes in, bytes out
    options.log_errors = False
    return re2, options


def compiled(expression: str) -> Any:
    """A linear-time matcher over bytes; raises ``re2.error``."""
    re2, options = _engine()
    return re2.compile(expression.encode(), options=options)


def yes_or_no(expression: str) -> Callable[[bytes], object]:
    """The same without saying where, which takes less time: true of a text that holds a match."""
    re2, options = _engine()
    one = re2.Set.SearchSet(options)
    one.Add(expression.encode())
    one.Compile()
    return cast(Callable[[bytes], object], one.Match)


class Pattern:
    """One reviewed pattern. ``body`` is a regular expression over folded text; it stands between the edges of words."""

    def __init__(self, entry: _Entry, file: _File, where: str):
        self.signal, self.language, self.where = file.signal, file.language, where
        self.score, self.why, self.anywhere = entry.score, entry.why, entry.anywhere
        self.match, self.near_miss = entry.match, entry.near_miss
        self.body = entry.regex or re.escape(folding.folded(pa.array([entry.literal])).to_pylist()[0])
        self._exceptions = [file.exceptions[name] for name in entry.unless]

    @property
    def expression(self) -> str:
        """The body between the edges of words."""
        return f"{_EDGE_BEFORE}(?:{self.body}){_EDGE_AFTER}"

    @property
    def content(self) -> str:
        """Everything that a score depends on."""
        return f"{self.signal} {self.language} {self.anywhere} {self.score} {self.body} {self._exceptions}"

    @cached_property
    def _matcher(self) -> Any:
        return compiled(f"{_EDGE_BEFORE}({self.body}){_EDGE_AFTER}")

    @cached_property
    def _excuse(self) -> Any:
        return compiled("|".join(f"(?:{e})" for group in self._exceptions for e in group)) if self._exceptions else None

    def applies(self, language: str) -> bool:
        """Whether posts of this language are looked at: its own, none that could be told, or any at all."""
        return self.anywhere or language == self.language or language not in LANGUAGES

    @cached_property
    def _holds(self) -> Callable[[bytes], object]:
        return yes_or_no(self.expression)

    def hits(self, text: bytes) -> bool:
        """Whether it stands in a folded text and the context does not excuse it."""
        return bool(self._holds(text)) and (self._excuse is None or not self._excuse.search(text))

    def find(self, text: Any) -> tuple[int, int] | None:
        """Where it stands in a folded text (bytes), unless the context excuses it."""
        text = bytes(text)
        hit = self._matcher.search(text)
        if hit is None or (self._excuse is not None and self._excuse.search(text)):
            return None
        start, end = hit.span(1)
        return start, end

    def check(self) -> None:
        """Compile everything; a pattern that is not linear-time is refused with its file and line."""
        try:
            _ = self._matcher, self._excuse
        except Exception as error:  # re2 raises its own class for every syntax error
            raise Misconfigured(
                f"{self.where}: no linear-time pattern ({error}): no look-around, no back-reference"
            ) from None


def _problems(file: _File, path: Path) -> list[str]:
    named = {name for entry in file.pattern for name in entry.unless}
    out = [f"{path}: no exception is called {name!r}" for name in sorted(named - file.exceptions.keys())]
    name = f"{file.signal}.{file.language}"
    if file.language not in LANGUAGES:
        out.append(f"{path}: patterns are read in {' and '.join(LANGUAGES)}, not in {file.language!r}")
    if path.name != f"{name}.toml" and not path.name.startswith(f"{name}."):
        out.append(f"{path}: holds {file.signal} in {file.language}: call it {name}.toml, or {name}.<a word>.toml")
    return out


def _entry_problem(entry: _Entry) -> str | None:
    if (entry.literal is None) == (entry.regex is None):
        return "give either literal or regex"
    if not 0 < entry.score <= 1:
        return f"score {entry.score} is outside (0, 1]"
    changed = [c for c in re.sub(r"\\.", "", entry.regex or "") if folding.table("folded")[c] != c]
    if changed:
        return (
            f"patterns are read over folded text, where {changed[0]!r} never stands: write lower case without accents"
        )
    return None


def _place(text: str, path: Path, error: Exception) -> str:
    """The file, and the line where it is known: TOML's own, or that of the pattern with a wrong or missing key."""
    at = re.search(r"at line (\d+)", str(error))
    if at or isinstance(error, tomllib.TOMLDecodeError):
        return f"{path}:{at[1] if at else text.count(chr(10)) + 1}"
    entry = re.search(r"\$\.pattern\[(\d+)\]", str(error))
    return f"{path}:{line_of(('pattern', int(entry[1])), lines_of(text))}" if entry else f"{path}:1"


def read_file(path: Path) -> list[Pattern]:
    """The patterns of one file; ``Misconfigured`` names the file, the line and the mend."""
    try:
        text = path.read_text()
    except OSError as error:
        raise Misconfigured(f"{path}: not a pattern file: {error}") from error
    return read_text(text, path)


def read_text(text: str, path: Path) -> list[Pattern]:
    """The patterns of the text of a file; ``path`` is what errors name, and its last part says what the file holds."""
    try:
        file = msgspec.convert(tomllib.loads(text), _File)
    except (tomllib.TOMLDecodeError, msgspec.ValidationError) as error:
        raise Misconfigured(f"{_place(text, path, error)}: not a pattern file: {error}") from error
    lines = lines_of(text)
    where = [f"{path}:{line_of(('pattern', rank), lines)}" for rank in range(len(file.pattern))]
    wrong = [(_entry_problem(entry), place) for entry, place in zip(file.pattern, where, strict=True)]
    problems = [*_problems(file, path), *(f"{place}: {problem}" for problem, place in wrong if problem)]
    if problems:
        raise Misconfigured("\n".join(problems))
    return [Pattern(entry, file, place) for entry, place in zip(file.pattern, where, strict=True)]


def read_patterns(directory: Path) -> tuple[Pattern, ...]:
    """Every pattern of a directory, in the order of its files."""
    return tuple(pattern for path in sorted(directory.glob("*.toml")) for pattern in read_file(path))
