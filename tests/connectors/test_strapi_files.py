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
                default=one.get("default"),
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
    factory = (tmp_path / "src/api/product-tag/routes/product-tag.js").read_text()
    (tmp_path / "src/api/product-tag/routes/product-tag.js").write_text("module.exports = {};\n")
    (tmp_path / "src/replicator.js").unlink()

    assert len(made) == 3 + 4 * len(LAYOUT.carried()) + 4
    assert again == []
    assert "createCoreRouter('api::product-tag.product-tag')" in factory
    with pytest.raises(ConfigurationError, match="routes/product-tag"):
        write_files(tmp_path)
    assert not (tmp_path / "src/replicator.js").exists()


@pytest.mark.parametrize("name", ["index.js", "index.ts"])
def test_a_projects_own_index_stays_and_is_told_what_to_call(tmp_path: Path, name: str) -> None:
    index = tmp_path / "src" / name
    index.parent.mkdir()
    index.write_text("module.exports = {};\n")
    made = [str(each.relative_to(tmp_path)) for each in write_files(tmp_path)]
    told = files.unnamed(tmp_path)
    index.write_text("const replicator = require('./replicator');\n")

    assert "src/replicator.js" in made
    assert "src/index.js" not in made
    assert told is not None
    assert f"src/{name}" in told
    assert files.unnamed(tmp_path) is None


def test_the_index_is_on_the_attribute_that_the_layout_names() -> None:
    text = files.contents(Layout(entity="our_id"))["src/replicator.js"]

    assert "const ENTITY = 'our_id';" in text
    assert "ENTITY_ATTRIBUTE" not in text
