"""Everything on record about a case leaves in one piece, for those who may, and it is on record."""

from datetime import timedelta

import msgspec
import pytest

from tests.services.given import NOW, case, person
from vigie.errors import OutOfOrder
from vigie.services import decisions, deliveries, export, outbox, review, settings
from vigie.services.acts import NotAllowed, NotFound
from vigie.services.decisions import Verdict
from vigie.store.models import Notice, SensitiveRead
from vigie.store.people import Role

pytestmark = pytest.mark.django_db
RACISM = Verdict(breach=True, clause="hate.racism", facts="Le message compare.", explanation="Il abaisse un groupe.")


def test_it_holds_posts_reasons_history_reads_and_messages() -> None:
    one, anne, legal, admin = case(), person("anne"), person("legal", Role.LEGAL), person("root", Role.ADMINISTRATOR)
    deliveries.add_endpoint("https://platform.example/", by=admin, at=NOW)
    Notice.objects.create(source="s", post_key="p1", at=NOW, text="Regardez.")
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    outbox.release(NOW + timedelta(minutes=1))
    export.gather(one.pk, by=legal, at=NOW)
    found = msgspec.json.decode(msgspec.json.encode(export.gather(one.pk, by=None, at=NOW)))
    assert found["posts"][0]["post"]["text"] == "Une phrase ordinaire."
    assert "fr" in found["decisions"][0]["reasons"]["text"]
    assert found["decisions"][0]["by"] == "anne (anne)"
    assert found["decisions"][0]["messages"][0]["deliveries"][0]["endpoint"] == "https://platform.example/"
    assert [step["kind"] for step in found["history"]] == ["opened", "claimed", "decided"]
    assert found["notices"][0]["text"] == "Regardez."
    assert [read["by"] for read in found["reads"]] == ["legal (legal)", "operator"]
    assert SensitiveRead.objects.filter(what="export", case=one).count() == 2


def test_moderators_do_not_export_and_nobody_what_they_may_not_read() -> None:
    one = case(clause="children.exploitation")
    with pytest.raises(NotAllowed):
        export.gather(one.pk, by=person("anne"), at=NOW)
    with pytest.raises(NotFound):
        export.gather(one.pk, by=person("legal", Role.LEGAL), at=NOW)
    with pytest.raises(NotFound):
        export.gather(999, by=None, at=NOW)
    assert not SensitiveRead.objects.exists()


def test_a_lead_does_not_end_the_blindness_of_a_second_look() -> None:
    one, anne, lead = case(), person("anne"), person("lead", Role.LEAD)
    review.claim(one.pk, anne, NOW)
    decisions.settle(one.pk, RACISM, by=anne, at=NOW)
    settings.change("second_look_share", 1.0, by=lead, at=NOW)
    decisions.draw_second_looks(b"a seed of sixteen bytes", NOW + timedelta(minutes=1))
    with pytest.raises(OutOfOrder):
        export.gather(one.pk, by=lead, at=NOW)
    assert export.gather(one.pk, by=person("eve", Role.AUDITOR), at=NOW)["decisions"]
