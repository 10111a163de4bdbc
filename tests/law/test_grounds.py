"""What may be written to a person, and what waits for a legal officer."""

from datetime import date
from itertools import product

import pytest
from msgspec.structs import replace

from vigie.law.dsa import keywords
from vigie.law.grounds import grounds


def test_only_grounds_read_again_in_the_official_source_may_be_sent():
    assert {ground.id for ground in grounds().values() if ground.may_be_sent} == {"FR-CP-421-2-5", "FR-1881-24bis"}


def test_every_ground_is_named_in_both_languages_with_its_reference():
    assert len(grounds()) == 20
    for ground in grounds().values():
        assert ground.label("en").strip()
        assert ground.label("fr").strip()
        assert ground.reference.strip()


def test_every_ground_is_filed_under_a_category_and_one_of_its_keywords():
    for ground in grounds().values():
        assert ground.dsa_keyword in keywords(ground.dsa_category), ground.id


def test_nothing_is_confirmed_yet():
    assert all(ground.confirmed_by is ground.confirmed_on is ground.link is None for ground in grounds().values())


@pytest.mark.parametrize(
    ("by", "on", "link"),
    list(product([None, "", "a lawyer"], [None, date(2026, 12, 1)], [None, "https://example.org"])),
)
def test_a_confirmation_says_who_when_and_where(by, on, link):
    ground = replace(grounds()["FR-1881-29"], confirmed_by=by, confirmed_on=on, link=link)
    assert ground.may_be_sent is bool(by and on and link)


def test_the_catalogue_cannot_be_changed_by_those_who_read_it():
    with pytest.raises(TypeError):
        grounds()["FR-1881-29"] = None
