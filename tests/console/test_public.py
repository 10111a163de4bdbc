"""What the public reads: every version, what changed, for people and for programs, in both languages, without a cookie."""

import json
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as Xml

import pytest
from django.test import Client

from tests.docs.reading import first_cells, text_of
from vigie.law.grounds import grounds
from vigie.services import terms
from vigie.store.models import ClauseFile

pytestmark = pytest.mark.django_db
TODAY = datetime.now(UTC).date()
ATOM = "{http://www.w3.org/2005/Atom}"


def version(number: int, day: object, en: str, legal: str = "[]") -> str:
    return f'''
[[version]]
number = {number}
in_force_from = {day}
legal = {legal}
restriction = "DECISION_VISIBILITY_CONTENT_REMOVED"
strikes = {number}
[version.text]
en = "{en}"
fr = "N’attaquez personne. {number}"
[version.exceptions]
en = "You may quote."
fr = "Il est permis de citer."
'''


HEAD = """id = "test.rule"
gravity = 2
dsa_category = "STATEMENT_CATEGORY_ILLEGAL_OR_HARMFUL_SPEECH"
dsa_keywords = ["KEYWORD_HATE_SPEECH"]
[title]
en = "A <test> rule"
fr = "Une règle d’essai"
"""
FIRST = HEAD + version(1, TODAY - timedelta(60), "Do not attack people.", '["FR-1881-24bis", "FR-1881-29"]')
SECOND = FIRST + version(2, TODAY - timedelta(10), "Do not insult people.")
THIRD = SECOND + version(3, TODAY + timedelta(10), "Do not insult anyone.")


@pytest.fixture(autouse=True)
def published() -> None:
    at = datetime.now(UTC)
    terms.import_terms(at)
    for days, text in ((60, FIRST), (20, SECOND), (1, THIRD)):
        ClauseFile.objects.create(clause="test.rule", toml=text, at=at - timedelta(days), why="")


def read(client: Client, address: str, **headers: str) -> str:
    answer = client.get(address, headers=headers)
    assert answer.status_code == 200
    return answer.content.decode()


PAGES = ["/terms/", "/terms/test.rule/", "/terms/test.rule@1/", "/terms/test.rule/diff/1..2/", "/terms/print"]


@pytest.mark.parametrize("address", [*PAGES, "/terms.json", "/terms/feed.xml"])
def test_no_account_no_cookie_and_a_cache_may_keep_it(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 200
    assert not answer.cookies
    assert {"Accept-Language", "Cookie"} <= {one.strip() for one in answer["Vary"].split(",")}
    assert "public" in answer["Cache-Control"]
    again = client.get(address, headers={"If-None-Match": answer["ETag"]})
    assert again.status_code == 304
    assert not again.content
    assert again["ETag"] == answer["ETag"]


@pytest.mark.parametrize("address", PAGES)
def test_a_page_has_no_script_and_names_its_other_language(client: Client, address: str) -> None:
    page = read(client, address)
    assert "<script" not in page
    assert "style=" not in page
    assert f'hreflang="fr" href="http://testserver{address}?lang=fr"' in page
    assert client.get(address, {"lang": "fr"})["Content-Language"] == "fr"


def test_the_language_is_the_readers_and_the_one_asked_for_wins(client: Client) -> None:
    assert "Ce qui est interdit" in read(client, "/terms/test.rule/", Accept_Language="fr")
    assert "What is forbidden" in read(client, "/terms/test.rule/?lang=en", Accept_Language="fr")
    french = read(client, "/terms/?lang=fr")
    assert 'href="/terms/test.rule/?lang=fr"' in french
    other = client.get("/terms/?lang=fr")["ETag"]
    assert other != client.get("/terms/?lang=en")["ETag"]


def test_the_language_is_remembered_only_when_it_is_switched(client: Client) -> None:
    answer = client.get("/terms/in/fr", {"back": "/terms/test.rule/"})
    assert answer.url == "/terms/test.rule/"
    assert answer.cookies["vigie_language"].value == "fr"
    assert "no-store" in answer["Cache-Control"]
    assert "Ce qui est interdit" in read(client, "/terms/test.rule/")


@pytest.mark.parametrize("back", ["https://elsewhere.example/", "//elsewhere.example", "javascript:alert(1)"])
def test_the_switch_leads_nowhere_else(client: Client, back: str) -> None:
    assert client.get("/terms/in/fr", {"back": back}).url == "/terms/"


def test_a_language_that_there_is_not_is_not_remembered(client: Client) -> None:
    assert not client.get("/terms/in/xx").cookies


def test_the_page_says_what_is_in_force(client: Client) -> None:
    page = read(client, "/terms/test.rule/")
    assert "Do not insult people." in page
    assert "Version 2, in force since" in page
    assert "A &lt;test&gt; rule" in page
    assert "A new version takes its place on" in page
    assert "test.rule@2" in page


def test_a_past_version_and_a_future_one_are_said_to_be_so(client: Client) -> None:
    assert "This is a past version" in read(client, "/terms/test.rule@1/")
    assert "This is a future version" in read(client, "/terms/test.rule@3/")
    assert "This is a" not in read(client, "/terms/test.rule@2/")


def test_only_grounds_that_may_be_sent_are_shown(client: Client) -> None:
    assert grounds()["FR-1881-24bis"].may_be_sent
    assert not grounds()["FR-1881-29"].may_be_sent
    page = read(client, "/terms/test.rule@1/")
    assert grounds()["FR-1881-24bis"].en in page
    assert grounds()["FR-1881-29"].reference not in page
    assert grounds()["FR-1881-29"].reference not in read(client, "/terms.json")
    assert "Legal grounds" not in read(client, "/terms/test.rule@2/")


def test_the_difference_is_marked_and_said_in_words(client: Client) -> None:
    page = read(client, "/terms/test.rule/diff/1..2/")
    assert '<del><span class="sr">[removed: </span>attack<span class="sr"> end]</span></del>' in page
    assert '<ins><span class="sr">[added: </span>insult<span class="sr"> end]</span></ins>' in page


@pytest.mark.parametrize(
    "address", ["/terms/no.such/", "/terms/test.rule@9/", "/terms/test.rule/diff/1..9/", "/terms/<b>/", "/terms/x@1/"]
)
def test_what_does_not_exist_is_said_to_be_missing(client: Client, address: str) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    assert b"There is no such rule" in answer.content
    assert not answer.cookies


def test_nothing_can_be_sent_to_a_public_page(client: Client) -> None:
    assert client.post("/terms/").status_code == 405


def test_the_document_for_programs_is_as_documented(client: Client) -> None:
    document = json.loads(read(client, "/terms.json"))
    assert document["format"] == 1
    one = next(clause for clause in document["clauses"] if clause["id"] == "test.rule")
    assert one["in_force"] == 2
    assert [(v["number"], v["state"]) for v in one["versions"]] == [(1, "past"), (2, "in_force"), (3, "future")]
    assert one["versions"][0]["in_force_until"] == one["versions"][1]["in_force_from"]
    assert [ground["id"] for ground in one["versions"][0]["legal"]] == ["FR-1881-24bis"]
    named = first_cells(text_of("terms-json"))
    assert named == {*document, *one, *one["versions"][0]} | {"reference"}


def test_the_document_does_not_depend_on_the_language(client: Client) -> None:
    assert read(client, "/terms.json", Accept_Language="fr") == read(client, "/terms.json", Accept_Language="en")


@pytest.mark.parametrize("language", ["en", "fr"])
def test_the_feed_is_an_atom_feed(client: Client, language: str) -> None:
    answer = client.get("/terms/feed.xml", {"lang": language})
    assert answer["Content-Type"].startswith("application/atom+xml")
    root = Xml.fromstring(answer.content)
    assert root.tag == f"{ATOM}feed"
    assert root.get("{http://www.w3.org/XML/1998/namespace}lang") == language
    for part in (root, *root.findall(f"{ATOM}entry")):  # RFC 4287, 4.1.1 and 4.1.2
        for name in ("id", "title", "updated"):
            assert len(part.findall(f"{ATOM}{name}")) == 1
            assert part.findtext(f"{ATOM}{name}")
        assert datetime.fromisoformat(part.findtext(f"{ATOM}updated") or "").tzinfo is not None
    assert root.find(f"{ATOM}author/{ATOM}name") is not None
    assert [link.get("rel") for link in root.findall(f"{ATOM}link")] == ["self", "alternate"]
    names = [entry.findtext(f"{ATOM}id") for entry in root.findall(f"{ATOM}entry")]
    assert len(names) == len(set(names)) == len(terms.clauses()) + 2


def test_the_feed_tells_the_latest_change_first_and_what_it_is(client: Client) -> None:
    root = Xml.fromstring(read(client, "/terms/feed.xml"))
    changes = [one for one in root.findall(f"{ATOM}entry") if "test.rule@" in (one.findtext(f"{ATOM}id") or "")]
    numbers = [(one.findtext(f"{ATOM}id") or "").partition("@")[2].partition("/")[0] for one in changes]
    assert numbers == ["3", "2", "1"]
    content = changes[1].find(f"{ATOM}content")
    assert content is not None
    assert content.get("type") == "html"
    assert "<del>attack</del> <ins>insult</ins>" in (content.text or "")


def test_the_feed_speaks_the_browsers_language(client: Client) -> None:
    assert "Une règle d’essai" in read(client, "/terms/feed.xml", Accept_Language="fr")


def test_an_instance_without_terms_says_what_will_appear(client: Client) -> None:
    ClauseFile.objects.all().delete()
    assert "There are no terms yet" in read(client, "/terms/")
    assert json.loads(read(client, "/terms.json")) == {"format": 1, "clauses": []}
    assert Xml.fromstring(read(client, "/terms/feed.xml")).findtext(f"{ATOM}updated")
