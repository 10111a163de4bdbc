"""Every clause that ships has sentences to begin an explanation with, as many in French as in English, each a whole one."""

import re

import pytest

from vigie.enforce.starters import _all, begun, starters
from vigie.terms.reading import read_terms

CLAUSES = sorted(clause.id for clause in read_terms())


def test_every_clause_that_ships_has_some_and_no_other() -> None:
    assert sorted(_all()) == CLAUSES


@pytest.mark.parametrize("clause", CLAUSES)
def test_there_are_as_many_in_french_as_in_english(clause: str) -> None:
    english, french = starters(clause, "en"), starters(clause, "fr")
    assert len(english) == len(french) >= 2
    for sentence in (*english, *french):
        assert re.fullmatch(r"[A-ZÀ-Ý].{10,130}\.", sentence), sentence
    for sentence in french:
        assert not re.search(r" [:;!?»]|« |'", sentence), sentence


def test_a_sentence_comes_after_what_is_written() -> None:
    assert begun("", "Two.") == "Two."
    assert begun("One. \n", "Two.") == "One. Two."
