"""The words of the Transparency Database."""

import pytest

from vigie.errors import Refused
from vigie.law.dsa import categories, keywords, visibilities


def test_the_database_has_sixteen_categories_and_seven_visibilities():
    assert len(categories()) == 16
    assert len(visibilities()) == 7
    assert "STATEMENT_CATEGORY_NOT_SPECIFIED_ORDER" not in categories()  # exists only in the report


def test_a_keyword_belongs_to_one_category_except_the_one_for_everything_else():
    belongs = [keyword for category in categories() for keyword in keywords(category) if keyword != "KEYWORD_OTHER"]
    assert len(belongs) == len(set(belongs)) == 67  # 69 words, less KEYWORD_OTHER and KEYWORD_STALKING


def test_every_category_but_one_can_be_made_precise():
    bare = [category for category in categories() if not keywords(category)]
    assert bare == ["STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE"]
    assert all("KEYWORD_OTHER" in keywords(category) for category in categories() if category not in bare)


def test_every_word_has_a_name_in_both_languages():
    words = [*categories().values(), *visibilities().values()]
    words += [keyword for category in categories() for keyword in keywords(category).values()]
    assert all(word.label("en").strip() and word.label("fr").strip() for word in words)


def test_an_unknown_category_has_no_keywords():
    assert not keywords("STATEMENT_CATEGORY_WEATHER")


def test_other_languages_are_refused():
    with pytest.raises(Refused, match='"en" or "fr"'):
        visibilities()["DECISION_VISIBILITY_OTHER"].label("de")
