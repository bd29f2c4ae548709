"""Query strings in brackets, as the `qs` library reads them: `filters[handle][$in][0]=a` → nested maps and lists.

A list index above `ARRAY_LIMIT` makes a map of numbers instead of a list (strapi/strapi#25632), and a filter by such a
map narrows nothing: all documents are answered. Who asks for many things at once must know.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TypeAlias

ARRAY_LIMIT = 100
DEPTH_MAX = 20
Node: TypeAlias = "str | list[Node] | dict[str, Node]"


def parse(pairs: Iterable[tuple[str, str]]) -> dict[str, Node]:
    """The nested form of decoded pairs."""
    tree: dict[str, Node] = {}
    for key, value in pairs:
        path = [key.partition("[")[0], *re.findall(r"\[([^\]]*)\]", key)][: DEPTH_MAX + 1]
        _put(tree, path, value)
    return {key: _listed(node) for key, node in tree.items()}


def texts(node: Node | None) -> list[str]:
    """What may be given as `a,b`, as `[0]=a&[1]=b` or not at all."""
    if node is None:
        return []
    if isinstance(node, str):
        return [part.strip() for part in node.split(",") if part.strip()]
    if isinstance(node, dict):
        return [part for each in node.values() for part in texts(each)]
    return [part for each in node for part in texts(each)]


def _put(tree: dict[str, Node], path: list[str], value: str) -> None:
    for depth, part in enumerate(path):
        name = part or str(len(tree))
        if depth == len(path) - 1:
            tree[name] = value
            return
        branch = tree.setdefault(name, {})
        if not isinstance(branch, dict):  # a=1&a[b]=2: the later word wins
            branch = tree[name] = {}
        tree = branch


def _listed(node: Node) -> Node:
    if not isinstance(node, dict):
        return node
    branches = {key: _listed(each) for key, each in node.items()}
    if branches and all(key.isdecimal() and int(key) <= ARRAY_LIMIT for key in branches):
        return [branches[key] for key in sorted(branches, key=int)]
    return branches
