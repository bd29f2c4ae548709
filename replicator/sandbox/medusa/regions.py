"""Regions and their countries. A region's countries and payment providers are given as whole lists; a country of
another region is refused, and one without a region is not shown anywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from replicator.sandbox.medusa.checks import METADATA, checked, merged
from replicator.sandbox.medusa.refusals import Refusal, missing
from replicator.sandbox.medusa.selling import living
from replicator.sandbox.medusa.tables import Row
from replicator.sandbox.medusa.work import Work

REGION = {
    **dict.fromkeys(("name", "currency_code"), "string"),
    **dict.fromkeys(("countries", "payment_providers"), "array"),
    **dict.fromkeys(("automatic_taxes", "is_tax_inclusive"), "boolean"),
    **METADATA,
}


def make_region(work: Work, body: object) -> Row:
    """A new region."""
    given = checked(body, REGION, "name", "currency_code")
    columns = {"automatic_taxes": True, **_region(work, None, given)}
    row = work.insert("regions", "reg_", {"metadata": given.get("metadata"), "_providers": [], **columns})
    work.touch("region", row["id"], "create")
    _assign(work, row["id"], given)
    work.tell("region.region.created", row["id"])
    work.tell("region.created", row["id"])
    return row


def change_region(work: Work, region_id: str, body: object) -> Row:
    """A region's new columns; its stamp moves with neither its countries nor its providers."""
    given = checked(body, REGION)
    row = living(work, "regions", region_id, "Region")
    work.touch("region", region_id, "update")
    columns = _region(work, row, given)
    providers = columns.pop("_providers", None)
    _assign(work, region_id, given)
    if work.change(row, columns):
        work.tell("region.region.updated", region_id)
    if providers is not None:
        work.change(row, {"_providers": providers}, stamped=False)
    work.tell("region.updated", region_id)
    return row


def delete_region(work: Work, region_id: str) -> None:
    """Gone softly; its countries are free again. What was not there is deleted just as well."""
    row = work.tables.living("regions", region_id)
    if row is not None:
        work.touch("region", region_id, "delete")
        _free(work, region_id, ())
        work.bury(row)
        work.tell("region.region.deleted", region_id)
    work.tell("region.deleted", region_id)


def _region(work: Work, row: Row | None, given: Mapping[str, Any]) -> dict[str, Any]:
    columns = {name: given[name] for name in ("automatic_taxes",) if name in given}
    if "name" in given:
        columns["name"] = given["name"].strip()
    if "currency_code" in given:
        columns["currency_code"] = given["currency_code"].lower()
    if "metadata" in given:
        columns["metadata"] = merged(row["metadata"] if row else None, given["metadata"], clears=False)
    if "payment_providers" in given:
        known = {one["id"] for one in work.tables.rows("payment_providers") if one["is_enabled"]}
        unknown = [one for one in given["payment_providers"] if one not in known]
        if unknown:
            raise missing(f"Payment providers with ids {', '.join(unknown)} not found or not enabled")
        columns["_providers"] = list(given["payment_providers"])
    return columns


def _assign(work: Work, region_id: str, given: Mapping[str, Any]) -> None:
    """Give a region its countries, all of them; those of another region are refused."""
    if "countries" not in given:
        return
    codes = [code.lower() for code in given["countries"]]
    _free(work, region_id, codes)
    rows = {code: work.tables.get("countries", code) for code in codes}
    if unknown := [f'"{code}"' for code, row in rows.items() if row is None]:
        raise Refusal(f"Countries with codes: {', '.join(unknown)} do not exist")
    taken = [f'"{code}"' for code, row in rows.items() if row and row["region_id"] not in (None, region_id)]
    if taken:
        raise Refusal(f"Countries with codes: {', '.join(taken)} are already assigned to a region")
    for code, row in rows.items():
        if row is not None and row["region_id"] != region_id:
            _move(work, code, row, region_id)


def _free(work: Work, region_id: str, but: Sequence[str]) -> None:
    for row in work.tables.rows("countries"):
        if row["region_id"] == region_id and row["id"] not in but:
            _move(work, row["id"], row, None)


def _move(work: Work, code: str, row: Row, region_id: str | None) -> None:
    work.touch("country", code, "update")
    work.change(row, {"region_id": region_id})
    work.tell("region.country.updated", code)
