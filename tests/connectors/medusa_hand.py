"""A played Medusa behind a real connection, the connector to it, and a person's hand there."""

import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import httpx

from replicator.connectors.base import (
    PENDING,
    Hint,
    Write,
)
from replicator.connectors.client import Client
from replicator.connectors.medusa import Medusa, MedusaSettings
from replicator.connectors.medusa.api import auth_of
from replicator.connectors.medusa.hearing import read_webhook
from replicator.core.document import Value
from replicator.sandbox.faults import Fault
from replicator.sandbox.hooks import Target
from replicator.sandbox.serve import running
from tests.connectors.medusa_person import Person
from tests.connectors.rig import Rig, at_once, create
from tests.connectors.samples import sample
from tests.sandbox.medusa_shop import Shop


class Hand:
    """A played Medusa behind a real connection, a connector to it, and a person who edits there."""

    def __init__(self, shop: Shop, connector: Medusa, settings: MedusaSettings) -> None:
        self.shop = shop
        self.connector = connector
        self.settings = settings

    async def edit(self, type_name: str, remote_id: str, field: str, value: Value) -> None:
        await Person(self.shop.http).edit(type_name, remote_id, field, value)

    async def remove(self, type_name: str, remote_id: str) -> None:
        await Person(self.shop.http).remove(type_name, remote_id)

    def fault(self, kind: str) -> None:
        self.shop.world.faults["medusa"].rules.append(Fault(kind=kind, method="POST|DELETE", path="^/admin/"))

    def living(self, type_name: str) -> list[str]:
        return [each.key for each in self.shop.medusa.shown() if each.type == type_name]

    def calls(self) -> int:
        return sum(each.method != "GET" for each in self.shop.world.ledger.requests)

    async def hints(self) -> Sequence[Hint]:
        return [hint for sent in self.shop.told.sent for hint in read_webhook(sent.headers, json.loads(sent.body))]

    def rig(self) -> Rig:
        return Rig(
            connector=self.connector,
            edit=self.edit,
            remove=self.remove,
            fault=self.fault,
            living=self.living,
            calls=self.calls,
            hints=self.hints,
        )


@asynccontextmanager
async def played() -> AsyncIterator[Hand]:
    """A fresh Medusa with a stock location, served while the block runs."""
    shop = Shop()
    shop.told.targets.append(Target("http://receiver.invalid/hooks/medusa"))
    async with running(shop.world) as sandbox:
        url = sandbox.access["medusa"]["url"]
        shop.http = httpx.AsyncClient(base_url=url, trust_env=False)
        await shop.enter("person_")
        access = shop.medusa.access
        settings = MedusaSettings(url=url, email=access["email"], password=access["password"], currencies=("usd",))
        connector = Medusa(settings, Client(url, auth=auth_of(settings), sleep=at_once))
        await connector.provision(apply=True)
        await Person(shop.http).ships()
        yield Hand(shop, connector, settings)
        await connector.aclose()
        await shop.http.aclose()


def posts(hand: Hand, since: int = 0) -> list[str]:
    """What was asked of Medusa to change something, by the replicator."""
    requests = [each for each in hand.shop.world.ledger.requests if each.n > since and each.account == "replicator"]
    return [each.path.partition("?")[0].removeprefix("/admin") for each in requests if each.method != "GET"]


def now(hand: Hand) -> int:
    return hand.shop.world.ledger.requests[-1].n


def spoil(hand: Hand, kind: str, path: str, count: int = 1) -> None:
    hand.shop.world.faults["medusa"].rules.append(Fault(kind=kind, count=count, method="POST", path=path))


def shops(rig: Rig, count: int, start: int = 100, **variant: Value) -> list[Write]:
    """So many new products, each with an option, two values, a variant that has one of them, and its price."""
    writes = []
    for number in range(start, start + count):
        product = create(rig, "product", sample("product", number))
        option = create(rig, "option", {"product": pending(product), "title": "Size"})
        values = [create(rig, "option_value", {"option": pending(option), "value": size}) for size in ("S", "M")]
        chosen = {"product": pending(product), "options": [pending(values[0])], **variant}
        made = create(rig, "variant", {**sample("variant", number), **chosen})
        price = create(rig, "price", {"variant": pending(made), "currency": "usd", "amount": "9.99"})
        writes += [product, option, *values, made, price]
    return writes


def pending(write: Write) -> str:
    """The reference to a record made earlier in the same batch."""
    return PENDING + write.entity
