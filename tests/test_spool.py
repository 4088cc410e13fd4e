"""The folder where files wait, as several processes see it."""

from pathlib import Path

import pytest

from core.spool import Spool


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "imports")


def test_a_file_that_another_process_has_just_worked_off_waits_no_more(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
):
    names = []
    for owner_id in (1, 2):
        with spool.create(owner_id) as spooled:
            names.append(spooled.name)
    seen = spool._files()
    (spool.folder / names[0]).unlink()
    monkeypatch.setattr(spool, "_files", lambda: seen)  # it was there when the folder was read
    assert spool.waiting() == [(2, names[1])]


def test_an_empty_folder_or_none_holds_nothing(spool: Spool):
    assert spool.waiting() == []
    spool.folder.mkdir()
    (spool.folder / "not-one-of-ours").touch()
    assert spool.waiting() == []
