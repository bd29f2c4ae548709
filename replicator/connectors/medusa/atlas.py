"""The atlas: the countries of ISO 3166 as Medusa has them from its first start.

Over its API Medusa shows a country only while a region has it. It is there all the same: what it is called without a
region has to be known here, or taking it out of a region would look like deleting it. Pure.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from importlib.resources import files


@dataclass(frozen=True, slots=True)
class Country:
    """A country by its codes, of two and of three letters, and its English name."""

    code: str
    iso_3: str
    name: str


@cache
def countries() -> dict[str, Country]:
    """All countries, by their code of two letters."""
    text = files("replicator.connectors.medusa").joinpath("countries.txt").read_text("utf-8")
    found = [Country(*line.split(" ", 2)) for line in text.splitlines()]
    return {each.code: each for each in found}
