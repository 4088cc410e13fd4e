"""Tables and JSON with any set of known fields: each is read, or refused in a sentence."""

import csv
import io
from contextlib import suppress
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.choices import Format
from core.transfer import fields
from core.transfer.csv_files import COLUMNS, WORKOUT_COLUMNS
from core.transfer.entries import FileRefused
from core.transfer.json_records import KEPT
from tests.support.imported_files import read_content
from tests.support.soak import size
from tests.support.tool_exports import as_json

A = "dQw4w9WgXcQ"
WORD = "instruction"
"""An id if its field says so."""
LINK = f"https://www.youtube.com/watch?v={A}"
FORMATS: tuple[Format, ...] = get_args(Format)
NAMES = sorted({
    *fields.URLS, *fields.KEYS, *fields.TITLES, *fields.TAGS, *fields.FOLDERS, *fields.PLAYLISTS,
    *fields.CREATED, *fields.NOTES, *COLUMNS, *WORKOUT_COLUMNS, "mime_type", "Spalte", "",
})  # fmt: skip
CELLS = st.sampled_from([
    LINK, A, f"{LINK} {LINK}", "", " ", "x", "a,b", "a|b", '["a", "b"]', "5/4/2023", "13/4/2023",
    "2023-05-04", "1698568488", "45050", "9" * 30, "-1", "nan", "Unread", "Favoriten / Yoga",
    WORD, "=1+1", "\N{REPLACEMENT CHARACTER}", "💪",
])  # fmt: skip
ATOMS = st.one_of(
    CELLS, st.none(), st.booleans(), st.integers(-999, 2_000_000_000), st.floats(allow_nan=False)
)
JSON_NAMES = sorted(
    {*(name for path in KEPT for name in path.split(".")), *NAMES, "videos", A, "0"}
)
DOCUMENTS = st.recursive(
    ATOMS,
    lambda inner: st.one_of(
        st.lists(inner, max_size=4),
        st.dictionaries(st.sampled_from(JSON_NAMES), inner, max_size=6),
    ),
    max_leaves=25,
)
RELAXED = settings(
    max_examples=size(60, soak=5_000), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)  # fmt: skip


@pytest.mark.soak
@RELAXED
@given(
    header=st.lists(st.sampled_from(NAMES), min_size=1, max_size=8),
    rows=st.lists(st.lists(CELLS, max_size=9), max_size=5),
    delimiter=st.sampled_from(",;\t"),
)
def test_a_table_with_any_columns_is_read(
    tmp_path: Path, header: list[str], rows: list[list[str]], delimiter: str
):
    out = io.StringIO()
    csv.writer(out, delimiter=delimiter).writerows([header, *rows])
    with suppress(FileRefused):
        assert {*read_content(tmp_path, out.getvalue()).videos} <= {A, WORD}


@pytest.mark.soak
@RELAXED
@given(document=DOCUMENTS)
def test_json_with_any_fields_is_read(tmp_path: Path, document: object):
    with suppress(FileRefused):
        assert {*read_content(tmp_path, as_json([document]), "x.json").videos} <= {A, WORD}
