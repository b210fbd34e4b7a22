"""What happens before the first page: the Python that is refused, and the settings of the server."""

import subprocess
import sys
import tomllib

import pytest

from tests.conftest import REPOSITORY
from ui.server.python_version import python_problem

PRETEND = """
import collections, runpy, sys
Version = collections.namedtuple("Version", "major minor micro releaselevel serial")
sys.version_info = Version({version}, 0, "final", 0)
runpy.run_path("app.py", run_name="app")
"""


@pytest.mark.parametrize("version", [(3, 11), (3, 12), (3, 13)])
def test_supported_pythons_have_no_problem(version):
    assert python_problem(version) is None


@pytest.mark.parametrize("version", [(3, 9), (3, 10), (3, 14), (4, 0)])
def test_a_python_without_tensorflow_is_refused_when_the_app_starts(version):
    script = PRETEND.format(version=f"{version[0]}, {version[1]}")
    done = subprocess.run(
        [sys.executable, "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False
    )
    assert done.returncode == 1
    assert f"this is Python {version[0]}.{version[1]}" in done.stderr
    assert "needs Python 3.11 to 3.13, because TensorFlow does" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_server_is_careful_by_default():
    with (REPOSITORY / ".streamlit" / "config.toml").open("rb") as file:
        config = tomllib.load(file)
    assert config["runner"]["postScriptGC"] is False
    assert config["server"]["maxUploadSize"] == 20
    assert "localhost" in config["server"]["allowedHosts"]
    assert config["client"]["showErrorDetails"] == "none"
    assert config["browser"]["gatherUsageStats"] is False
    assert {"light", "dark"} <= set(config["theme"])
