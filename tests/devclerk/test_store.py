import json
import re
import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from core.config import publishable_key_host
from devclerk.guard import Refused
from devclerk.keys import Keys, publishable_key
from devclerk.people import People
from devclerk.store import open_folder


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return open_folder(tmp_path / "data")


def test_the_folder_and_its_files_are_readable_only_by_their_owner(folder: Path) -> None:
    folder.chmod(0o755)
    open_folder(folder.parent)
    Keys.load(folder)
    People(folder).add("Lily Example")
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in [folder, *folder.iterdir()]}
    assert modes == {"devclerk": 0o700, "signing_key.pem": 0o600, "people.json": 0o600}


def test_keys_are_created_once(folder: Path, tmp_path: Path) -> None:
    with ThreadPoolExecutor(8) as pool:
        made = {
            keys.kid: keys.secret_key for keys in pool.map(lambda _: Keys.load(folder), range(8))
        }
    assert len(made) == 1
    assert Keys.load(folder).kid in made
    assert Keys.load(open_folder(tmp_path / "other")).kid not in made


def test_the_keys_look_like_clerks(folder: Path) -> None:
    keys = Keys.load(folder)
    assert keys.secret_key.startswith("sk_test_")
    assert re.fullmatch(r"ins_[0-9a-f]{27}", keys.kid)
    assert publishable_key_host(publishable_key("http://127.0.0.1:8010")) == "127.0.0.1:8010"


def test_the_key_set_holds_no_private_number(folder: Path) -> None:
    [key] = Keys.load(folder).key_set()["keys"]
    assert key.keys() == {"kty", "n", "e", "use", "kid", "alg"}


def test_chris_lily_and_lars_are_the_first_users(folder: Path) -> None:
    people = People(folder).all()
    assert [person.name for person in people] == ["Chris", "Lily", "Lars"]
    assert all(re.fullmatch(r"user_[A-Za-z0-9]{27}", person.id) for person in people)


def test_users_keep_their_ids_across_a_restart(folder: Path) -> None:
    added = People(folder).add("  Lily \n Example ")
    assert added.name == "Lily Example"
    assert People(folder).all()[-1] == added
    assert People(folder).get(added.id) == added


def test_users_are_found_by_full_and_by_first_name_in_any_case(folder: Path) -> None:
    people = People(folder)
    example = people.add("Lily Example")
    tove = people.add("Tove Jansson")
    assert people.find("lily example") == example
    assert people.find("TOVE") == tove
    lily = people.find("LILY")
    assert lily
    assert lily.name == "Lily"
    assert people.find("Unknown") is None


@pytest.mark.parametrize("name", ["", " \t", "x" * 101, "a\x00b", "a\u202eb"])
def test_an_unprintable_name_is_refused(folder: Path, name: str) -> None:
    with pytest.raises(Refused, match="1 to 100 printable"):
        People(folder).add(name)


def test_every_name_gets_an_e_mail(folder: Path) -> None:
    assert People(folder).add("Þóra Ñ").email == "ra@example.com"
    assert People(folder).add("李").email == "user@example.com"
    assert json.loads((folder / "people.json").read_bytes())[-1]["name"] == "李"
