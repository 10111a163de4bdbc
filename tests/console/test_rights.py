"""Role by role, what each address of the console refuses; and what it refuses to everyone."""

from collections.abc import Callable

import pytest
from django.test import Client

from tests.services.given import case, person
from vigie.console import urls
from vigie.store.models import Case, Fact, SensitiveRead
from vigie.store.people import Role

pytestmark = pytest.mark.django_db

#: Everything that can be asked of a case, with what is sent.
STEPS = (
    "claim",
    "release",
    "hold",
    "unhold",
    "skip",
    "escalate",
    "ask",
    "opinion",
    "unask",
    "note",
    "handover",
    "invite",
)
POSTS = {
    "next": "/console/next",
    "decide": "/console/cases/{id}/decide",
    "preview": "/console/cases/{id}/preview",
    "undo": "/console/cases/{id}/undo",
    **{step: f"/console/cases/{{id}}/{step}" for step in STEPS},
}
SENT = {"verdict": "leave", "why": "because", "to": "colleague", "hours": "1", "name": "Someone"}
#: Role → status of the queue, a case, a case about children; and whether they decide.
EXPECTED = {
    Role.ADMINISTRATOR: (403, 403, 403, False),
    Role.POLICY: (403, 403, 403, False),
    Role.LEAD: (200, 200, 404, True),
    Role.MODERATOR: (200, 200, 404, True),
    Role.CHILDREN: (200, 404, 200, True),
    Role.LEGAL: (200, 200, 404, False),
    Role.AUDITOR: (200, 200, 200, False),
    Role.INVITED: (200, 404, 404, True),
}


def test_every_role_is_tried() -> None:
    assert set(EXPECTED) == set(Role)


def test_every_address_is_tried() -> None:
    named = {one.name for one in urls.urlpatterns if getattr(one, "name", None)}
    assert named - {"home", "language", "start"} == {"queue", "case", "reveal", "screen", "step", *POSTS} - set(STEPS)


@pytest.mark.parametrize("role", Role)
def test_what_a_role_may_read(role: Role, signed_in: Callable[..., Client]) -> None:
    client = signed_in(person("someone", role))
    ordinary, children = case("a"), case("b", clause="children.exploitation")
    queue, read, read_children, _decides = EXPECTED[role]
    assert client.get("/console/").status_code == queue
    for one, status in ((ordinary, read), (children, read_children)):
        assert client.get(f"/console/cases/{one.pk}/").status_code == status
        shown = client.post(f"/console/cases/{one.pk}/reveal", {"post": one.posts.get().post_id})
        assert shown.status_code == (302 if status == 200 else status)
    reads = [read for read in (read, read_children) if read == 200]
    assert SensitiveRead.objects.filter(what="post").count() == len(reads)


@pytest.mark.parametrize("role", [role for role, (*_, decides) in EXPECTED.items() if not decides])
def test_who_does_not_decide_changes_nothing(role: Role, signed_in: Callable[..., Client]) -> None:
    client, one = signed_in(person("someone", role)), case()
    person("colleague")
    for name, address in POSTS.items():
        assert client.post(address.format(id=one.pk), SENT).status_code == 403, name
    assert Case.objects.get().status == "open"
    assert Fact.objects.count() == 1


@pytest.mark.parametrize("role", [Role.MODERATOR, Role.LEAD])
def test_a_case_about_children_is_not_there_for_others(role: Role, signed_in: Callable[..., Client]) -> None:
    client, one = signed_in(person("someone", role)), case(clause="children.exploitation")
    for name, address in POSTS.items():
        status = client.post(address.format(id=one.pk), SENT).status_code
        assert status == (302 if name == "next" else 404), name
    assert Case.objects.get().holder is None


def test_nobody_gets_in_without_signing_in() -> None:
    one = case()
    paths = [
        "/console/",
        f"/console/cases/{one.pk}/",
        *(path.format(id=one.pk) for path in POSTS.values()),
        "/console/screen",
    ]
    for path in paths:
        for ask in (Client().get, Client().post):
            answer = ask(path)
            assert answer.status_code == 302
            assert answer.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("role", [role for role, (*_, decides) in EXPECTED.items() if decides])
def test_who_decides_sets_a_second_factor_up_before_all_else(role: Role) -> None:
    client, one = Client(), case()
    client.force_login(person("someone", role))
    for path in ("/console/", f"/console/cases/{one.pk}/"):
        assert client.get(path).headers["Location"] == "/accounts/2fa/"
    assert client.post("/console/next").headers["Location"] == "/accounts/2fa/"
    assert Case.objects.get().holder is None


def test_a_form_of_another_site_changes_nothing(signed_in: Callable[..., Client]) -> None:
    client, one = signed_in(person("anne"), enforce_csrf_checks=True), case()
    for name, address in POSTS.items():
        assert client.post(address.format(id=one.pk), SENT).status_code == 403, name
    for path in ("/console/screen", "/language/", f"/console/cases/{one.pk}/reveal", "/accounts/logout/"):
        assert client.post(path, {"post": one.posts.get().post_id}).status_code == 403, path
    assert Case.objects.get().status == "open"
    assert not SensitiveRead.objects.exists()


def test_acts_are_not_done_by_following_a_link(signed_in: Callable[..., Client]) -> None:
    client, one = signed_in(person("anne")), case()
    for name, address in POSTS.items():
        answer = client.get(address.format(id=one.pk), HTTP_ACCEPT_LANGUAGE="fr")
        assert answer.status_code == 405, name
        assert answer.headers["Allow"] == "POST"
        assert "cela se fait par un bouton" in answer.content.decode()  # a sign-in may lead here


@pytest.mark.parametrize("role", Role)
def test_signing_in_leads_to_a_page_that_is_theirs(role: Role) -> None:
    person("anne", role)
    answer = Client().post("/accounts/login/", {"login": "anne", "password": "correct horse battery"}, follow=True)
    assert answer.status_code == 200
    assert answer.redirect_chain[0][0] == "/"


def test_sign_in_is_limited() -> None:
    person("anne")
    client = Client()
    for _attempt in range(6):
        client.post("/accounts/login/", {"login": "anne", "password": "guess"})
    right = client.post("/accounts/login/", {"login": "anne", "password": "correct horse battery"})
    assert right.status_code == 200  # not let in, though the password is right
    assert not right.wsgi_request.user.is_authenticated
