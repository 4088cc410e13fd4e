"""Which modules a command loads: imports take half a second of a start, and memory."""

import json
import subprocess
import sys

from tests.support.factories import environ_for
from tests.support.servers import PATIENCE_S, ROOT
from tests.support.tokens import SigningKey

MADE = """
from core.main import create_app
create_app()
"""
EXPORT = "import core.cli.transfer, core.services.exports, core.services.imports.local"
WORKER = "import core.cli.worker, core.workers.titles"
DATABASE = """
from core.cli.databases import database_failures
from core.database import create_database
with database_failures():
    create_database("sqlite:///never-opened.db")
"""
LOADED = """
import json, sys
print(json.dumps([name for name, module in sys.modules.items() if module]))
"""


def loaded_by(program: str, **environment: str) -> set[str]:
    command = [sys.executable, "-c", program + LOADED]
    done = subprocess.run(
        command, env=environment, cwd=ROOT, capture_output=True, timeout=PATIENCE_S, check=True
    )
    return set(json.loads(done.stdout))


def test_the_service_loads_neither_pydantic_1_nor_the_other_database_driver(
    signing_key: SigningKey,
):
    loaded = loaded_by(MADE, **environ_for("sqlite:///never-opened.db", signing_key))
    assert {"fastapi", "pydantic"} <= loaded
    assert loaded.isdisjoint({"pydantic.v1", "asyncpg", "clerk_backend_api", "prometheus_client"})


def test_commands_load_no_web_framework_and_sqlite_no_other_driver():
    for program in (EXPORT, WORKER, DATABASE):
        loaded = loaded_by(program)
        assert "core.database.session" in loaded
        assert loaded.isdisjoint({"fastapi", "starlette", "uvicorn", "asyncpg"}), program
