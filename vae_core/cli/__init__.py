"""The command line: ``python -m vae_core COMMAND``.

Exit code 0 on success, 2 on bad input with one line on stderr that says what to do; reports go to
stdout, as JSON where ``--json`` asks for it; progress goes to stderr.
"""

import sys
from collections.abc import Sequence

import click

from vae_core.cli.concepts import concept
from vae_core.cli.data import datasets, fetch
from vae_core.cli.encode import encode
from vae_core.cli.models import evaluate, models
from vae_core.cli.morph import morph
from vae_core.cli.pictures import decode, manifold
from vae_core.cli.projections import project_codes
from vae_core.cli.runs import runs
from vae_core.cli.train import train

EXIT_BAD_INPUT = 2


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
def commands() -> None:
    """Latent spaces of small variational autoencoders."""


for command in (
    models,
    datasets,
    train,
    runs,
    evaluate,
    decode,
    manifold,
    morph,
    concept,
    encode,
    project_codes,
    fetch,
):
    commands.add_command(command)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave the process with its exit code."""
    try:
        code = commands.main(arguments, prog_name="python -m vae_core", standalone_mode=False)
    except click.exceptions.Exit as leaving:
        code = leaving.exit_code
    except (click.Abort, KeyboardInterrupt):
        _say("stopped")
        code = 130
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message(), err=True)
        code = EXIT_BAD_INPUT
    except click.ClickException as error:
        _say(f"{error.format_message()} (--help lists the options)")
        code = EXIT_BAD_INPUT
    except ImportError as error:
        _say(f"{error}: install requirements.txt with Python 3.11 to 3.13")
        code = EXIT_BAD_INPUT
    except (ValueError, OSError, RuntimeError) as error:
        # RuntimeError: a home folder (~name) that does not exist.
        _say(str(error))
        code = EXIT_BAD_INPUT
    sys.exit(code or 0)


def _say(message: str) -> None:
    click.echo("vae_core: " + " ".join(message.split()), err=True)
