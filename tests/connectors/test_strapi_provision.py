"""What a Strapi lacks is reported by name, and what can be mended is mended once."""

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace

import pytest

from replicator.connectors.base import Failed, Level, Trouble
from replicator.connectors.client import Client, Login, StaticToken
from replicator.connectors.strapi import Layout, Strapi, StrapiSettings, connect
from replicator.errors import ConfigurationError
from tests.connectors.rig import at_once, create, made_family, read
from tests.connectors.samples import sample
from tests.connectors.strapi_shop import Shop, served

TYPES = len(Layout().carried())


@pytest.fixture
async def shop() -> AsyncIterator[Shop]:
    async with served() as shop:
        yield shop


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

    assert [each.level for each in seen] == [Level.OK] * TYPES + [Level.WARNING] * 2
    assert [each.level for each in mended] == [Level.OK] * TYPES + [Level.WARNING, Level.OK]
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
    assert [each.level for each in refused] == [Level.ERROR] * TYPES + [Level.WARNING] * 2
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
    assert [each.level for each in findings[:TYPES]] == [Level.OK] * TYPES
