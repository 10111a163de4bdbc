"""The table that says where people look, where the machine acts alone, and what is missing for it."""

import pytest

from vigie.decide.proof import NO_PROOFS, Proofs
from vigie.decide.rulebook import Rulebook
from vigie.decide.signals import SHIPPED
from vigie.decide.table import render, threshold_table
from vigie.errors import Refused
from vigie.terms.reading import read_terms

from .samples import DAY, alone, book, claim, clause, rule, verdict

RACISM = clause("hate.racism", alone("racism >= review", review={"fr": 0.7, "und": 0.9}), gravity=4)
IMAGES = clause("child.images", rule("known_child_image >= 0.5"), rule("hate >= 0.9", line=33), gravity=5)
CERTAIN = clause("a.certain", alone(act_alone_precision=1.0))


def table(proofs=NO_PROOFS, languages=("en", "fr")) -> list[str]:
    made = book(RACISM, IMAGES, CERTAIN, proofs=proofs)
    return render(threshold_table(made, languages)).splitlines()


def test_as_shipped_every_clause_says_people_only():
    made = Rulebook.compile(read_terms(), signals=dict.fromkeys(SHIPPED, "any"), on=DAY, model="m1")
    lines = threshold_table(made)
    assert {(line.clause, line.language) for line in lines} == {
        (one.cite, language) for one in made.clauses for language in ("en", "fr")
    }
    assert [line for line in lines if line.alone is not None] == []
    for row in render(lines).splitlines()[1:]:
        assert row.startswith(" ") or "people only" in row


def test_without_labels_it_says_how_many_are_missing_and_what_waits():
    assert table(languages=("fr",)) == [
        "clause          language  the machine acts alone  labels missing  labels  a person looks when",
        "child.images@1  fr        people only             -               -       hate >= 0.9",
        " " * 74 + "or known_child_image >= 0.5 (waits for known_child_image)",
        "hate.racism@1   fr        people only             29              -       racism >= 0.70",
        "a.certain@1     fr        people only             none would do   -       racism >= 0.6",
    ]


def test_with_labels_it_says_what_they_prove():
    proofs = Proofs((verdict(60), verdict(20, asked=claim(language="en"))))
    english, french = (line for line in table(proofs) if line.startswith("hate.racism"))
    assert english.split("  ")[1:] != french.split("  ")[1:]
    assert "en        people only             9               20 (right in 86.1 % at least)" in english
    assert "fr        racism >= 0.90          0               60 (right in 95.1 % at least)" in french


def test_another_language_has_the_threshold_of_the_others():
    line = next(line for line in threshold_table(book(RACISM), languages=("es",)))
    assert (line.language, line.review) == ("es", ("racism >= 0.90",))


def test_in_french_and_in_no_third_language():
    lines = threshold_table(book(RACISM))
    assert "humains seuls" in render(lines, "fr")
    with pytest.raises(Refused, match="ask for en or fr"):
        render(lines, "de")
