"""Changes of rules: what is refused, the second person, the day, and what the processes that judge get of it."""

import os
from datetime import date, timedelta
from pathlib import Path

import pytest
from msgspec.structs import replace

from vigie.detect import patterns
from vigie.engine.standing import Standing, judge_of
from vigie.errors import Malformed, Misconfigured, OutOfOrder, Refused
from vigie.services import terms, trials, workshop
from vigie.services.acts import NotAllowed, NotFound
from vigie.store.models import Cancellation, ClauseFile, Decision, RuleChange, User
from vigie.store.people import Role
from vigie.terms.clause import Clause
from vigie.terms.place import KEPT, given_terms, own_terms, publish_terms
from vigie.terms.reading import read_terms

from .given import NOW, case, person

pytestmark = pytest.mark.django_db
RULE = f"""
[[rule]]
in_force_from = {NOW.date()}
when = "spam_words >= 0.9"
"""
WORDS = """signal = "spam_words"
language = "en"
[[pattern]]
literal = "blorptastic"
score = 0.9
why = "an invented word"
match = "So blorptastic!"
near_miss = "So fantastic!"
"""


@pytest.fixture(autouse=True)
def imported() -> None:
    terms.import_terms(NOW)


@pytest.fixture
def ada() -> User:
    return person("ada", Role.POLICY)


@pytest.fixture
def bob() -> User:
    return person("bob", Role.POLICY)


def changed(by: User, text: str | None = None, **fields: object) -> RuleChange:
    text = (terms.text_of("clause", "platform.spam") or "") + RULE if text is None else text
    values = {"kind": "clause", "name": "platform.spam", "toml": text, "why": "less noise"} | fields
    return workshop.write(RuleChange(**values), by=by, at=NOW)


def plain(clauses: tuple[Clause, ...]) -> list[Clause]:
    return [replace(one, file="") for one in clauses]


# Writing


@pytest.mark.parametrize("role", sorted(set(Role) - {Role.POLICY}))
def test_only_policy_leads_write_try_approve_and_withdraw(role: str, ada: User) -> None:
    other, change = person("other", role), changed(ada)
    with pytest.raises(NotAllowed):
        changed(other)
    for step in (workshop.approve, workshop.withdraw):
        with pytest.raises(NotAllowed):
            step(change.pk, by=other, at=NOW)
    with pytest.raises(NotAllowed):
        workshop.ask_trial(change.pk, 30, by=other, at=NOW)
    assert RuleChange.objects.count() == 1


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("id = ", "platform.spam.toml:1: not TOML"),
        ('id = "platform.spam"\ngravity = 9\n', "platform.spam.toml:2:"),
        (None, "platform.spam.toml:"),
    ],
)
def test_an_error_names_its_line(ada: User, text: str | None, said: str) -> None:
    broken = (terms.text_of("clause", "platform.spam") or "") + RULE.replace("spam_words", "spam_wrods")
    with pytest.raises(Malformed, match=said):
        changed(ada, broken if text is None else text)


def test_a_condition_of_a_later_day_is_compiled_too(ada: User) -> None:
    later = RULE.replace(str(NOW.date()), "2031-01-01").replace(">= 0.9", ">= 90")
    with pytest.raises(Malformed, match=r"platform\.spam\.toml:\d+"):
        changed(ada, (terms.text_of("clause", "platform.spam") or "") + later)


def test_what_is_in_force_for_the_public_stays(ada: User) -> None:
    text = (terms.text_of("clause", "platform.spam") or "").replace("strikes = 1", "strikes = 7", 1)
    with pytest.raises(Refused, match=r"platform\.spam@1 is in force"):
        changed(ada, text)


@pytest.mark.parametrize(
    ("kind", "name"),
    [("clause", "../x"), ("patterns", "x"), ("patterns", "../a.en"), ("domains", "y"), ("other", "a.b")],
)
def test_a_name_is_that_of_a_file_of_the_kind(ada: User, kind: str, name: str) -> None:
    with pytest.raises(Refused):
        changed(ada, "x", kind=kind, name=name)


def test_nothing_changed_no_reason_and_a_past_day_are_refused(ada: User) -> None:
    with pytest.raises(Refused, match="Nothing has been changed"):
        changed(ada, terms.text_of("clause", "platform.spam"))
    with pytest.raises(Refused, match="Say why"):
        changed(ada, why=" ")
    with pytest.raises(Refused, match="is past"):
        changed(ada, publish_on=NOW.date() - timedelta(1))
    assert not RuleChange.objects.exists()


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("score = 0.9", "score = 9.0", r"spam_words\.en\.ours\.toml:3: score"),
        ('literal = "blorptastic"\n', "", r"spam_words\.en\.ours\.toml:3: give either"),
        ('why = "an invented word"\n', "", r"spam_words\.en\.ours\.toml:3: not a pattern file"),
        ('literal = "blorptastic"', "regex = '(?=x)y'", r"spam_words\.en\.ours\.toml:3: no linear-time"),
        ("So blorptastic!", "So what?", r"spam_words\.en\.ours\.toml:3: does not hit its own match"),
        ("So fantastic!", "blorptastic", r"spam_words\.en\.ours\.toml:3: hits its near_miss"),
        ('language = "en"', 'language = "fr"', "call it spam_words.fr"),
        ("[[pattern]]", "[[pattern", r"spam_words\.en\.ours\.toml:3: not a pattern file"),
    ],
)
def test_an_error_of_a_pattern_names_its_line(ada: User, old: str, new: str, said: str) -> None:
    with pytest.raises(Malformed, match=said):
        changed(ada, WORDS.replace(old, new), kind="patterns", name="spam_words.en.ours")


def test_a_public_suffix_in_the_list_of_domains_is_refused_with_its_line(ada: User) -> None:
    with pytest.raises(Malformed, match=r"scam\.txt:2"):
        changed(ada, "bad.example\nco.uk\n", kind="domains", name="scam")


def test_a_better_change_takes_the_place_of_one_on_its_way(ada: User) -> None:
    first = changed(ada)
    text = first.toml.replace(">= 0.9", ">= 0.8")
    second = workshop.write(
        RuleChange(kind="clause", name="platform.spam", toml=text, why="w"), by=ada, at=NOW, instead_of=first.pk
    )
    first.refresh_from_db()
    assert first.withdrawn_at == NOW
    assert list(workshop.waiting()) == [second]


# The second person


def test_nobody_approves_what_they_wrote(ada: User, bob: User) -> None:
    change = changed(ada)
    with pytest.raises(NotAllowed, match="another policy lead"):
        workshop.approve(change.pk, by=ada, at=NOW)
    workshop.approve(change.pk, by=bob, at=NOW)
    assert terms.text_of("clause", "platform.spam") == change.toml
    row = ClauseFile.objects.filter(clause="platform.spam").latest("pk")
    assert (row.by, row.approved_by, row.why) == (ada, bob, "less noise")


def test_where_there_is_no_second_person_it_waits_with_an_alarm(ada: User) -> None:
    change = changed(ada)
    assert [(one.what, one.change) for one in workshop.alarms(NOW)] == [("alone", change)]
    assert "there is none" in str(workshop.alarms(NOW)[0])
    person("gone", Role.POLICY, is_active=False)
    assert workshop.alarms(NOW)
    person("bob", Role.POLICY)
    assert not workshop.alarms(NOW)
    assert terms.text_of("clause", "platform.spam") != change.toml


def test_what_is_published_or_withdrawn_stays_so(ada: User, bob: User) -> None:
    done, gone = changed(ada), changed(ada, WORDS, kind="patterns", name="spam_words.en.ours")
    workshop.approve(done.pk, by=bob, at=NOW)
    workshop.withdraw(gone.pk, by=bob, at=NOW)
    for change in (done, gone):
        for step in (workshop.approve, workshop.withdraw):
            with pytest.raises(OutOfOrder):
                step(change.pk, by=bob, at=NOW)
    with pytest.raises(NotFound):
        workshop.approve(99, by=bob, at=NOW)


def test_a_change_would_not_undo_another(ada: User, bob: User) -> None:
    first = changed(ada)
    second = changed(bob, first.toml.replace(">= 0.9", ">= 0.7"))
    workshop.approve(first.pk, by=bob, at=NOW + timedelta(minutes=1))
    assert workshop.stale(second)
    with pytest.raises(OutOfOrder, match="was changed since"):
        workshop.approve(second.pk, by=ada, at=NOW + timedelta(minutes=2))
    assert [one.what for one in workshop.alarms(NOW)] == ["stale"]


def test_it_is_published_on_its_day(ada: User, bob: User) -> None:
    day = NOW.date() + timedelta(3)
    change = changed(ada, publish_on=day)
    workshop.approve(change.pk, by=bob, at=NOW)
    assert workshop.publish_due(NOW + timedelta(2)) == 0
    assert terms.text_of("clause", "platform.spam") != change.toml
    assert workshop.publish_due(NOW + timedelta(3)) == 1
    assert workshop.publish_due(NOW + timedelta(3)) == 0
    assert terms.text_of("clause", "platform.spam") == change.toml


def test_a_day_that_came_without_approval_raises_an_alarm(ada: User, bob: User) -> None:
    changed(ada, publish_on=NOW.date() + timedelta(1))
    assert not workshop.alarms(NOW)
    assert [one.what for one in workshop.alarms(NOW + timedelta(1))] == ["late"]


# What the processes that judge get


def test_what_is_exported_is_read_as_the_same_terms(tmp_path: Path) -> None:
    assert terms.export_terms(tmp_path / "out") == len(terms.clauses())
    assert plain(read_terms(tmp_path / "out")) == plain(tuple(terms.clauses().values())) == plain(read_terms())
    with pytest.raises(Refused, match="empty"):
        terms.export_terms(tmp_path / "out")


def test_own_patterns_go_round(ada: User, bob: User, tmp_path: Path) -> None:
    change = changed(ada, WORDS, kind="patterns", name="spam_words.en.ours")
    workshop.approve(change.pk, by=bob, at=NOW)
    terms.export_terms(tmp_path / "out")
    exported = {path.stem: path.read_text() for path in (tmp_path / "out" / "patterns").glob("*.toml")}
    assert exported == terms.shipped_patterns() | {"spam_words.en.ours": WORDS}
    RuleChange.objects.all().delete()
    ClauseFile.objects.all().delete()
    terms.import_terms(NOW, tmp_path / "out")
    assert terms.pattern_files() == exported


def test_imported_patterns_replace_the_shipped_ones(tmp_path: Path) -> None:
    terms.export_terms(tmp_path)
    (tmp_path / "patterns").mkdir()
    (tmp_path / "patterns" / "spam_words.en.toml").write_text(WORDS)
    (tmp_path / "domains").mkdir()
    (tmp_path / "domains" / "scam.txt").write_text("bad.example\n")
    ClauseFile.objects.all().delete()
    terms.import_terms(NOW, tmp_path)
    assert terms.pattern_files() == {"spam_words.en": WORDS}
    assert terms.domain_files() == {"scam": "bad.example\n"}
    assert {"patterns/spam_words.en.toml", "domains/scam.txt"} < set(terms.files())


def test_an_empty_file_takes_patterns_away(ada: User, bob: User) -> None:
    change = changed(ada, "", kind="patterns", name="spam_words.en")
    workshop.approve(change.pk, by=bob, at=NOW)
    assert "spam_words.en" not in terms.pattern_files()
    assert "patterns/spam_words.en.toml" not in terms.files()


def test_a_running_process_takes_published_rules_up(ada: User, bob: User, tmp_path: Path) -> None:
    standing = Standing(tmp_path, lambda: NOW)
    shipped = standing()
    terms.keep_exported(tmp_path)
    assert standing().rulebook.hash == shipped.rulebook.hash, "the starter set, wherever it lies"
    workshop.approve(changed(ada).pk, by=bob, at=NOW)
    assert standing().rulebook.hash == shipped.rulebook.hash, "not before it is exported"
    terms.keep_exported(tmp_path)
    judge = standing()
    assert judge.rulebook.hash != shipped.rulebook.hash
    assert standing() is judge, "loaded once"


def test_terms_that_cannot_be_read_do_not_stop_a_stream(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    broken = Standing(tmp_path, lambda: NOW)
    publish_terms(tmp_path, {"a.b.toml": "["})
    with pytest.raises(Misconfigured):
        broken()
    terms.keep_exported(tmp_path)
    judge = broken()
    publish_terms(tmp_path, {"a.b.toml": "[["})
    assert broken() is judge
    assert broken() is judge
    (said,) = caplog.records
    assert "a.b.toml:1" in said.message


def test_a_new_day_brings_its_rules(tmp_path: Path) -> None:
    days = iter([NOW, NOW, NOW + timedelta(1)])
    loaded: list[date] = []
    standing = Standing(tmp_path, lambda: next(days), lambda where, day: loaded.append(day) or judge_of(where, day))  # type: ignore[func-returns-value]
    for _ in range(3):
        standing()
    assert loaded == [NOW.date(), NOW.date() + timedelta(1)]


def test_terms_laid_by_hand_are_imported_once_and_set_aside(tmp_path: Path) -> None:
    ClauseFile.objects.all().delete()
    place = tmp_path / "terms"
    place.mkdir()
    text = next(iter((Path(patterns.SHIPPED).parents[1] / "terms" / "starter").glob("platform.spam.toml"))).read_text()
    (place / "platform.spam.toml").write_text(text)
    assert given_terms(tmp_path) == place
    terms.take_up(tmp_path, NOW)
    assert list(terms.clauses()) == ["platform.spam"]
    assert (tmp_path / "terms-imported" / "platform.spam.toml").read_text() == text
    assert place.is_symlink()
    terms.take_up(tmp_path, NOW)


def test_terms_laid_by_hand_later_are_refused(tmp_path: Path) -> None:
    terms.take_up(tmp_path, NOW)
    (tmp_path / "terms").unlink()
    (tmp_path / "terms").mkdir()
    with pytest.raises(Misconfigured, match="has terms already"):
        terms.take_up(tmp_path, NOW)


def test_states_are_whole_and_old_ones_are_forgotten(tmp_path: Path) -> None:
    seen = []
    for number in range(KEPT + 3):
        state = publish_terms(tmp_path, {"a.toml": str(number), "patterns/b.toml": ""})
        os.utime(state, (number, number))
        seen.append(own_terms(tmp_path))
        assert (tmp_path / "terms" / "a.toml").read_text() == str(number)
    assert len(set(seen)) == KEPT + 3
    assert len(list((tmp_path / "terms-kept").iterdir())) == KEPT
    assert publish_terms(tmp_path, {"a.toml": str(KEPT + 2), "patterns/b.toml": ""}) == state


# Labels


def test_decisions_are_the_labels() -> None:
    lead = person("lead", Role.LEAD)
    broken, fine, other, undone, machine = (case(f"p{n}") for n in range(5))
    for one, breach, cited, by in (
        (broken, True, "hate.racism@1", lead),
        (fine, False, "", lead),
        (other, True, "abuse.harassment@1", lead),
        (undone, True, "hate.racism@1", lead),
        (machine, True, "hate.racism@1", None),
    ):
        made = Decision.objects.create(case=one, at=NOW, by=by, breach=breach, cited=cited)
        if one == undone:
            Cancellation.objects.create(decision=made, at=NOW, by=lead, why="")
    found = {(one.id, one.clause): one.right for one in trials.labels()}
    assert found == {
        ("p0", "hate.racism"): True,
        ("p1", "hate.racism"): False,
        ("p2", "hate.racism"): False,
        ("p2", "abuse.harassment"): True,
    }
