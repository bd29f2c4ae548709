"""The files for Strapi's project say what the connector needs, and overwrite nothing."""

from pathlib import Path
from typing import Any

import pytest

from replicator.connectors.strapi import Layout, files, write_files
from replicator.errors import ConfigurationError
from replicator.sandbox.strapi.shop import content_types
from replicator.sandbox.strapi.types import Attribute

LAYOUT = Layout()


def test_the_content_types_that_are_written_are_those_that_the_sandbox_plays() -> None:
    words = {("relation", "oneToOne"): "one", ("relation", "oneToMany"): "many"}
    played = content_types(companion=True)

    for each in LAYOUT.carried():
        told: Any = files.schema(LAYOUT, each)
        attributes = {
            name: Attribute(
                kind=words.get((one["type"], one.get("relation", "")), one["type"]),
                target=one.get("target", "").rpartition(".")[2],
                unique=one.get("unique", False),
                required=one.get("required", False),
            )
            for name, one in told["attributes"].items()
        }
        kind = played[told["info"]["singularName"]]

        assert (each.name, kind.plural) == (kind.catalog, told["info"]["pluralName"])
        assert attributes == dict(kind.attributes)
        assert told["options"] == {"draftAndPublish": False}


def test_files_are_written_once_and_never_over_others(tmp_path: Path) -> None:
    made = write_files(tmp_path)
    again = write_files(tmp_path)
    (tmp_path / "src/index.js").write_text("module.exports = {};\n")
    (tmp_path / "src/replicator.js").unlink()

    assert len(made) == 2 + 4 * len(LAYOUT.carried())
    assert again == []
    assert "api::product-tag.product-tag" in (tmp_path / "src/api/product-tag/routes/product-tag.js").read_text()
    assert "createCoreRouter" in (tmp_path / "src/api/product-tag/routes/product-tag.js").read_text()
    with pytest.raises(ConfigurationError, match=r"src/index\.js"):
        write_files(tmp_path)
    assert not (tmp_path / "src/replicator.js").exists()


def test_the_index_is_on_the_attribute_that_the_layout_names() -> None:
    text = files.contents(Layout(entity="our_id"))["src/replicator.js"]

    assert "const ENTITY = 'our_id';" in text
    assert "ENTITY_ATTRIBUTE" not in text
