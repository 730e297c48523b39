"""The built wheel carries the models, and finds them away from the checkout."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from bayes_alliance.specification import load_model
from bayes_alliance.specification.catalogue import references

ROOT = Path(__file__).parents[1]
MODELS = ROOT / "models"
LOOK = """
import json, sys
sys.path.insert(0, sys.argv[1])
import bayes_alliance
from bayes_alliance.specification import list_models, load_model
from bayes_alliance.specification.catalogue import catalogue, references
names = list(list_models()["name"])
print(json.dumps({
    "package": bayes_alliance.__file__,
    "catalogue": str(catalogue()),
    "models": {name: load_model(name).to_toml() for name in names},
    "references": sorted(references()),
}))
"""


@pytest.mark.builds
def test_an_installed_package_has_the_models(tmp_path: Path) -> None:
    built = subprocess.run(
        [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", tmp_path, ROOT],
        capture_output=True,
        text=True,
        check=False,
    )
    assert built.returncode == 0, built.stdout + built.stderr
    (wheel,) = tmp_path.glob("*.whl")
    site = tmp_path / "site"
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(site)
    shipped = {file.name: file.read_bytes() for file in (site / "bayes_alliance/models").iterdir()}
    assert shipped == {file.name: file.read_bytes() for file in MODELS.iterdir()}

    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    looked = subprocess.run(
        [sys.executable, "-c", LOOK, site],
        cwd=elsewhere,
        capture_output=True,
        text=True,
        check=False,
    )
    assert looked.returncode == 0, looked.stderr
    found = json.loads(looked.stdout)
    assert Path(found["package"]).is_relative_to(site)
    assert Path(found["catalogue"]) == site / "bayes_alliance/models"
    names = sorted(file.stem for file in MODELS.glob("*.toml"))
    assert found["models"] == {name: load_model(name).to_toml() for name in names}
    assert found["references"] == sorted(references())
