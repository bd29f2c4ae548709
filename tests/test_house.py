"""The house rules that no other tool checks. A limit here may only be tightened.

They exist because even the best codebases we looked at let a file or a class run away: nobody decides to
write a file of two thousand lines, it grows, and only a count that fails stops it.
"""

import ast
import os
import re
import subprocess
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parent.parent

# These may only be tightened.
FILE_LINES_MAX = 300  # aim for 250
FUNCTION_LINES_MAX = 60  # its docstring not counted; aim for 10
PUBLIC_METHODS_MAX = 12  # per class of the package; an interface has five or fewer
POSITIONAL_PARAMETERS_MAX = 6  # aim for 5
PARAMETERS_MAX = 8  # keyword-only ones included
BANNED_NAMES = {"utils", "util", "helpers", "helper", "common", "manager", "managers", "misc", "stuff", "lib"}

# Put together here, so that this file does not contain what it forbids.
MACHINE_PATHS = tuple(f"/{folder}/" for folder in ("work", "root", "home", "Users"))
PACKAGE_REGISTRIES = tuple(
    ".".join(labels)
    for labels in (
        ("pypi", "org"),
        ("pythonhosted", "org"),
        ("npmjs", "org"),
        ("yarnpkg", "com"),
        ("npmmirror", "com"),
    )
)
SILENCED = re.compile(
    r"#\s*(?:noqa|type:\s*ignore)(?P<codes>:\s*[A-Z0-9]+(?:,\s*[A-Z0-9]+)*|\[[a-z\-, ]+\])?(?P<rest>.*)$"
)
REASON = re.compile(r"[a-z]{2,}.*\s.*[a-z]{2,}", re.IGNORECASE)  # at least two words


def house_files() -> list[Path]:
    """Every file committed or about to be; in a copy without git, every file outside hidden folders."""
    listing = [
        "git",
        "-c",
        "safe.directory=*",
        "ls-files",
        "--cached",
        "--others",
        "--exclude-standard",
        "-z",
    ]
    try:
        names = subprocess.run(listing, cwd=ROOT, check=True, capture_output=True, text=True).stdout.split("\0")
        found = {ROOT / name for name in names if name}
    except (OSError, subprocess.CalledProcessError):
        found = set()
        for folder, folders, files in os.walk(ROOT):
            folders[:] = [name for name in folders if not name.startswith(".") and name != "node_modules"]
            found.update(Path(folder, name) for name in files)
    return sorted(path for path in found if path.is_file() and not path.is_symlink())


def text_files() -> Iterator[tuple[str, str]]:
    for path in house_files():
        try:
            yield str(path.relative_to(ROOT)), path.read_text(encoding="utf-8")
        except (UnicodeDecodeError, FileNotFoundError):
            continue  # a picture, or a file removed since the listing


def modules() -> Iterator[tuple[str, str, ast.Module]]:
    for name, text in text_files():
        if name.endswith(".py"):
            yield name, text, ast.parse(text, name)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def lines(function: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    total = (function.end_lineno or function.lineno) - function.lineno + 1
    if ast.get_docstring(function) is None:
        return total
    docstring = function.body[0]
    return total - ((docstring.end_lineno or docstring.lineno) - docstring.lineno + 1)


def parameters(function: ast.FunctionDef | ast.AsyncFunctionDef) -> tuple[int, int]:
    """How many parameters can be given by position, and how many there are; the receiver is not one."""
    names = [parameter.arg for parameter in function.args.posonlyargs + function.args.args]
    positional = len(names) - (names[:1] in (["self"], ["cls"]))
    return positional, positional + len(function.args.kwonlyargs)


def test_no_file_is_too_long() -> None:
    too_long = [
        f"{name}: {count} lines, at most {FILE_LINES_MAX}"
        for name, text, _ in modules()
        if (count := len(text.splitlines())) > FILE_LINES_MAX
    ]

    assert too_long == []


def test_no_function_is_too_long() -> None:
    too_long = [
        f"{name}:{function.lineno} {function.name}: {count} lines, at most {FUNCTION_LINES_MAX}"
        for name, _, tree in modules()
        for function in functions(tree)
        if (count := lines(function)) > FUNCTION_LINES_MAX
    ]

    assert too_long == []


def test_no_function_takes_too_much() -> None:
    too_many = [
        f"{name}:{function.lineno} {function.name}: {positional} by position "
        f"(at most {POSITIONAL_PARAMETERS_MAX}), {total} in all (at most {PARAMETERS_MAX})"
        for name, _, tree in modules()
        for function in functions(tree)
        for positional, total in [parameters(function)]
        if positional > POSITIONAL_PARAMETERS_MAX or total > PARAMETERS_MAX
    ]

    assert too_many == []


def test_no_class_is_too_wide() -> None:
    too_wide = [
        f"{name}:{node.lineno} {node.name}: {len(public)} public methods, at most {PUBLIC_METHODS_MAX}"
        for name, _, tree in modules()
        if name.startswith("replicator/")
        for node in ast.walk(tree)
        if isinstance(node, ast.ClassDef)
        for public in [{method.name for method in functions_of(node) if not method.name.startswith("_")}]
        if len(public) > PUBLIC_METHODS_MAX
    ]

    assert too_wide == []


def functions_of(node: ast.ClassDef) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (method for method in node.body if isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef))


def test_every_module_is_named_for_what_is_in_it() -> None:
    catch_alls = [name for name, _, _ in modules() if BANNED_NAMES & set(Path(name).with_suffix("").parts)]

    assert catch_alls == []


def test_no_tool_is_silenced_without_a_reason() -> None:
    silenced = [
        f"{name}:{number} {line.strip()}"
        for name, text, _ in modules()
        for number, line in enumerate(text.splitlines(), start=1)
        if (found := SILENCED.search(line)) and not (found["codes"] and REASON.search(found["rest"]))
        if Path(name).name != Path(__file__).name
    ]

    assert silenced == []


def test_no_file_names_a_place_on_one_machine() -> None:
    named = [
        f"{name}:{number} {path}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), start=1)
        for path in MACHINE_PATHS
        if path in line
    ]

    assert named == []


def test_no_file_names_a_package_registry() -> None:
    """A lock pins what is installed; from where is the business of whoever installs it."""
    named = [
        f"{name}:{number} {line.strip()}"
        for name, text in text_files()
        for number, line in enumerate(text.splitlines(), start=1)
        if any(registry in line for registry in PACKAGE_REGISTRIES)
    ]

    assert named == []


def test_every_lint_exception_carries_its_reason() -> None:
    text = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    listed = re.findall(r"^ignore = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL)
    bare = [line for block in listed for line in block.splitlines() if not re.search(r"#\s+\w", line)]

    assert len(listed) == 1
    assert bare == []


def test_the_sandbox_may_import_no_room_at_all() -> None:
    """Contracts cannot say "everything else", so this keeps the list in pyproject.toml complete."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    contracts = project["tool"]["importlinter"]["contracts"]
    forbidden = next(c for c in contracts if c.get("source_modules") == ["replicator.sandbox"])["forbidden_modules"]
    package = ROOT / "replicator"
    rooms = {path.parent.name for path in package.glob("*/__init__.py")} | {
        path.stem for path in package.glob("[!_]*.py")
    }

    assert {f"replicator.{room}" for room in rooms - {"sandbox"}} - set(forbidden) == set()
