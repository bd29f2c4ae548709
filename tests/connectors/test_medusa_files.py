"""The companion's files go into a Medusa project once, and replace nothing that its people have written."""

import re
from pathlib import Path

import pytest

from replicator.connectors.medusa import unnamed, write_files
from replicator.connectors.medusa.files import MIDDLEWARES, contents
from replicator.connectors.medusa.provision import COMPANION
from replicator.errors import ConfigurationError
from replicator.sandbox.medusa import naming

OWN = 'import { defineMiddlewares } from "@medusajs/framework/http"\nexport default defineMiddlewares({ routes: [] })\n'
IMPORT = re.compile(r'from "(?P<path>\.[^"]*)"')


def test_they_are_written_once(tmp_path: Path) -> None:
    made = write_files(tmp_path)

    assert sorted(str(each.relative_to(tmp_path)) for each in made) == sorted([*contents(), MIDDLEWARES[0]])
    assert write_files(tmp_path) == []
    assert unnamed(tmp_path) is None


@pytest.mark.parametrize("place", MIDDLEWARES)
def test_a_projects_own_middlewares_stay_and_its_people_are_told_what_to_add(tmp_path: Path, place: str) -> None:
    own = tmp_path / place
    own.parent.mkdir(parents=True)
    own.write_text(OWN)
    made = [str(each.relative_to(tmp_path)) for each in write_files(tmp_path)]
    told = unnamed(tmp_path) or ""
    own.write_text(OWN.replace("[]", "[...replicatorRoutes]"))

    assert sorted(made) == sorted(contents())
    assert (place in told, "replicatorRoutes" in told) == (True, True)
    assert unnamed(tmp_path) is None


def test_a_file_that_says_otherwise_is_not_replaced_and_nothing_is_written(tmp_path: Path) -> None:
    place = tmp_path / "src/subscribers/replicator.ts"
    place.parent.mkdir(parents=True)
    place.write_text("export default () => {}\n")

    with pytest.raises(ConfigurationError, match="subscribers/replicator"):
        write_files(tmp_path)
    assert [each for each in tmp_path.rglob("*") if each.is_file()] == [place]


def test_every_file_finds_what_it_imports(tmp_path: Path) -> None:
    write_files(tmp_path)
    for file in tmp_path.rglob("*.ts*"):
        for found in IMPORT.finditer(file.read_text()):
            target = (file.parent / found["path"]).resolve()
            assert target.with_name(f"{target.name}.ts").exists(), (file, found["path"])


def test_the_route_that_provisioning_speaks_to_is_one_of_them() -> None:
    assert f"src/api{COMPANION}/route.ts" in contents()


def test_the_played_companion_tells_what_the_real_one_does() -> None:
    text = contents()["src/lib/replicator/naming.ts"]
    plain = text[text.index("const PLAIN") : text.index("const LEVELS")]

    assert set(re.findall(r'"([^"]+)"', plain)) == set(naming.PLAIN)
    for noun in naming.NAMED:
        assert f'"{noun}"' in text


def test_no_secret_reaches_the_browser() -> None:
    widget = contents()["src/admin/widgets/replicator.tsx"]

    assert re.search(r"TOKEN|SECRET|process\.env", widget) is None
