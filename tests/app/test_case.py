"""``vigie case export``: one file, never written over, only out of an instance."""

import argparse
import zipfile
from pathlib import Path

import pytest

from tests.services.given import case as given
from vigie.app import preparing
from vigie.app.case import case
from vigie.errors import Misconfigured, Refused
from vigie.services.acts import NotFound
from vigie.store.models import SensitiveRead

pytestmark = pytest.mark.django_db


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory; its database is that of the test."""
    monkeypatch.setattr(preparing, "configure", lambda *_: None)
    monkeypatch.setattr(preparing, "migrate", lambda *_: 0)
    (tmp_path / "key").write_bytes(b"x" * 16)
    return tmp_path


def asked(data: Path, number: int) -> argparse.Namespace:
    return argparse.Namespace(data=data, id=number, out=data / "case.zip", lang="fr")


def test_the_file_holds_the_case_and_the_read_is_on_record(data: Path) -> None:
    one = given()
    assert case(asked(data, one.pk)) == 0
    with zipfile.ZipFile(data / "case.zip") as archive:
        assert set(archive.namelist()) == {"case.json", "case.html"}
        assert "Décisions" in archive.read("case.html").decode()
    assert SensitiveRead.objects.get().user is None
    with pytest.raises(Misconfigured):
        case(asked(data, one.pk))


def test_what_is_not_there_is_refused_and_leaves_no_file(data: Path, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        case(asked(data, 99))
    assert not (data / "case.zip").exists()
    with pytest.raises(Refused):
        case(asked(tmp_path / "elsewhere", 1))
