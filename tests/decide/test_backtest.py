"""What changed rules would have done: the same as judging each post again, whatever the batches; and nothing if nothing changed."""

from collections import Counter
from datetime import UTC, date, datetime, timedelta
from typing import Any

import msgspec
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from vigie.decide.again import RECORDED, from_scores
from vigie.decide.backtest import Backtest, Changed, Draw, Labelled, Rows, Tally, backtest, tally
from vigie.decide.bound import lower_bound
from vigie.decide.proof import Proofs
from vigie.decide.rulebook import Rulebook

from .samples import FED, alone, book, clause, posts, rule, verdict

NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
RACISM, SPAM = "hate.racism", "platform.spam"
OLD = book(
    clause(RACISM, rule("racism >= review", review={"fr": 0.5, "und": 0.8}), gravity=5),
    clause(SPAM, rule("spam_words >= 0.5 AND views > 10"), gravity=1),
)
NEW = book(
    clause(RACISM, rule("racism >= review OR hate >= 0.9", review={"fr": 0.6, "und": 0.7}), gravity=5),
    clause(SPAM, rule("spam_words >= 0.5 AND (views > 10 OR account_age_days < 2)"), gravity=1),
    clause("abuse.insult", rule("insult >= 0.7"), gravity=2),
)

shares = st.sampled_from([0.0, 0.4, 0.55, 0.65, 0.75, 0.95])
numbers = st.sampled_from([None, 0, 1, 11])
rows_of_posts = st.lists(
    st.fixed_dictionaries(
        {
            **dict.fromkeys(FED, shares),
            **{"language": st.sampled_from(["fr", "en", "und"]), "views": numbers, "account_age_days": numbers},
            **{"day": st.integers(0, 2), "id": st.sampled_from(["a", "b", "c", None])},
        }
    ),
    max_size=30,
)


def logged(rows: list[dict[str, Any]], judge: Rulebook = OLD) -> pl.DataFrame:
    """The rows of the log that these posts leave when they are judged."""
    if not rows:
        return logged([dict.fromkeys(rows_names(), None) | {"language": "fr", "day": 0}], judge).clear()
    given = {name: [row[name] for row in rows] for name in rows[0] if name not in ("day", "id")}
    frame = posts(**{name: [0.0 if v is None and name in FED else v for v in values] for name, values in given.items()})
    keys = pl.DataFrame(
        {
            "source": ["s"] * len(rows),
            "id": [row["id"] for row in rows],
            "text_hash": list(range(len(rows))),
            "model": ["m1"] * len(rows),
            "written_at": [NOON + timedelta(days=row["day"] or 0) for row in rows],
        },
        schema_overrides={"id": pl.String(), "text_hash": pl.Int64(), "written_at": pl.Datetime("us", "UTC")},
    )
    return pl.concat([keys, frame, judge.propose(frame)], how="horizontal")


def rows_names() -> list[str]:
    return [*FED, "language", "views", "account_age_days", "day", "id"]


def tried(*batches: pl.DataFrame, new: Rulebook = NEW, **how: Any) -> Backtest:
    return backtest(Rows(batches, sum(map(len, batches))), from_scores(new), **how)


def clauses_of(judge: Rulebook, row: pl.DataFrame) -> dict[str | None, str]:
    """Clause → route of one post, judged alone; None stands for any clause."""
    found = judge.propose(row).row(0, named=True)
    if found["clause"] is None:
        return {}
    named = [cite.split("@")[0] for cite in (found["clause"], *found["also"])]
    return dict.fromkeys([None, *named], found["route"])


def plainly(log: pl.DataFrame, old: Rulebook, new: Rulebook) -> Counter[tuple[object, ...]]:
    """The counts, post by post."""
    found: Counter[tuple[object, ...]] = Counter()
    for n in range(len(log)):
        row = log[n]
        before, after = clauses_of(old, row), clauses_of(new, row)
        for name in {**before, **after}:
            key = (row["written_at"][0].date(), row["language"][0], name, before.get(name), after.get(name))
            found[key] += 1
    return found


def as_counter(found: Backtest) -> Counter[tuple[object, ...]]:
    return Counter({msgspec.structs.astuple(count)[:-1]: count.posts for count in found.counts})


@given(rows_of_posts)
def test_unchanged_rules_change_nothing(rows: list[dict[str, Any]]) -> None:
    log = logged(rows)
    for found in (tried(log, new=OLD), tried(log, new=NEW, before=from_scores(NEW))):
        assert all(not (t.newly or t.no_longer or t.rerouted) for t in tally(found.counts).values())
        assert all(changed.before == changed.after for changed in found.sample)


@settings(max_examples=30)
@given(rows_of_posts)
def test_it_is_what_judging_again_gives(rows: list[dict[str, Any]]) -> None:
    log = logged(rows)
    assert as_counter(tried(log)) == plainly(log, OLD, NEW)
    assert as_counter(tried(log, before=from_scores(OLD))) == plainly(log, OLD, NEW)


@settings(max_examples=30)
@given(rows_of_posts, st.integers(1, 30), st.integers(0, 4))
def test_batches_change_nothing(rows: list[dict[str, Any]], at: int, size: int) -> None:
    log = logged(rows)
    labels = [Labelled(source="s", id="a", text_hash=n, clause=RACISM, right=n % 2 == 0) for n in range(30)]
    asked = {"labels": labels, "draw": Draw(size=size)}
    assert tried(log[:at], log[:0], log[at:], **asked) == tried(log, **asked)


@given(rows_of_posts)
def test_the_sample_shows_posts_of_each_kind_that_have_names(rows: list[dict[str, Any]]) -> None:
    log = logged(rows)
    found = tried(log, draw=Draw(size=2))
    kinds = Counter((c.clause, c.before is None, c.after is None) for c in found.sample)
    assert not kinds or max(kinds.values()) <= 2
    named = {(row["id"], row["text_hash"]) for row in log.iter_rows(named=True) if row["id"] is not None}
    assert {(c.id, c.text_hash) for c in found.sample} <= named
    everything = tried(log, draw=Draw(size=1000))
    assert set(found.sample) <= set(everything.sample)
    pairs = {(c.clause, c.before, c.after, c.id, c.text_hash) for c in everything.sample}
    assert pairs == {
        (name, before.get(name), after.get(name), log["id"][n], n)
        for n in range(len(log)) if log["id"][n] is not None
        for before, after in [(clauses_of(OLD, log[n]), clauses_of(NEW, log[n]))]
        for name in {**before, **after} if name
    }  # fmt: skip


def many(n: int = 400, **given: list[Any]) -> pl.DataFrame:
    rows = [dict.fromkeys(rows_names(), 0.0) | {"language": "fr", "views": None, "account_age_days": None, "day": 0, "id": f"{k}"}
            for k in range(n)]  # fmt: skip
    for name, values in given.items():
        for row, value in zip(rows, values, strict=True):
            row[name] = value
    return logged(rows)


def test_another_seed_draws_another_sample() -> None:
    log = many(racism=[0.55] * 400)
    first, again, other = (tried(log, draw=Draw(seed=seed, size=20)).sample for seed in ("a", "a", "b"))
    assert first == again
    assert len(first) == 20
    assert set(first) != set(other)


def test_a_score_that_the_log_does_not_have_flags_nothing_and_is_said() -> None:
    log = many(4, racism=[0.95] * 4, hate=[0.95] * 4)
    without = log.drop("hate", "account_age_days")
    found = tried(without)
    assert found.unknown == {"hate": 4}
    assert tally(found.counts, "clause")[(None,)] == Tally(before=4, after=4)
    half = log.with_columns(racism=pl.when(pl.col("text_hash") < 2).then("racism"), hate=pl.lit(None, pl.Float32()))
    found = tried(half, before=from_scores(OLD))
    assert found.unknown == {"hate": 4, "racism": 2}
    assert tally(found.counts, "clause")[(None,)] == Tally(before=2, after=2)


def test_a_comparison_with_what_is_not_known_is_never_true() -> None:
    rules = book(clause(RACISM, rule("NOT (racism >= 0.5)")))
    log = many(3).with_columns(racism=pl.Series([None, 0.2, 0.9], dtype=pl.Float32()))
    found = tried(log, new=rules, before=from_scores(OLD))
    assert tally(found.counts, "clause")[(RACISM,)] == Tally(before=1, after=1, newly=1, no_longer=1)


def test_posts_that_other_detectors_scored_are_counted() -> None:
    log = many(4).with_columns(model=pl.Series(["m1", "m0", None, "m1"]))
    assert tried(log).other_model == 2


def test_another_version_is_the_same_clause() -> None:
    log = many(3, racism=[0.55, 0.0, 0.7])
    later = book(clause(RACISM, rule("racism >= 0.6"), number=2, gravity=5))
    assert tally(tried(log, new=later).counts, "clause")[(RACISM,)] == Tally(before=2, after=1, no_longer=1)


def test_a_machine_that_may_act_is_another_route() -> None:
    rules = clause(RACISM, alone("racism >= 0.5"), gravity=5)
    proven = book(rules, proofs=Proofs((verdict(1000),)))
    log = many(3, racism=[0.55, 0.97, 0.0])
    found = tried(log, new=proven)
    assert tally(found.counts, "clause")[(RACISM,)] == Tally(before=2, after=2, rerouted=1)
    assert {(c.before, c.after) for c in found.sample} == {("human", "human"), ("human", "machine")}


def test_counts_by_day_and_language() -> None:
    log = many(4, racism=[0.9] * 4, language=["fr", "en", None, "fr"], day=[0, 0, 0, 2])
    found = tally(tried(log).counts, "day", "language")
    assert set(found) == {(date(2026, 11, 20), "fr"), (date(2026, 11, 20), "en"), (date(2026, 11, 20), "und"),
                          (date(2026, 11, 22), "fr")}  # fmt: skip


def test_labelled_posts_say_how_right_both_sides_are() -> None:
    log = many(10, racism=[0.55] * 4 + [0.65] * 4 + [0.0] * 2)
    labels = [Labelled(source="s", id=f"{n}", text_hash=n, clause=RACISM, right=n >= 3) for n in range(1, 9)]
    other = Labelled(source="t", id="1", text_hash=1, clause=RACISM, right=True)
    before, after = tried(log, labels=[*labels, other]).precision
    assert (before.side, before.clause, before.n, before.right) == ("before", RACISM, 7, 5)
    assert (after.side, after.n, after.right, after.share) == ("after", 4, 4, 1.0)
    assert after.low == pytest.approx(lower_bound(4, 4, 0.975))
    assert after.high == 1.0
    assert before.low < before.share < before.high


def test_progress_counts_rows() -> None:
    seen: list[tuple[int, int]] = []
    log = many(6)
    backtest(Rows([log[:0], log[:4], log[4:]], 5), from_scores(NEW), RECORDED, progress=lambda *how: seen.append(how))
    assert seen == [(4, 5), (6, 6)]


def test_it_can_be_kept_as_json() -> None:
    found = tried(many(8, racism=[0.55, 0.7] * 4))
    assert found.sample
    assert isinstance(found.sample[0], Changed)
    assert msgspec.json.decode(msgspec.json.encode(found), type=Backtest) == found
