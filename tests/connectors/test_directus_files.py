"""The hook extension is written once, for the names of this shop, and signs as our door has it."""

from __future__ import annotations

import json
import shutil
import subprocess
from datetime import UTC, datetime
from pathlib import Path

import pytest

from replicator.connectors import signature
from replicator.connectors.directus import Layout, files, write_files
from replicator.errors import ConfigurationError

SCRIPT = f"{files.PLACE}/index.js"
SECRETS = ["plain secret", "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="]
NODE = shutil.which("node")
SIGNING = """
import { signed } from %s;
const [body, secret, seconds] = process.argv.slice(1);
console.log(JSON.stringify(signed(body, secret, Number(seconds))));
"""


def test_it_is_written_once_and_never_over_what_says_otherwise(tmp_path: Path) -> None:
    made = write_files(tmp_path)
    again = write_files(tmp_path)
    (tmp_path / SCRIPT).write_text("// ours", "utf-8")

    assert sorted(str(path.relative_to(tmp_path)) for path in made) == [SCRIPT, f"{files.PLACE}/package.json"]
    assert again == []
    with pytest.raises(ConfigurationError, match=r"index\.js"):
        write_files(tmp_path)


def test_directus_finds_it_by_its_name() -> None:
    package = json.loads(files.contents(Layout())[f"{files.PLACE}/package.json"])

    assert package["name"] == files.NAME
    assert package["directus:extension"]["path"] == "index.js"


def test_it_knows_the_names_of_this_shop() -> None:
    layout = Layout(collections={"tag": "labels", "product": "articles"})
    script = files.contents(layout)[SCRIPT]

    assert 'new Set(["labels", "articles"])' in script
    assert '{"articles_labels": ["articles", "articles_id"]}' in script
    assert files.COLLECTIONS not in script
    assert files.OWNERS not in script


@pytest.mark.skipif(NODE is None, reason="there is no Node here: the extension runs in Directus' own")
@pytest.mark.parametrize("secret", SECRETS)
def test_its_posts_are_proven_by_their_signature(tmp_path: Path, secret: str) -> None:
    write_files(tmp_path)
    body = json.dumps({"event": "items.update", "collection": "tags", "keys": ["ä-1"]}, ensure_ascii=False)
    now = datetime.now(UTC)
    program = SIGNING % json.dumps((tmp_path / SCRIPT).as_uri())
    words = [str(NODE), "--input-type=module", "-e", program, body, secret, str(int(now.timestamp()))]
    run = subprocess.run(words, capture_output=True, check=True, text=True)
    headers = json.loads(run.stdout)

    assert signature.standard(headers, body.encode(), keys=[signature.key(secret)], now=now) == headers["webhook-id"]
