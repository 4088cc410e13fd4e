"""Files of other tools: an import reads every library that they write, without loss."""

import json
from datetime import UTC, datetime
from pathlib import Path
from string import ascii_letters
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.support.imported_files import Outcome, read_file
from tests.support.soak import size
from tests.support.tool_exports import IN_PLAYLISTS, SHAPES, Library, Saved

SAMPLES = Path(__file__).parent / "data/imports"
EXPECTED: dict[str, dict[str, Any]] = json.loads((SAMPLES / "expected.json").read_text("utf-8"))
PER_SHAPE = size(8, soak=500)

KEYS = st.from_regex(r"[A-Za-z0-9_-]{10}[AEIMQUYcgkosw048]", fullmatch=True).filter(
    lambda key: any(map(str.isdigit, key))
)
TAGS = st.text(ascii_letters + "äßñ音楽", min_size=2, max_size=12).map(lambda tag: f"{tag}7")
TITLES = st.text(ascii_letters + "äß音 .!?'&<>\"-", max_size=20).map(
    lambda text: f"T{' '.join(text.split())}t"
)
DATES = st.integers(1_136_073_600, 1_790_000_000).map(
    lambda seconds: datetime.fromtimestamp(seconds, UTC)
)
VIDEOS = st.builds(
    Saved, KEYS, TITLES, st.lists(TAGS, max_size=3, unique_by=str.casefold).map(tuple), DATES
)
LIBRARIES = st.lists(VIDEOS, min_size=1, max_size=6, unique_by=lambda video: video.key)


@pytest.mark.parametrize("name", EXPECTED)
def test_a_sample_file_is_read_as_expected(name: str):
    found = read_file(SAMPLES / name)
    assert {*found.videos} == {*EXPECTED[name]}
    for key, expected in EXPECTED[name].items():
        video = found.videos[key]
        assert {tag.casefold() for tag in video.tags} == {t.casefold() for t in expected["tags"]}
        date = video.created_at.date().isoformat() if video.created_at else None
        assert date == expected.get("date")
        assert video.title == expected.get("title", video.title)


@pytest.mark.soak
@settings(max_examples=PER_SHAPE, deadline=None,
          suppress_health_check=[HealthCheck.function_scoped_fixture])  # fmt: skip
@pytest.mark.parametrize("tool", SHAPES)
@given(library=LIBRARIES)
def test_a_library_in_any_shape_is_read_back_equal(tmp_path: Path, tool: str, library: Library):
    shape = SHAPES[tool]
    expected = [video for video in library if video.tags or tool not in IN_PLAYLISTS]
    if not expected:
        return
    path = tmp_path / "file"
    path.write_bytes(shape.write(library))
    found = read_file(path)
    assert_equal(found, expected, tool)


def assert_equal(found: Outcome, expected: Library, tool: str) -> None:
    shape = SHAPES[tool]
    assert {*found.videos} == {video.key for video in expected}
    assert found.refused == []
    for video in expected:
        read = found.videos[video.key]
        if shape.has_titles:
            assert read.title == video.title
        if shape.has_dates:
            assert read.created_at == video.at
        else:
            assert read.created_at is None
        wanted = {tag.casefold() for tag in video.tags} if shape.has_tags else set[str]()
        assert {tag.casefold() for tag in read.tags} == wanted
