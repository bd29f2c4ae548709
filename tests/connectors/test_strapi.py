"""The connector of Strapi, spoken over real HTTP to the played one: the shared suite, and what is Strapi's own."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from dataclasses import replace

import httpx
import pytest

from replicator.connectors.base import Ambiguous, Failed, Hint, Level, Locator, Record, Trouble, Written
from replicator.connectors.client import Client, Login, StaticToken
from replicator.connectors.strapi import Layout, Strapi, StrapiSettings, connect, read_webhook
from replicator.errors import BadAnswer, ConfigurationError
from replicator.sandbox.faults import Fault
from replicator.sandbox.hooks import Target
from replicator.sandbox.serve import running
from replicator.sandbox.strapi import Strapi as Played
from replicator.sandbox.world import World
from tests.connectors.conformance import Conformance
from tests.connectors.rig import Rig, create, delete, listed, made_family, read, sample, troubles, update, written
from tests.sandbox.told import Told

HOOK = "http://receiver.invalid/hooks/strapi"


async def at_once(_seconds: float) -> None:
    """Wait for nothing."""


class Shop:
    """A played Strapi that is served, a connector to it, and a person who edits there."""

    def __init__(self, world: World, url: str, settings: StrapiSettings) -> None:
        played = world.systems["strapi"]
        told = world.hooks["strapi"]
        assert isinstance(played, Played)
        assert isinstance(told, Told)
        self.world, self.played, self.told, self.url, self.settings = world, played, told, url, settings
        access = played.access
        credentials = {"email": access["admin_email"], "password": access["admin_password"]}
        admin = Login("/admin/login", credentials, lambda body: body["data"]["token"])
        client = Client(url, auth=StaticToken(access["token"]), sleep=at_once)
        self.connector = Strapi(settings, client, Client(url, auth=admin, sleep=at_once))
        self.person = httpx.AsyncClient(base_url=url, trust_env=False)

    async def log_in(self) -> None:
        access = self.played.access
        body = {"email": access["person_email"], "password": access["person_password"]}
        token = (await self.person.post("/admin/login", json=body)).json()["data"]["token"]
        self.person.headers["authorization"] = f"Bearer {token}"

    async def edit(self, type_name: str, remote_id: str, field: str, value: str) -> None:
        body = {self.settings.layout.attribute(type_name, field): value}
        answer = await self.person.put(self._form(type_name, remote_id), json=body)
        assert answer.is_success, answer.text

    async def remove(self, type_name: str, remote_id: str) -> None:
        answer = await self.person.delete(self._form(type_name, remote_id))
        assert answer.is_success, answer.text

    def fault(self, kind: str) -> None:
        self.world.faults["strapi"].rules.append(Fault(kind=kind, method="POST|PUT|DELETE", path="^/api/"))

    def living(self, type_name: str) -> list[str]:
        return [each.key for each in self.played.shown() if each.type == type_name]

    def calls(self) -> int:
        return sum(each.method != "GET" for each in self.world.ledger.requests)

    async def hints(self) -> Sequence[Hint]:
        await self.played.records.announcer.settle()
        return [hint for body in self.told.sent for hint in read_webhook({}, body)]

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

    def _form(self, type_name: str, remote_id: str) -> str:
        model = self.settings.layout.model(type_name)
        return f"/content-manager/collection-types/api::{model}.{model}/{remote_id}"


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    world = World(seed=7)
    world.hooks["strapi"] = told = Told(world, "strapi")
    told.targets.append(Target(HOOK))
    world.systems = {"strapi": Played(world)}
    async with running(world) as sandbox:
        url = sandbox.access["strapi"]["url"]
        shop = Shop(world, url, StrapiSettings(url=url, token="unused here", hook_url=HOOK, concurrency=2))
        await shop.log_in()
        yield shop
        await shop.connector.aclose()
        await shop.person.aclose()


@pytest.fixture
def rig(shop: Shop) -> Rig:
    return shop.rig()


class TestStrapi(Conformance):
    """The suite."""


async def test_records_of_one_millisecond_fill_pages_without_loss(shop: Shop) -> None:
    rig = shop.rig()
    await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(250)])
    rows = shop.played.records.tables.rows("product-tag")
    for row in rows[20:]:
        row.updated_at = rows[20].updated_at

    assert len(await listed(rig)) == len({each.remote_id for each in await listed(rig)}) == 250


async def test_a_change_committed_with_an_earlier_time_is_still_seen(shop: Shop) -> None:
    rig = shop.rig()
    first, second = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(2)])
    cursors = [page.cursor async for page in rig.connector.pages("tag")]
    rows = {row.document_id: row for row in shop.played.records.tables.rows("product-tag")}
    rows[first].values["value"] = "late"
    pages = [page async for page in rig.connector.pages("tag", cursors[0])]

    assert rows[first].updated_at <= rows[second].updated_at
    assert cursors[1:] == [None]
    assert [each.fields for page in pages for each in page.records if each.remote_id == first] == [{"value": "late"}]


async def test_many_records_are_read_in_few_calls(shop: Shop) -> None:
    rig = shop.rig()
    ids = await written(rig, [create(rig, "tag", sample("tag", n)) for n in range(120)])
    before = len(shop.world.ledger.requests)
    found = await rig.connector.read([Locator(type="tag", remote_id=each) for each in ids])
    asked = shop.world.ledger.requests[before:]

    assert len(found) == 120
    assert len(asked) == 3
    assert max(len(each.path) for each in asked) < 8000


async def test_several_records_of_one_key_are_for_a_person_to_tell_apart(shop: Shop) -> None:
    shop.played.records.meeting = asyncio.Barrier(2)
    rig = shop.rig()
    results = await rig.connector.write([create(rig, "category", sample("category", 1)) for _ in range(2)])
    found = await rig.connector.read([Locator(type="category", keys={"handle": "category-1"})])

    assert troubles(results) == [None, None]
    assert isinstance(found[0], Ambiguous)
    assert sorted(found[0].remote_ids) == sorted(each.remote_id for each in results if isinstance(each, Written))


async def test_a_key_is_asked_for_only_where_the_entity_leads_nowhere(shop: Shop) -> None:
    rig = shop.rig()
    one, other = create(rig, "tag", sample("tag", 1)), create(rig, "tag", sample("tag", 2))
    ids = await written(rig, [one, other])
    found = await rig.connector.read(
        [
            Locator(type="tag", entity=one.entity, keys={"value": "tag 2"}),
            Locator(type="tag", entity="unknown", keys={"value": "tag 2"}),
            Locator(type="tag", entity="unknown", keys={"value": "TAG 2"}),
        ]
    )

    assert [each.remote_id if isinstance(each, Record) else each for each in found] == [*ids, None]


async def test_the_loser_of_a_race_for_an_entity_is_not_written_twice(shop: Shop) -> None:
    """Both pass Strapi's own check; the index answers the later one 500, and its record is found by the entity."""
    shop.played.records.meeting = asyncio.Barrier(2)
    rig = shop.rig()
    write = create(rig, "tag", sample("tag", 1))
    results = await asyncio.gather(rig.connector.write([write]), rig.connector.write([write]))

    assert [troubles(each) for each in results] == [[None], [None]]
    assert rig.living("tag") == ["tag 1"]


async def test_an_entity_that_another_write_has_made_is_read_first(shop: Shop) -> None:
    rig = shop.rig()
    write = create(rig, "tag", sample("tag", 1))
    await written(rig, [write])
    other = create(rig, "tag", sample("tag", 2), write.entity)

    assert troubles(await rig.connector.write([other])) == [Trouble.RETRY]
    assert rig.living("tag") == ["tag 1"]


async def test_a_500_is_tried_again_and_an_account_without_rights_is_not(shop: Shop) -> None:
    rig = shop.rig()
    made = (await made_family(rig))["product"]
    change = update(rig, made[0], made[1], {"title": "changed"})
    shop.fault("500")
    failed = (await rig.connector.write([change]))[0]
    reader = Client(shop.url, auth=StaticToken(shop.played.accounts.read_only_token), sleep=at_once)
    refused = await Strapi(shop.settings, reader).write([change, delete(*made)])
    await reader.aclose()

    assert (isinstance(failed, Failed) and failed.trouble) is Trouble.RETRY
    assert troubles(refused) == [Trouble.ACCOUNT, Trouble.ACCOUNT]


async def test_a_reference_to_a_record_that_was_deleted_waits(shop: Shop) -> None:
    rig = shop.rig()
    fields = {**sample("product", 1), "tags": ["absent00000000000000000"]}

    assert troubles(await rig.connector.write([create(rig, "product", fields)])) == [Trouble.WAIT]


async def test_an_attribute_that_is_gone_is_named_not_read_as_null(shop: Shop) -> None:
    rig = shop.rig()
    remote_id = (await made_family(rig))["product"][1]
    kinds = dict(shop.played.records.types)
    product = kinds["product"]
    left = {name: each for name, each in product.attributes.items() if name not in ("brand", "sync")}
    shop.played.records.types = {**kinds, "product": replace(product, attributes=left)}
    record = await read(rig, "product", remote_id)
    findings = await rig.connector.provision(apply=False)
    write = create(rig, "product", sample("product", 2))
    refused = (await rig.connector.write([write]))[0]

    assert set(record.missing) == {"brand", "sync"}
    assert record.fields is not None
    assert "brand" not in record.fields
    assert [(each.subject, each.message) for each in findings if each.level is Level.ERROR] == [
        ("products", "lacks brand, sync")
    ]
    assert isinstance(refused, Failed)
    assert (refused.trouble, refused.field) == (Trouble.REFUSED, "sync")


async def test_provisioning_reports_types_and_registers_the_webhook(shop: Shop) -> None:
    headers = {"X-Hook-Secret": "s"}
    settings = replace(shop.settings, hook_url="https://ours.example/hooks/strapi", hook_headers=headers)
    client = Client(shop.url, auth=StaticToken(shop.played.access["token"]), sleep=at_once)
    credentials = {"email": shop.played.access["admin_email"], "password": shop.played.access["admin_password"]}
    login = Login("/admin/login", credentials, lambda body: body["data"]["token"])
    connector = Strapi(settings, client, Client(shop.url, auth=login, sleep=at_once))
    seen = await connector.provision(apply=False)
    mended = await connector.provision(apply=True)
    webhook = next(iter(shop.played.records.announcer.webhooks.values()))
    webhook.enabled = False
    again = await connector.provision(apply=False)
    await connector.provision(apply=True)
    after = await connector.provision(apply=False)
    await connector.aclose()

    assert [each.level for each in seen] == [Level.OK] * 4 + [Level.WARNING]
    assert [each.level for each in mended] == [Level.OK] * 5
    assert (webhook.url, dict(webhook.headers)) == (settings.hook_url, headers)
    assert again[-1].message == "our webhook is switched off"
    assert after[-1].level is Level.OK
    assert len(shop.played.records.announcer.webhooks) == 1


async def test_a_missing_content_type_and_missing_rights_are_reported(shop: Shop) -> None:
    layout = Layout(plurals={"tag": "no-such-things"})
    settings = StrapiSettings(url=shop.url, layout=layout)
    client = Client(shop.url, auth=StaticToken(shop.played.access["token"]), sleep=at_once)
    missing = await Strapi(settings, client).provision(apply=True)
    await client.aclose()
    nobody = Client(shop.url, auth=StaticToken(None), sleep=at_once)
    refused = await Strapi(shop.settings, nobody).provision(apply=True)
    health = await Strapi(shop.settings, nobody).health()
    await nobody.aclose()

    assert [(each.level, each.message) for each in missing[:1]] == [(Level.ERROR, "there is no such content type")]
    assert [each.level for each in refused] == [Level.ERROR] * 4 + [Level.WARNING]
    assert not health.ok
    assert "403" in health.message


async def test_a_service_account_logs_in_once(shop: Shop) -> None:
    access = shop.played.access
    settings = StrapiSettings(url=shop.url, identifier=access["identifier"], password=access["password"])
    connector = connect(settings)
    rig = replace(shop.rig(), connector=connector)
    await asyncio.gather(*(connector.health() for _ in range(5)))
    await made_family(rig)
    await connector.aclose()
    logins = [each for each in shop.world.ledger.requests if each.path == "/api/auth/local"]

    assert len(logins) == 1
    with pytest.raises(ConfigurationError, match="token"):
        connect(StrapiSettings(url=shop.url))


async def test_with_the_companion_the_system_itself_says_who_wrote(shop: Shop) -> None:
    shop.played.records.companion = True
    settings = replace(shop.settings, layout=Layout(writer="api-token:replicator"))
    client = Client(shop.url, auth=StaticToken(shop.played.access["token"]), sleep=at_once)
    rig = replace(shop.rig(), connector=Strapi(settings, client))
    write, remote_id = (await made_family(rig))["product"]
    ours = await read(rig, "product", remote_id)
    await shop.edit("product", remote_id, "title", "by a person")
    theirs = await read(rig, "product", remote_id)
    findings = await rig.connector.provision(apply=False)
    await rig.connector.aclose()

    assert ours.attribution is not None
    assert (ours.attribution.sync_id, ours.attribution.author) == (write.sync_id, None)
    assert theirs.attribution is not None
    assert (theirs.attribution.sync_id, theirs.attribution.author) == (None, "admin:editor@example.test")
    assert [each.level for each in findings[:4]] == [Level.OK] * 4


async def test_a_hook_whose_entry_was_gone_says_so_and_names_nobody(shop: Shop) -> None:
    rig = shop.rig()
    shop.played.records.announcer.lag_seconds = 0.05
    write = create(rig, "tag", sample("tag", 1))
    remote_id = (await written(rig, [write]))[0]
    await written(rig, [delete(write, remote_id)])
    await shop.played.records.announcer.settle()
    deleted, created = shop.told.sent

    assert read_webhook({}, deleted) == [Hint("tag", remote_id, "deleted")]
    with pytest.raises(BadAnswer, match="without its entry"):
        read_webhook({}, created)
