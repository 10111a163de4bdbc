"""What is searched for is found, within one's rights, and on record."""

from datetime import timedelta

import pytest

from tests.services.given import NOW, case, person
from vigie.services import decisions, review, search, settings
from vigie.services.acts import NotAllowed
from vigie.services.decisions import Verdict
from vigie.services.search import Query
from vigie.store.models import Case, SensitiveRead, User
from vigie.store.people import Role

pytestmark = pytest.mark.django_db


def found(by: User, **query: object) -> list[Case]:
    return search.search(Query(**query), by=by, at=NOW).cases  # type: ignore[arg-type]


def test_by_words_account_clause_state_and_day() -> None:
    one, two = case("a", text="École fermée"), case("b", text="rien", clause="fraud.scam_links")
    lead = person("lead", Role.LEAD)
    assert found(lead, text="école") == [one]
    assert found(lead, text="ÉCOLE") == [one]
    assert found(lead, account="account of b") == [two]
    assert found(lead, clause="fraud.scam_links") == [two]
    assert found(lead, since=NOW + timedelta(days=1)) == []
    assert found(lead, until=NOW + timedelta(days=1)) == [two, one]
    review.claim(one.pk, lead, NOW)
    assert found(lead, state="claimed") == [one]
    assert SensitiveRead.objects.filter(user=lead, what="search").count() == 7
    assert SensitiveRead.objects.order_by("pk")[0].detail == "text: école"


def test_per_cent_signs_are_words() -> None:
    case("a", text="100 % sûr")
    lead = person("lead", Role.LEAD)
    assert len(found(lead, text="%")) == 1
    assert found(lead, text="_") == []


def test_pages_follow_each_other_without_a_gap(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(search, "PAGE", 2)
    made, lead = [case(str(n)) for n in range(5)], person("lead", Role.LEAD)
    pages, more = [], None
    while True:
        page = search.search(Query(before=more), by=lead, at=NOW)
        pages += page.cases
        more = page.more
        if more is None:
            break
    assert pages == made[::-1]


def test_words_are_looked_for_in_the_latest_posts_only(monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = case("a", text="mot"), case("b", text="mot")
    lead = person("lead", Role.LEAD)
    monkeypatch.setattr(search, "LATEST", 1)
    assert found(lead, text="mot") == [new]
    assert found(lead) == [new, old]


def test_nobody_finds_what_they_may_not_read() -> None:
    case("a"), case("b", clause="children.exploitation")
    assert found(person("anne", Role.MODERATOR, areas=["fraud"])) == []
    assert len(found(person("lead", Role.LEAD))) == 1
    assert len(found(person("eve", Role.AUDITOR))) == 2
    for role in (Role.INVITED, Role.POLICY, Role.ADMINISTRATOR):
        with pytest.raises(NotAllowed):
            found(person(f"with {role}", role))


def test_colleagues_are_looked_up_by_leads_and_a_second_look_stays_blind() -> None:
    one, anne, bao, lead = case(), person("anne"), person("bao"), person("lead", Role.LEAD)
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, Verdict(breach=False), by=anne, at=NOW)
    assert found(anne, moderator="anne") == [one]
    with pytest.raises(NotAllowed):
        found(bao, moderator="anne")
    assert found(lead, moderator="anne") == [one]
    settings.change("second_look_share", 1.0, by=lead, at=NOW)
    decisions.draw_second_looks(b"a seed of sixteen bytes", NOW + timedelta(minutes=1))
    assert found(lead, moderator="anne") == []
    assert found(person("eve", Role.AUDITOR), moderator="anne") == [one]
