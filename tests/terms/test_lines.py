"""The line of everything in a file of terms."""

import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vigie.terms.lines import line_of, lines_of

TRICKY = '''\
# [not.a.table] and = not a key
"quoted = key" = 1
plain = """
[[not_a_table]]
key = "no" \\"""
""" # a comment with "quotes
list = [
  1, # ] = "
  { a = "]" },
]
dotted . "k" = 'it''s'

 [[ version ]]
number = 1
[version.text]
en = \'\'\'
x = 1\'\'\'
[[version]]
[version.text]
en = "a # b"
[[version.part]]
a = 1
[[version.part]]
a = { b = 1 }
'''.replace("'it''s'", "'its'")


def test_strings_comments_and_lists_over_several_lines_do_not_mislead():
    tomllib.loads(TRICKY)  # the sample is sound
    assert lines_of(TRICKY) == {
        ("quoted = key",): 2,
        ("plain",): 3,
        ("list",): 7,
        ("dotted", "k"): 11,
        ("version", 0): 13,
        ("version", 0, "number"): 14,
        ("version", 0, "text"): 15,
        ("version", 0, "text", "en"): 16,
        ("version", 1): 18,
        ("version", 1, "text"): 19,
        ("version", 1, "text", "en"): 20,
        ("version", 1, "part", 0): 21,
        ("version", 1, "part", 0, "a"): 22,
        ("version", 1, "part", 1): 23,
        ("version", 1, "part", 1, "a"): 24,
    }


def test_windows_line_ends_count_once():
    assert lines_of("a = 1\r\n\r\n[b]\r\nc = 2\r\n") == {("a",): 1, ("b",): 3, ("b", "c"): 4}


def test_what_has_no_line_of_its_own_takes_that_of_what_is_around_it():
    lines = lines_of(TRICKY)
    assert line_of(("version", 1, "text", "fr"), lines) == 19
    assert line_of(("nowhere",), lines) == 1


VALUES = st.sampled_from(
    ["1", '"a = b"', "[1,\n 2]", '"""\nx = 1\n[y]\n"""', "'''\n'''", "{ a = 1 }", "2026-11-01", '"\\""']
)


@given(st.lists(st.tuples(st.booleans(), VALUES, st.integers(0, 2)), max_size=12))
def test_any_file_that_toml_reads_is_counted_right(entries):
    text, expected, way, rules = "", {}, (), 0
    for number, (header, value, blanks) in enumerate(entries):
        text += "\n" * blanks
        here = text.count("\n") + 1
        if header:
            way, rules = ("rule", rules), rules + 1
            expected[way] = here
            text += "[[rule]] # a = 1\n"
        else:
            expected[(*way, f"key{number}")] = here
            text += f"key{number} = {value} # [b]\n"
    tomllib.loads(text)
    assert lines_of(text) == expected


@given(st.text(alphabet="ab=\"'\\[]{}#\n .", max_size=60))
def test_no_text_however_broken_stops_the_count(text):
    assert all(1 <= line <= text.count("\n") + 1 for line in lines_of(text).values())


@pytest.mark.parametrize("size", [20_000])
def test_a_long_file_is_counted_in_a_moment(size):
    assert len(lines_of("".join(f'key{n} = "{"x" * 50}"\n' for n in range(size)))) == size
