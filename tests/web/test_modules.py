"""The web app's pure modules, in Node.js's test runner."""

import json
import shutil
import subprocess
from pathlib import Path

import pytest

from core.codes import ChangeCode, FaultCode, FileCode, LinkCode, RowCode
from core.schemas.videos import VideoBatch
from core.services.videos import TRASH_TTL
from core.text import MAX_TAGS, fold, tag_key
from tests.support.needs import missing

pytestmark = pytest.mark.node

ROOT = Path(__file__).parents[2]
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


def test_the_module_tests_pass_in_node(node: str) -> None:
    files = sorted(str(path) for path in (ROOT / "tests/web/modules").glob("*.test.mjs"))
    # The reporter repeats the failed tests at its end.
    command = [node, "--test", "--test-force-exit", "--test-reporter=spec", *files]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stdout[-4000:] + done.stderr[-1000:]


def test_text_folding_matches_the_service(node: str) -> None:
    script = f"""
        import {{ fold, tagKey }} from {json.dumps((ROOT / "core/web/js/text.js").as_uri())};
        const words = {json.dumps(WORDS)};
        console.log(JSON.stringify(words.map((word) => [fold(word), tagKey(word)])));
    """
    command = [node, "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    assert json.loads(done.stdout) == [[fold(word), tag_key(word)] for word in WORDS]


def test_limits_match_the_service() -> None:
    trash = (ROOT / "core/web/js/videos/trash.js").read_text(encoding="utf-8")
    assert f"TRASH_DAYS = {TRASH_TTL.days};" in trash
    edits = (ROOT / "core/web/js/changes/edits.js").read_text(encoding="utf-8")
    assert f"MAX_TAGS = {MAX_TAGS};" in edits
    batch = (ROOT / "core/web/js/changes/batch.js").read_text(encoding="utf-8")
    ids = VideoBatch.model_json_schema()["properties"]["ids"]
    assert f"MAX_IDS = {ids['maxItems']};" in batch


def test_the_page_has_a_german_sentence_for_each_code_of_the_service(node: str) -> None:
    words = (ROOT / "core/web/js/words/server_messages.js").as_uri()
    script = f"""
        import {{ serverMessages }} from {json.dumps(words)};
        console.log(JSON.stringify(Object.keys(serverMessages)));
    """
    command = [node, "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    shown = (FaultCode, LinkCode, FileCode, RowCode, ChangeCode)
    assert set(json.loads(done.stdout)) == {code for kind in shown for code in kind}
