"""An answer about invalid input has a bounded size for any number of errors."""

import json
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import product
from typing import Any

import httpx
import pytest

from core.api.http.problems import MAX_FAULTS
from tests.support.factories import link, run_service, save
from tests.support.tokens import SigningKey

pytestmark = pytest.mark.anyio

MAX_FAULT_BYTES = 16 * 1024
MAX_BODY_BYTES = 1024 * 1024


def many(item: str, count: int = 10**6) -> str:
    """Return at most `count` items, and no more than fit into a body."""
    return ",".join([item] * min(count, (MAX_BODY_BYTES - 100) // (len(item) + 1)))


def unknown_fields(count: int, name: str = "") -> str:
    return ",".join(f'"{name}{number}":1' for number in range(count))


ESCAPED = r"\u0001"
LISTS = {
    ("POST", "/videos"): ["tags"],
    ("PATCH", "/videos/{id}"): ["tags", "add_tags", "remove_tags"],
    ("POST", "/videos/batch"): ["ids", "tags"],
}
BODIES = [*LISTS, ("PATCH", "/tags/legs")]
ITEMS = ["1", "[]", "{}", '""', "null", "[" * 150 + "]" * 150, '{"a":[1,2,3]}']
SHAPES = {
    "unknown fields": f"{{{unknown_fields(60_000)}}}",
    "unknown fields with long names": f"{{{unknown_fields(300, 'n' * 3_000)}}}",
    "names that need escapes": f"{{{unknown_fields(15, ESCAPED * 50)}}}",
    "one long name": f'{{"{"n" * 1_000_000}":1}}',
    "names of slashes": f"{{{unknown_fields(18, '~/' * 20_000)}}}",
    "one name again and again": "{" + many('"a":1') + "}",
    "a known name again and again": "{" + many('"url":1') + "}",
    "fields of a field": f'{{"url":{{{unknown_fields(60_000)}}}}}',
    "a huge number": f'{{"start_s":{"1" * 1_000_000}}}',
    "huge numbers": f'{{"tags":[{many("1" * 4_000)}]}}',
    "a huge fraction": f'{{"start_s":1.{"1" * 1_000_000}}}',
    "a huge exponent": f'{{"start_s":1e{"1" * 1_000_000}}}',
    "a long text": f'{{"url":"{"x" * 1_000_000}"}}',
    "deep lists": f'{{"url":{"[" * 500_000}{"]" * 500_000}}}',
    "deep objects": '{"url":' + '{"a":' * 150_000 + "1" + "}" * 150_001,
    "no object": f"[{many('1')}]",
    "no JSON": "[" + many("x"),
}


@dataclass(frozen=True)
class Caller:
    """A signed-in user with one video, whose requests are refused before the database."""

    client: httpx.AsyncClient
    video_id: int

    async def ask(self, route: tuple[str, str], query: str = "", **more: Any) -> httpx.Response:
        method, path = route
        return await self.client.request(method, path.format(id=self.video_id) + query, **more)

    async def send(self, route: tuple[str, str], body: str) -> httpx.Response:
        return await self.ask(route, content=body, headers={"Content-Type": "application/json"})


@pytest.fixture
async def lily(
    new_database_url: Callable[[str], str], signing_key: SigningKey
) -> AsyncIterator[Caller]:
    async with run_service(new_database_url("sqlite"), signing_key) as service:
        client = service.person("lily")
        saved = await save(client, "a-video-key", "legs")
        yield Caller(client, saved["id"])


def assert_bounded_errors(answer: httpx.Response) -> list[dict[str, str]]:
    assert answer.status_code == 422, answer.text[:1_000]
    assert len(answer.content) <= MAX_FAULT_BYTES
    faults: list[dict[str, str]] = answer.json()["errors"]
    assert 1 <= len(faults) <= MAX_FAULTS
    return faults


@pytest.mark.parametrize("route", LISTS, ids=" ".join)
async def test_a_list_that_is_too_long_is_one_error(lily: Caller, route: tuple[str, str]):
    for name, item in product(LISTS[route], ITEMS):
        answer = await lily.send(route, f'{{"{name}":[{many(item)}]}}')
        faults = assert_bounded_errors(answer)
        assert not [fault for fault in faults if fault["pointer"].startswith(f"#/{name}/")], item


@pytest.mark.parametrize("route", BODIES, ids=" ".join)
async def test_an_oversized_body_gets_a_bounded_answer(lily: Caller, route: tuple[str, str]):
    for shape, body in SHAPES.items():
        assert assert_bounded_errors(await lily.send(route, body)), shape


@pytest.mark.parametrize("route", BODIES, ids=" ".join)
async def test_too_many_fields_are_one_error(lily: Caller, route: tuple[str, str]):
    for count in (1_000, 60_000):
        answer = await lily.send(route, f"{{{unknown_fields(count)}}}")
        assert [fault["pointer"] for fault in assert_bounded_errors(answer)] == ["#"]


async def test_the_first_errors_are_listed_and_the_others_counted(lily: Caller):
    body = json.dumps({"url": link("a-video-key"), "tags": [1] * 30})
    answer = await lily.send(("POST", "/videos"), body)
    faults = assert_bounded_errors(answer)
    assert [fault["pointer"] for fault in faults] == [f"#/tags/{n}" for n in range(MAX_FAULTS)]
    assert answer.json()["detail"].endswith("; and 10 more")


async def test_the_largest_problem_stays_below_the_limit(lily: Caller):
    """20 field names of characters that take six bytes each; the answer holds each name twice."""
    body = f"{{{unknown_fields(20, ESCAPED * 60)}}}"
    answer = await lily.send(("POST", "/videos"), body)
    assert len(assert_bounded_errors(answer)) == MAX_FAULTS


async def test_a_long_field_name_is_cut_in_the_answer(lily: Caller):
    for name, shown in (("n" * 38, "n" * 38), ("n" * 39, "n" * 37 + "…")):
        body = json.dumps({"url": link("a-video-key"), name: 1})
        faults = assert_bounded_errors(await lily.send(("POST", "/videos"), body))
        assert [fault["pointer"] for fault in faults] == [f"#/{shown}"]


def codes_of(answer: httpx.Response) -> list[str]:
    return [fault["code"] for fault in assert_bounded_errors(answer)]


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ("no JSON", ["not-json"]),
        ("[]", ["not-an-object"]),
        ("{}", ["missing"]),
        ('{"url": 5, "tag": 1}', ["not-text", "unknown-field"]),
        ('{"url": "", "start_s": 1e400}', ["not-a-number"]),
        ('{"url": "", "start_s": -1, "title": " "}', ["too-short", "too-small"]),
        ('{"url": "", "tags": "legs", "title": "a\\u0000"}', ["not-a-list", "control-characters"]),
        (json.dumps({"url": "", "tags": ["x" * 65]}), ["tag-too-long"]),
        ('{"url": ""}', ["no-link"]),
        ('{"url": "https://www.youtube.com/playlist?list=PLx"}', ["playlist-link"]),
        ('{"url": "https://www.youtube.com/@channel"}', ["channel-link"]),
        ('{"url": "https://vimeo.com/1"}', ["not-a-youtube-link"]),
    ],
)
async def test_each_fault_has_a_code(lily: Caller, body: str, codes: list[str]):
    assert sorted(codes_of(await lily.send(("POST", "/videos"), body))) == sorted(codes)


@pytest.mark.parametrize(
    ("route", "codes"),
    [
        ("/videos?limit=0&sort=none", ["too-small", "unknown-choice"]),
        ("/videos?limit=1_0&deleted=x", ["not-a-number", "not-true-or-false"]),
        ("/videos?limit=1&limit=1", ["repeated-parameter"]),
        ("/videos?cursor=x", ["wrong-cursor"]),
        ("/videos/x", ["not-a-number"]),
        ("/me?more=1", ["unknown-field"]),
        ("/exports?format=pdf", ["unknown-choice"]),
    ],
)
async def test_each_fault_of_an_address_has_a_code(lily: Caller, route: str, codes: list[str]):
    assert sorted(codes_of(await lily.ask(("GET", route)))) == sorted(codes)


async def test_a_file_that_is_refused_has_a_code(lily: Caller):
    for content, code in ((b"", "empty-file"), (b"nothing", "unknown-format")):
        assert codes_of(await lily.ask(("POST", "/imports"), content=content)) == [code]


QUERIES = {
    "many": "&".join(f"a{number}=1" for number in range(6_000)),
    "many empty ones": "&" * 60_000,
    "one again and again": "&".join(["limit=1"] * 7_000),
    "one twice": "limit=1&limit=1",
    "a long name twice": f"{'n' * 9_000}=1&" * 2,
    "a long name": "n" * 60_000,
    "long names": "&".join(f"{number}{'%01' * 900}=1" for number in range(20)),
}


@pytest.mark.parametrize(
    "route",
    [
        ("GET", "/videos"),
        ("POST", "/videos"),
        ("GET", "/videos/{id}"),
        ("PATCH", "/videos/{id}"),
        ("DELETE", "/videos/{id}"),
        ("POST", "/videos/{id}/restore"),
        ("POST", "/videos/batch"),
        ("GET", "/tags"),
        ("PATCH", "/tags/legs"),
        ("DELETE", "/tags/legs"),
        ("GET", "/me"),
        ("DELETE", "/me"),
        ("POST", "/imports"),
        ("GET", "/imports/1"),
        ("GET", "/exports"),
    ],
    ids=" ".join,
)
async def test_an_oversized_query_gets_a_bounded_answer(lily: Caller, route: tuple[str, str]):
    for shape, query in QUERIES.items():
        faults = assert_bounded_errors(await lily.ask(route, f"?{query}"))
        assert query.count("&") < 20 or [fault["pointer"] for fault in faults] == ["?"], shape


@pytest.mark.parametrize("path", ["/videos/", "/tags/", "/imports/"])
async def test_a_long_path_gets_a_bounded_answer(lily: Caller, path: str):
    for long in ("1" * 50_000, "x" * 50_000, "%01" * 15_000, "%2C" * 15_000):
        method = "DELETE" if "tags" in path else "GET"
        assert_bounded_errors(await lily.ask((method, path + long)))


FORM = "multipart/form-data; boundary=x"
FORMS = [
    (b'--x\r\nContent-Disposition: form-data; name="f"\r\n\r\nx\r\n' * 9_000, FORM),
    (b'--x\r\nContent-Disposition: form-data; name="' + b"f" * 900_000 + b'"\r\n\r\nx\r\n', FORM),
    (b"--x\r\n" + b"A: b\r\n" * 100_000 + b"\r\nx\r\n--x--", FORM),
    (b"--x\r\n" * 150_000, FORM),
    (b"--x--", f"multipart/form-data; boundary={'x' * 40_000}"),
    (b"--x--", f"multipart/form-data; {'a=b;' * 10_000}"),
]


async def test_an_oversized_form_gets_a_bounded_answer(lily: Caller):
    for content, kind in FORMS:
        answer = await lily.ask(
            ("POST", "/imports"), content=content, headers={"Content-Type": kind}
        )
        assert_bounded_errors(answer)
