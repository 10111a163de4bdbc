"""Golden cases look like any other, are told to nobody, and count for the error rates alone."""

from datetime import timedelta

import pytest

from tests.services.given import NOW, case, person
from vigie.errors import Refused
from vigie.services import decisions, golden, quality, review, search, settings
from vigie.services.acts import NotAllowed
from vigie.services.decisions import Verdict
from vigie.store.models import Account, Case, GoldenCase, Outbox, User
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
SEED = b"a seed of sixteen bytes"
RACISM = Verdict(breach=True, clause="hate.racism", facts="Le message compare.", explanation="Il abaisse un groupe.")


@pytest.fixture
def lead() -> User:
    found = person("lead", Role.LEAD)
    settings.change("golden_share", 1.0, by=found, at=NOW) if case("first") else None
    return found


def made(lead: User, breach: bool = True) -> GoldenCase:
    return golden.add("Une phrase connue.", "fr", "hate.racism", breach, by=lead, at=NOW)


def test_a_golden_case_comes_in_place_of_an_ordinary_one_once_and_tells_nobody(lead: User) -> None:
    anne, known = person("anne"), made(lead)
    given = review.claim_next(anne, NOW)
    assert given is not None
    assert given.golden == known
    made_post = given.posts.get()
    assert (given.clause, made_post.post.text, made_post.cited) == (
        "hate.racism",
        "Une phrase connue.",
        "hate.racism@1",
    )
    decisions.settle(given.pk, RACISM, by=anne, at=NOW)
    assert not Outbox.objects.exists()
    assert decisions.draw_second_looks(SEED, NOW + timedelta(hours=1)) == 0
    ordinary = review.claim_next(anne, NOW + timedelta(minutes=1))
    assert ordinary is not None
    assert ordinary.golden is None


def test_each_ordinary_case_is_drawn_against_once(lead: User) -> None:
    anne = person("anne")
    made(lead), made(lead)
    assert [review.claim_next(anne, NOW).golden is None for _ in range(2)] == [False, True]  # type: ignore[union-attr]


def test_one_left_undecided_is_given_to_nobody_else(lead: User) -> None:
    anne, bao = person("anne"), person("bao")
    known = made(lead)
    given = review.claim_next(anne, NOW)
    assert given is not None
    review.release(given.pk, anne, NOW)
    golden.retire(known.pk, by=lead, at=NOW)
    next_one = review.claim_next(bao, NOW)
    assert next_one is not None
    assert next_one.golden is None
    assert review.claim_next(bao, NOW) is None


def test_none_is_given_of_another_language_or_area_nor_without_a_share(lead: User) -> None:
    golden.add("A known sentence.", "en", "hate.racism", True, by=lead, at=NOW)
    golden.add("Une arnaque.", "fr", "fraud.scam_links", True, by=lead, at=NOW)
    one, anne = Case.objects.get(), person("anne")
    assert golden.instead_of(one, anne, NOW, SEED) is None
    made(lead)
    settings.change("golden_share", 0.0, by=lead, at=NOW)
    assert golden.instead_of(one, anne, NOW, SEED) is None


def test_a_decided_case_becomes_golden_once_two_people_agree(lead: User) -> None:
    anne, bao, one = person("anne"), person("bao"), Case.objects.get()
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    with pytest.raises(Refused):
        golden.add_from(one.pk, by=lead, at=NOW)
    settings.change("second_look_share", 1.0, by=lead, at=NOW)
    decisions.draw_second_looks(SEED, NOW + timedelta(minutes=1))
    review.claim(one.pk, bao, NOW)
    decisions.settle(one.pk, RACISM, by=bao, at=NOW)
    known = golden.add_from(one.pk, by=lead, at=NOW)
    assert (known.breach, known.clause, known.taken_from) == (True, "hate.racism", one.posts.get())
    with pytest.raises(Refused):
        golden.add_from(one.pk, by=lead, at=NOW)
    case("second")
    copy = review.claim_next(anne, NOW + timedelta(minutes=2))
    assert copy is not None
    assert (copy.golden, copy.account, copy.posts.get().evidence) == (known, None, one.posts.get().evidence)
    assert copy.posts.get().post.fingerprint is None
    assert Account.objects.count() == 2


def test_nothing_about_children_is_copied_and_only_leads_make_golden_cases(lead: User) -> None:
    with pytest.raises(Refused):
        golden.add("x", "fr", "children.exploitation", True, by=lead, at=NOW)
    with pytest.raises(Refused):
        golden.add(" ", "fr", "hate.racism", True, by=lead, at=NOW)
    with pytest.raises(NotAllowed):
        golden.add("x", "fr", "hate.racism", True, by=person("anne"), at=NOW)


def test_error_rates_count_golden_cases_and_agreement_does_not(lead: User) -> None:
    anne = person("anne")
    made(lead, breach=False)
    given = review.claim_next(anne, NOW)
    assert given is not None
    decisions.settle(given.pk, RACISM, by=anne, at=NOW)
    rate = quality.errors(NOW)[0]
    assert (rate.clause, rate.language, rate.restricted_for_nothing.rate) == ("hate.racism", "fr", 1.0)
    assert quality.agreement_by(NOW, lambda one: one.clause) == {}
    seen = search.search(search.Query(), by=lead, at=NOW).cases
    assert [one.golden for one in seen] == [None]
    assert given in search.search(search.Query(), by=anne, at=NOW).cases


def test_agreement_is_measured_on_blind_second_looks(lead: User) -> None:
    settings.change("golden_share", 0.0, by=lead, at=NOW)
    settings.change("second_look_share", 1.0, by=lead, at=NOW)
    anne, bao = person("anne"), person("bao")
    for n, (first, second) in enumerate([(RACISM, RACISM), (Verdict(breach=False), RACISM), (RACISM, RACISM)]):
        one = case(f"case {n}")
        review.claim(one.pk, anne, NOW)
        decisions.settle(one.pk, first, by=anne, at=NOW)
        decisions.draw_second_looks(SEED, NOW + timedelta(minutes=1))
        review.claim(one.pk, bao, NOW)
        decisions.settle(one.pk, second, by=bao, at=NOW)
    found = quality.agreement_by(NOW, lambda one: one.language)
    assert found["fr"].units == 3
    assert found["fr"].alpha == pytest.approx(0.0)
