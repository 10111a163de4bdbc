"""What a service refuses is said in the reader's language: whole sentences with named places, none put together in English."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

import vigie.services
from tests.services.given import NOW, case, person
from vigie.errors import Refused
from vigie.services import decisions, deliveries, outbox, review, rights, settings, terms, wellbeing
from vigie.services.acts import locked
from vigie.services.decisions import Verdict
from vigie.store.people import Role

HERE = Path(vigie.services.__path__[0])
#: Said to programs and on the command line, and never on a page.
TO_PROGRAMS = {"keys", "receipts", "judging", "rates"}
ON_THE_COMMAND_LINE = {"export_terms"}
KINDS = {"Refused", "NotFound", "NotAllowed", "OutOfOrder"}


def refusals(path: Path) -> Iterator[ast.Call]:
    """Each ``raise Refused(…)`` of a module, and of its kin."""
    module = ast.parse(path.read_text("utf-8"))
    module.body = [one for one in module.body if getattr(one, "name", "") not in ON_THE_COMMAND_LINE]
    for node in ast.walk(module):
        found = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(found, ast.Call) and isinstance(found.func, ast.Name) and found.func.id in KINDS:
            yield found


def translated(said: ast.expr) -> bool:
    """Is it ``_("…")``, perhaps with its places filled in?"""
    whole = said.left if isinstance(said, ast.BinOp) and isinstance(said.op, ast.Mod) else said
    return isinstance(whole, ast.Call) and isinstance(whole.func, ast.Name) and whole.func.id in ("_", "gettext")


@pytest.mark.parametrize("path", sorted(HERE.glob("*.py")), ids=lambda path: str(path.stem))
def test_every_refusal_that_a_page_may_show_is_translated(path: Path) -> None:
    if path.stem not in TO_PROGRAMS:
        assert [one.lineno for one in refusals(path) if not translated(one.args[0])] == []


@pytest.mark.django_db
def test_what_was_english_is_french() -> None:
    anne, root = person("anne"), person("root", Role.ADMINISTRATOR)
    held, stranger = case("held").pk, case("other")
    review.claim(held, anne, NOW)
    over = Verdict(breach=True, clause="hate.racism", facts="F", explanation="E", until=NOW)
    refused = [
        lambda: locked(9_999).__enter__(),
        lambda: rights.may_read(root, stranger),
        lambda: rights.must_decide(root),
        lambda: rights.must_read(root),
        lambda: terms.clause("no.such"),
        lambda: terms.replace_clause("", by=anne, approved_by=anne, at=NOW, why=""),
        lambda: wellbeing.change_screen(anne, "loud", True),
        lambda: decisions.settle(held, over, by=anne, at=NOW),
        lambda: deliveries.add_endpoint("x", by=root, at=NOW),
        lambda: deliveries.end_endpoint(9_999, by=root),
        lambda: outbox.send_again(9_999, NOW),
        lambda: settings.change("golden_share", 7, by=root, at=NOW),
    ]
    for act in refused:
        said = {}
        for language in ("en", "fr"):
            with translation.override(language), pytest.raises(Refused) as caught:
                act()  # type: ignore[no-untyped-call]
            said[language] = str(caught.value)
        assert said["en"] != said["fr"], said
