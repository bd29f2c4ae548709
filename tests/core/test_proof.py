"""The proof sketch names tests and weakenings; each of them is there, and each claim and assumption names one."""

from __future__ import annotations

import ast
import re
from pathlib import Path

from tests.simulation.weakenings import WEAKENINGS

ROOT = Path(__file__).parents[2]
PROOF = (ROOT / "replicator" / "core" / "PROOF.md").read_text(encoding="utf-8")
NAMED = re.compile(r"`(?P<file>tests/[\w/]+\.py)::(?P<test>\w+)`")
WEAKENED = re.compile(r"weakening \*(?P<name>[^*]+)\*")
CLAIM = re.compile(r"^\*\*(?P<name>[ALC]\d+)\b.*?(?=^\*\*[ALC]\d+\b|^## |\Z)", re.MULTILINE | re.DOTALL)


def test_every_test_it_names_exists() -> None:
    missing = [f"{file}::{test}" for file, test in NAMED.findall(PROOF) if test not in _tests(file)]

    assert NAMED.search(PROOF)
    assert missing == []


def test_every_weakening_it_names_is_made() -> None:
    names = {each.name for each in WEAKENINGS}

    assert WEAKENED.search(PROOF)
    assert [name for name in WEAKENED.findall(" ".join(PROOF.split())) if name not in names] == []


def test_each_claim_and_assumption_names_what_would_fail_without_it() -> None:
    claims = {each["name"]: each.group() for each in CLAIM.finditer(PROOF)}
    bare = [name for name, text in claims.items() if not NAMED.search(text) and not WEAKENED.search(text)]

    assert len(claims) > 10
    assert bare == []


def _tests(file: str) -> set[str]:
    path = ROOT / file
    tree = ast.parse(path.read_text(encoding="utf-8")) if path.exists() else ast.Module([], [])
    return {node.name for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
