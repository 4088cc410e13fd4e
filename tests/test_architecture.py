"""Which imports are allowed, and how long files may be: the rules of ARCHITECTURE.md.

The tests parse the code and do not run it.

An exception to a rule has its reason next to it, and is removed when it is no longer needed.
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

_LEAVES = """__version__ choices client_ip codes config errors http_client minutes outages text
time_ids turns urls web_files auth.schemas workers.spool youtube.links youtube.link_texts
youtube.shared_titles"""
LEAVES = set(_LEAVES.split())
"""They import nothing of core but other leaves, so every module may import them."""

MAY_IMPORT = {
    "main": {"api", "auth", "services", "queries", "database", "workers", "logs", "ratelimit"}
    | {"metrics", "tracing"},
    "api": {"auth", "services", "queries", "schemas", "database", "workers", "transfer"}
    | {"ratelimit", "logs", "metrics"},
    "auth": {"services", "database"},
    "workers": {"services", "database", "youtube"},
    "services": {"queries", "schemas", "database", "youtube", "transfer"},
    "queries": {"models", "database"},
    "schemas": set(),
    "database": set(),
    "transfer": set(),
    "youtube": set(),
    "migrations": {"models", "database"},
    **{leaf: set() for leaf in ("models", "logs", "ratelimit", "tracing", "one_write")},
    "metrics": {"logs", "database"},
    "connections": {"one_write"},
    "server": {"connections"},
    "cli": {"auth", "services", "queries", "models", "migrations", "database", "workers"}
    | {"server", "logs", "ratelimit"},
}
"""Besides the leaves and itself. `main` and `cli` are the top; a new noun changes nothing here."""

IMPORT_EXCEPTIONS = {
    "core.queries.legacy -> core.migrations.runner": "the names of the tables that it set aside",
}

WEB_LAYERS = ("main", "api", "auth")
STATEMENTS = {"select", "insert", "update", "delete", "text", "sqlalchemy"}
"""The last entry is the whole package, which would import the others."""
STATEMENT_EXCEPTIONS = {"core.models": "the condition of an index, which DDL has as text"}
SQL_EXCEPTIONS = {"core.transfer.newpipe": "the file to import is a database of another program"}

CLERK_WORDS = {"clerk", "jwt", "jwk", "jwks", "azp", "rs256", "pem", "issuer", "svix"}
CLERK_EXCEPTIONS = {
    "core.config": "the settings carry Clerk's own names",
    "core.cli": "reads the key before it serves, and `core dev` stands in for Clerk",
    "core.cli.doctor": "names Clerk's settings in its findings",
    "core.cli.terminal": "says where to find a Clerk id",
    "core.cli.users": "takes a Clerk id",
    "core.main": "creates the facade",
    "core.api.health": "asks the facade whether there are keys",
    "core.api.http.state": "holds the facade for the endpoints",
    "core.api.webhooks": "its path has Clerk's name",
    "core.api.web": "tells the page where users sign in, and allows its requests there",
}

NOT_UNDER_ONE_OWNER = {
    "users": "users are found by Clerk id",
    "legacy": "the videos of v0.2.0 had no owner",
    "schema": "reads the schema",
    **dict.fromkeys(("accounts", "webhooks"), "they find users by Clerk id"),
    "videos.find_expired": "the purge reads the trash of all users",
    "changes.find_old": "the purge reads the old deletions of all users",
    "title_jobs.find_due": "the worker finds due jobs of all users",
}

_BATCHED = "changes exports imports.jobs imports.local imports.work titles users videos"
OPEN_TRANSACTIONS = {f"core.services.{noun}" for noun in _BATCHED.split()}
"""Services that work in batches, and the one that creates a user's row before the request."""

FLET = tuple(map("app.{}".format, ("_", "views", "comp", "main", "nav", "pack", "store", "theme")))
MAX_LINES = 399
MAX_VIEW_LINES = 150
P90_FUNCTION_LINES = 29


@dataclass(frozen=True)
class Import:
    """One imported name, `core.queries.videos` or `fastapi.Request`, and the function around it."""

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
        assert node.level == 0, "relative imports hide the imported module"
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
    """Cut `core.database.session.Session` to the module that holds it."""
    while name not in known:
        name = name.rpartition(".")[0]
    return name


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            yield node


# ---------------------------------------------------------------- imports by layer


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


def test_each_layer_imports_only_lower_layers():
    assert broken_layers() - set(IMPORT_EXCEPTIONS) == set()


def test_every_exception_is_still_needed():
    assert set(IMPORT_EXCEPTIONS) - broken_layers() == set()
    assert set(STATEMENT_EXCEPTIONS) - set(modules_that_import_statements()) == set()
    assert set(CLERK_EXCEPTIONS) - set(modules_with_clerk_words()) == set()


def test_leaves_import_only_other_leaves():
    core = modules("core")
    for leaf in LEAVES - {"__version__"}:
        ours = {one.name for one in imports(core[f"core.{leaf}"]) if one.name.startswith("core.")}
        assert {name for name in ours if layer(name) not in LEAVES} == set(), leaf


def test_no_import_is_circular():
    core = modules("core")
    below = {
        module: {
            longest_module(one.name, core) for one in imports(tree) if one.name.startswith("core.")
        }
        - {module}
        for module, tree in core.items()
    }
    while ends := {module for module, imported in below.items() if not imported & below.keys()}:
        for module in ends:
            del below[module]
    assert sorted(below) == []


def test_no_layer_is_above_and_below_another():
    for upper, lower in MAY_IMPORT.items():
        assert [name for name in lower if upper in MAY_IMPORT.get(name, ())] == [], upper


def test_a_migration_imports_no_code_that_may_change_after_it():
    for path in files("core/migrations/versions"):
        names = {imported.name for imported in imports(parse(path))}
        assert not {name for name in names if name.partition(".")[0] in OURS}, path.name


def test_the_service_knows_the_stand_in_for_clerk_only_in_core_dev():
    for module, tree in modules("core").items():
        for imported in imports(tree):
            if imported.name.partition(".")[0] in {"app", "devclerk", "tests", "bench"}:
                assert (module, imported.function) == ("core.cli", "dev"), imported


def test_the_app_knows_the_service_only_over_http():
    for module, tree in modules("app").items():
        for imported in imports(tree):
            assert imported.name.partition(".")[0] not in {"core", "devclerk"}, (module, imported)


def test_the_app_s_http_its_state_and_its_screens_stay_apart():
    for module, tree in modules("app").items():
        names = {one.name.partition(".")[0] for one in imports(tree)}
        assert "httpx" not in names or module == "app.services.http", module
        assert "flet" not in names or module.startswith(FLET), module
    for path in files("app/views", "app/components"):
        assert len(path.read_text(encoding="utf-8").splitlines()) < MAX_VIEW_LINES, path.name


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


def modules_that_import_statements() -> dict[str, set[str]]:
    found = {}
    for module, tree in modules("core").items():
        names = {one.name for one in imports(tree) if one.name.partition(".")[0] == "sqlalchemy"}
        if statements := {name.rpartition(".")[2] for name in names} & STATEMENTS:
            found[module] = statements
    return found


def test_only_queries_and_migrations_build_statements():
    outside = {
        module: names
        for module, names in modules_that_import_statements().items()
        if layer(module) not in {"queries", "migrations"}
    }
    assert set(outside) - set(STATEMENT_EXCEPTIONS) == set()


def test_no_other_module_holds_sql_in_a_string():
    verb = re.compile(r"\s*(SELECT\s|INSERT INTO\s|UPDATE\s|DELETE FROM\s|DROP\s|CREATE TABLE\s)")
    for module, tree in modules("core").items():
        if layer(module) not in {"queries", "migrations"}:
            assert any(map(verb.match, strings(tree))) == (module in SQL_EXCEPTIONS), module


def test_only_batch_services_open_transactions_and_no_service_commits():
    for module, tree in modules("core/queries", "core/services").items():
        written = ast.unparse(tree)
        opens = re.search(r"database\.(read|write|maintain)\(", written)
        assert bool(opens) == (module in OPEN_TRANSACTIONS), module
        assert not re.search(r"\.(commit|rollback)\(", written), module


def test_owner_id_is_the_first_parameter_of_every_query_and_service():
    for module, tree in modules("core/queries", "core/services").items():
        noun = module.rpartition(".")[2]
        for function in functions(tree):
            names = [argument.arg for argument in function.args.args]
            exempt = {noun, f"{noun}.{function.name}"} & set(NOT_UNDER_ONE_OWNER)
            if names[:1] == ["session"] and not exempt:
                assert names[1:2] == ["owner_id"], f"{module}.{function.name}"


# ------------------------------------------------------------ which modules know Clerk


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


def modules_with_clerk_words() -> dict[str, set[str]]:
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


def test_only_core_auth_names_clerk_tokens_and_keys():
    assert set(modules_with_clerk_words()) - set(CLERK_EXCEPTIONS) == set()


def test_only_one_module_verifies_webhook_signatures():
    for module, tree in modules("core").items():
        names = {one.name.partition(".")[0] for one in imports(tree)}
        known = names & {"standardwebhooks", "svix", "hmac"}
        # A second check of a signature may forget its age, or that a delivery counts once.
        assert not known or module == "core.auth.webhooks", (module, known)


def test_only_one_module_decodes_tokens():
    for module, tree in modules("core").items():
        names = {one.name.partition(".")[0] for one in imports(tree)}
        known = names & {"jwt", "clerk_backend_api", "cryptography"}
        assert not known or module == "core.auth.clerk", (module, known)


@pytest.mark.parametrize("package", [*OURS, "tests", "bench"])
def test_every_file_stays_under_400_lines(package: str):
    for path in files(package):
        lines = len(path.read_text(encoding="utf-8").splitlines())
        assert lines <= MAX_LINES, f"{path.relative_to(ROOT)} has {lines} lines"


def test_nine_of_ten_functions_stay_under_30_lines():
    lengths = [
        (function.end_lineno or 0) - function.lineno + 1
        for tree in modules(*OURS).values()
        for function in functions(tree)
    ]
    assert quantiles(lengths, n=10)[-1] <= P90_FUNCTION_LINES


def test_no_file_has_a_name_without_a_subject():
    names = {path.stem for path in files(*OURS, "tests", "bench")}
    assert not names & {"utils", "util", "helpers", "common", "misc"}


def comments(path: Path) -> Iterator[str]:
    with io.StringIO(path.read_text(encoding="utf-8")) as source:
        for token in tokenize.generate_tokens(source.readline):
            if token.type == tokenize.COMMENT:
                yield token.string


def test_every_silenced_check_has_a_reason():
    silence = re.compile(r"#\s*(?:ruff:\s*)?(?:noqa|type:\s*ignore|pragma:)", re.IGNORECASE)
    reasoned = re.compile(
        r"#\s*(?:ruff:\s*)?(?:noqa:|type:\s*ignore\[|pragma: no \w+)[\s\w,\]-]*?[\])]?\s{2}\S+",
        re.IGNORECASE,
    )
    for path in files(*OURS, "tests", "bench"):
        for comment in comments(path):
            if silence.match(comment):
                assert reasoned.match(comment), f"{path.relative_to(ROOT)}: {comment}"
