"""What changed, in lines that a person reads."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.errors import Refused
from vigie.terms.diff import diff, diff_versions, word_diff

from .samples import GOOD, SECOND, clause, spoilt

ALONE = "the machine acts alone on rain only where a precision of 0.99 is proven (tried at 0.99, 0.95)"


def changed(old: str, new: str, lang: str = "en") -> list[str]:
    return diff([clause()], [clause(spoilt(old, new))], lang)


def test_nothing_changed_says_nothing():
    assert diff([clause()], [clause()], "en") == []


def test_moving_things_about_in_the_file_changes_nothing():
    assert diff([clause()], [clause("# a comment\n\n" + GOOD)], "en") == []


def test_clauses_come_and_go():
    assert diff([], [clause()], "en") == ["+ test.rain: Rain (new clause)"]
    assert diff([clause()], [], "fr") == ["- test.rain\u00a0: Pluie (clause retirée)"]


def test_a_new_version_shows_all_that_changed_for_the_public_and_the_rules_apart():
    assert diff([clause()], [clause(GOOD + SECOND)], "en") == [
        "~ test.rain: Rain",
        "  + test.rain@2, in force from 2027-01-01",
        "    in force from: [-2026-11-01-] {+2027-01-01+}",
        "    restriction: [-Demotion of the content-] {+Removal of the content+}",
        "    strikes: [-1-] {+0+}",
        "    legal grounds: [-FR-CP-222-17-] {+nothing+}",
        "    text: Do not [-rain-] {+snow+} on others.",
        "    text also changed in: fr",
        "    rules (not part of what the public reads)",
        "      + 2027-01-01: snow_words >= 0.6",
    ]


@pytest.mark.parametrize(
    ("old", "new", "line"),
    [
        ("strikes = 1", "strikes = 2", "    strikes: [-1-] {+2+}"),
        ("Gardens.", "Gardens and fields.", "    what remains allowed: [-Gardens.-] {+Gardens and fields.+}"),
        ("Les jardins.", "Les champs.", "    what remains allowed also changed in: fr"),
    ],
)
def test_a_version_changed_under_the_same_number_is_called_out(old, new, line):
    assert changed(old, new) == [
        "~ test.rain: Rain",
        "  ! test.rain@1 was changed in place. Once a decision has cited a version it never changes: "
        "leave it as it was and give the change a new number",
        line,
    ]


def test_a_version_taken_out_is_called_out():
    assert "  ! test.rain@2 was taken out." in "\n".join(diff([clause(GOOD + SECOND)], [clause()], "en"))


def test_rules_change_without_a_new_version():
    assert changed("fr = 0.65", "fr = 0.651") == [
        "~ test.rain: Rain",
        "    rules (not part of what the public reads)",
        f"      - 2026-11-01: rain >= review, where review is 0.6 (en), 0.65 (fr), 0.85 (und), {ALONE}",
        f"      + 2026-11-01: rain >= review, where review is 0.6 (en), 0.651 (fr), 0.85 (und), {ALONE}",
    ]
    assert len(changed("[0.99, 0.95]", "[0.99, 0.9]")) == 4


def test_facts_of_the_clause_are_compared():
    assert changed("gravity = 2", "gravity = 4", "fr")[1:] == ["    gravité\u00a0: [-2-] {+4+}"]
    assert changed('["KEYWORD_OTHER"]', '["KEYWORD_COORDINATED_HARM"]')[1:] == [
        "    keywords: [-KEYWORD_OTHER-] {+KEYWORD_COORDINATED_HARM+}"
    ]
    assert changed('"Pluie"', '"Averse"', "fr")[1:] == ["    titre\u00a0: [-Pluie-] {+Averse+}"]


def test_two_versions_of_one_clause():
    first, second = clause(GOOD + SECOND).versions
    assert len(diff_versions(first, second, "fr")) == 6
    assert diff_versions(first, first, "fr") == []


def test_a_language_that_clauses_do_not_have_is_refused():
    with pytest.raises(Refused):
        diff([], [clause()], "de")


WORDS = st.lists(st.sampled_from(["a", "b", "c\u00a0;", "d."]), max_size=8)


@given(WORDS, WORDS)
def test_a_word_diff_holds_both_texts(old, new):
    marked = word_diff(" ".join(old), "\n".join(new))
    before = re.sub(r"\{\+.*?\+\}", " ", re.sub(r"\[-(.*?)-\]", r"\1", marked))
    after = re.sub(r"\[-.*?-\]", " ", re.sub(r"\{\+(.*?)\+\}", r"\1", marked))
    assert re.findall(r"[^ ]+", before) == old
    assert re.findall(r"[^ ]+", after) == new
