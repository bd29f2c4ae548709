"""DummyJSON, played: a read-only catalogue over HTTP, with the habits of the real server that bite a client.

Reads are true; writes answer plausibly and store nothing. What is served changes only by control (`change`), as a
feed's content does. A request is looked at in the real order: rate limit, body, parameters, delay, route.
"""

from __future__ import annotations

import asyncio
import copy
import json
import math
from collections.abc import Mapping, Sequence
from http import HTTPStatus
from types import MappingProxyType
from typing import Any
from urllib.parse import parse_qsl

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.gzip import GZipMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from replicator.sandbox.catalogue import Product
from replicator.sandbox.dummyjson_answer import data, status_answer, unknown, with_etag
from replicator.sandbox.dummyjson_query import BadQuery, Query, page, pick, search, validated
from replicator.sandbox.ledger import FEED, REPLICATOR
from replicator.sandbox.words import JOINT
from replicator.sandbox.world import Shown, World

SITE = "https://dummyjson.com"  # hard-coded in its answers, whatever the address it was asked at
WINDOW_SECONDS = 10
MADE_UP_ID = 195  # what the real one answers to every add
LIMIT_REAL = 100  # requests per window and address
GZIP_BYTES_MIN = 1024
BODY_BYTES_MAX = 300 * 1024
METHODS = ("GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS")
KEPT = (
    *("title", "price", "discountPercentage", "stock", "rating", "images", "thumbnail", "description", "brand"),
    "category",
)
"""What an add or a change keeps of its body; everything else is dropped."""
PRODUCT_FIELDS = ("title", "description", "thumbnail", "images", "brand", "weight", "dimensions", "category", "tags")
VARIANT_FIELDS = ("sku", "meta")
CURRENCY, LOCATION = "usd", "Main warehouse"  # what it does not tell, and whoever reads it has to know
PART_FIELDS = (("price", "price", "amount", CURRENCY), ("stock", "stock", "quantity", LOCATION))


class DummyJson:
    """The service over one catalogue. `limit` is the number of requests per window, None for no limit."""

    name = "dummyjson"

    def __init__(self, world: World, catalogue: list[Product]) -> None:
        self.access: Mapping[str, str] = MappingProxyType({})  # the catalogue is public
        self.limit: int | None = None
        self.app = Starlette(
            routes=[Route("/{path:path}", self._serve, methods=list(METHODS))],
            middleware=[Middleware(GZipMiddleware, minimum_size=GZIP_BYTES_MIN, compresslevel=1)],
        )
        self._world = world
        self._catalogue = catalogue
        self._products: dict[int, Product] = {}
        self._hits: dict[str, int] = {}
        self._window_ends = 0.0

    def reset(self) -> None:
        """The catalogue as it was given, and no limit."""
        self.limit = None
        self._hits.clear()
        self._products = {each["id"]: copy.deepcopy(each) for each in self._catalogue}
        for product in self._products.values():
            self._offer({}, product)

    def empty(self) -> None:
        """A feed that suddenly offers nothing."""
        self._products = {}

    def dump(self) -> object:
        """All products."""
        return copy.deepcopy(self._products)

    def load(self, dump: object) -> None:
        """Offer those products again."""
        if not isinstance(dump, dict):
            raise TypeError("not a dump of this system")
        self._products = copy.deepcopy(dump)

    def shown(self) -> list[Shown]:
        """Nothing: a source is compared with by its edits in the ledger, not by what it shows."""
        return []

    def refusal(self, status: int) -> Response:
        """Its own 429; 500 and 503 as its status tool words them."""
        if status == HTTPStatus.TOO_MANY_REQUESTS:
            message = "request limit exceeded, please wait a few seconds"
            return data({"message": message}, status, {"retry-after": str(WINDOW_SECONDS), "x-powered-by": "Express"})
        return status_answer(str(status), None)

    def change(self, product_id: int, told: Mapping[str, Any]) -> Product | None:
        """Offer a product with other values (None removes the key), as a feed does. None: there is no such product."""
        product = self._products.get(product_id)
        if product is None:
            return None
        changed = {key: value for key, value in {**product, **told}.items() if value is not None}
        self._products[product_id] = changed
        self._offer(product, changed)
        return changed

    async def _serve(self, request: Request) -> Response:
        request.state.account = REPLICATOR  # nobody else reads a feed
        quota, refused = self._counted(request)
        answer = refused or await self._answer(request)
        answer.headers.update(quota)
        if refused is None and (origin := request.headers.get("origin")):
            answer.headers.update(
                {"access-control-allow-origin": origin, "access-control-allow-credentials": "true", "vary": "Origin"}
            )
        return answer

    def _counted(self, request: Request) -> tuple[dict[str, str], Response | None]:
        """Count the request. The window is fixed and the same for all: one timer resets every address."""
        if self.limit is None:
            return {}, None
        now = self._world.now().timestamp()
        if now >= self._window_ends:
            self._hits.clear()
            self._window_ends = now + WINDOW_SECONDS
        address = request.headers.get("x-forwarded-for") or (request.client.host if request.client else "")
        self._hits[address] = self._hits.get(address, 0) + 1
        quota = {
            "x-ratelimit-limit": str(self.limit),
            "x-ratelimit-remaining": str(max(0, self.limit - self._hits[address])),
            "x-ratelimit-reset": str(math.ceil(self._window_ends)),
        }
        return quota, self.refusal(429) if self._hits[address] > self.limit else None

    async def _answer(self, request: Request) -> Response:
        try:
            body = await _body(request)
            query = validated(request.query_params.multi_items())
        except BadQuery as bad:
            return data({"message": str(bad)}, bad.status)
        await asyncio.sleep(query.delay_seconds)
        path = request.url.path
        if len(path) > 1 and path.endswith("/"):
            target = path.rstrip("/")
            text = f"Moved Permanently. Redirecting to {target}"
            return PlainTextResponse(text, 301, {"location": target})
        answer = self._routed(request, path.removeprefix("/").split("/"), query, body)
        return with_etag(request, answer)

    def _routed(self, request: Request, parts: list[str], query: Query, body: Mapping[str, Any]) -> Response:
        method = "GET" if request.method == "HEAD" else request.method
        match method, [part if index else part.lower() for index, part in enumerate(parts)]:
            case "OPTIONS", _:
                return Response(status_code=204)
            case _, ["http" | "https", code]:
                return status_answer(code, None)
            case _, ["http" | "https", code, message]:
                return status_answer(code, message)
            case "GET", ["test" | "ping" | "health"]:
                return data({"status": "ok", "method": request.method})
            case "GET", ["ip"]:
                host = request.client.host if request.client else ""
                return data({"ip": host, "userAgent": request.headers.get("user-agent", "")})
            case _, ["product" | "products", *rest]:
                answer = self._listed(method, rest, query) or self._single(method, rest, query, body)
                return answer or unknown(request)
            case _:
                return unknown(request)

    def _listed(self, method: str, rest: Sequence[str], query: Query) -> Response | None:
        products = list(self._products.values())
        slugs = list(dict.fromkeys(product["category"] for product in products))
        match method, [part.lower() for part in rest]:
            case "GET", []:
                return data(page(products, query))
            case "GET", ["search"]:
                return data(page(search(products, query.q), query))
            case "GET", ["categories"]:
                return data([_category(slug) for slug in slugs])
            case "GET", ["category-list"]:
                return data(slugs)
            case "GET", ["category", slug]:
                return data(page([each for each in products if each["category"] == slug], query))
            case _:
                return None

    def _single(self, method: str, rest: Sequence[str], query: Query, body: Mapping[str, Any]) -> Response | None:
        if method == "POST" and [part.lower() for part in rest] == ["add"]:
            return data({"id": MADE_UP_ID, **{key: body[key] for key in KEPT if key in body}}, 201)
        if len(rest) != 1 or method == "POST":
            return None
        wanted = body.get("id", rest[0]) if method in ("PUT", "PATCH") else rest[0]
        product = next((each for each in self._products.values() if str(each["id"]) == wanted), None)
        if product is None:
            return data({"message": f"Product with id '{wanted}' not found"}, 404)
        if method == "DELETE":
            deleted_on = self._world.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
            return data({**product, "isDeleted": True, "deletedOn": deleted_on})
        if method in ("PUT", "PATCH"):
            changed = {key: body.get(key) or product[key] for key in KEPT if body.get(key) or key in product}
            return data({"id": product["id"], **changed})
        return data(pick(product, query.select))

    def _offer(self, before: Product, after: Product) -> None:
        """Tell the ledger what the feed says now: the product, its one variant, price and stock, category and tags."""
        name = f"feed:{after['id']}"
        self._tell("product", name, str(after["id"]), _changes(before, after, PRODUCT_FIELDS))
        variant = _changes(before, after, VARIANT_FIELDS)
        if variant:
            variant["product"] = (None, name)
        sku, number = str(after.get("sku", "")), str(after["id"])
        self._tell("variant", sku, number, variant)
        for kind, key, field, word in PART_FIELDS:
            pair = _changes(before, after, (key,)).get(key)
            self._tell(kind, JOINT.join((sku, word)), f"{number}/{word}", {field: pair} if pair else {})
        if not before:
            self._tell("stock_location", LOCATION, LOCATION, {"name": (None, LOCATION)})
        if after["category"] != before.get("category"):
            self._tell("category", after["category"], after["category"], {"handle": (None, after["category"])})
        for tag in sorted(set(after.get("tags", [])) - set(before.get("tags", []))):
            self._tell("tag", tag, tag, {"value": (None, tag)})

    def _tell(self, type_: str, key: str, remote_id: str, changes: dict[str, tuple[object, object]]) -> None:
        if changes:
            action = "create" if all(before is None for before, _ in changes.values()) else "update"
            told = {"system": self.name, "account": FEED, "type": type_, "key": key, "remote_id": remote_id}
            self._world.ledger.wrote(**told, action=action, changes=changes)


def _changes(before: Product, after: Product, keys: Sequence[str]) -> dict[str, tuple[object, object]]:
    return {key: (before.get(key), after.get(key)) for key in keys if before.get(key) != after.get(key)}


def _category(slug: str) -> dict[str, str]:
    name = " ".join(word.capitalize() for word in slug.split("-"))
    return {"slug": slug, "name": name, "url": f"{SITE}/products/category/{slug}"}


async def _body(request: Request) -> Mapping[str, Any]:
    raw = await request.body()
    if len(raw) > BODY_BYTES_MAX:
        raise BadQuery("request entity too large", 413)
    kind = request.headers.get("content-type", "")
    if request.method == "PATCH" and kind.startswith("multipart/"):
        raise BadQuery("Multipart/form-data is not allowed with patch requests")
    if kind.startswith("application/x-www-form-urlencoded"):
        return dict(parse_qsl(raw.decode(errors="replace")))
    if "json" not in kind or not raw:
        return {}
    try:
        body = json.loads(raw)
    except ValueError as error:
        raise BadQuery("Unexpected end of JSON input") from error
    return body if isinstance(body, dict) else {}
