"""What pages show and hide: the text masked, a second look blind, what is missing beside its field, strict about scripts."""

import re
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest
from django.test import Client
from django.utils.translation import trans_real
from hypothesis import given
from hypothesis import strategies as st

from tests.console.sentences import everything
from tests.services.given import case, person
from vigie.console import reading, saying
from vigie.enforce import reasons
from vigie.enforce.starters import starters
from vigie.services import decisions, review
from vigie.services.decisions import Verdict
from vigie.store.models import Case, Decision, Fact, Outbox, Post, User
from vigie.store.people import Role

FACTS = {"verdict": "restrict", "clause": "hate.racism", "facts": "Le message rabaisse.", "explanation": "Il exclut."}
WORDS = "Zorblax dehors tout de suite"


def now() -> datetime:
    return datetime.now(UTC)


def in_hand(user: User, **fields: object) -> Case:
    """A case that the person has just taken."""
    return case(holder=user, status="claimed", since=now(), **fields)


@pytest.mark.django_db
def test_the_text_is_in_no_list_and_masked_until_shown(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne, text=WORDS)
    case("other", text=WORDS)
    page = f"/console/cases/{one.pk}/"
    assert "Zorblax" not in client.get("/console/").content.decode()
    hidden = client.get(page).content.decode()
    assert "Zorblax" not in hidden
    assert "Z•••••• d••••• t••• d• s••••" in hidden
    client.post(f"{page}reveal", {"post": one.posts.get().post_id})
    shown = client.get(page).content.decode()
    assert '<mark data-reasons="1">Zor</mark>' in shown
    assert "pèse le plus dans le score" in shown
    decisions.settle(one.pk, Verdict(breach=False), by=anne, at=now())
    assert "Zorblax" not in client.get(page).content.decode()  # decided: masked again


@pytest.mark.django_db
def test_a_part_of_the_page_comes_without_the_rest(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne, text=WORDS)
    part = client.post(
        f"/console/cases/{one.pk}/reveal", {"post": one.posts.get().post_id}, headers={"HX-Request": "true"}
    )
    assert "Zor" in part.content.decode()
    assert "<html" not in part.content.decode()
    gone = client.post(f"/console/cases/{one.pk}/undo", headers={"HX-Request": "true"})
    assert gone.headers["HX-Refresh"] == "true"


@pytest.mark.django_db
def test_a_second_look_shows_nothing_of_the_first(signed_in: Callable[..., Client]) -> None:
    anne, bao, lead = person("anne"), person("bao"), person("lead", Role.LEAD)
    one = in_hand(anne)
    decisions.settle(
        one.pk, Verdict(breach=True, clause="hate.racism", facts="Faits", explanation="Motif"), by=anne, at=now()
    )
    later = now() + timedelta(minutes=1)
    decisions.settings.change("second_look_share", 1.0, by=lead, at=later)
    decisions.draw_second_looks(b"a seed of sixteen bytes", later)
    review.claim(one.pk, bao, later)
    seen = signed_in(bao).get(f"/console/cases/{one.pk}/").content.decode()
    for told in ("Faits", "Motif", "anne"):
        assert told not in seen
    assert "second look" in seen
    assert "Motif" in signed_in(person("eve", Role.AUDITOR)).get(f"/console/cases/{one.pk}/").content.decode()
    decisions.settle(one.pk, Verdict(breach=False), by=bao, at=later)
    assert "Motif" in signed_in(person("lead2", Role.LEAD)).get(f"/console/cases/{one.pk}/").content.decode()


@pytest.mark.django_db
def test_what_is_missing_is_said_and_nothing_is_lost(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    page = client.post(f"/console/cases/{one.pk}/decide", FACTS | {"explanation": " ", "scope": "FR BE"})
    text = page.content.decode()
    assert page.status_code == 422
    assert 'id="gap-explanation"' in text
    assert 'id="gap-facts"' not in text
    assert "Le message rabaisse." in text
    assert 'value="FR BE"' in text


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("field", "value"),
    [("scope", "FRANCE"), ("days", "-1"), ("days", "ten"), ("days", "9" * 30), ("restriction", "x"), ("verdict", "")],
)
def test_what_cannot_be_read_is_said_beside_its_field(signed_in: Callable[..., Client], field: str, value: str) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    answer = client.post(f"/console/cases/{one.pk}/decide", FACTS | {field: value})
    assert answer.status_code == 422
    assert field in answer.context["gaps"]
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_a_claim_that_lapsed_loses_nothing_of_what_was_written(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    review.lapse(now() + timedelta(hours=1))
    answer = client.post(f"/console/cases/{one.pk}/decide", FACTS)
    assert answer.status_code == 409
    assert "Le message rabaisse." in answer.content.decode()


@pytest.mark.django_db
def test_decided_undone_and_decided_again(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    page = client.post(
        f"/console/cases/{one.pk}/decide", FACTS | {"days": "7", "scope": "fr"}, follow=True
    ).content.decode()
    made = Decision.objects.get()
    assert made.scope == ["FR"]
    assert made.until is not None
    assert f"/console/cases/{one.pk}/undo" in page
    assert "data-until" in page
    assert "data-decision" in client.post(f"/console/cases/{one.pk}/undo", follow=True).content.decode()
    assert not Outbox.objects.exists()


@pytest.mark.django_db
def test_the_preview_is_what_the_person_will_be_told(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    address = f"/console/cases/{one.pk}/preview"
    part = client.post(address, FACTS, headers={"HX-Request": "true"}).content.decode()
    assert "Pourquoi votre publication l’enfreint : Il exclut." in part
    assert "goes out in 30 s" in part
    at_once = client.post(address, FACTS | {"clause": "violence.threats"}, headers={"HX-Request": "true"})
    assert "goes out at once" in at_once.content.decode()
    whole = client.post(address, FACTS).content.decode()  # without script
    assert "<html" in whole
    assert "Pourquoi votre publication l’enfreint : Il exclut." in whole
    assert client.post(address, FACTS | {"days": "x"}, headers={"HX-Request": "true"}).status_code == 200
    assert not Decision.objects.exists()


@pytest.mark.django_db
def test_every_step_leaves_a_sentence_in_the_history(signed_in: Callable[..., Client]) -> None:
    anne, lead = person("anne"), person("lead", Role.LEAD, first_name="Lena")
    client, one = signed_in(anne), case()
    for step, sent in (
        ("claim", {}), ("hold", {"hours": "2"}), ("unhold", {}), ("note", {"why": "look at the thread"}),
        ("ask", {"why": "is it irony?"}), ("unask", {}), ("handover", {"to": "lead", "why": "you know them"}),
    ):  # fmt: skip
        assert client.post(f"/console/cases/{one.pk}/{step}", sent).status_code == 302, step
    assert Case.objects.get().holder == lead
    page = client.get(f"/console/cases/{one.pk}/").content.decode()
    assert "anne handed the case to Lena." in page
    assert "look at the thread" in page
    kinds = set(Fact.objects.values_list("kind", flat=True))
    assert kinds <= {"decided", *saying.HISTORY}


@pytest.mark.django_db
def test_a_refusal_is_said_in_the_readers_language_with_names(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    anne.first_name = "Anne"
    anne.save()
    one = in_hand(anne)
    client = signed_in(person("bao"))
    answer = client.post(f"/console/cases/{one.pk}/claim", headers={"Accept-Language": "fr"})
    assert answer.status_code == 409
    assert "Ce dossier est chez Anne. Prenez-en un autre." in answer.content.decode()


@pytest.mark.django_db
@pytest.mark.parametrize(("step", "sent"), [("hold", {"hours": "x"}), ("note", {"why": " "}), ("dance", {})])
def test_a_step_that_makes_no_sense_is_refused(
    signed_in: Callable[..., Client], step: str, sent: dict[str, str]
) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    assert client.post(f"/console/cases/{one.pk}/{step}", sent).status_code in (404, 409)
    assert client.post(f"/console/cases/{one.pk}/reveal", {"post": "x"}).status_code == 404


@pytest.mark.django_db
def test_a_team_of_one_invites_somebody_for_the_second_look(signed_in: Callable[..., Client]) -> None:
    anne = person("anne", Role.MODERATOR, Role.LEAD)
    one = in_hand(anne)
    decisions.settle(one.pk, Verdict(breach=False), by=anne, at=now() - timedelta(minutes=1))
    decisions.settings.change("second_look_share", 1.0, by=anne, at=now())
    decisions.draw_second_looks(b"a seed of sixteen bytes", now())
    client = signed_in(anne)
    assert "/invite" in client.get(f"/console/cases/{one.pk}/").content.decode()
    link = client.post(f"/console/cases/{one.pk}/invite", {"name": "Dana"}).context["invitation_link"]
    guest = Client()
    assert guest.get(link).headers["Location"] == "/accounts/password/set/"
    invited = User.objects.get(first_name="Dana")
    guest = signed_in(invited)
    assert guest.post("/console/next").headers["Location"] == f"/console/cases/{one.pk}/"
    assert "Thank you" in guest.post(f"/console/cases/{one.pk}/decide", {"verdict": "leave"}).content.decode()
    assert Case.objects.get().second_by == invited


@pytest.mark.django_db
def test_media_are_linked_to_once_the_text_is_shown_and_kept_apart_for_whoever_wants_no_sound(
    signed_in: Callable[..., Client],
) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne, text=WORDS)
    row = one.posts.get()
    Post.objects.filter(pk=row.post_id).update(
        context={"media": ["https://platform.example/v/1", "javascript:alert(1)", 7], "url": "data:text/html,x"}
    )
    page, link = f"/console/cases/{one.pk}/", 'href="https://platform.example/v/1"'
    assert link not in client.get(page).content.decode()
    client.post(f"{page}reveal", {"post": row.post_id})
    shown = client.get(page).content.decode()
    assert link in shown
    assert "which may play it with sound" not in shown
    assert "javascript:" not in shown
    assert "data:text" not in shown
    client.post("/console/screen", {"name": "mute", "case": one.pk})
    apart = client.get(page).content.decode()
    assert re.search(
        r"<details data-text><summary>1 medium[^<]*with sound</summary><ol[^>]*>.*" + link, apart, re.DOTALL
    )


@pytest.mark.django_db
def test_an_explanation_begins_with_a_sentence_in_the_persons_language(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    sentence = starters("hate.racism", "fr")[1]
    assert sentence in client.get(f"/console/cases/{one.pk}/").content.decode()
    answer = client.post(f"/console/cases/{one.pk}/preview", FACTS | {"starter": "1"})
    assert answer.context["form"]["explanation"] == f"Il exclut. {sentence}"
    assert f"Il exclut. {sentence}" in answer.context["told"]
    for odd in ("7", "x", "²", "-1", ""):
        kept = client.post(f"/console/cases/{one.pk}/preview", FACTS | {"starter": odd})
        assert kept.context["form"]["explanation"] == "Il exclut."
    other = client.post(
        f"/console/cases/{one.pk}/preview", FACTS | {"clause": "platform.spam"}, headers={"HX-Request": "true"}
    ).content.decode()
    assert 'id="starters" hx-swap-oob="true"' in other
    assert starters("platform.spam", "fr")[0] in other


@pytest.mark.django_db
def test_the_screen_is_as_the_person_wants_it(signed_in: Callable[..., Client]) -> None:
    anne = person("anne")
    client, one = signed_in(anne), in_hand(anne)
    client.post("/console/screen", {"name": "blur", "case": one.pk})
    assert "see-blur" in client.get(f"/console/cases/{one.pk}/").content.decode()
    client.post("/console/screen", {"name": "blur"})
    assert "see-blur" not in client.get(f"/console/cases/{one.pk}/").content.decode()
    assert client.post("/console/screen", {"name": "sepia"}).status_code == 409


@pytest.mark.django_db
def test_the_queue_is_narrowed_counted_and_says_what_waits_beyond(signed_in: Callable[..., Client]) -> None:
    case("a"), case("b", clause="violence.threats"), case("c", admitted=False, harm=4321.0)
    client = signed_in(person("anne"))
    whole = client.get("/console/")
    assert whole.context["total"] == 2
    assert "4\u202f321" in whole.content.decode()
    narrowed = client.get("/console/?area=violence")
    assert [line["case"].area for line in narrowed.context["waiting"]] == ["violence"]
    assert client.get("/console/?area=%22%3E%3Cscript%3E").status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("url", ["javascript:alert(1)", "data:text/html,x", "/console/"])
def test_only_web_addresses_become_links(signed_in: Callable[..., Client], url: str) -> None:
    anne = person("anne")
    one = in_hand(anne)
    Post.objects.update(context={"url": url, "thread": [{"account": "b", "text": "<i>hi</i>", "at": "2026-11-01"}]})
    page = signed_in(anne).get(f"/console/cases/{one.pk}/").content.decode()
    assert f'href="{url}" rel' not in page


_INLINE = re.compile(
    r"<script(?![^>]*\bsrc=)(?![^>]*application/json)|<style|\sstyle=|\son[a-z]+=|javascript:", re.IGNORECASE
)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["fr", "en"])
def test_no_page_has_a_script_or_a_style_inside(signed_in: Callable[..., Client], language: str) -> None:
    anne = person("anne")
    one = in_hand(anne)
    client, new = signed_in(anne), Client()
    new.force_login(person("new"))
    pages = [
        (client, path) for path in ("/console/", f"/console/cases/{one.pk}/", "/nowhere", "/console/cases/99/", "/accounts/2fa/",
                                    "/accounts/logout/", "/accounts/password/change/", "/accounts/reauthenticate/")
    ] + [(Client(), "/accounts/login/"), (Client(), "/accounts/password/reset/"), (Client(), "/start/wrong/")]  # fmt: skip
    pages += [
        (new, path)
        for path in ("/accounts/2fa/totp/activate/", "/accounts/2fa/webauthn/add/", "/accounts/2fa/webauthn/")
    ]
    for who, path in pages:
        answer = who.get(path, follow=True, headers={"Accept-Language": language})
        text = answer.content.decode()
        assert f'<html lang="{language}"' in text, path
        assert not _INLINE.search(text), (path, _INLINE.search(text))
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "script-src 'self'" in policy
        assert "style-src 'self'" in policy
        assert "unsafe" not in policy


def test_every_sentence_has_its_french() -> None:
    catalog = trans_real.translation("fr")._catalog
    missing = {said: where for said, where in everything().items() if said not in catalog and (said, 0) not in catalog}
    assert missing == {}


def test_every_gap_of_the_law_has_a_field() -> None:
    empty = reasons.Ruling(
        clause=None,
        cited="",
        restriction="",
        facts="",
        explanation="",
        strikes=0,
        decided_at=now(),  # type: ignore[arg-type]
    )
    assert set(reasons.gaps(empty)) == set(saying.GAPS)


@given(st.text(), st.lists(st.tuples(st.integers(0, 30), st.integers(0, 30))))
def test_the_pieces_are_the_text(text: str, spans: list[tuple[int, int]]) -> None:
    evidence = [{"start": min(span), "end": max(span)} for span in spans]
    cut = reading.pieces(text, evidence)
    assert "".join(one["text"] for one in cut) == text
    for one in cut:
        assert all(1 <= number <= len(evidence) for number in one["reasons"])


@given(st.text(alphabet=st.characters(categories=["L"]), min_size=2))
def test_masked_shows_the_first_letter_and_no_other(word: str) -> None:
    assert reading.masked(word) == word[0] + "•" * (len(word) - 1)
