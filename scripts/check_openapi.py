# ruff: noqa: INP001, S603  a script outside any package, which starts our own programs
"""Compare the OpenAPI description with the responses of the service: `make schemathesis`.

The script sends thousands of requests as a signed-in user to a real service on a new SQLite file.
Some follow the description, others violate it. The description must have each response's status,
content type and fields. The service must refuse invalid requests and accept valid ones.

    python scripts/check_openapi.py [options of `schemathesis run`, as in --seed 1]
"""

import base64
import secrets
import subprocess
import sys
import tempfile
from pathlib import Path

from core.migrations import runner
from tests.support.factories import ISSUER, ORIGIN, environ_for
from tests.support.servers import run_server
from tests.support.tokens import mint, new_signing_key, session_claims

ROOT = Path(__file__).parents[1]
SCHEMATHESIS = Path(sys.executable).with_name("schemathesis")
ERASURE = "delete_me_me_delete"
"""It runs last and separately: after it every other request gets 403."""
RUNS = (f"--exclude-operation-id={ERASURE}", f"--include-operation-id={ERASURE}")


def main() -> int:
    """Return 0 when nothing was found."""
    key = new_signing_key()
    claims = session_claims("user_lily", iss=ISSUER, azp=ORIGIN)
    header = f"--header=Authorization: Bearer {mint(key, claims)}"
    secret = f"whsec_{base64.b64encode(secrets.token_bytes(32)).decode()}"
    with tempfile.TemporaryDirectory() as folder:
        database_url = f"sqlite:///{folder}/core.db"
        runner.upgrade(database_url)
        settings = environ_for(database_url, key, CLERK_WEBHOOK_SIGNING_SECRET=secret)
        with run_server(Path(folder), "serve", **settings) as server:
            command = [
                str(SCHEMATHESIS),
                "run",
                f"{server.url}/openapi.json",
                header,
                *sys.argv[1:],
            ]
            runs = [subprocess.run([*command, run], cwd=ROOT, check=False) for run in RUNS]
    return max(run.returncode for run in runs)


if __name__ == "__main__":
    sys.exit(main())
