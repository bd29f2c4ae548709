"""`init` writes a first file that is valid, holds no secret, and never overwrites one."""

import json
import tomllib

import jsonschema
import pytest

from replicator.settings import Settings, load
from tests.cli.desk import Desk

ANSWERS = 'y\nhttp://medusa.test\nn\nn\nn\nme@example.com\nEUR\nThe "old" mill\n\nParcels\n'
SECRETS = ("MEDUSA_PASSWORD", "DIRECTUS_TOKEN", "STRAPI_TOKEN")


def test_the_file_it_writes_is_valid_and_explained(blank: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    said = blank.say("init", "--yes", "--json")
    for name in SECRETS:
        monkeypatch.setenv(name, "hush")

    settings = load()

    assert list(settings.systems) == said.json["systems"] == ["medusa", "directus", "strapi", "dummyjson"]
    assert all(name in said.json["next_steps"][0] for name in SECRETS)
    assert "# " in (blank.folder / "replicator.toml").read_text(encoding="utf-8")


def test_what_is_commented_out_is_valid_too(blank: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    blank.say("init", "--yes")
    path = blank.folder / "replicator.toml"
    lines = path.read_text(encoding="utf-8").splitlines()
    settings = [line.removeprefix("# ") if line.startswith("# ") and " = " in line else line for line in lines]
    path.write_text("\n".join(settings), encoding="utf-8")
    for line in settings:
        if '"env:' in line:
            monkeypatch.setenv(line.split('"env:')[1].split('"')[0], "hush")

    loaded = load()

    assert loaded.database is not None
    assert loaded.systems["dummyjson"].schedule == "0 3 * * *"


def test_a_file_that_is_there_stays(blank: Desk) -> None:
    (blank.folder / "replicator.toml").write_text("# mine\n", encoding="utf-8")

    said = blank.say("init", "--yes")

    assert (said.code, (blank.folder / "replicator.toml").read_text(encoding="utf-8")) == (2, "# mine\n")


def test_it_asks_which_systems_there_are_and_where(blank: Desk) -> None:
    said = blank.say("init", given=ANSWERS)

    told = tomllib.loads((blank.folder / "replicator.toml").read_text(encoding="utf-8"))["systems"]
    assert said.code == 0
    assert list(told) == ["medusa"]
    assert (told["medusa"]["url"], told["medusa"]["email"]) == ("http://medusa.test", "me@example.com")


def test_it_asks_what_makes_an_import_sellable(blank: Desk) -> None:
    blank.say("init", given=ANSWERS)

    told = tomllib.loads((blank.folder / "replicator.toml").read_text(encoding="utf-8"))["systems"]["medusa"]
    assert (told["currency"], told["location"], told["shipping_profile"]) == ("eur", 'The "old" mill', "Parcels")
    assert "sales_channel" not in told


def test_systems_can_be_named_and_unknown_ones_are_refused(blank: Desk) -> None:
    unknown = blank.say("init", "--yes", "--systems", "medusa,shopify")
    named = blank.say("init", "--yes", "--systems", "strapi", "--json")

    assert (unknown.code, "shopify" in unknown.err) == (2, True)
    assert named.json["systems"] == ["strapi"]


def test_the_schema_it_prints_accepts_what_we_accept(blank: Desk) -> None:
    schema = blank.say("init", "--schema").json
    blank.say("init", "--yes")

    told = tomllib.loads((blank.folder / "replicator.toml").read_text(encoding="utf-8"))

    jsonschema.validate(told, schema)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({"systems": {"x": {"kind": "unknown"}}}, schema)
    assert json.dumps(schema) == json.dumps(Settings.model_json_schema())
