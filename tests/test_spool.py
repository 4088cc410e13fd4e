"""The folder of waiting files, shared by several processes."""

from pathlib import Path

import pytest

from core.workers.spool import Spool, folder_for


@pytest.fixture
def spool(tmp_path: Path) -> Spool:
    return Spool(tmp_path / "imports")


def test_a_file_that_another_process_has_processed_is_not_listed(
    spool: Spool, monkeypatch: pytest.MonkeyPatch
):
    names = []
    for owner_id in (1, 2):
        with spool.create(owner_id) as spooled:
            names.append(spooled.name)
    seen = spool._files()
    (spool.folder / names[0]).unlink()
    monkeypatch.setattr(spool, "_files", lambda: seen)  # it existed when the folder was read
    assert spool.waiting() == [(2, names[1])]


def test_an_empty_or_missing_folder_lists_no_file(spool: Spool):
    assert spool.waiting() == []
    spool.folder.mkdir()
    (spool.folder / "not-one-of-ours").touch()
    assert spool.waiting() == []


def test_two_databases_never_share_a_folder():
    urls = [
        "sqlite:////srv/a.db",
        "sqlite:////srv/b.db",
        "postgresql://core@db.example/core",
        "postgresql://core@other.example/core",
        "postgresql://core@/core?host=/run/a",
        "postgresql://core@/core?host=/run/b",
    ]
    assert len({folder_for("", url) for url in urls}) == len(urls)


def test_a_new_password_of_the_database_changes_no_folder():
    folders = {folder_for("", f"postgresql://core:{word}@db/core") for word in ("old", "new")}
    assert len(folders) == 1


def test_a_file_belongs_to_one_folder_of_one_machine(tmp_path: Path):
    here = Spool(tmp_path / "imports", "host-a")
    with here.create(1) as spooled:
        name = spooled.name
    assert here.belongs_here(name)
    assert Spool(tmp_path / "imports", "host-a").belongs_here(name)
    assert not Spool(tmp_path / "imports", "host-b").belongs_here(name)
    assert not Spool(tmp_path / "others", "host-a").belongs_here(name)
