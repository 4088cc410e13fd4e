"""Who may import whom, and how long things may get: the rules of ARCHITECTURE.md.

The tests read the code itself and run nothing of it.

An exception to a rule has its reason beside it, and goes when it is no longer needed.
"""

import ast
import io
import re
import tokenize
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import quantiles

import pytest

ROOT = Path(__file__).parents[1]
OURS = ("core", "app", "devclerk")

LEAVES = {"__version__", "addresses", "config", "errors", "youtube", "clock", "text"}
LEAVES |= {"auth.schemas", "spool"}
"""They import nothing of core, so everything may import them."""

MAY_IMPORT = {
    "main": {"api", "auth", "schemas", "database", "jobs", "logs", "ratelimit", "metrics"}
    | {"importer", "transfer_schemas"},
    "api": {"auth", "services", "queries", "schemas", "database", "ratelimit", "logs", "metrics"}
    | {"transfer", "transfer_schemas"},
    "auth": {"services", "database"},
    "services": {"queries", "schemas", "database", "oembed", "transfer"},
    "queries": {"models", "database", "sqlite"},
    "transfer": set(),
    "importer": {"services", "database"},
    "transfer_schemas": {"schemas"},
    "models": set(),
    "schemas": set(),
    "database": set(),
    "sqlite": {"database"},
    "postgresql": {"database"},
    "migrations": {"models", "sqlite"},
    "backups": {"queries", "migrations", "sqlite"},
    "jobs": {"services", "database", "oembed"},
    "oembed": set(),
    "logs": set(),
    "ratelimit": set(),
    "metrics": {"logs"},
    "server": set(),
    "cli": {"services", "migrations", "backups", "database", "jobs", "server", "logs", "ratelimit"},
}
"""Beside the leaves and itself. `main` is the top; a new noun changes nothing here."""

IMPORT_EXCEPTIONS = {
    "core.api.health -> core.models": "compares the schema's name with the database's",
    "core.main -> core.queries.schema": "a plain read at the start, as the api may do",
    "core.cli -> core.auth.clerk": "reads CLERK_JWT_KEY before anything starts",
    "core.cli.doctor -> core.auth.clerk": "same, to tell what is wrong with it",
    "core.cli.terminal -> core.auth.people": "knows what a Clerk id looks like",
    "core.cli.doctor -> core.auth.inspection": "looks at the signing keys once",
    "core.cli.doctor -> core.queries.schema": "a plain read, as the api may do",
    "core.cli.doctor -> core.sqlite": "tells whether this SQLite is safe",
    "core.cli.databases -> core.models": "compares the schema's name with the database's",
    "core.cli.db -> core.models": "same, for `core db current`",
    "core.cli.databases -> core.queries.schema": "a plain read, as the api may do",
    "core.cli.db -> core.queries.legacy": "a plain read, on Alembic's connection",
    "core.cli.databases -> core.sqlite": "names the driver's errors to tell them in a sentence",
    "core.database -> core.sqlite": "the URL chooses the driver, which alone is then imported",
    "core.database -> core.postgresql": "same",
    "core.queries.legacy -> core.migrations.runner": "the names of the tables that it set aside",
}

WEB_LAYERS = ("main", "api", "auth")
STATEMENTS = {"select", "insert", "update", "delete", "text", "sqlalchemy"}
"""The last is the whole package, which would bring the others along."""
STATEMENT_EXCEPTIONS = {"core.models": "the condition of an index, which DDL has as text"}

CLERK_WORDS = {"clerk", "jwt", "jwk", "jwks", "azp", "rs256", "pem", "issuer", "svix"}
CLERK_EXCEPTIONS = {
    "core.config": "the settings carry Clerk's own names",
    "core.cli": "reads the key before it serves, and `core dev` stands in for Clerk",
    "core.cli.doctor": "tells what is wrong with which setting",
    "core.cli.terminal": "tells people where they find a Clerk id",
    "core.cli.users": "takes a Clerk id",
    "core.main": "makes the facade and hands it on",
    "core.api.health": "asks the facade whether there are keys",
    "core.api.web": "tells the page where people sign in, and lets it ask there",
}

NOT_UNDER_ONE_OWNER = {
    "users": "people are found by Clerk id",
    "legacy": "the videos of v0.2.0 had no owner",
    "schema": "speaks of the schema",
    "webhooks": "they speak of people by Clerk id",
    "videos.find_expired": "the purge looks at everybody's trash",
    "metadata_jobs.find_due": "the worker looks for whatever is due",
}

OPEN_TRANSACTIONS = {
    f"core.services.{noun}"
    for noun in ("imports", "exports", "local_imports", "metadata", "videos", "users")
}
"""Services that work in batches, and the one that makes a person's row before their request."""

MOST_LINES = 399
MOST_VIEW_LINES = 150
P90_FUNCTION_LINES = 29


@dataclass(frozen=True)
class Import:
    """One imported name, `core.queries.videos` or `fastapi.Request`, and where it stands."""

    name: str
    function: str | None


def files(*packages: str) -> list[Path]:
    return sorted(path for package in packages for path in (ROOT / package).rglob("*.py"))


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"))


def modules(*packages: str) -> dict[str, ast.Module]:
    return {dotted(path): parse(path) for path in files(*packages)}


def imports(node: ast.AST, function: str | None = None) -> Iterator[Import]:
    """Yield what is imported, inside functions and under TYPE_CHECKING too."""
    if isinstance(node, ast.Import):
        yield from (Import(alias.name, function) for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        assert node.level == 0, "relative imports hide who imports whom"
        yield from (Import(f"{node.module}.{alias.name}", function) for alias in node.names)
    elif isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        function = node.name
    for child in ast.iter_child_nodes(node):
        yield from imports(child, function)


def layer(name: str) -> str:
    """Return `queries` for `core.queries.videos.find`; a leaf stands for itself."""
    inside = name.removeprefix("core.")
    nested = [leaf for leaf in LEAVES if f"{inside}.".startswith(f"{leaf}.")]
    return nested[0] if nested else inside.partition(".")[0]


def longest_module(name: str, known: dict[str, ast.Module]) -> str:
    """Cut `core.database.Session` to the module that holds it."""
    while name not in known:
        name = name.rpartition(".")[0]
    return name


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# ------------------------------------------------------------------- who imports whom


def broken_layers() -> set[str]:
    core = modules("core")
    broken = set()
    for module, tree in core.items():
        mine = layer(module)
        allowed = MAY_IMPORT.get(mine, set()) | {mine} | LEAVES
        for imported in imports(tree):
            if imported.name.startswith("core.") and layer(imported.name) not in allowed:
                broken.add(f"{module} -> {longest_module(imported.name, core)}")
    return broken


def test_every_module_of_core_has_a_layer():
    layers = {layer(module) for module in modules("core")} - {"core"}
    assert layers - LEAVES == set(MAY_IMPORT)


def test_each_layer_imports_only_what_lies_below_it():
    assert broken_layers() - set(IMPORT_EXCEPTIONS) == set()


def test_every_exception_is_still_needed():
    assert set(IMPORT_EXCEPTIONS) - broken_layers() == set()
    assert set(STATEMENT_EXCEPTIONS) - set(who_imports_statements()) == set()
    assert set(CLERK_EXCEPTIONS) - set(who_speaks_of_clerk()) == set()


def test_leaves_import_nothing_of_core():
    core = modules("core")
    for leaf in LEAVES - {"__version__"}:
        ours = {one.name for one in imports(core[f"core.{leaf}"]) if one.name.startswith("core")}
        assert ours == set(), leaf


def test_a_migration_imports_no_code_that_may_change_after_it():
    for path in files("core/migrations/versions"):
        names = {imported.name for imported in imports(parse(path))}
        assert not {name for name in names if name.partition(".")[0] in OURS}, path.name


def test_the_service_knows_the_stand_in_for_clerk_only_in_core_dev():
    for module, tree in modules("core").items():
        for imported in imports(tree):
            if imported.name.partition(".")[0] in {"app", "devclerk", "tests", "bench"}:
                assert (module, imported.function) == ("core.cli", "dev"), imported


def test_the_app_knows_nothing_of_the_service_but_http():
    for module, tree in modules("app").items():
        for imported in imports(tree):
            assert imported.name.partition(".")[0] not in {"core", "devclerk"}, (module, imported)


def test_the_app_s_http_its_state_and_its_screens_stay_apart():
    for module, tree in modules("app").items():
        names = {one.name.partition(".")[0] for one in imports(tree)}
        assert "httpx" not in names or module == "app.services", module
        assert "flet" not in names or module not in {"app.state", "app.services"}, module
    for path in files("app/views", "app/components"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < MOST_VIEW_LINES, path.name


def test_the_stand_in_shares_no_code_with_the_verifier():
    for module, tree in modules("devclerk").items():
        ours = {one.name for one in imports(tree) if one.name.startswith(("core", "app"))}
        assert not ours or module == "devclerk.command", (module, ours)


def test_only_the_web_layers_know_the_web_framework():
    for module, tree in modules("core").items():
        names = {one.name.partition(".")[0] for one in imports(tree)}
        web = names & {"fastapi", "starlette"}
        assert not web or layer(module) in WEB_LAYERS, (module, web)


def test_only_api_and_auth_raise_the_framework_s_errors():
    for module, tree in modules("core").items():
        raised = {one.name for one in imports(tree) if one.name.endswith(".HTTPException")}
        assert not raised or layer(module) in {"api", "auth"}, module


# ----------------------------------------------------------------- where SQL is written


def who_imports_statements() -> dict[str, set[str]]:
    found = {}
    for module, tree in modules("core").items():
        names = {one.name for one in imports(tree) if one.name.partition(".")[0] == "sqlalchemy"}
        if statements := {name.rpartition(".")[2] for name in names} & STATEMENTS:
            found[module] = statements
    return found


def test_statements_are_written_only_in_queries_and_migrations():
    outside = {
        module: names
        for module, names in who_imports_statements().items()
        if layer(module) not in {"queries", "migrations"}
    }
    assert set(outside) - set(STATEMENT_EXCEPTIONS) == set()


def test_no_sql_hides_in_a_string_elsewhere():
    verb = re.compile(r"\s*(SELECT\s|INSERT INTO\s|UPDATE\s|DELETE FROM\s|DROP\s|CREATE TABLE\s)")
    for module, tree in modules("core").items():
        if layer(module) not in {"queries", "migrations"}:
            assert [text for text in strings(tree) if verb.match(text)] == [], module


def test_transactions_are_opened_by_those_who_work_in_batches_and_ended_by_nobody():
    for module, tree in modules("core/queries", "core/services").items():
        written = ast.unparse(tree)
        opens = re.search(r"database\.(read|write|maintain)\(", written)
        assert bool(opens) == (module in OPEN_TRANSACTIONS), module
        assert not re.search(r"\.(commit|rollback)\(", written), module


def test_the_owner_comes_first_in_every_query_and_service():
    for module, tree in modules("core/queries", "core/services").items():
        noun = module.rpartition(".")[2]
        for function in functions(tree):
            names = [argument.arg for argument in function.args.args]
            exempt = {noun, f"{noun}.{function.name}"} & set(NOT_UNDER_ONE_OWNER)
            if names[:1] == ["session"] and not exempt:
                assert names[1:2] == ["owner_id"], f"{module}.{function.name}"


# ----------------------------------------------------------------- who knows of Clerk


def strings(tree: ast.Module) -> list[str]:
    """Return every string that is no documentation."""
    said = {
        id(node.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    return [
        node.value
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in said
    ]


def identifiers(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        for field in ("id", "attr", "arg", "name", "asname"):
            if isinstance(value := getattr(node, field, None), str):
                yield value
        if isinstance(node, ast.ImportFrom):
            yield node.module or ""


def who_speaks_of_clerk() -> dict[str, set[str]]:
    """Return the words by module; the column `clerk_id` is a name like any other."""
    found = {}
    for module, tree in modules("core").items():
        text = " ".join([*identifiers(tree), *strings(tree)])
        text = re.sub("clerk_id", "", text, flags=re.IGNORECASE)
        text = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
        words = {word.lower() for word in re.split(r"[\W_]+", text)}
        if layer(module) != "auth" and words & CLERK_WORDS:
            found[module] = words & CLERK_WORDS
    return found


def test_only_the_facade_speaks_of_clerk_tokens_and_keys():
    assert set(who_speaks_of_clerk()) - set(CLERK_EXCEPTIONS) == set()


def test_only_one_file_knows_how_webhooks_are_signed():
    for module, tree in modules("core").items():
        names = {one.name.partition(".")[0] for one in imports(tree)}
        known = names & {"standardwebhooks", "svix", "hmac"}
        # Whoever checks a signature elsewhere may forget its age, or that it comes but once.
        assert not known or module == "core.auth.webhooks", (module, known)


def test_only_one_file_knows_how_tokens_are_made():
    for module, tree in modules("core").items():
        names = {one.name.partition(".")[0] for one in imports(tree)}
        known = names & {"jwt", "clerk_backend_api", "cryptography"}
        assert not known or module == "core.auth.clerk", (module, known)


# ------------------------------------------------------------------------------- size


@pytest.mark.parametrize("package", [*OURS, "tests", "bench"])
def test_every_file_stays_under_400_lines(package: str):
    for path in files(package):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MOST_LINES, f"{path.relative_to(ROOT)} has {lines} lines"


def test_nine_functions_of_ten_stay_under_30_lines():
    lengths = [
        (function.end_lineno or 0) - function.lineno + 1
        for tree in modules(*OURS).values()
        for function in functions(tree)
    ]
    assert quantiles(lengths, n=10)[-1] <= P90_FUNCTION_LINES


def test_no_file_is_named_for_nothing_in_particular():
    names = {path.stem for path in files(*OURS, "tests", "bench")}
    assert not names & {"utils", "util", "helpers", "common", "misc"}


def comments(path: Path) -> Iterator[str]:
    with io.StringIO(path.read_text(encoding="utf-8")) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def test_every_silenced_check_says_why():
    silence = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa|type:\s*ignore|pragma:)", re.IGNORECASE)
    reasoned = re.compile(
        r"#\s*(?:ruff:\s*)?(?:noqa:|type:\s*ignore\[|pragma: no \w+)[\s\w,\]-]*?[\])]?\s{2}\S+",
        re.IGNORECASE,
    )
    for path in files(*OURS, "tests", "bench"):
        for comment in comments(path):
            if silence.match(comment):
                assert reasoned.match(comment), f"{path.relative_to(ROOT)}: {comment}"
