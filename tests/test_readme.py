"""The README says what is true."""

import re
import tomllib

from tests.conftest import REPOSITORY
from vae_core.cli import commands

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


def test_its_commands_exist():
    named = set(re.findall(r"python -m vae_core (\w+)", README))
    assert named == set(commands.commands)


def test_it_names_the_supported_pythons():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["requires-python"] == ">=3.11,<3.14"
    assert "Python 3.11 to 3.13" in README
