"""When a machine may act alone: which labels count, and when they are enough."""

from datetime import date, timedelta

import pytest

from vigie.decide.bound import lower_bound
from vigie.decide.claim import Plan, claim_of
from vigie.decide.proof import NO_PROOFS, Proofs, prove, prove_all
from vigie.errors import Misconfigured

from .samples import DAY, alone, claim, clause, label, labels, rule, verdict

ENOUGH = 29  # labels, all breaches, that prove 90 % at 95 %


def test_enough_labels_that_are_all_breaches_prove_it_and_one_less_does_not():
    assert verdict(ENOUGH).threshold == 0.9
    one_less = verdict(ENOUGH - 1)
    assert (one_less.threshold, one_less.missing) == (None, 1)
    assert one_less.reasons == ("at 0.95, 28 of 28 were breaches: at least 89.9 % are, 90 % is demanded",)


def test_without_labels_people_decide():
    found = prove([], claim(), today=DAY)
    assert (found.threshold, found.missing, found.given, found.kept) == (None, ENOUGH, 0, 0)
    assert found.reasons == ("no label at 0.95 or above",)


def test_thresholds_are_tried_from_the_strictest_and_the_first_failure_ends_it():
    """Below 0.95 the labels would pass if one began there: they are not even looked at."""
    asked = claim(grid=(0.99, 0.95, 0.9))
    given = [label(f"top{i}", score=0.995, breach=i > 3) for i in range(40)] + [
        label(f"low{i}", score=0.96) for i in range(400)
    ]
    found = prove(given, asked, today=DAY)
    assert found.threshold is None
    assert [step.threshold for step in found.steps] == [0.99]
    assert lower_bound(436, 440) > 0.9


def test_the_lowest_threshold_that_passed_is_granted():
    asked = claim(grid=(0.99, 0.95, 0.9))
    given = [label(f"top{i}", score=0.995) for i in range(40)] + [
        label(f"low{i}", score=0.92, breach=i > 20) for i in range(40)
    ]
    found = prove(given, asked, today=DAY)
    assert found.threshold == 0.95
    assert [(step.n, step.correct, step.passed) for step in found.steps] == [(40, 40, True)] * 2 + [(80, 59, False)]


def test_a_score_on_the_threshold_counts_as_reaching_it():
    """The log keeps float32: the score 0.9 comes back as 0.8999999761581421."""
    assert verdict(ENOUGH, asked=claim(grid=(0.9,)), score=0.8999999761581421).threshold == 0.9


@pytest.mark.parametrize(
    ("other", "why"),
    [
        ({"clause": "hate.racism@2"}, "another clause or version"),
        ({"clause": "hate.lgbt@1"}, "another clause or version"),
        ({"model": "m2"}, "another signal or model"),
        ({"signal": "hate"}, "another signal or model"),
        ({"language": "en"}, "another language"),
        ({"labelled_at": DAY - timedelta(days=91)}, "older than 90 days, or from the future"),
        ({"labelled_at": DAY + timedelta(days=1)}, "older than 90 days, or from the future"),
        ({"inclusion_probability": None}, "the chance of being drawn is not known"),
        ({"inclusion_probability": 0.0}, "the chance of being drawn is not known"),
        ({"inclusion_probability": 1.5}, "the chance of being drawn is not known"),
        ({"inclusion_probability": float("nan")}, "the chance of being drawn is not known"),
        ({"score": 0.5}, "below every threshold"),
        ({"score": float("nan")}, "below every threshold"),
    ],
)
def test_labels_that_speak_of_something_else_do_not_count(other, why):
    found = prove(labels(500, **other), claim(), today=DAY)
    assert (found.threshold, found.given, found.counted, found.missing) == (None, 500, 0, ENOUGH)
    assert f"500 not counted: {why}" in found.reasons


def test_labels_of_the_last_day_still_count():
    assert verdict(ENOUGH, labelled_at=DAY - timedelta(days=90)).threshold == 0.9


def test_two_labels_on_one_post_count_once_and_as_no_breach_unless_both_say_so():
    same = [label("a") for _ in range(500)]
    found = prove(same, claim(), today=DAY)
    assert (found.counted, found.steps[0].n, found.steps[0].correct) == (1, 1, 1)
    for order in (1, -1):
        found = prove([label("a", breach=True), label("a", breach=False)][::order], claim(), today=DAY)
        assert (found.steps[0].n, found.steps[0].correct) == (1, 0)


def test_training_labels_do_not_unlock_the_stream():
    """Four posts in ten of the training corpus are hateful, two in a thousand of the stream: the same score is right in
    99.8 % of cases there and in 60 % here. Labels of the corpus were drawn by no plan, so they do not count."""
    corpus = [label(f"c{i}", inclusion_probability=None, breach=i % 500 != 0) for i in range(20_000)]
    stream = [label(f"s{i}", breach=i % 10 < 6) for i in range(300)]
    assert prove(corpus, claim(), today=DAY).threshold is None
    both = prove(corpus + stream, claim(), today=DAY)
    assert (both.threshold, both.counted, both.steps[0].n, both.steps[0].correct) == (None, 300, 300, 180)
    assert both.missing is not None
    assert both.missing > 1_000


def test_equal_chances_need_no_thinning():
    found = verdict(100, inclusion_probability=0.02)
    assert (found.kept, found.threshold, found.reasons) == (100, 0.9, ())


def test_different_chances_without_a_declared_floor_prove_nothing():
    """The smallest chance seen is no floor: what was too unlikely to be drawn is not seen."""
    given = [*labels(500), label("rare", inclusion_probability=0.1)]
    found = prove(given, claim(), today=DAY)
    assert (found.threshold, found.counted, found.kept) == (None, 501, 0)
    assert "declare the smallest one of the sampling plan as its floor" in found.reasons[0]


def test_a_label_below_the_declared_floor_betrays_another_plan():
    found = prove(labels(500, inclusion_probability=0.1), claim(), today=DAY, plan=Plan(floor=0.2))
    assert (found.threshold, found.kept) == (None, 0)
    assert "below the declared floor 0.2" in found.reasons[0]


def test_labels_are_thinned_to_the_floor_and_the_verdict_says_how_many_are_kept():
    often, rarely = (
        labels(4_000, inclusion_probability=1.0),
        [label(f"rare{i}", inclusion_probability=0.25) for i in range(1_000)],
    )
    found = prove(often + rarely, claim(), today=DAY, plan=Plan(floor=0.25, seed="2026-12-01"))
    assert 1_900 < found.kept < 2_100  # 1,000 and a quarter of 4,000
    assert found.reasons[0] == f"{found.kept} of 5000 labels kept, thinned to inclusion probability 0.25"


def test_thinning_is_repeated_by_anyone_who_has_the_seed_and_by_no_other_seed():
    given = labels(300, inclusion_probability=1.0)

    def kept(seed, order=1):
        return prove(given[::order], claim(), today=DAY, plan=Plan(floor=0.5, seed=seed)).kept

    assert kept("a") == kept("a", -1)
    assert len({kept(seed) for seed in "abcdefgh"}) > 1


def test_a_census_with_a_tiny_floor_keeps_almost_nothing():
    """Posts that nearly nobody could have drawn: the labels say nothing of them."""
    found = prove(labels(500, inclusion_probability=1.0), claim(), today=DAY, plan=Plan(floor=0.001))
    assert found.threshold is None
    assert found.kept < 10


def test_several_looks_share_the_error():
    assert prove(labels(ENOUGH), claim(), today=DAY, plan=Plan(looks=13)).threshold is None
    found = prove(labels(53), claim(), today=DAY, plan=Plan(looks=13))
    assert (found.threshold, found.plan.looks) == (0.9, 13)


def test_certainty_cannot_be_proven():
    found = prove(labels(1_000), claim(precision=1.0), today=DAY)
    assert (found.threshold, found.missing) == (None, None)


@pytest.mark.parametrize(
    "other",
    [
        *({"precision": value} for value in (0, -1, 1.01, float("nan"))),
        *({"grid": grid} for grid in ((), (0.9, 0.95), (0.9, 0.9), (1.1, 0.9), (0.9, -0.1))),
    ],
)
def test_claims_that_make_no_sense_are_refused(other):
    with pytest.raises(Misconfigured, match=r"hate\.racism@1: .*mend the clause file"):
        claim(**other)


@pytest.mark.parametrize("other", [{"floor": 0}, {"floor": 1.1}, {"confidence": 1}, {"looks": 0}, {"max_age_days": -1}])
def test_plans_that_make_no_sense_are_refused(other):
    with pytest.raises(Misconfigured, match="plan of proof"):
        Plan(**other)


def test_every_claim_that_labels_speak_to_gets_a_verdict():
    racism = clause("hate.racism", alone(), rule("hate >= 0.5"), alone("racism >= 0.7", line=40))
    insult = clause("abuse.insult", alone("insult >= 0.5", act_alone_on="insult"))
    given = labels(40) + labels(40, language="en") + labels(40, clause="hate.racism@2")
    proofs = prove_all(given, [racism, insult], model="m1", today=DAY)
    assert [(one.claim.clause, one.claim.language, one.threshold) for one in proofs.verdicts] == [
        ("hate.racism@1", "en", 0.9),
        ("hate.racism@1", "fr", 0.9),
    ]
    assert prove_all([], [racism, insult], model="m1", today=DAY) == NO_PROOFS


def test_a_rule_without_a_signal_to_prove_claims_nothing():
    plain = clause("hate.racism", rule("racism >= 0.5"))
    assert claim_of(plain, plain.rules[0], DAY, language="fr", model="m1") is None


def test_a_verdict_holds_until_its_oldest_label_is_too_old():
    given = [*labels(50), label("old", labelled_at=date(2026, 10, 1))]
    found = prove(given, claim(), today=DAY)
    assert (found.proven_on, found.valid_until) == (DAY, date(2026, 12, 30))
    proofs = Proofs((found,))
    assert proofs.verdict(claim(), date(2026, 12, 30)) is found
    assert proofs.verdict(claim(), date(2026, 12, 31)) is None
    assert proofs.verdict(claim(), DAY - timedelta(days=1)) is None
