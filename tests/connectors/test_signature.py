"""A webhook is taken only from a sender that proves itself, and only soon after it was signed."""

import base64
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replicator.connectors import signature
from replicator.connectors.signature import Reason, SignatureRefused
from replicator.errors import ConfigurationError

NOW = datetime(2026, 11, 20, 23, 30, tzinfo=UTC)
TIMESTAMP = str(int(NOW.timestamp()))
KEY = b"0123456789abcdef01234567"
OLD_KEY = b"the key before this one."
BODY = b'{"event":"entry.update"}'
HMAC_HEADER = "X-Medusa-Hmac-Sha256"


def standard_headers(body: bytes = BODY, key: bytes = KEY, timestamp: str = TIMESTAMP) -> dict[str, str]:
    return {
        "Webhook-Id": "msg_1",
        "webhook-timestamp": timestamp,
        "webhook-signature": signature.sign(key, "msg_1", timestamp, body),
    }


def hmac_headers(body: bytes = BODY, timestamp: str = TIMESTAMP) -> dict[str, str]:
    return {"webhook-timestamp": timestamp, HMAC_HEADER: signature.sign_body(KEY, timestamp, body)}


def refusal(call: Callable[[], object]) -> Reason:
    with pytest.raises(SignatureRefused) as caught:
        call()
    return caught.value.reason


def flipped(octets: bytes, bit: int) -> bytes:
    bit %= len(octets) * 8
    return octets[: bit // 8] + bytes([octets[bit // 8] ^ 1 << bit % 8]) + octets[bit // 8 + 1 :]


def test_the_published_example_of_standard_webhooks_is_accepted() -> None:
    """The vector of the specification's own libraries."""
    secret, body = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", b'{"test": 2432232314}'
    headers = {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }
    then = datetime.fromtimestamp(1614265330, UTC)

    delivery_id = signature.standard(headers, body, keys=[signature.key(secret)], now=then)

    assert delivery_id == "msg_p5jXN8AQM9LWM0D4loKWxJek"


def test_a_key_can_be_changed_without_a_gap() -> None:
    assert signature.standard(standard_headers(key=OLD_KEY), BODY, keys=[KEY, OLD_KEY], now=NOW) == "msg_1"
    both = standard_headers()
    both["webhook-signature"] = f"v1a,other {signature.sign(OLD_KEY, 'msg_1', TIMESTAMP, BODY)} v1,x"
    assert signature.standard(both, BODY, keys=[OLD_KEY], now=NOW) == "msg_1"
    assert refusal(lambda: signature.standard(both, BODY, keys=[KEY], now=NOW)) is Reason.WRONG


@pytest.mark.parametrize("name", ["Webhook-Id", "webhook-timestamp", "webhook-signature"])
def test_a_header_that_is_missing_or_empty_is_named(name: str) -> None:
    headers = standard_headers()
    without = {key: value for key, value in headers.items() if key != name}

    for incomplete in (without, {**headers, name: ""}):
        with pytest.raises(SignatureRefused, match=name.lower()) as caught:
            signature.standard(incomplete, BODY, keys=[KEY], now=NOW)
        assert caught.value.reason is Reason.MISSING


@pytest.mark.parametrize(
    ("seconds", "taken"), [(0, True), (300, True), (-300, True), (301, False), (-301, False), (86_400, False)]
)
def test_five_minutes_either_way_are_tolerated(seconds: int, *, taken: bool) -> None:
    now = NOW + timedelta(seconds=seconds)
    checks: list[Callable[[], object]] = [
        lambda: signature.standard(standard_headers(), BODY, keys=[KEY], now=now),
        lambda: signature.body_hmac(hmac_headers(), BODY, header=HMAC_HEADER, keys=[KEY], now=now),
    ]

    for check in checks:
        if taken:
            assert check()
        else:
            assert refusal(check) is Reason.STALE


@pytest.mark.parametrize("timestamp", ["soon", "-1", "1_700_000_000", "\u0661\u0667", "1" * 400, "1.5"])
def test_a_timestamp_that_is_no_number_is_refused_even_if_signed(timestamp: str) -> None:
    headers = standard_headers(timestamp=timestamp)

    assert refusal(lambda: signature.standard(headers, BODY, keys=[KEY], now=NOW)) is Reason.STALE


def test_staleness_is_told_only_to_who_has_the_key() -> None:
    headers = standard_headers(key=b"somebody else's key")

    reason = refusal(lambda: signature.standard(headers, BODY, keys=[KEY], now=NOW + timedelta(days=1)))

    assert reason is Reason.WRONG


def test_a_body_hmac_without_a_signed_time_is_refused() -> None:
    headers = hmac_headers()
    del headers["webhook-timestamp"]
    bare = {"webhook-timestamp": TIMESTAMP, HMAC_HEADER: signature.sign_body(KEY, "", BODY)}

    def check(given: dict[str, str]) -> Callable[[], object]:
        return lambda: signature.body_hmac(given, BODY, header=HMAC_HEADER, keys=[KEY], now=NOW)

    assert refusal(check(headers)) is Reason.MISSING
    assert refusal(check(bare)) is Reason.WRONG


def test_a_replayed_body_hmac_has_the_id_it_had_and_another_body_another() -> None:
    def delivery_id(body: bytes) -> str:
        return signature.body_hmac(hmac_headers(body), body, header=HMAC_HEADER.upper(), keys=[KEY], now=NOW)

    assert delivery_id(BODY) == delivery_id(BODY) != delivery_id(b"{}")


def test_a_static_secret_is_compared_whole() -> None:
    header, secrets = "X-Hook-Secret", ["new secret", "old secret"]

    for secret in secrets:
        signature.static_secret({header.lower(): secret}, header=header, secrets=secrets)
    for wrong in ("new secre", "new secret ", "New secret", "née", "\udcff"):
        check = partial(signature.static_secret, {header: wrong}, header=header, secrets=secrets)
        assert refusal(check) is Reason.WRONG
    assert refusal(lambda: signature.static_secret({}, header=header, secrets=secrets)) is Reason.MISSING


def test_without_a_secret_nothing_is_taken() -> None:
    unset: list[Callable[[], object]] = [
        lambda: signature.key(""),
        lambda: signature.key("whsec_"),
        lambda: signature.key("whsec_no base64!"),
        lambda: signature.standard(standard_headers(key=b""), BODY, keys=[b""], now=NOW),
        lambda: signature.standard(standard_headers(), BODY, keys=[], now=NOW),
        lambda: signature.static_secret({"x": "y"}, header="x", secrets=[]),
        lambda: signature.static_secret({"x": "y"}, header="x", secrets=[""]),
    ]

    for call in unset:
        with pytest.raises(ConfigurationError):
            call()


@given(
    body=st.binary(max_size=200),
    secret=st.binary(min_size=1, max_size=64),
    delivery=st.from_regex(r"\A[!-~]{1,40}\Z"),
)
def test_what_is_rightly_signed_is_taken(body: bytes, secret: bytes, delivery: str) -> None:
    headers = {
        "webhook-id": delivery,
        "webhook-timestamp": TIMESTAMP,
        "webhook-signature": signature.sign(
            signature.key("whsec_" + base64.b64encode(secret).decode()), delivery, TIMESTAMP, body
        ),
    }

    assert signature.standard(headers, body, keys=[secret], now=NOW) == delivery


@given(body=st.binary(min_size=1, max_size=200), bit=st.integers(min_value=0))
def test_any_flipped_bit_of_the_body_is_refused(body: bytes, bit: int) -> None:
    changed = flipped(body, bit)

    assert refusal(lambda: signature.standard(standard_headers(body), changed, keys=[KEY], now=NOW)) is Reason.WRONG
    headers = hmac_headers(body)
    assert (
        refusal(lambda: signature.body_hmac(headers, changed, header=HMAC_HEADER, keys=[KEY], now=NOW)) is Reason.WRONG
    )


@given(
    name=st.sampled_from(["Webhook-Id", "webhook-timestamp", "webhook-signature"]),
    bit=st.integers(min_value=0),
)
def test_any_flipped_bit_of_a_signed_header_is_refused(name: str, bit: int) -> None:
    headers = standard_headers()
    headers[name] = flipped(headers[name].encode(), bit).decode("latin-1")

    assert refusal(lambda: signature.standard(headers, BODY, keys=[KEY], now=NOW)) is Reason.WRONG


@given(name=st.sampled_from(["webhook-timestamp", HMAC_HEADER]), bit=st.integers(min_value=0))
def test_any_flipped_bit_beside_a_body_hmac_is_refused(name: str, bit: int) -> None:
    headers = hmac_headers()
    headers[name] = flipped(headers[name].encode(), bit).decode("latin-1")

    assert refusal(lambda: signature.body_hmac(headers, BODY, header=HMAC_HEADER, keys=[KEY], now=NOW)) is Reason.WRONG


@given(
    secret=st.text(min_size=1, max_size=60, alphabet=st.characters(codec="ascii")),
    bit=st.integers(min_value=0),
)
def test_any_flipped_bit_of_a_static_secret_is_refused(secret: str, bit: int) -> None:
    changed = flipped(secret.encode(), bit).decode("latin-1")

    assert refusal(lambda: signature.static_secret({"x": changed}, header="x", secrets=[secret])) is Reason.WRONG
