"""ES modules that `core/web_files.py` joins behave as the separate modules did."""

import shutil
import subprocess
from pathlib import Path

import pytest

from core.web_files import join_scripts
from tests.support.needs import missing

MODULES = {
    "js/main.js": """
import { add, count as total } from "./deep/count.js";
import { name } from "./name.js";
import {
  Shape,
  side,
} from "./shape.js";
const own = "main";
add();
const later = () => import("./deep/later.js");
console.log(own, name, total(), side, new Shape().own());
later().then(({ show }) => show());
""",
    "js/deep/count.js": """
import { name } from "../name.js";
const own = "count";
let n = 0;
export function add() { n += 1; }
export const count = () => `${own} ${name} ${n}`;
""",
    "js/deep/later.js": """
import { add, count } from "./count.js";
import { last } from "./last.js";
const own = "later";
export async function show() { add(); console.log(own, count(), last); }
""",
    "js/deep/last.js": """
import { side } from "../shape.js";
export const last = side * 2;
""",
    "js/name.js": 'const own = "name";\nexport const name = own;\n',
    "js/shape.js": 'const own = "shape";\nexport const side = 3;\n'
    "export class Shape { own() { return own; } import() {} }\n",
}
SAID = "main name count name 1 3 shape\nlater count name 2 6\n"


def run(scripts: dict[str, bytes], folder: Path) -> str:
    node = shutil.which("node") or missing("Node.js is needed, and is not here")
    folder.mkdir()
    (folder / "package.json").write_text('{"type": "module"}')
    for name, text in scripts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(text)
    command = [node, str(folder / "js" / "main.js")]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    return done.stdout + done.stderr


@pytest.mark.node
def test_joined_modules_do_what_the_separate_modules_do(tmp_path: Path):
    modules = {name: text.lstrip().encode() for name, text in MODULES.items()}
    joined = join_scripts(modules)
    assert set(joined) == {"js/main.js", "js/deep/later.js"}
    assert run(modules, tmp_path / "separate") == SAID
    assert run(joined, tmp_path / "joined") == SAID


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ('import "./name.js";', "import"),
        ('import"./name.js";', "import"),
        ('import * as all from "./name.js";', "import"),
        ('import one from "./name.js";', "import"),
        ('import { one } from "./name.js";', "js/name.js does not export one"),
        ('import { name } from "./no.js";', "js/no.js does not export name"),
        ('export { name } from "./name.js";', "export"),
        ("const one = 1;\nexport{one};", "export"),
        ('export * from "./name.js";', "export"),
        ("export default 1;", "export"),
        ("export let n = 1;", "export"),  # importers would keep its first value
        ("export const größe = 1;", "export"),
        ("import(own);", "import"),
        ("import(`./${own}.js`);", "import"),
        ('import("./no.js");', "there is no js/no.js"),
    ],
)
def test_a_form_that_cannot_be_joined_is_refused(line: str, why: str):
    modules = {
        "js/main.js": f"const own = 1;\n{line}\n".encode(),
        "js/name.js": b"export const name = 1;\n",
    }
    with pytest.raises(ValueError, match=rf"js/main\.js can't be joined: {why}"):
        join_scripts(modules)


@pytest.mark.parametrize(
    ("modules", "why"),
    [
        (
            {
                "js/main.js": 'import { a } from "./a.js";\nimport("./a.js");\n',
                "js/a.js": "export const a = 1;\n",
            },
            r"js/a\.js can't be joined: js/main\.js imports it, and import\(\) loads it",
        ),
        (
            {
                "js/main.js": 'import { a } from "./a.js";\n',
                "js/a.js": 'import { b } from "./b.js";\nexport const a = 1;\n',
                "js/b.js": 'import { a } from "./a.js";\nexport const b = 1;\n',
            },
            r"js/b\.js can't be joined: it imports js/a\.js, which imports it",
        ),
        (
            {"js/main.js": "", "js/a-b.js": "", "js/a_b.js": ""},
            "two modules can't be joined: their paths differ only by marks",
        ),
    ],
)
def test_modules_that_cannot_be_joined_are_refused(modules: dict[str, str], why: str):
    with pytest.raises(ValueError, match=why):
        join_scripts({name: text.encode() for name, text in modules.items()})
