"""What is refused in a file of terms: each time with the file, the line and what would be right."""

import re
from datetime import date

import pytest

from vigie.errors import Misconfigured
from vigie.terms.reading import read_clause, read_terms

from .samples import GOOD, SECOND, clause, line_in, spoilt

RULE = "rain_words >= 0.6"
ALONE = "act_alone_grid = [0.99, 0.95]"
FIRST_RULE = '[[rule]]\nin_force_from = 2026-11-01\nwhen = "rain >='
NUMBERED = "number = 1\nin_force_from = 2026-11-01"


def problems(text: str, file: str = "test.rain.toml") -> list[str]:
    with pytest.raises(Misconfigured) as caught:
        read_clause(text, file)
    return str(caught.value).split("\n")


def test_a_good_file_gives_all_that_it_says():
    read = clause()
    version, rule = read.versions[0], read.rules[0]
    assert (read.id, read.gravity, read.title["fr"], read.file) == ("test.rain", 2, "Pluie", "test.rain.toml")
    assert (read.dsa_category, read.dsa_keywords) == ("STATEMENT_CATEGORY_VIOLENCE", ("KEYWORD_OTHER",))
    assert (version.number, version.in_force_from, version.legal) == (1, date(2026, 11, 1), ("FR-CP-222-17",))
    assert (version.restriction, version.strikes) == ("DECISION_VISIBILITY_CONTENT_DEMOTED", 1)
    assert (version.text["en"], version.exceptions["fr"]) == ("Do not rain on others.", "Les jardins.")
    assert (rule.when, rule.review) == ("rain >= review", {"en": 0.60, "fr": 0.65, "und": 0.85})
    assert (rule.act_alone_on, rule.act_alone_precision, rule.act_alone_grid) == ("rain", 0.99, (0.99, 0.95))
    assert read.rules[1].review == {}
    assert (read.rules[1].act_alone_on, read.rules[1].act_alone_precision, read.rules[1].act_alone_grid) == (
        None,
        None,
        (),
    )


def test_versions_and_rules_know_their_line():
    text = GOOD + SECOND
    read = clause(text)
    starts = [number for number, line in enumerate(text.split("\n"), start=1) if line.startswith("[[")]
    assert [
        read.versions[0].line,
        *(rule.line for rule in read.rules[:2]),
        read.versions[1].line,
        read.rules[2].line,
    ] == starts


# what is spoilt, what is written instead, the part of the spoilt text that the error points to, what it says
WRONG = {
    "unknown key": (
        "gravity = 2",
        "gravity = 2\ngravty = 3",
        "gravty",
        r'unknown key "gravty".*did you mean gravity\?',
    ),
    "unknown key of a version": (
        "strikes = 1",
        "strikes = 1\nstrike = 2",
        "strike = 2",
        r"keys here are number, in_force_from",
    ),
    "unknown key of a rule": (
        ALONE,
        ALONE + "\nthen = 1",
        "then",
        r'unknown key "then"; the keys here are in_force_from, when',
    ),
    "id of another file": (
        'id = "test.rain"',
        'id = "test.sun"',
        "id",
        r"rename the file test\.sun\.toml, or write \"test\.rain\"",
    ),
    "id out of shape": ('id = "test.rain"', 'id = "Rain"', "id", r'"Rain" is not an id: two words'),
    "no id": ('id = "test.rain"\n', "", "gravity", r'"id" is missing'),
    "gravity too high": (
        "gravity = 2",
        "gravity = 6",
        "gravity",
        r'"gravity" is 6; it must be a whole number from 1 to 5',
    ),
    "gravity too low": ("gravity = 2", "gravity = 0", "gravity", r"a whole number from 1 to 5"),
    "gravity not whole": ("gravity = 2", "gravity = 2.5", "gravity", r'"gravity" is 2\.5; it must be a whole number'),
    "gravity true": ("gravity = 2", "gravity = true", "gravity", r'"gravity" is true; it must be a whole number'),
    "title missing a language": ('fr = "Pluie"\n', "", "[title]", r'"fr" is missing: the title in that language'),
    "text missing a language": (
        'fr = "Ne pleuvez pas sur les autres."\n',
        "",
        "[version.text]",
        r'"fr" is missing: the text',
    ),
    "text empty": ('"Do not rain on others."', '" "', 'en = " "', r'"en" is empty'),
    "exceptions missing a language": (
        'en = "Gardens."\n',
        "",
        "[version.exceptions]",
        r'"en" is missing: the exceptions',
    ),
    "no exceptions": (
        '[version.exceptions]\nen = "Gardens."\nfr = "Les jardins."',
        "",
        "[[version]]",
        r'"exceptions" is missing',
    ),
    "language out of shape": (
        'fr = "Pluie"',
        'fr = "Pluie"\nFrench = "x"',
        "French",
        r'"French" is not a language code',
    ),
    "unknown category": (
        "STATEMENT_CATEGORY_VIOLENCE",
        "VIOLENCE",
        "dsa_category",
        r'"VIOLENCE" is not one.*STATEMENT_CATEGORY_VIOLENCE',
    ),
    "category of notices": (
        "STATEMENT_CATEGORY_VIOLENCE",
        "STATEMENT_CATEGORY_NOT_SPECIFIED_NOTICE",
        "dsa_category",
        r"categories that a clause may have",
    ),
    "keyword of another category": (
        "KEYWORD_OTHER",
        "KEYWORD_HATE_SPEECH",
        "dsa_keywords",
        r'"KEYWORD_HATE_SPEECH" is not one of the keywords of STATEMENT_CATEGORY_VIOLENCE: KEYWORD_COORDINATED_HARM',
    ),
    "keyword twice": ('["KEYWORD_OTHER"]', '["KEYWORD_OTHER", "KEYWORD_OTHER"]', "dsa_keywords", r"listed twice"),
    "no keyword": ('["KEYWORD_OTHER"]', "[]", "dsa_keywords", r"choose at least one of KEYWORD_COORDINATED_HARM"),
    "keyword not a text": ('["KEYWORD_OTHER"]', "[{ a = 1 }]", "dsa_keywords", r"is not one of the keywords"),
    "unknown ground": (
        "FR-CP-222-17",
        "FR-CP-1",
        "legal",
        r'"FR-CP-1" is not one of the legal grounds of the catalogue: .*FR-CP-421-2-5',
    ),
    "unknown restriction": (
        "DECISION_VISIBILITY_CONTENT_DEMOTED",
        "HIDE",
        "restriction",
        r'"HIDE" is not one of the restrictions: .*CONTENT_REMOVED',
    ),
    "restriction in other words": (
        "DECISION_VISIBILITY_CONTENT_DEMOTED",
        "DECISION_VISIBILITY_OTHER",
        "restriction",
        r"not one of the restrictions",
    ),
    "strikes negative": (
        "strikes = 1",
        "strikes = -1",
        "strikes",
        r'"strikes" is -1; it must be a whole number from 0 to 10',
    ),
    "day in quotes": (
        NUMBERED,
        'number = 1\nin_force_from = "2026-11-01"',
        'in_force_from = "',
        r"a day such as 2026-11-01, without quotes",
    ),
    "day with a time": (
        NUMBERED,
        "number = 1\nin_force_from = 2026-11-01T00:00:00Z",
        "in_force_from",
        r"without quotes or time",
    ),
    "day of a rule": (
        f'in_force_from = 2026-11-01\nwhen = "{RULE}"',
        f'when = "{RULE}"',
        f'[[rule]]\nwhen = "{RULE}"',
        r'"in_force_from" is missing',
    ),
    "number of a version": (
        "number = 1\n",
        "number = 0\n",
        "number",
        r'"number" is 0; it must be a whole number from 1',
    ),
    "no condition": (f'when = "{RULE}"', 'when = ""', 'when = ""', r'"when" is empty'),
    "review without thresholds": (
        RULE,
        "rain_words >= review",
        'when = "rain_words',
        r"give review = \{ en = 0\.60, fr = 0\.60, und = 0\.60 \}",
    ),
    "review missing a language": (", und = 0.85", "", "review = {", r'"und" is missing: a number from 0 to 1'),
    "review out of range": ("fr = 0.65", "fr = 1.65", "review = {", r'"fr" is 1\.65; it must be a number from 0 to 1'),
    "review not a number": ("fr = 0.65", "fr = nan", "review = {", r'"fr" is nan'),
    "review not a table": ("{ en = 0.60, fr = 0.65, und = 0.85 }", "0.6", "review = 0.6", r"thresholds by language"),
    "precision zero": (
        "precision = 0.99",
        "precision = 0",
        "act_alone_precision",
        r"is 0; it must be a number above 0 and at most 1",
    ),
    "precision above one": ("precision = 0.99", "precision = 99", "act_alone_precision", r"above 0 and at most 1"),
    "precision missing": (
        "act_alone_precision = 0.99\n",
        "",
        FIRST_RULE,
        r'"act_alone_precision" is missing.*go together',
    ),
    "signal missing": ('act_alone_on = "rain"\n', "", FIRST_RULE, r'"act_alone_on" is missing.*go together'),
    "signal not in the condition": (
        'act_alone_on = "rain"',
        'act_alone_on = "ra"',
        "act_alone_on",
        r'"ra" is not in the condition of this rule: rain >= review',
    ),
    "grid missing": (ALONE + "\n", "", FIRST_RULE, r'"act_alone_grid" is missing.*go together'),
    "grid rising": (ALONE, "act_alone_grid = [0.95, 0.99]", "act_alone_grid", r"each below the one before"),
    "grid level": (ALONE, "act_alone_grid = [0.95, 0.95]", "act_alone_grid", r"each below the one before"),
    "grid too long": (
        ALONE,
        f"act_alone_grid = {[round(0.99 - n / 100, 2) for n in range(21)]}",
        "act_alone_grid",
        r"1 to 20 numbers",
    ),
    "grid empty": (ALONE, "act_alone_grid = []", "act_alone_grid", r"1 to 20 numbers"),
    "grid out of range": (ALONE, "act_alone_grid = [1.5, 0.9]", "act_alone_grid", r"numbers from 0 to 1"),
    "grid not numbers": (ALONE, 'act_alone_grid = ["0.9"]', "act_alone_grid", r"1 to 20 numbers"),
    "grid not a list": (ALONE, "act_alone_grid = 0.9", "act_alone_grid", r"it must be 1 to 20 numbers"),
    "title not a table": (
        '[title]\nen = "Rain"\nfr = "Pluie"',
        'title = "Rain"',
        "title",
        r"it must be a table with a text in each of en, fr",
    ),
}


@pytest.mark.parametrize(("old", "new", "where", "says"), WRONG.values(), ids=WRONG.keys())
def test_each_thing_that_is_wrong_is_told_once_with_its_line_and_what_is_right(old, new, where, says):
    text = spoilt(old, new)
    told = problems(text)
    assert len(told) == 1, told
    assert re.match(rf"test\.rain\.toml:{line_in(text, where)}: .*{says}", told[0]), told[0]


def test_a_clause_without_a_version_is_refused():
    start, end = GOOD.index("[[version]]"), GOOD.index("[[rule]]")
    assert '"version" is missing: at least one [[version]] table' in problems(GOOD[:start] + GOOD[end:])[0]
    assert '"version" is empty' in problems("version = []\n" + GOOD[:start] + GOOD[end:])[0]


def test_a_clause_without_rules_is_left_to_notices_and_moderators():
    assert clause(GOOD[: GOOD.index("[[rule]]")]).rules == ()


def test_a_version_number_serves_once():
    text = GOOD + SECOND.replace("number = 2", "number = 1")
    line = line_in(text, "number = 1\nin_force_from = 2027")
    assert problems(text) == [f"test.rain.toml:{line}: version 1 is already given at line 10; take the next number"]


def test_two_versions_cannot_begin_on_one_day():
    text = GOOD + SECOND.replace("number = 2\nin_force_from = 2027-01-01", "number = 2\nin_force_from = 2026-11-01")
    line = line_in(text, "number = 2") + 1
    assert problems(text) == [f"test.rain.toml:{line}: versions 1 and 2 both begin on 2026-11-01; change one day"]


def test_the_higher_number_is_the_later_version():
    text = GOOD + SECOND.replace("number = 2\nin_force_from = 2027-01-01", "number = 2\nin_force_from = 2026-10-01")
    assert "version 2 begins before version 1" in problems(text)[0]


def test_versions_may_stand_in_any_order():
    swapped = GOOD.replace("number = 1", "number = 3").replace("2026-11-01\nlegal", "2028-01-01\nlegal") + SECOND
    assert [version.number for version in clause(swapped).versions] == [3, 2]


def test_more_languages_than_the_required_ones_are_welcome():
    assert clause(spoilt('fr = "Pluie"', 'fr = "Pluie"\nde = "Regen"')).title["de"] == "Regen"


def test_what_is_not_toml_is_told_with_its_line():
    assert re.match(r"test\.rain\.toml:2: not TOML: ", problems(spoilt("gravity = 2", "gravity = = 2"))[0])
    assert re.match(r"test\.rain\.toml:2: not TOML: ", problems('a = 1\nb = "')[0])


def test_a_path_is_named_whole_and_its_last_part_gives_the_id():
    assert read_clause(GOOD, "/srv/terms/test.rain.toml").id == "test.rain"
    assert problems(GOOD, "/srv/terms/test.sun.toml")[0].startswith("/srv/terms/test.sun.toml:1: ")


def test_every_problem_of_every_file_is_told_at_once_in_order(tmp_path):
    (tmp_path / "test.rain.toml").write_text(
        spoilt("gravity = 2", "gravity = 9").replace("strikes = 1", "strikes = 99")
    )
    (tmp_path / "test.sun.toml").write_text(
        spoilt('id = "test.rain"', 'id = "test.sun"').replace("FR-CP-222-17", "FR-X")
    )
    (tmp_path / "test.wind.toml").write_bytes(b"\xff")
    (tmp_path / "notes.txt").write_text("not a clause")
    with pytest.raises(Misconfigured) as caught:
        read_terms(tmp_path)
    found = [re.match(rf"{re.escape(str(tmp_path))}/([a-z.]+:\d+): ", line) for line in str(caught.value).split("\n")]
    assert [match and match[1] for match in found] == [
        "test.rain.toml:2",
        "test.rain.toml:15",
        "test.sun.toml:13",
        "test.wind.toml:1",
    ]


def test_the_gravest_come_first_then_by_id(tmp_path):
    for name, gravity in (("b.b", 2), ("a.a", 2), ("c.c", 5)):
        text = spoilt('id = "test.rain"', f'id = "{name}"').replace("gravity = 2", f"gravity = {gravity}")
        (tmp_path / f"{name}.toml").write_text(text)
    assert [one.id for one in read_terms(tmp_path)] == ["c.c", "a.a", "b.b"]


def test_a_directory_must_exist_and_hold_terms(tmp_path):
    with pytest.raises(Misconfigured, match="is not a directory"):
        read_terms(tmp_path / "nowhere")
    with pytest.raises(Misconfigured, match="holds no terms; write one"):
        read_terms(tmp_path)
