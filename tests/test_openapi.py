"""The description states what the schemas refuse; `make schemathesis` compares it over HTTP."""

import re
from typing import Any

import pytest
from pydantic import BaseModel, ValidationError

from core.api.http.requests import describe_query
from core.schemas.tags import TagListQuery, TagUpdate
from core.schemas.videos import VideoBatch, VideoCreate, VideoListQuery, VideoUpdate

LINK = "https://youtu.be/dQw4w9WgXcQ"
TEXTS = ["a", "é楽\U0001f9d8", "a b", "", " ", ",", "a,b", "\x00", "a\x7f", "a\x9f", "x" * 64]
TEXTS += ["x" * 65, ",".join(["x" * 64] * 50), "x" * 201, "x" * 301, "y" * 2_001]


def is_described(schema: dict[str, Any], text: str) -> bool:
    shortest, longest = schema.get("minLength", 0), schema.get("maxLength", len(text))
    # `$` is the end of the text in JSON Schema (ECMA-262), but may precede a line break in Python.
    pattern = schema.get("pattern", "").removesuffix("$") + r"\Z"
    return shortest <= len(text) <= longest and bool(re.search(pattern, text))


def is_accepted(model: type[BaseModel], **values: Any) -> bool:
    try:
        model.model_validate(values)
    except ValidationError:
        return False
    return True


@pytest.mark.parametrize("text", TEXTS, ids=lambda text: repr(text[:10]))
def test_a_text_is_accepted_if_its_description_allows_it(text: str):
    update = VideoUpdate.model_json_schema()["properties"]
    name = TagUpdate.model_json_schema()["properties"]["name"]
    assert is_accepted(VideoUpdate, title=text) == is_described(update["title"]["anyOf"][0], text)
    assert is_accepted(VideoUpdate, add_tags=[text]) == is_described(
        update["add_tags"]["items"], text
    )
    assert is_accepted(TagUpdate, name=text) == is_described(name, text)
    for model in (VideoListQuery, TagListQuery):
        for parameter in describe_query(model)["parameters"]:
            if parameter["schema"].get("pattern") and parameter["name"] != "cursor":
                given = {parameter["name"]: text}
                assert is_accepted(model, **given) == is_described(parameter["schema"], text)


@pytest.mark.parametrize("text", ["", "a\x00", "x" * 4_097, f"{LINK}\x1f"])
def test_a_link_that_the_description_refuses_is_refused(text: str):
    described = VideoCreate.model_json_schema()["properties"]["url"]
    assert is_described(described, LINK)
    assert not is_described(described, text)


def test_the_tag_limit_equals_that_of_the_description():
    described = VideoUpdate.model_json_schema()["properties"]["add_tags"]["maxItems"]
    assert is_accepted(VideoUpdate, add_tags=["a"] * described)
    assert not is_accepted(VideoUpdate, add_tags=["a"] * (described + 1))


def test_a_batch_description_requires_tags_for_the_actions_that_need_them():
    with_tags, without = VideoBatch.model_json_schema()["oneOf"]
    for action in with_tags["properties"]["action"]["enum"]:
        assert is_accepted(VideoBatch, ids=[], action=action, tags=["a"])
        assert not is_accepted(VideoBatch, ids=[], action=action)
    for action in without["properties"]["action"]["enum"]:
        assert is_accepted(VideoBatch, ids=[], action=action)
        assert not is_accepted(VideoBatch, ids=[], action=action, tags=["a"])


def test_no_parameter_is_described_as_null():
    for parameter in describe_query(VideoListQuery)["parameters"]:
        assert "anyOf" not in parameter["schema"]
