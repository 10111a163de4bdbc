"""What a policy lead is told before terms go live."""

from datetime import date

import pytest

from vigie.terms.check import check, signals_of

from .samples import GOOD, SECOND, clause, line_in, spoilt

TODAY = date(2026, 11, 23)
FED = {"rain": "classifier", "rain_words": "patterns", "snow_words": "patterns"}


def found(text=GOOD, signals=FED, today=TODAY):
    return [(finding.level, finding.line, finding.what) for finding in check([clause(text)], signals, today)]


def test_a_ground_that_waits_for_a_legal_officer_is_noted():
    assert found() == [
        (
            "note",
            10,
            "the legal ground FR-CP-222-17 (seen-elsewhere) may not be sent to a person until a legal officer confirms "
            "it in law/grounds.toml: confirmed_by, confirmed_on, link",
        ),
        ("warning", 10, "version 1 has no legal ground that may be sent: decisions rest on the terms alone"),
    ]


def test_one_ground_that_may_be_sent_is_enough():
    assert [level for level, *_ in found(spoilt('["FR-CP-222-17"]', '["FR-CP-222-17", "FR-CP-421-2-5"]'))] == ["note"]


def test_a_clause_that_names_no_ground_rests_on_the_terms():
    what = "version 1 has no legal ground that may be sent: decisions rest on the terms alone"
    assert found(spoilt('["FR-CP-222-17"]', "[]")) == [("note", 10, what)]


def test_a_signal_that_nobody_feeds_is_told_at_its_rule():
    told = found(signals={"rain": "classifier"})
    assert told[2:] == [
        ("warning", line_in(GOOD, "[[rule]]\nin_force_from = 2026-11-01\nwhen = \"rain_words"),
         "no detector feeds rain_words yet: this rule is skipped")
    ]  # fmt: skip


def test_a_clause_that_nothing_looks_for_is_told():
    told = found(signals={})
    assert [what for *_, what in told[2:]] == [
        "no detector feeds rain yet: this rule is skipped",
        "no detector feeds rain_words yet: this rule is skipped",
        "no rule in force looks for a breach of this clause: only notices and moderators will find one",
    ]
    assert "no rule in force" in found(GOOD[: GOOD.index("[[rule]]")])[-1][2]


def test_rules_to_come_are_checked_and_past_ones_are_not():
    both = GOOD + SECOND
    assert (
        found(both, {"rain": "", "rain_words": ""})[-1][2] == "no detector feeds snow_words yet: this rule is skipped"
    )
    what = "version 2 has no legal ground that may be sent: decisions rest on the terms alone"
    line = line_in(both, "[[version]]\nnumber = 2")
    assert found(both, {"snow_words": ""}, date(2027, 2, 1)) == [("note", line, what)]


def test_before_the_first_version_nothing_binds():
    assert found(today=date(2026, 10, 1)) == [
        ("warning", 10, "no version is in force on 2026-10-01: the first begins on 2026-11-01"),
        ("warning", 1, "no rule in force looks for a breach of this clause: only notices and moderators will find one"),
    ]


def test_a_rule_in_force_before_any_version_is_an_error():
    text = spoilt("number = 1\nin_force_from = 2026-11-01", "number = 1\nin_force_from = 2027-11-01")
    assert found(text)[0] == ("error", 10, "no version is in force on 2026-11-23: the first begins on 2027-11-01")


def test_a_condition_that_is_not_sql_is_an_error():
    text = spoilt("rain_words >= 0.6", "rain_words >=")
    level, line, what = found(text)[2]
    assert (level, line) == ("error", line_in(text, '[[rule]]\nin_force_from = 2026-11-01\nwhen = "rain_words'))
    assert what.startswith("the condition cannot be read: ")


def test_a_finding_reads_as_one_line_that_an_editor_can_follow():
    assert str(check([clause()], {}, TODAY)[1]) == (
        "warning: test.rain.toml:10: version 1 has no legal ground that may be sent: decisions rest on the terms alone"
    )


@pytest.mark.parametrize(
    ("when", "signals"),
    [
        ("a >= review AND language = 'fr'", {"a"}),
        ("a >= 0.5 AND views > 10 AND followers > 3 AND account_age_days < 2 AND declared_language IN ('fr')", {"a"}),
        ("views > 10", set()),
    ],
)
def test_facts_about_the_post_are_not_signals(when, signals):
    assert signals_of(when) == signals
