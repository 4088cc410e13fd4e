"""Which responses of a key server are key sets, and which of their keys are used."""

import gzip
import json
import secrets
from typing import Any

import pytest

from core.auth import jwks
from tests.support.auth.stand_ins import HttpServer, Scene
from tests.support.tokens import SigningKey, encode_integer, new_signing_key

pytestmark = pytest.mark.anyio

HOUR_S = 3600

RUBBISH: dict[str, bytes] = {
    "nothing": b"",
    "a page": b"<html>down for maintenance</html>",
    "a list": b"[]",
    "null": b"null",
    "a number": b"12",
    "no keys": b"{}",
    "keys null": b'{"keys":null}',
    "keys a number": b'{"keys":7}',
    "no key at all": b'{"keys":[]}',
    "not UTF-8": b'\xff\xfe{"keys":[]}',
    "nested deeply": b"[" * 100_000,
    "keys of odd kinds": b'{"keys":[null,1,"x",[],{},{"kid":"x"},{"kty":"RSA","kid":"x"}]}',
}


@pytest.fixture(scope="session")
def other_key() -> SigningKey:
    """A second key with its own id."""
    return new_signing_key("ins_other")


def modulus(bits: int) -> str:
    """Return an odd number of exactly `bits` bits."""
    return encode_integer(secrets.randbits(bits) | 1 << (bits - 1) | 1)


# ----------------------------------------------------------------------- the answer


@pytest.mark.parametrize("name", RUBBISH)
async def test_a_malformed_key_set_changes_nothing(scene: Scene, name: str) -> None:
    scene.key_server.answer(RUBBISH[name])
    await scene.advance(HOUR_S)
    assert scene.fetches == 2
    await scene.verify(scene.our_key)


@pytest.mark.parametrize("status", [201, 204, 301, 302, 307, 308, 404, 429, 500, 503])
async def test_another_status_than_200_changes_nothing(
    scene: Scene, remote_log: list[Any], status: int
) -> None:
    keys = json.dumps({"keys": [scene.strangers_key.jwk]}).encode()
    scene.key_server.answer(b"" if status == 204 else keys, status)
    await scene.advance(HOUR_S)
    assert scene.fetches == 2
    assert [entry["error"] for entry in remote_log] == [f"ValueError('status {status}')"]
    await scene.verify(scene.our_key)


async def test_no_redirect_is_followed(waiting_scene: Scene) -> None:
    async with HttpServer() as elsewhere:
        elsewhere.answer_keys(waiting_scene.our_key)
        waiting_scene.key_server.answer(b"", 302, Location=f"{elsewhere.url}/jwks.json")
        await waiting_scene.start()
        assert waiting_scene.fetches == 1
        assert elsewhere.requests == []


async def test_a_key_set_of_256_kib_is_read_and_a_larger_one_is_not(
    waiting_scene: Scene, remote_log: list[Any]
) -> None:
    assert jwks.MAX_BYTES == 256 * 1024
    document = json.dumps({"keys": [waiting_scene.our_key.jwk]}).encode()
    waiting_scene.key_server.answer(document.ljust(jwks.MAX_BYTES + 1))
    await waiting_scene.start()
    assert [entry["error"] for entry in remote_log] == ["ValueError('too long')"]
    waiting_scene.key_server.answer(document.ljust(jwks.MAX_BYTES))
    await waiting_scene.advance(3)
    assert waiting_scene.clerk.has_keys


async def test_a_key_set_without_a_usable_key_has_a_reason_of_its_own(
    waiting_scene: Scene, remote_log: list[Any]
) -> None:
    waiting_scene.key_server.answer_json({"keys": [waiting_scene.our_key.jwk | {"use": "enc"}]})
    await waiting_scene.start()
    assert [entry["error"] for entry in remote_log] == ["ValueError('no usable key')"]


async def test_a_compressed_key_set_is_not_decompressed(waiting_scene: Scene) -> None:
    document = json.dumps({"keys": [waiting_scene.our_key.jwk]}).encode()
    waiting_scene.key_server.answer(gzip.compress(document), Content_Encoding="gzip")
    await waiting_scene.start()
    assert not waiting_scene.clerk.has_keys


async def test_a_truncated_key_set_changes_nothing(scene: Scene) -> None:
    keys = json.dumps({"keys": [scene.strangers_key.jwk]}).encode()
    scene.key_server.answer(keys, Content_Length="1000")
    await scene.advance(HOUR_S)
    assert scene.fetches == 2
    await scene.verify(scene.our_key)


# ------------------------------------------------------------------------- the keys

UNUSABLE: dict[str, dict[str, Any]] = {
    "for encryption": {"use": "enc"},
    "use null": {"use": None},
    "for RS512": {"alg": "RS512"},
    "for HS256": {"alg": "HS256"},
    "alg null": {"alg": None},
    "symmetric": {"kty": "oct", "k": "AAAA"},
    "elliptic": {"kty": "EC", "crv": "P-256", "x": "AAAA", "y": "AAAA"},
    "kind null": {"kty": None},
    "id empty": {"kid": ""},
    "id null": {"kid": None},
    "id a number": {"kid": 1},
    "id a list": {"kid": ["ins_test"]},
    "n null": {"n": None},
    "n a number": {"n": 65537},
    "n empty": {"n": ""},
    "n no base64": {"n": "é"},
    "e null": {"e": None},
    "e empty": {"e": ""},
    "e even": {"e": encode_integer(65536)},
    "e one": {"e": encode_integer(1)},
    "2047 bits": {"n": modulus(2047)},
    "8193 bits": {"n": modulus(8193)},
}


@pytest.mark.parametrize("name", UNUSABLE)
async def test_an_unusable_key_is_skipped_and_the_next_one_is_used(
    waiting_scene: Scene, other_key: SigningKey, name: str
) -> None:
    unusable = waiting_scene.our_key.jwk | UNUSABLE[name]
    waiting_scene.key_server.answer_json({"keys": [unusable, other_key.jwk]})
    await waiting_scene.start()
    for kid in ("ins_test", ""):
        reason = await waiting_scene.reason_for_refusing(waiting_scene.our_key, kid=kid)
        assert reason == "unknown_key"
    await waiting_scene.verify(other_key)


@pytest.mark.parametrize("absent", ["kty", "kid", "n", "e"])
async def test_an_incomplete_key_is_skipped(
    waiting_scene: Scene, other_key: SigningKey, absent: str
) -> None:
    entry = waiting_scene.our_key.jwk
    del entry[absent]
    waiting_scene.key_server.answer_json({"keys": [entry, other_key.jwk]})
    await waiting_scene.start()
    assert await waiting_scene.reason_for_refusing(waiting_scene.our_key) == "unknown_key"
    await waiting_scene.verify(other_key)


@pytest.mark.parametrize("absent", ["use", "alg"])
async def test_a_key_without_its_optional_fields_is_accepted(
    waiting_scene: Scene, absent: str
) -> None:
    entry = waiting_scene.our_key.jwk
    del entry[absent]
    waiting_scene.key_server.answer_json({"keys": [entry]})
    await waiting_scene.start()
    await waiting_scene.verify(waiting_scene.our_key)


@pytest.mark.parametrize("bits", [2048, 8192])
async def test_keys_of_2048_to_8192_bits_are_accepted(waiting_scene: Scene, bits: int) -> None:
    entry = waiting_scene.our_key.jwk | {"n": modulus(bits)}
    waiting_scene.key_server.answer_json({"keys": [entry]})
    await waiting_scene.start()
    assert waiting_scene.clerk.has_keys


async def test_only_the_public_part_of_a_published_private_key_is_read(
    waiting_scene: Scene,
) -> None:
    entry = waiting_scene.our_key.jwk | {"d": "AAAA", "p": "AAAA"}
    waiting_scene.key_server.answer_json({"keys": [entry]})
    await waiting_scene.start()
    await waiting_scene.verify(waiting_scene.our_key)
