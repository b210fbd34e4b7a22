"""The README says what is true."""

import re
import tomllib

import pytest

from tests.conftest import REPOSITORY
from vae_core import list_models
from vae_core.cli import commands
from vae_core.datasets import DATASETS
from vae_core.specs import NETWORK_NAMES

README = (REPOSITORY / "README.md").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, flags=re.DOTALL)


def test_continuous_integration_runs_the_command_of_the_readme():
    install_and_test = next(block.strip() for block in blocks("sh") if "requirements-dev.txt" in block)
    quiet = (REPOSITORY / ".ci" / "run").read_text().replace("install -q", "install")
    assert install_and_test in quiet


def test_its_links_lead_somewhere():
    targets = re.findall(r"\]\(([^)#]+)\)", README)
    assert "docs/explore.png" in targets
    for target in targets:
        if not target.startswith("http"):
            assert (REPOSITORY / target).exists(), target


def test_its_python_runs(capsys):
    exec(compile(blocks("python")[0], "README.md", "exec"), {})
    assert "(5, 28, 28, 1)" in capsys.readouterr().out


@pytest.mark.slow
def test_its_transformer_runs(capsys):
    exec(compile(blocks("python")[1], "README.md", "exec"), {})
    assert "(150, 2)" in capsys.readouterr().out


def test_it_names_every_network_data_set_and_model():
    for name in (*NETWORK_NAMES, *DATASETS):
        assert f"`{name}`" in README, name
    for model in list_models():
        row = next(line for line in README.splitlines() if line.startswith(f"| `{model.name}` |"))
        test = model.metrics["test"]
        figure = test["reconstruction"] if test["neg_elbo"] is None else test["neg_elbo"]
        assert f"{figure:,.1f}".replace("-", "−") in row, row


def test_its_commands_exist():
    named = set(re.findall(r"python -m vae_core (\w+)", README))
    assert named == set(commands.commands)


def test_it_names_the_supported_pythons():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "Python 3.11 to 3.13" in README
