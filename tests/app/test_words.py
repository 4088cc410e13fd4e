"""The sentences of the app: complete in both languages, and equal to the web app's."""

import ast
import json
import re
import shutil
import subprocess
from pathlib import Path
from string import Formatter
from typing import cast

import flet as ft
import pytest
from flet.controls.device_info import DeviceInfo

from app.components.language import find_locale
from app.video import UNAVAILABLE
from app.words import choose_locale, say, say_code
from app.words.de import DE
from app.words.en import EN
from app.words.server_messages import DE_MESSAGES
from tests.support.needs import missing

ROOT = Path(__file__).parents[2]
SAYING = ("t", "say", "inform", "_button", "Failed", "Offline", "Cancelled")


def fields(sentence: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(sentence) if name}


def test_both_languages_have_every_word_with_its_values():
    assert list(DE) == list(EN)
    for word, english in EN.items():
        assert fields(DE[word]) == fields(english), word


def test_every_word_in_the_code_is_known():
    for path in (ROOT / "app").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and node.args and isinstance(node.args[0], ast.Constant):
                name = getattr(node.func, "attr", getattr(node.func, "id", ""))
                word = node.args[0].value
                if name in SAYING and isinstance(word, str) and len(node.args) == 1:
                    assert word in EN, (path.name, word)


def test_every_word_is_used():
    text = (ROOT / "docs/problems.md").read_text(encoding="utf-8")
    problems = re.findall(r"^## (\S+)", text, re.MULTILINE)
    built = {f"error {one}" for one in problems} | {f"unavailable {one}" for one in UNAVAILABLE}
    written = {
        node.value
        for path in (ROOT / "app").rglob("*.py")
        if path.parent.name != "words"
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Constant)
    }
    assert [word for word in EN if word not in built | written] == []


@pytest.mark.node
def test_the_app_and_the_web_app_share_their_sentences():
    node = shutil.which("node") or missing("Node.js is needed, and is not here")
    folder = (ROOT / "core/web/js/words").as_uri()
    script = f"""
        import {{ en }} from "{folder}/en.js";
        import {{ de }} from "{folder}/de.js";
        import {{ serverMessages }} from "{folder}/server_messages.js";
        console.log(JSON.stringify([en, de, serverMessages]));
    """
    command = [node, "--input-type=module", "-e", script]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=True)
    english, german, messages = json.loads(done.stdout)
    assert {word: text for word, text in EN.items() if text != english.get(word, text)} == {}
    assert {word: text for word, text in DE.items() if text != german.get(word, text)} == {}
    assert messages == DE_MESSAGES


def test_plurals_and_large_numbers_are_formatted():
    assert say("en", "n videos", n=1) == "1 video"
    assert say("en", "n videos", n=1_234) == "1,234 videos"
    assert say("de", "n videos", n=1_234) == "1.234 Videos"


@pytest.mark.parametrize(
    ("wanted", "locale"),
    [
        (["de-AT", "en"], "de-AT"),
        (["fr-FR", "en-GB", "de"], "en-GB"),
        (["fr-FR", "DE"], "DE"),
        (["fr"], "en"),
        ([], "en"),
        ([""], "en"),
    ],
)
def test_the_first_locale_in_a_known_language_is_chosen(wanted: list[str], locale: str):
    assert choose_locale(wanted) == locale


@pytest.mark.anyio
async def test_all_locales_of_the_device_are_considered():
    class Phone:
        async def get_device_info(self) -> DeviceInfo:
            return DeviceInfo(locales=[ft.Locale("fr", "FR"), ft.Locale("de", "AT")])

    assert await find_locale(cast("ft.Page", Phone())) == "de-AT"


def test_a_refusal_has_a_sentence_for_its_code_or_its_kind():
    assert say_code("de", "channel-link", "invalid-input") == DE_MESSAGES["channel-link"]
    assert say_code("de", "new-code", "library-full") == DE["error library-full"]
    assert say_code("de", "new-code", "new-kind") is None


def test_every_text_of_a_screen_is_translated():
    """A literal text in a control would stay English in the German app."""
    for path in [*(ROOT / "app/views").glob("*.py"), *(ROOT / "app/components").glob("*.py")]:
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and ast.unparse(node.func).startswith("ft."):
                for value in [*node.args, *(given.value for given in node.keywords)]:
                    text = value.value if isinstance(value, ast.Constant) else ""
                    assert not re.search(r"[a-z] [a-z]", str(text)), (path.name, text)
