"""What the rulebook proposes: one post at a time whatever the batch, gravest clause first, a person unless proven."""

import pickle
from datetime import date

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from msgspec.structs import replace

from vigie.decide.proof import Proofs
from vigie.decide.proposal import PROPOSALS
from vigie.decide.rulebook import Rulebook, check_scores
from vigie.decide.signals import SHIPPED
from vigie.errors import Misconfigured
from vigie.terms.reading import read_terms

from .samples import DAY, FED, LABELLED, REMOVED, alone, book, claim, clause, posts, rule, verdict

BY_LANGUAGE = {"en": 0.6, "fr": 0.7, "und": 0.9}
RACISM = clause("hate.racism", alone(), gravity=4)
INSULT = clause("abuse.insult", rule("insult >= review", review=BY_LANGUAGE), restriction=LABELLED)
SPAM = clause("platform.spam", rule("spam_words >= 0.6 AND views > 10"), gravity=1)
TERMS = (SPAM, INSULT, RACISM)


def proposed(frame: pl.DataFrame, *clauses, **given) -> list[tuple]:
    return book(*(clauses or TERMS), **given).propose(frame).rows()


def test_the_gravest_clause_comes_first_and_the_others_follow():
    frame = posts(racism=[0.0, 0.7, 0.7], insult=[0.8, 0.8, 0.1], spam_words=[0.9, 0.9, 0.9], views=[11, 11, None])
    assert proposed(frame) == [
        ("abuse.insult@1", ["platform.spam@1"], "human", LABELLED),
        ("hate.racism@1", ["abuse.insult@1", "platform.spam@1"], "human", REMOVED),
        ("hate.racism@1", [], "human", REMOVED),
    ]


def test_between_clauses_of_one_gravity_the_order_given_decides():
    first, second = (clause(name, rule("hate >= 0.5")) for name in ("b.b", "a.a"))
    assert proposed(posts(hate=[0.6]), first, second)[0][:2] == ("b.b@1", ["a.a@1"])
    assert proposed(posts(hate=[0.6]), second, first)[0][:2] == ("a.a@1", ["b.b@1"])


def test_nothing_is_proposed_where_nothing_is_found():
    assert proposed(posts(hate=[0.0])) == [(None, None, None, None)]


def test_a_clause_is_named_once_even_when_two_of_its_rules_find_it():
    both = clause("hate.racism", rule("racism >= 0.6"), rule("hate >= 0.6", line=33))
    assert proposed(posts(racism=[0.9, 0.0, 0.0], hate=[0.9, 0.9, 0.1]), both) == [
        ("hate.racism@1", [], "human", REMOVED),
        ("hate.racism@1", [], "human", REMOVED),
        (None, None, None, None),
    ]


def test_each_language_has_its_threshold_and_the_others_share_one():
    languages = ["en", "fr", "und", "es", None]
    for score, expected in [(0.6, [1, 0, 0, 0, 0]), (0.7, [1, 1, 0, 0, 0]), (0.9, [1, 1, 1, 1, 1])]:
        rows = proposed(posts(insult=[score] * 5, language=languages), INSULT)
        assert [row[0] is not None for row in rows] == [bool(one) for one in expected], score


def test_rules_with_different_thresholds_do_not_share_them():
    strict = clause("a.strict", rule("insult >= review", review={"fr": 0.9, "und": 0.9}))
    mild = clause("b.mild", rule("insult >= review", review={"fr": 0.2, "und": 0.9}))
    assert proposed(posts(insult=[0.5]), strict, mild) == [("b.mild@1", [], "human", REMOVED)]


def test_columns_and_height_are_those_promised_even_of_nothing():
    empty = book(*TERMS).propose(posts(hate=[]))
    assert (empty.schema, empty.height) == (PROPOSALS, 0)
    assert book(*TERMS).propose(posts(hate=[0.0] * 3)).schema == PROPOSALS
    assert book().propose(posts(hate=[0.9] * 3)).rows() == [(None, None, None, None)] * 3


def test_rules_and_clauses_not_in_force_do_nothing():
    later = clause("a.later", rule("hate >= 0.5", in_force_from=date(2027, 1, 1)))
    unborn = clause("b.unborn", rule("hate >= 0.5"))
    unborn = replace(unborn, versions=(replace(unborn.versions[0], in_force_from=date(2027, 1, 1)),))
    assert proposed(posts(hate=[0.9]), later, unborn) == [(None, None, None, None)]
    there = proposed(posts(hate=[0.9]), later, unborn, on=date(2027, 1, 1))
    assert there == [("a.later@1", ["b.unborn@1"], "human", REMOVED)]


def test_a_rule_that_nobody_feeds_is_skipped_and_said_so():
    waiting = clause("child.images", rule("known_child_image >= 0.5 OR hate >= 0.5", line=12), rule("hate >= 0.9"))
    made = book(waiting)
    assert [(one.clause, one.where, one.signals) for one in made.skipped] == [
        ("child.images@1", "child.images.toml:12", ("known_child_image",))
    ]
    assert [row[0] for row in made.propose(posts(hate=[0.6, 0.95])).rows()] == [None, "child.images@1"]


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        (clause("a.b", rule("hatee >= 0.5", line=7)), "a.b.toml:7: .*did you mean hate?"),
        (clause("a.b", rule("known_child_imag >= 0.5")), "did you mean known_child_image?"),
        (clause("a.b", rule("avg(hate) >= 0.5")), "a.b.toml:30: .*looks at other posts"),
        (clause("a.b", rule("hate >= review")), "give review an entry und"),
        (clause("a.b", rule("hate >= review", review={"fr": 0.5})), "give review an entry und"),
        (clause("a.b", rule("hate >= review", review={"fr": 60, "und": 60})), "probabilities from 0 to 1"),
        (clause("a.b", alone(act_alone_on="racsim")), "act_alone_on names no signal: .*did you mean racism?"),
        (clause("a.b", alone(act_alone_on="views")), "act_alone_on names no signal"),
    ],
)
def test_rules_that_cannot_be_meant_are_refused_at_load(broken, said):
    with pytest.raises(Misconfigured, match=said):
        book(broken)


def test_a_clause_given_twice_is_refused():
    with pytest.raises(Misconfigured, match=r"hate.racism is given twice, in hate.racism.toml and hate.racism.toml"):
        book(RACISM, INSULT, RACISM)


@pytest.mark.parametrize("bad", [float("nan"), float("inf"), -0.01, 1.01, None])
def test_a_score_that_is_no_probability_is_a_bug_of_its_detector(bad):
    frame = posts(racism=[0.1, bad])
    with pytest.raises(ValueError, match=r"detector classifier gave .* for racism \(row 1 of 2\)"):
        book(*TERMS).propose(frame)
    with pytest.raises(ValueError, match="racism"):
        check_scores(frame, FED)


def test_a_score_of_another_precision_is_a_bug():
    frame = posts(racism=[0.9]).with_columns(pl.col("racism").cast(pl.Float64))
    with pytest.raises(ValueError, match="classifier gave Float64 for racism"):
        check_scores(frame, FED)


def test_the_machine_acts_alone_only_where_it_is_proven():
    proven = Proofs((verdict(),))
    frame = posts(
        racism=[0.9, 0.89, 0.99, 0.99, 0.99, 0.99, 0.95], language=["fr", "fr", "en", "und", "es", None, "fr"]
    )
    routes = [row[2] for row in proposed(frame, RACISM, proofs=proven)]
    assert routes == ["machine", "human", "human", "human", "human", "human", "machine"]


def test_what_is_proven_for_unidentified_posts_serves_no_other_language():
    proven = Proofs((verdict(asked=claim(language="und")),))
    routes = [row[2] for row in proposed(posts(racism=[0.99] * 3, language=["und", "es", "fr"]), proofs=proven)]
    assert routes == ["machine", "human", "human"]


def test_the_machine_does_not_settle_a_post_whose_gravest_clause_is_for_people():
    threat = clause("violence.threat", rule("hate >= 0.5"), gravity=5)
    frame = posts(racism=[0.99, 0.99], hate=[0.9, 0.0])
    assert [row[:3] for row in proposed(frame, RACISM, threat, proofs=Proofs((verdict(),)))] == [
        ("violence.threat@1", ["hate.racism@1"], "human"),
        ("hate.racism@1", [], "machine"),
    ]


def test_a_proven_signal_does_not_serve_another_rule_of_the_clause():
    """The post is flagged by words; the classifier is sure, but its own rule excludes the post."""
    two = clause("hate.racism", alone("racism >= 0.6 AND views > 100"), rule("spam_words >= 0.6", line=33))
    frame = posts(racism=[0.99, 0.99], spam_words=[0.9, 0.9], views=[5, 500])
    assert [row[2] for row in proposed(frame, two, proofs=Proofs((verdict(),)))] == ["human", "machine"]


@pytest.mark.parametrize(
    "other",
    [
        {"clause": "hate.racism@2"},
        {"model": "m2"},
        {"signal": "hate"},
        {"precision": 0.8},
        {"grid": (0.9, 0.8)},
        {"language": "en"},
    ],
)
def test_a_proof_of_anything_else_proves_nothing(other):
    proof = verdict(asked=claim(**other))
    assert proof.threshold is not None
    assert proposed(posts(racism=[0.99]), RACISM, proofs=Proofs((proof,)))[0][2] == "human"


def test_a_proof_grows_old():
    proven = Proofs((verdict(labelled_at=date(2026, 11, 20)),))
    for on, route in [
        (date(2026, 11, 30), "human"),  # not proven yet
        (DAY, "machine"),
        (date(2027, 2, 18), "machine"),  # 90 days after the labels
        (date(2027, 2, 19), "human"),
    ]:
        assert proposed(posts(racism=[0.99]), RACISM, proofs=proven, on=on)[0][2] == route, on


def test_the_newest_proof_counts_even_when_it_fails():
    failed = verdict(breach=False)
    older = replace(verdict(), proven_on=date(2026, 11, 25))
    assert proposed(posts(racism=[0.99]), RACISM, proofs=Proofs((failed, older)))[0][2] == "human"


scores = st.lists(st.sampled_from([0.0, 0.3, 0.59, 0.6, 0.7, 0.9, 0.95, 1.0]), min_size=4, max_size=4)
facts = st.tuples(st.sampled_from(["fr", "en", "und", "es", None]), st.sampled_from([None, 0, 11, 5_000]))
batches = st.lists(st.tuples(scores, facts), min_size=1, max_size=12)
WIDE = book(
    *TERMS,
    clause("hate.group", rule("hate >= review AND NOT (racism >= 0.6)", review=BY_LANGUAGE), gravity=4),
    proofs=Proofs((verdict(),)),
)


def frame_of(batch: list) -> pl.DataFrame:
    columns = {name: [row[0][rank] for row in batch] for rank, name in enumerate(FED)}
    return posts(**columns, language=[row[1][0] for row in batch], views=[row[1][1] for row in batch])


@given(batches)
@settings(max_examples=60, deadline=None)
def test_a_batch_says_what_its_posts_say_one_by_one(batch):
    frame = frame_of(batch)
    assert WIDE.propose(frame).rows() == [WIDE.propose(frame[row]).row(0) for row in range(len(frame))]


@given(batches, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_posts_changes_nothing(batch, random):
    order = random.sample(range(len(batch)), len(batch))
    straight = WIDE.propose(frame_of(batch)).rows()
    turned = WIDE.propose(frame_of([batch[rank] for rank in order])).rows()
    assert turned == [straight[rank] for rank in order]


@given(batches)
@settings(max_examples=40, deadline=None)
def test_proposing_says_the_same_as_reading_the_rules_by_hand(batch):
    """A plain reference, one post at a time, in Python."""
    for found, (score, (language, views)) in zip(WIDE.propose(frame_of(batch)).rows(), batch, strict=True):
        hate, racism, insult, spam = score
        threshold = BY_LANGUAGE.get(language or "und", BY_LANGUAGE["und"])
        clauses = [
            *(["hate.racism@1"] if racism >= 0.6 else []),
            *(["hate.group@1"] if hate >= threshold and not racism >= 0.6 else []),
            *(["abuse.insult@1"] if insult >= threshold else []),
            *(["platform.spam@1"] if spam >= 0.6 and (views or 0) > 10 else []),
        ]
        machine = racism >= 0.9 and language == "fr"
        assert (found[0], found[1]) == ((clauses[0], clauses[1:]) if clauses else (None, None))
        assert found[2] == (("machine" if machine else "human") if clauses else None)


def test_a_batch_in_several_pieces_is_one_batch():
    pieces = pl.concat([posts(racism=[0.99, 0.1]), posts(racism=[0.7])], rechunk=False)
    assert pieces.n_chunks() == 2
    assert WIDE.propose(pieces).rows() == WIDE.propose(pieces.rechunk()).rows()


def test_more_columns_and_a_column_named_review_change_nothing():
    frame = posts(insult=[0.8]).with_columns(review=pl.lit(0.0), text=pl.lit("hello"))
    assert proposed(frame, INSULT)[0][0] == "abuse.insult@1"
    assert proposed(posts(insult=[0.65]).with_columns(review=pl.lit(0.0)), INSULT)[0][0] is None


def test_the_hash_changes_with_what_is_decided_and_with_nothing_else():
    plain = book(*TERMS).hash
    assert len(plain) == 16
    assert int(plain, 16) >= 0
    moved = tuple(replace(one, file=f"/elsewhere/{one.file}") for one in TERMS)
    longer = replace(RACISM, rules=(*RACISM.rules, rule("hate >= 0.9", in_force_from=date(2027, 1, 1))))
    same = [book(*moved), book(*TERMS, on=date(2026, 12, 2)), book(SPAM, INSULT, longer)]
    assert {one.hash for one in same} == {plain}
    other = [
        book(SPAM, INSULT),
        book(SPAM, INSULT, replace(RACISM, gravity=5)),
        book(SPAM, INSULT, replace(RACISM, rules=(alone("racism >= 0.61"),))),
        book(SPAM, replace(INSULT, rules=(rule("insult >= review", review={**BY_LANGUAGE, "fr": 0.71}),)), RACISM),
        book(SPAM, INSULT, clause("hate.racism", alone(), gravity=4, number=2)),
        book(*TERMS, proofs=Proofs((verdict(),))),
        book(*TERMS, fed={name: FED[name] for name in FED if name != "insult"}),
        book(SPAM, INSULT, replace(RACISM, versions=(replace(RACISM.versions[0], text={"en": "x", "fr": "y"}),))),
    ]
    hashes = [one.hash for one in other]
    assert len({plain, *hashes}) == len(other) + 1


def test_a_rulebook_cannot_be_changed_and_travels_to_workers():
    made = book(*TERMS, proofs=Proofs((verdict(),)))
    with pytest.raises(AttributeError):
        made.model = "other"
    frame = posts(racism=[0.99], insult=[0.9])
    there = pickle.loads(pickle.dumps(made))
    assert there.hash == made.hash
    assert there.propose(frame).rows() == made.propose(frame).rows()


def test_it_says_what_it_reads():
    assert book(SPAM).reads == ("spam_words", "views")
    assert book(*TERMS).reads == ("insult", "racism", "spam_words", "language", "views")
    assert book(*TERMS).signals_of["platform.spam@1"] == {"spam_words"}


def test_as_shipped_every_proposal_goes_to_a_person():
    made = Rulebook.compile(read_terms(), signals=dict.fromkeys(SHIPPED, "any"), on=DAY, model="m1")
    every = {name: pl.Series([1.0, 0.99, 0.7, 0.0], dtype=pl.Float32) for name in SHIPPED}
    found = made.propose(pl.DataFrame({**every, "language": ["fr", "en", "es", "fr"]}))
    assert found["route"].to_list() == ["human", "human", "human", None]
    assert found["clause"].to_list()[:3] == ["children.exploitation@1"] * 3
    assert {signal for one in made.skipped for signal in one.signals}.isdisjoint(SHIPPED)
