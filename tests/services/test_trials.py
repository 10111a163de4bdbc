"""What a change would have done: conditions from the log, patterns from the texts, and what is said when it cannot be told."""

from datetime import timedelta
from pathlib import Path

import msgspec
import pytest

from vigie.engine.source import Task
from vigie.engine.standing import Standing
from vigie.engine.worker import Log, Origin, Worker
from vigie.intake.readers.formats import reader
from vigie.journal.texts import keep_texts
from vigie.services import terms, trials, workshop
from vigie.services.acts import NotAllowed, NotFound
from vigie.store.models import Decision, Post, RuleChange, SensitiveRead, User
from vigie.store.people import Role

from .given import NOW, case, person
from .test_workshop import RULE, WORDS

pytestmark = pytest.mark.django_db
POSTS = [
    {"id": "1", "text": "Buy 10,000 Instagram followers cheap, link in bio"},
    {"id": "2", "text": "The weather is fine today and the bread is good."},
    {"id": "3", "text": "This bread is so blorptastic today, my friends."},
]
DATA = b"".join(msgspec.json.encode(post) + b"\n" for post in POSTS)


@pytest.fixture
def ada() -> User:
    terms.import_terms(NOW)
    return person("ada", Role.POLICY)


def judged(place: Path, *, texts: int = 0) -> Path:
    if texts:
        keep_texts(place, texts)
    worker = Worker(
        Log(place, bytes(16)), Origin("s", None, reader("jsonl", head=DATA)), Standing(place, lambda: NOW), lambda: NOW
    )
    worker.work(Task(0, 0, len(DATA), 1, DATA))
    worker.close()
    return place


def tried(ada: User, data: Path, **fields: object) -> RuleChange:
    change = workshop.write(RuleChange(why="w", **fields), by=ada, at=NOW)
    workshop.ask_trial(change.pk, 30, by=ada, at=NOW)
    assert trials.next_waiting() == change.pk
    trials.run(change.pk, data, lambda: NOW)
    change.refresh_from_db()
    assert trials.next_waiting() is None
    return change


def stricter() -> dict[str, object]:
    text = (terms.text_of("clause", "platform.spam") or "") + RULE.replace("0.9", "0.99")
    return {"kind": "clause", "name": "platform.spam", "toml": text}


def words() -> dict[str, object]:
    return {"kind": "patterns", "name": "spam_words.en.ours", "toml": WORDS}


def test_a_condition_is_tried_on_the_log(ada: User, tmp_path: Path) -> None:
    trial = tried(ada, judged(tmp_path), **stricter()).trial or {}
    assert (trial["state"], trial["on"], trial["posts"]) == ("done", "log", 3)
    (row,) = trial["rows"]
    assert (row["clause"], row["language"], row["no_longer"], row["newly"]) == ("platform.spam", "en", 1, 0)
    assert [(one["id"], one["after"]) for one in trial["sample"]] == [("1", None)]


def test_patterns_are_tried_on_the_texts(ada: User, tmp_path: Path) -> None:
    trial = tried(ada, judged(tmp_path, texts=30), **words()).trial or {}
    assert (trial["state"], trial["on"]) == ("done", "texts")
    (row,) = trial["rows"]
    assert (row["clause"], row["newly"], row["no_longer"], row["still"]) == ("platform.spam", 1, 0, 1)
    assert {one["id"] for one in trial["sample"]} == {"1", "3"}


def test_without_texts_it_says_so(ada: User, tmp_path: Path) -> None:
    trial = tried(ada, judged(tmp_path), **words()).trial or {}
    assert trial["state"] == "failed"
    assert "text window is off" in trial["why"]


def test_precision_comes_from_what_people_decided(ada: User, tmp_path: Path) -> None:
    judged(tmp_path, texts=30)
    change = tried(ada, tmp_path, **words())
    one = next(one for one in (change.trial or {})["sample"] if one["id"] == "1")
    settled = case("1", clause="platform.spam")
    Post.objects.filter(in_cases__case=settled).update(text_hash=one["text_hash"])
    Decision.objects.create(case=settled, at=NOW, by=ada, breach=True, cited="platform.spam@1")
    workshop.ask_trial(change.pk, 30, by=ada, at=NOW)
    trials.run(change.pk, tmp_path, lambda: NOW)
    change.refresh_from_db()
    found = {one["side"]: (one["n"], one["right"]) for one in (change.trial or {})["precision"]}
    assert found == {"before": (1, 1), "after": (1, 1)}


def test_a_text_of_the_sample_is_read_on_record(ada: User, tmp_path: Path) -> None:
    change = tried(ada, judged(tmp_path, texts=30), **words())
    sample = (change.trial or {})["sample"]
    rank = next(rank for rank, one in enumerate(sample) if one["id"] == "3")
    found = workshop.read_sample(change.pk, rank, by=ada, at=NOW)
    assert trials.text_of(found, tmp_path, NOW) == POSTS[2]["text"]
    (read,) = SensitiveRead.objects.all()
    assert (read.user, read.what, read.detail) == (ada, "sample", f"change {change.pk}: s 3")
    assert trials.text_of(found, tmp_path, NOW + timedelta(days=90)) is None
    with pytest.raises(NotFound):
        workshop.read_sample(change.pk, 99, by=ada, at=NOW)
    with pytest.raises(NotAllowed):
        workshop.read_sample(change.pk, rank, by=person("lead", Role.LEAD), at=NOW)


def test_posts_about_children_are_for_those_trained_for_it(ada: User) -> None:
    sample = [{"clause": "children.exploitation", "source": "s", "id": "1", "text_hash": 1}]
    change = RuleChange.objects.create(
        kind="clause", name="x.y", toml="", why="w", at=NOW, by=ada, trial={"sample": sample}
    )
    with pytest.raises(NotAllowed, match="trained"):
        workshop.read_sample(change.pk, 0, by=ada, at=NOW)
    assert not SensitiveRead.objects.exists()
    workshop.read_sample(change.pk, 0, by=person("both", Role.POLICY, Role.CHILDREN), at=NOW)
    assert SensitiveRead.objects.count() == 1


def test_a_trial_that_died_is_said_to_have(ada: User) -> None:
    change = workshop.write(RuleChange(why="w", **stricter()), by=ada, at=NOW)
    change.trial = {"state": "running", "days": 30, "at": NOW.isoformat()}
    change.save()
    trials.end_dead(NOW + timedelta(seconds=workshop.STUCK - 1))
    change.refresh_from_db()
    assert (change.trial or {})["state"] == "running"
    trials.end_dead(NOW + timedelta(seconds=workshop.STUCK + 1))
    change.refresh_from_db()
    assert ((change.trial or {})["state"], (change.trial or {})["why"]) == ("failed", "stopped")


def test_a_trial_ends_with_whoever_asked_for_it(ada: User, tmp_path: Path) -> None:
    change = workshop.write(RuleChange(why="w", **stricter()), by=ada, at=NOW)
    workshop.ask_trial(change.pk, 30, by=ada, at=NOW)
    with pytest.raises(trials.Stopped):
        trials.run(change.pk, judged(tmp_path), lambda: NOW, wanted=lambda: False)
