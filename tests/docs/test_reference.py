"""The documentation keeps its word: what the code promises has its page, and no page promises what is not there."""

import argparse
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest

from vigie.app.cli import parser
from vigie.decide.signals import AWAITED, FACTS, REVIEW, SHIPPED
from vigie.errors import VigieError
from vigie.law.grounds import grounds
from vigie.terms.check import signals_of
from vigie.terms.clause import Clause
from vigie.terms.phrases import restriction
from vigie.terms.reading import read_terms

from .reading import DOCS, ROOT, SOURCE, first_cells, in_code, sections, shipped_signals, text_of

PAGES = sorted([*DOCS.rglob("*.md"), *(ROOT / f"{name}.md" for name in ("README", "CHANGELOG", "CONTRIBUTING"))])
SET_UP = ["pip install . && vigie moderate examples/posts.jsonl", "pip install -e '.[dev]' && pytest"]

CARD = DOCS / "reference" / "model-card.md"

each_page = pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))


# The command line


def commands(of: argparse.ArgumentParser, name: str = "vigie") -> Iterator[tuple[str, argparse.ArgumentParser]]:
    """Every command below a parser, with its full name."""
    for action in of._actions:
        if isinstance(action, argparse._SubParsersAction):
            for step, inner in action.choices.items():
                yield f"{name} {step}", inner
                yield from commands(inner, f"{name} {step}")


COMMANDS = dict(commands(parser()))
each_command = pytest.mark.parametrize("command", COMMANDS)


def documented(command: str) -> str:
    return sections(text_of("cli")).get(f"`{command}`", "")


def arguments(command: str) -> dict[str, argparse.Action]:
    """What the command takes, by the name that a person writes or reads in its help."""
    aside = argparse._SubParsersAction | argparse._HelpAction
    kept = (action for action in COMMANDS[command]._actions if not isinstance(action, aside))
    return {a.option_strings[-1] if a.option_strings else str(a.metavar or a.dest.upper()): a for a in kept}


@each_command
def test_every_command_has_its_section(command: str) -> None:
    assert documented(command), f"docs/reference/cli.md has no section `{command}`"


def test_no_section_is_about_a_command_that_is_gone() -> None:
    headings = {heading.strip("`") for heading in sections(text_of("cli")) if heading.startswith("`")}
    assert headings == set(COMMANDS)


@each_command
def test_every_option_is_documented_and_no_other(command: str) -> None:
    named = first_cells(documented(command))
    assert named == set(arguments(command)), f"the table of `{command}` in docs/reference/cli.md"


@each_command
def test_every_choice_of_an_option_is_documented(command: str) -> None:
    for name, action in arguments(command).items():
        row = next(line for line in documented(command).splitlines() if line.startswith(f"| `{name}`"))
        assert set(map(str, action.choices or ())) <= in_code(row), f"choices of {command} {name}"


@each_command
def test_defaults_are_those_of_the_program(command: str) -> None:
    for name, action in arguments(command).items():
        if isinstance(action.default, int | float) and not isinstance(action.default, bool):
            row = next(line for line in documented(command).splitlines() if line.startswith(f"| `{name}`"))
            assert row.rstrip("| ").rsplit("|", 1)[1].strip() == str(action.default), f"default of {command} {name}"


def errors(of: type[VigieError] = VigieError) -> Iterator[type[VigieError]]:
    for kind in of.__subclasses__():
        yield kind
        yield from errors(kind)


def test_every_exit_code_is_documented() -> None:
    assert first_cells(text_of("exit-codes")) == {"0", "1", *(str(kind.exit_code) for kind in errors())}


# Signals, clauses, settings


def test_every_signal_is_documented() -> None:
    assert first_cells(text_of("signals")) == {*shipped_signals(), *SHIPPED, *AWAITED, *FACTS, REVIEW}


def test_signals_without_a_detector_are_said_to_have_none() -> None:
    waiting = first_cells(sections(text_of("signals"))["No detector yet"])
    assert waiting == AWAITED
    assert not waiting & shipped_signals()


CLAUSES = {clause.id: clause for clause in read_terms()}


def facts(clause: Clause) -> set[str]:
    """What docs/reference/clauses.md must say of a clause, as it stands today."""
    version = clause.versions[-1]
    said = {*clause.title.values(), str(clause.gravity), restriction(version.restriction, "en"), str(version.strikes)}
    return {*said, *version.legal, *(signal for rule in clause.rules for signal in signals_of(rule.when))}


@pytest.mark.parametrize("name", CLAUSES)
def test_every_clause_is_documented_with_what_follows(name: str) -> None:
    rows = [line for line in text_of("clauses").splitlines() if line.startswith(f"| `{name}` |")]
    cells = {cell.strip() for row in rows for cell in row.split("|")}
    missing = facts(CLAUSES[name]) - cells - {code for row in rows for code in in_code(row)}
    assert not missing, f"docs/reference/clauses.md does not say of {name}: {missing}"


def test_no_clause_is_documented_that_is_gone() -> None:
    assert {name for name in first_cells(text_of("clauses")) if "." in name} == set(CLAUSES)
    assert f"{len(CLAUSES)} clauses" in text_of("clauses")
    assert f"{len(CLAUSES)} clauses" in (ROOT / "README.md").read_text()


def test_every_legal_ground_says_whether_it_may_be_sent() -> None:
    rows = [line for line in sections(text_of("clauses"))["Legal grounds"].splitlines() if line.startswith("| `")]
    said = {next(iter(in_code(row))): row.split("|")[3].strip().startswith("yes") for row in rows}
    used = {ground for clause in CLAUSES.values() for version in clause.versions for ground in version.legal}
    assert said == {ground: grounds()[ground].may_be_sent for ground in used}


_READ = re.compile(r"""(?:environ(?:\.\w+\(|\[)|getenv\()\s*["'](\w+)["']""")


def test_every_environment_variable_is_documented() -> None:
    read = {name for file in SOURCE.rglob("*.py") for name in _READ.findall(file.read_text())}
    assert first_cells(text_of("settings")) == read


# Pages


def without_code(text: str) -> str:
    return re.sub(r"^ *```.*?^ *```", "", text, flags=re.MULTILINE | re.DOTALL)


def links(page: Path) -> list[str]:
    """The targets of a page's links within the repository."""
    targets: list[str] = re.findall(r"\[[^\]]*\]\(([^)\s]+)\)", without_code(page.read_text()))
    return [target for target in targets if not re.match(r"[a-z]+:", target)]


def anchors(page: Path) -> set[str]:
    """How headings are linked to: lower case, without punctuation, hyphens for spaces."""
    headings = re.findall(r"^#+ (.+)$", without_code(page.read_text()), flags=re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", heading.lower()).replace(" ", "-") for heading in headings}


@each_page
def test_no_link_is_broken(page: Path) -> None:
    for target in links(page):
        path, _, anchor = target.partition("#")
        place = (page.parent / path).resolve() if path else page
        assert place.is_relative_to(ROOT), f"{page}: {target} leaves the repository"
        assert place.exists() or place == CARD, f"{page}: {target} does not exist"
        assert not anchor or anchor in anchors(place), f"{page}: {target}: no such heading"


def test_the_model_card_was_made() -> None:
    assert CARD.exists(), "no model card: vigie train DIR --card docs/reference/model-card.md makes it"


def test_every_page_can_be_reached_from_the_index() -> None:
    index = DOCS / "README.md"
    reached = {index, *((DOCS / target.partition("#")[0]).resolve() for target in links(index))}
    assert {page for page in PAGES if page.is_relative_to(DOCS)} <= reached


@each_page
def test_a_page_has_one_title(page: Path) -> None:
    assert len(re.findall(r"^# ", without_code(page.read_text()), flags=re.MULTILINE)) == 1


# Decisions


def adrs() -> list[Path]:
    return sorted((DOCS / "decisions").glob("*.md"))


def dependencies() -> list[str]:
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["dependencies"]
    return [re.split(r"[^\w.-]", one)[0] for one in wanted]


@pytest.mark.parametrize("name", dependencies())
def test_every_dependency_has_a_decision(name: str) -> None:
    assert any(f"`{name}`" in adr.read_text() for adr in adrs()), f"no page of docs/decisions says why {name}"


def test_decisions_are_numbered_without_a_gap() -> None:
    assert [int(adr.name[:4]) for adr in adrs()] == list(range(1, len(adrs()) + 1))
    assert all(adr.read_text().startswith(f"# {adr.name[:4]} ") for adr in adrs())


def test_the_first_page_lists_every_decision_in_its_order() -> None:
    listed = re.findall(r"\(decisions/(\d{4})-", (DOCS / "README.md").read_text())
    assert listed == [adr.name[:4] for adr in adrs()]


# README


def test_the_readme_has_exactly_the_two_commands() -> None:
    readme = (ROOT / "README.md").read_text()
    blocks = re.findall(r"^```\w*\n(.*?)^```", readme, flags=re.MULTILINE | re.DOTALL)
    assert [line for block in blocks for line in block.splitlines() if line.strip()] == SET_UP
    assert readme.count("pip install") == len(SET_UP)


def test_what_the_readme_names_exists() -> None:
    readme = (ROOT / "README.md").read_text()
    named = re.findall(r"`(vigie [a-z]+(?: [a-z]+)?)", readme)
    assert named
    assert all(name in COMMANDS or name.rsplit(" ", 1)[0] in COMMANDS for name in named), named
    posts = (ROOT / "examples" / "posts.jsonl").read_text().splitlines()
    assert f"{len(posts)} example posts" in readme
