"""The kinds of columns and indexes that `tables` is written with."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, DateTime, Identity, Index, MetaData, Uuid, text
from sqlalchemy.types import TypeEngine

metadata = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "ix": "ix_%(table_name)s_%(column_0_N_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)

ID = Uuid(as_uuid=False)
"""Ids are text to us and 16 bytes to the database."""


def must(name: str, kind: type | TypeEngine[str], *, default: str | None = None, key: bool = False) -> Column[object]:
    """A column without null."""
    server_default = None if default is None else text(default)
    return Column(name, kind, nullable=False, server_default=server_default, primary_key=key, autoincrement=False)


def may(name: str, kind: type | TypeEngine[str]) -> Column[object]:
    """A column that can be null."""
    return Column(name, kind, nullable=True)


def time(name: str, *, must: bool = False) -> Column[object]:
    """A moment, with its zone."""
    return Column(name, DateTime(timezone=True), nullable=not must)


def counted() -> Column[int]:
    """A key that counts up."""
    return Column("id", BigInteger, Identity(), primary_key=True)


def one_row() -> Column[object]:
    """The key of a table with one row."""
    return must("only_row", Boolean, default="true", key=True)


def index(name: str | None, *columns: str, where: str | None = None, unique: bool = False) -> Index:
    """An index, over all rows or those of a condition. Without a name it is named after its columns."""
    return Index(name, *columns, unique=unique, postgresql_where=None if where is None else text(where))
