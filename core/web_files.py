"""The files of the web app (`core/web/`) as a browser receives them.

Comments and spaces are removed, and the style sheets are one file. The ES modules are joined: one
script for the library, one for each script that a module loads by `import()`. Each request would
take a slow phone milliseconds (`docs/decisions/0035-joined-scripts.md`).

In a joined script, each module is a function that returns its exports, so its names stay its own:

    const $text = (() => { function fold() {...} return { fold }; })();
    const $videos_chips = (() => { const { fold } = $text; ... })();
"""

import posixpath
import re
from collections.abc import Iterable, Mapping
from importlib.resources import files
from importlib.resources.abc import Traversable

Files = dict[str, bytes]
"""Contents by names in the folder, as in `js/main.js`."""

_MAIN = "js/main.js"
_PAGE = "index.html"
_BLOCK = rb"/\*(?:(?!\*/).)*\*/"
_COMMENT = re.compile(
    rb"^ *" + _BLOCK + rb"\n"  # alone on its lines
    rb"|^ *//.*?\n"
    rb"|/\*\*(?:(?!\*/).)*\*/ ?"  # a type within a line
    rb"| +// [^\"'`\n]*$",  # at the end of a line; with a quote it could be part of a string
    re.MULTILINE | re.DOTALL,
)
_INDENT = re.compile(rb"^ +", re.MULTILINE)
_STYLE_REST = re.compile(_BLOCK + rb"|;\s*(?=\})|\s*([{};,])\s*|(?<=:) ", re.DOTALL)
"""What a style sheet does not need: comments, and spaces around its marks."""
_STYLE_LINK = re.compile(r'<link rel="stylesheet" href="{{root}}/(.+)">\n')
_IMPORT = re.compile(rb'^import (\{[^}]*\}) from "(\.[^"]+)";\n', re.MULTILINE)
_EXPORT = re.compile(
    rb"^export ((?:async )?function|class|const) (\w+)(?![\w$\x80-\xff])", re.MULTILINE
)
_NAME = re.compile(rb"(\w+)(?: as \w+)?")
"""A name in an import, before the one that it gets."""
_LOADED = re.compile(rb'\bimport\("(\.[^"]+)"\)')
_OTHER_LINE = re.compile(rb"^\s*(?:import|export)(?=[\s\"'{*]).*", re.MULTILINE)
_OTHER_PATH = re.compile(rb'import\((?<![.\w]import\()(?!"\.|\)).*')
"""An `import()` of a computed path; a method may be named `import()`."""


def read_files() -> Files:
    """Read the folder.

    Raises: ValueError: a module has a form of import or export that can't be joined
    """
    found = {name: _lean(name, text) for name, text in _read(files("core") / "web")}
    scripts = {name: text for name, text in found.items() if name.startswith("js/")}
    others = {name: text for name, text in found.items() if name not in scripts}
    return _join_styles(others) | join_scripts(scripts)


def _read(folder: Traversable, prefix: str = "") -> Iterable[tuple[str, bytes]]:
    for entry in folder.iterdir():
        if entry.is_dir():
            yield from _read(entry, f"{prefix}{entry.name}/")
        else:
            yield f"{prefix}{entry.name}", entry.read_bytes()


def _lean(name: str, content: bytes) -> bytes:
    """Remove comments and spaces: a fifth of what a phone would load."""
    if name.endswith(".css"):
        return _STYLE_REST.sub(lambda found: found[1] or b"", content)
    return _INDENT.sub(b"", _COMMENT.sub(b"", content)) if name.endswith(".js") else content


def _join_styles(found: Files) -> Files:
    """Join the style sheets that the page links, under the name of the first."""
    page = found[_PAGE].decode()
    first, *others = _STYLE_LINK.findall(page)
    page = _STYLE_LINK.sub(lambda link: link[0] if link[1] == first else "", page)
    joined = b"".join(found[name] for name in (first, *others))
    rest = {name: text for name, text in found.items() if name not in others}
    return {**rest, _PAGE: page.encode(), first: joined}


def join_scripts(modules: Mapping[str, bytes]) -> Files:
    """Join modules into `js/main.js` and the scripts that `import()` loads, by their names.

    A module that two loaded scripts import, and `js/main.js` does not, is in both of them.

    Raises: ValueError: a module has a form of import or export that can't be joined
    """
    _check(modules)
    first = _in_order(_MAIN, modules)
    shared = "".join(f"{_variable(name)}, " for name in first).encode()
    scripts = {_MAIN: _join(first, modules, _MAIN) + b"export { %s};\n" % shared}
    for entry in sorted(_loaded(modules)):
        if entry in first:
            raise _not_joined(entry, f"{_MAIN} imports it, and import() loads it")
        own = [name for name in _in_order(entry, modules) if name not in first]
        used = {one for name in own for one in _imports(name, modules)} & set(first)
        names = ", ".join(sorted(map(_variable, used)))
        main = _relative(_MAIN, entry)
        imports = f'import {{ {names} }} from "{main}";\n'.encode() if used else b""
        exports = b", ".join(_exports(modules[entry])).decode()
        end = f"export const {{ {exports} }} = {_variable(entry)};\n".encode()
        scripts[entry] = imports + _join(own, modules, entry) + end
    return scripts


def _check(modules: Mapping[str, bytes]) -> None:
    """Check that each import exists, and that no two modules get the same variable.

    Raises: ValueError
    """
    exports = {name: _exports(module) for name, module in modules.items()}
    for name, module in modules.items():
        for line in _IMPORT.finditer(module):
            imported = _path(name, line[2])
            unknown = set(_NAME.findall(line[1])).difference(exports.get(imported, ()))
            if unknown:
                raise _not_joined(name, f"{imported} does not export {unknown.pop().decode()}")
        loaded = {_path(name, path) for path in _LOADED.findall(module)}
        if missing := loaded.difference(modules):
            raise _not_joined(name, f"there is no {missing.pop()}")
    if len({_variable(name) for name in modules}) < len(modules):
        message = "two modules can't be joined: their paths differ only by marks"
        raise ValueError(message)


def _in_order(entry: str, modules: Mapping[str, bytes]) -> list[str]:
    """Return the module and its static imports, each after those that it imports."""
    found: list[str] = []
    begun: set[str] = set()

    def visit(name: str) -> None:
        begun.add(name)
        for imported in _imports(name, modules):
            if imported in begun and imported not in found:
                raise _not_joined(name, f"it imports {imported}, which imports it")
            if imported not in begun:
                visit(imported)
        found.append(name)

    visit(entry)
    return found


def _imports(name: str, modules: Mapping[str, bytes]) -> list[str]:
    return [_path(name, found[2]) for found in _IMPORT.finditer(modules[name])]


def _loaded(modules: Mapping[str, bytes]) -> set[str]:
    return {_path(name, path) for name in modules for path in _LOADED.findall(modules[name])}


def _exports(module: bytes) -> list[bytes]:
    return [found[2] for found in _EXPORT.finditer(module)]


def _join(names: Iterable[str], modules: Mapping[str, bytes], entry: str) -> bytes:
    return b"".join(_function(name, modules[name], entry) for name in names)


def _function(name: str, module: bytes, entry: str) -> bytes:
    """Make a function of a module of the joined script `entry`."""

    def take(found: re.Match[bytes]) -> bytes:
        names = found[1].replace(b" as ", b": ")
        return b"const %s = %s;\n" % (names, _variable(_path(name, found[2])).encode())

    def load(found: re.Match[bytes]) -> bytes:
        return f'import("{_relative(_path(name, found[1]), entry)}")'.encode()

    code = _IMPORT.sub(take, module)
    code = _LOADED.sub(load, code)
    code = _EXPORT.sub(rb"\1 \2", code)
    if other := _OTHER_LINE.search(code) or _OTHER_PATH.search(code):
        raise _not_joined(name, other[0].strip().decode())
    exports = b", ".join(_exports(module))
    variable = _variable(name).encode()
    return b"const %s = (() => {\n%sreturn { %s };\n})();\n" % (variable, code, exports)


def _not_joined(name: str, why: str) -> ValueError:
    return ValueError(f"{name} can't be joined: {why}")


def _variable(name: str) -> str:
    return "$" + re.sub(r"\W", "_", name.removeprefix("js/").removesuffix(".js"))


def _path(name: str, relative: bytes) -> str:
    return posixpath.normpath(posixpath.join(posixpath.dirname(name), relative.decode()))


def _relative(name: str, entry: str) -> str:
    path = posixpath.relpath(name, posixpath.dirname(entry))
    return path if path.startswith(".") else f"./{path}"
