"""From the files of terms to clauses: those of a directory, or the starter set that ships with Vigie."""

from datetime import date
from importlib import resources
from importlib.resources.abc import Traversable
from pathlib import Path

from vigie.errors import Misconfigured
from vigie.law.dsa import categories, keywords, visibilities
from vigie.law.grounds import grounds
from vigie.terms.clause import CLAUSE_ID, Clause, Version
from vigie.terms.reading_rules import read_rule
from vigie.terms.sheet import Sheet, Table

#: No clause counts for more than this: the sanctions of an account begin well below.
MOST_STRIKES = 10

_VERSION = ("number", "in_force_from", "legal", "restriction", "strikes", "text", "exceptions")
_CLAUSE = ("id", "gravity", "title", "dsa_category", "dsa_keywords", "version", "rule")


def read_terms(directory: Path | None = None) -> tuple[Clause, ...]:
    """The clauses of a directory, gravest first then by id; without a directory, those of the starter set.

    >>> [clause.id for clause in read_terms()][:2]
    ['children.exploitation', 'terrorism.content']

    Raises: Misconfigured, listing every problem of every file with its line, one a line.
    """
    place: Traversable = directory or resources.files("vigie.terms").joinpath("starter")
    if not place.is_dir():
        raise Misconfigured(f"{place} is not a directory; name the one that holds the terms, one <clause id>.toml each")
    files = sorted((file for file in place.iterdir() if file.name.endswith(".toml")), key=lambda file: file.name)
    if not files:
        raise Misconfigured(f"{place} holds no terms; write one <clause id>.toml for each clause")
    problems: list[str] = []
    clauses = [clause for file in files if (clause := _read(file, problems))]
    if problems:
        raise Misconfigured("\n".join(problems))
    return tuple(sorted(clauses, key=lambda clause: (-clause.gravity, clause.id)))


def read_clause(text: str, file: str) -> Clause:
    """One clause from the text of its file; ``file`` is the path that errors name, and its last part gives the id.

    Raises: Misconfigured, one problem a line.
    """
    sheet = Sheet(file, text)
    clause = None if sheet.problems else _clause(sheet)
    if clause is None or sheet.problems:
        raise Misconfigured("\n".join(sheet.told()))
    return clause


def _read(file: Traversable, problems: list[str]) -> Clause | None:
    try:
        return read_clause(file.read_bytes().decode(), str(file))
    except (OSError, UnicodeDecodeError) as error:
        problems.append(f"{file}:1: cannot be read as a text in UTF-8: {error}")
    except Misconfigured as error:
        problems.append(str(error))
    return None


def _clause(sheet: Sheet) -> Clause:
    table = sheet.root
    table.only(*_CLAUSE)
    usable = [category for category in categories() if keywords(category)]
    category = table.one_of("dsa_category", usable, "categories that a clause may have")
    return Clause(
        id=_id(table),
        gravity=table.whole("gravity", 1, 5),
        title=table.spoken("title"),
        dsa_category=category,
        dsa_keywords=_keywords(table, category),
        versions=_versions(table),
        rules=tuple(map(read_rule, table.tables("rule", "[[rule]] tables"))) if "rule" in table.values else (),
        file=sheet.name,
    )


def _id(table: Table) -> str:
    name = table.words("id", 'a name such as "hate.racism"')
    stem = Path(table.sheet.name).name.removesuffix(".toml")
    if name and not CLAUSE_ID.fullmatch(name):
        table.wrong("id", f'"{name}" is not an id: two words of small letters, digits and _ joined by a dot')
    elif name and name != stem:
        table.wrong("id", f'"{name}" is not the name of its file: rename the file {name}.toml, or write "{stem}"')
    return name


def _keywords(table: Table, category: str) -> tuple[str, ...]:
    valid = keywords(category)
    if not valid:  # the category is wrong, and said to be: nothing can be told of its keywords
        return ()
    chosen = table.some_of("dsa_keywords", valid, f"keywords of {category}")
    if table.values.get("dsa_keywords") == []:
        table.wrong("dsa_keywords", f'"dsa_keywords" is empty; choose at least one of {", ".join(valid)}')
    return chosen


def _versions(table: Table) -> tuple[Version, ...]:
    expected = "at least one [[version]] table"
    tables = table.tables("version", expected)
    if table.values.get("version") == []:
        table.wrong("version", f'"version" is empty; it must be {expected}')
    versions = tuple(map(_version, tables))
    for rank, (version, its_table) in enumerate(zip(versions, tables, strict=True)):
        for earlier in versions[:rank]:
            _in_order(earlier, version, its_table)
    return versions


def _version(table: Table) -> Version:
    table.only(*_VERSION)
    restrictions = [one for one in visibilities() if one != "DECISION_VISIBILITY_OTHER"]  # it asks for words of its own
    return Version(
        number=table.whole("number", 1, 9999),
        in_force_from=table.day("in_force_from") or date.max,
        legal=table.some_of("legal", grounds(), "legal grounds of the catalogue"),
        restriction=table.one_of("restriction", restrictions, "restrictions"),
        strikes=table.whole("strikes", 0, MOST_STRIKES),
        text=table.spoken("text"),
        exceptions=table.spoken("exceptions"),
        line=table.line,
    )


def _in_order(earlier: Version, version: Version, table: Table) -> None:
    """Two versions differ in number and in date, and the higher number is the later one."""
    days, numbers = (earlier.in_force_from, version.in_force_from), (earlier.number, version.number)
    if numbers[0] == numbers[1] != 0:
        table.wrong("number", f"version {version.number} is already given at line {earlier.line}; take the next number")
    elif date.max in days or 0 in numbers:  # already said to be wrong
        return
    elif days[0] == days[1]:
        table.wrong("in_force_from", f"versions {numbers[0]} and {numbers[1]} both begin on {days[0]}; change one day")
    elif (numbers[0] < numbers[1]) != (days[0] < days[1]):
        what = f"version {max(numbers)} begins before version {min(numbers)}; the higher number must be the later one"
        table.wrong("in_force_from", what)
