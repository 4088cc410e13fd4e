"""GET /tags."""

import httpx
import pytest

from tests.support.factories import Service, save

pytestmark = pytest.mark.anyio


async def tags_of(person: httpx.AsyncClient, **query: str) -> dict[str, int]:
    answer = await person.get("/tags", params=query)
    assert answer.status_code == 200, answer.text
    assert answer.json()["count"] == len(answer.json()["tags"])
    return {tag["name"]: tag["videos"] for tag in answer.json()["tags"]}


async def library(service: Service):
    lily = service.person("lily")
    await save(lily, "first-video", "Legs", "abs", "20 min")
    await save(lily, "second-vid1", "legs", "Übung")
    await save(lily, "third-video", "ABS", "legs", "a_b")
    await save(service.person("lars"), "first-video", "legs", "of lars")
    return lily


async def test_a_new_user_has_no_tags(service: Service):
    answer = await service.person("lily").get("/tags")
    assert answer.json() == {"tags": [], "count": 0}


async def test_tags_are_sorted_by_name_and_have_counts(service: Service):
    tags = await tags_of(await library(service))
    assert tags == {"20 min": 1, "a_b": 1, "abs": 2, "Legs": 3, "Übung": 1}
    assert list(tags) == ["20 min", "a_b", "abs", "Legs", "Übung"]


@pytest.mark.parametrize(
    ("prefix", "found"),
    [
        ("A", ["a_b", "abs"]),
        ("le", ["Legs"]),
        ("üb", ["Übung"]),
        ("ub", []),
        ("a_", ["a_b"]),
        ("%", []),
        ("legsx", []),
    ],
)
async def test_a_prefix_filters_the_tags(service: Service, prefix: str, found: list[str]):
    assert list(await tags_of(await library(service), prefix=prefix)) == found


async def test_with_restricts_the_counts_to_videos_with_those_tags(service: Service):
    lily = await library(service)
    assert await tags_of(lily, **{"with": "abs"}) == {"20 min": 1, "a_b": 1, "abs": 2, "Legs": 2}
    assert await tags_of(lily, **{"with": "ABS,legs", "prefix": "a"}) == {"a_b": 1, "abs": 2}
    assert await tags_of(lily, **{"with": "of lars"}) == {}


async def test_deleted_videos_don_t_count(service: Service):
    lily = service.person("lily")
    video = await save(lily, "goes-away-1", "a", "b")
    await save(lily, "stays-here1", "a")
    await lily.delete(f"/videos/{video['id']}")
    assert await tags_of(lily) == {"a": 1}
    assert await tags_of(lily, **{"with": "b"}) == {}
    await lily.post(f"/videos/{video['id']}/restore")
    assert await tags_of(lily) == {"a": 2, "b": 1}


@pytest.mark.parametrize(
    "query",
    [{"prefix": "x" * 65}, {"prefix": "\0"}, {"with": "x" * 65}, {"with_": "a"}, {"q": "a"}],
)
async def test_a_bad_query_is_refused_by_name(service: Service, query: dict[str, str]):
    answer = await service.person("lily").get("/tags", params=query)
    assert answer.status_code == 422
    assert answer.json()["errors"][0]["pointer"] == f"?{next(iter(query))}"
