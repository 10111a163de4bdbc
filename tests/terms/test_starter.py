"""The starter set: complete, in two languages as equals, filed as the law asks, and tied to signals."""

import re
from datetime import date

import pytest

from vigie.law.dsa import keywords
from vigie.law.grounds import grounds
from vigie.terms.check import check, signals_of
from vigie.terms.reading import read_terms
from vigie.terms.show import show

STARTER = {clause.id: clause for clause in read_terms()}
BEGINS = date(2026, 11, 1)

CLASSIFIER = {"hate", "racism", "antisemitism", "lgbtphobia", "misogyny", "other_hate", "violence", "insult"}
PATTERNS = {
    "racism_words", "antisemitism_words", "religion_words", "lgbtphobia_words", "misogyny_words", "disability_words",
    "incitement_words", "threat_words", "atrocity_praise_words", "atrocity_denial_words", "hoax_words", "insult_words",
    "doxxing_words", "grooming_words", "terrorism_words", "scam_words", "spam_words", "evasion_words",
    "intimate_image_words",
}  # fmt: skip
FED = dict.fromkeys(CLASSIFIER | PATTERNS | {"scam_link"}, "a detector")
LATER = {
    "known_child_image", "near_duplicate", "ban_evasion", "intimate_image_match", "known_terrorist_content",
    "contact_pattern",
}  # fmt: skip

each_clause = pytest.mark.parametrize("clause", STARTER.values(), ids=STARTER.keys())


def test_nineteen_clauses():
    assert sorted(STARTER) == [
        "abuse.harassment", "abuse.victim_hoaxes", "atrocity.denial", "atrocity.glorification", "children.exploitation",
        "fraud.scam_links", "hate.antisemitism", "hate.disability", "hate.lgbt", "hate.misogyny", "hate.racism",
        "hate.religion", "platform.ban_evasion", "platform.spam", "privacy.doxxing", "privacy.intimate_images",
        "terrorism.content", "violence.incitement", "violence.threats",
    ]  # fmt: skip


@each_clause
def test_the_two_languages_say_as_much(clause):
    for version in clause.versions:
        for spoken in (version.text, version.exceptions):
            assert set(spoken) == {"en", "fr"}
            assert spoken["en"].count("\n") == spoken["fr"].count("\n"), "one sentence a line, the same in both"
            assert 0.7 < len(spoken["en"]) / len(spoken["fr"]) < 1.2
            assert len(spoken["fr"]) <= 1500  # with its reasons it must fit the 2,000 characters of a statement


@each_clause
def test_the_typography_is_that_of_each_language(clause):
    texts = [clause.title, *(spoken for version in clause.versions for spoken in (version.text, version.exceptions))]
    for text in texts:
        assert not re.search(r"[^\u00a0][:;!?»]|«[^\u00a0]", text["fr"]), text["fr"]
        assert not re.search(r"[«»\u00a0]| [:;!?]", text["en"]), text["en"]
        for lang in ("en", "fr"):
            assert not re.search(r"['\"]|  | $", text[lang]), "curly quotes, single spaces"


@each_clause
def test_every_clause_says_what_remains_allowed(clause):
    version = clause.version_on(BEGINS)
    assert version is not None
    assert len(version.exceptions["en"].split()) > 20


@each_clause
def test_every_clause_begins_on_the_day_it_is_published(clause):
    assert clause.cite(BEGINS) == f"{clause.id}@1"
    assert clause.rules_on(BEGINS) == clause.rules


@each_clause
def test_a_ground_is_filed_where_the_clause_is_or_the_difference_is_known(clause):
    known = {"abuse.harassment", "abuse.victim_hoaxes", "hate.misogyny"}  # several grounds, of more than one category
    for ground in clause.versions[0].legal:
        assert grounds()[ground].dsa_category == clause.dsa_category or clause.id in known
    assert set(clause.dsa_keywords) <= set(keywords(clause.dsa_category))


@each_clause
def test_every_condition_reads_signals_that_are_named_in_the_contract(clause):
    for rule in clause.rules:
        signals = signals_of(rule.when)
        assert signals <= FED.keys() | LATER
        assert signals <= FED.keys() or signals <= LATER, "a signal that waits has a rule of its own"


def test_every_signal_serves_a_clause():
    used = {signal for clause in STARTER.values() for rule in clause.rules for signal in signals_of(rule.when)}
    assert used == FED.keys() | LATER


def test_every_clause_is_looked_for_with_the_detectors_that_exist():
    found = check(STARTER.values(), FED, BEGINS)
    assert {finding.level for finding in found} == {"note", "warning"}
    assert not [finding for finding in found if "no rule in force" in finding.what]
    assert sum("yet: this rule is skipped" in finding.what for finding in found) == len(LATER)


def test_a_threat_to_life_is_never_left_to_a_machine():
    for clause in STARTER.values():
        if clause.id.startswith(("violence.", "terrorism.", "children.")):
            assert all(rule.act_alone_on is None for rule in clause.rules)


def test_the_gravest_breaches_weigh_the_most():
    assert {name for name, clause in STARTER.items() if clause.gravity == 5} == {
        "children.exploitation",
        "terrorism.content",
        "violence.incitement",
        "violence.threats",
    }
    assert all(clause.versions[0].strikes == 3 for clause in STARTER.values() if clause.gravity == 5)


@each_clause
def test_every_clause_can_be_shown_in_both_languages(clause):
    assert clause.title["fr"] in show(clause, "fr")
    assert clause.title["en"] in show(clause, "en")
