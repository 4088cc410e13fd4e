"""The web app's pure modules, in Node.js's own test runner."""

import json
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from core.schemas import VideoBatch
from core.services.videos import TRASH_TTL
from core.text import MAX_TAGS, fold, tag_key
from tests.needs import missing
from tests.npm import install

pytestmark = pytest.mark.node

ROOT = Path(__file__).parents[2]
TYPESCRIPT = "typescript@7.0.2"
WORDS = [
    "Łódź",
    "STRASSE",
    "straße",
    "Ærø",
    "Œuvre",
    "ＬＥＧＳ",
    "İstanbul",
    "ὈΔΥΣΣΕΎΣ",
    "がん",
    "か",
]
WORDS += ["café", "cafe\u0301", "ﬁt", "naïve", "Ħal", "Þór", "ðæ", "½", "Å", "عربي", "한국어", "🏋️"]


@pytest.fixture(scope="module")
def node() -> str:
    path = shutil.which("node")
    return path or missing("Node.js is needed, and is not here")


def test_the_pure_modules_do_what_their_tests_say(node: str) -> None:
    files = sorted(str(path) for path in (ROOT / "tests/web/modules").glob("*.test.mjs"))
    command = [node, "--test", "--test-force-exit", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def test_search_and_tags_compare_as_the_service_does(node: str) -> None:
    script = f"""
        import {{ fold, tagKey }} from {json.dumps((ROOT / "core/web/js/text.js").as_uri())};
        const words = {json.dumps(WORDS)};
        console.log(JSON.stringify(words.map((word) => [fold(word), tagKey(word)])));
    """
    command = [node, "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [[fold(word), tag_key(word)] for word in WORDS]


def test_the_types_in_the_comments_hold() -> None:
    tsc = install(TYPESCRIPT) / ".bin" / "tsc"
    done = subprocess.run(
        [str(tsc), "--project", str(ROOT)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stdout


def test_the_page_says_of_the_service_what_is_true() -> None:
    trash = (ROOT / "core/web/js/trash.js").read_text(encoding="utf-8")
    assert f"TRASH_DAYS = {TRASH_TTL.days};" in trash
    changes = (ROOT / "core/web/js/changes.js").read_text(encoding="utf-8")
    assert f"MOST_TAGS = {MAX_TAGS};" in changes
    ids = VideoBatch.model_json_schema()["properties"]["ids"]
    assert f"MOST_IDS = {ids['maxItems']};" in changes


def test_what_the_page_translates_is_what_the_service_says() -> None:
    told = (ROOT / "core/web/js/words/told.js").read_text(encoding="utf-8")
    sources = [path.read_text(encoding="utf-8") for path in (ROOT / "core").rglob("*.py")]
    starts = tuple(re.findall(r'^    \["([^"]+)"', told, re.MULTILINE))
    assert starts
    for start in starts:
        words = start.removeprefix("This is ")  # then comes the {kind}
        assert any(words in source for source in sources), start
    refused = re.compile(r'(?:File|Entry)Refused\(\s*f?"([^"]+)')
    refusals = [text for source in sources for text in refused.findall(source)]
    assert refusals
    assert [text for text in refusals if not text.startswith(starts)] == []
