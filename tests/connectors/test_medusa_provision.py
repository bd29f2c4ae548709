"""What makes an import sellable in Medusa is found missing, made when told to, and made once; so is our account."""

from dataclasses import replace

from replicator.connectors.base import Finding, Level
from replicator.connectors.medusa import Choices, MedusaSettings, connect
from replicator.sandbox.medusa.accounts import ADMIN, WORD
from tests.connectors.medusa_hand import Hand, now, posts
from tests.connectors.rig import create, written
from tests.connectors.samples import sample

NAMED = Choices(sales_channel="Web", shipping_profile="Parcels", stock_location="The old mill", service_zone="North")


async def found(settings: MedusaSettings, *, apply: bool) -> list[Finding]:
    connector = connect(settings)
    try:
        return await connector.provision(apply=apply)
    finally:
        await connector.aclose()


def levels(findings: list[Finding]) -> dict[str, Level]:
    return {each.subject: each.level for each in findings}


async def test_what_is_missing_is_named_and_made_once(hand: Hand) -> None:
    settings = replace(hand.settings, choices=NAMED, currencies=("gbp",))
    before = levels(await found(settings, apply=False))
    made = levels(await found(settings, apply=True))
    since = now(hand)
    again = levels(await found(settings, apply=True))

    assert before == {
        "account": Level.OK,
        "sales channel": Level.ERROR,
        "shipping profile": Level.ERROR,
        "stock location": Level.ERROR,
        "currency gbp": Level.WARNING,
        "service zone": Level.ERROR,
    }
    assert (
        made
        == again
        == {
            **dict.fromkeys(
                ("account", "sales channel", "shipping profile", "stock location", "currency gbp"), Level.OK
            ),
            "storefront": Level.WARNING,  # which keys show a new channel is for the shop's people
            "service zone": Level.ERROR,  # whither it sends, likewise
        }
    )
    assert posts(hand, since) == []


async def test_a_location_is_put_up_for_sale_in_the_channel(hand: Hand) -> None:
    await hand.shop.post("/stock-locations", {"name": "The old mill"})
    settings = replace(hand.settings, choices=Choices(stock_location="The old mill"))
    before = levels(await found(settings, apply=False))
    after = levels(await found(settings, apply=True))

    assert (before["stock location"], before["stock for sale"]) == (Level.OK, Level.ERROR)
    assert "stock for sale" not in after


async def test_a_new_product_is_sold_and_sent_as_chosen(hand: Hand) -> None:
    settings = replace(hand.settings, choices=NAMED)
    connector = connect(settings)
    await connector.provision(apply=True)
    rig = replace(hand.rig(), connector=connector)
    (product,) = await written(rig, [create(rig, "product", sample("product", 1))])
    await connector.aclose()
    shown = (await hand.shop.get(f"/products/{product}", fields="id,*sales_channels,*shipping_profile"))["product"]

    assert [each["name"] for each in shown["sales_channels"]] == ["Web"]
    assert shown["shipping_profile"]["name"] == "Parcels"


async def test_an_administrator_invites_our_account(hand: Hand) -> None:
    ours = replace(hand.settings, email="new@shop.example", password="a word of ours")
    told = replace(ours, admin_email=ADMIN, admin_password=WORD)
    (refused,) = await found(ours, apply=True)
    (unasked,) = await found(told, apply=False)
    made, *_ = await found(told, apply=True)
    then, *_ = await found(ours, apply=False)

    assert [each.level for each in (refused, unasked, made, then)] == [
        Level.ERROR,
        Level.ERROR,
        Level.OK,
        Level.OK,
    ]
    assert "admin_email" in refused.mend


async def test_a_secret_key_is_let_in_and_its_price_told(hand: Hand) -> None:
    by_key = replace(hand.settings, secret_key=hand.shop.medusa.accounts.key)
    account, *_ = await found(by_key, apply=False)

    assert (account.level, "0.1 s" in account.message) == (Level.WARNING, True)
