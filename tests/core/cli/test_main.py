"""The command line in this process: reports, exit codes, one line for a mistake."""

import json
import shlex
import subprocess
import sys

import numpy as np
import pytest
from PIL import Image

from tests.support.tiny_models import folder_files, write_tiny
from vae_core import load_model
from vae_core.base.arrays import rounded_bytes
from vae_core.cli import main
from vae_core.specs import TrainingSpec


@pytest.fixture
def run(capsys):
    def call(*arguments):
        with pytest.raises(SystemExit) as leaving:
            main([str(argument) for argument in arguments])
        output = capsys.readouterr()
        return leaving.value.code, output.out, output.err

    return call


def test_models_are_listed_as_json(run):
    code, out, _ = run("models", "--json")
    assert code == 0
    rows = {row["name"]: row for row in json.loads(out)}
    assert set(rows["mnist-2d"]) == {"name", "dataset", "latent_dim", "network", "metrics"}
    assert rows["mnist-2d"]["latent_dim"] == 2
    assert rows["mnist-2d"]["metrics"]["neg_elbo"] < 140


def test_damaged_models_are_named_and_the_others_listed(run, temporary_home):
    folder = write_tiny(temporary_home / "models" / "broken")
    (folder.path / "decoder.onnx").unlink()
    code, out, err = run("models", "--json")
    assert code == 0
    assert "broken: decoder.onnx is missing" in err
    assert "mnist-2d" in out


def test_models_whose_codes_are_damaged_are_named(run, temporary_home):
    write_tiny(temporary_home / "models" / "far", files={**folder_files(), "latents.npz": b"no archive"})
    code, out, err = run("models")
    assert code == 0
    assert "far: latents.npz cannot be read" in err
    assert "far " not in out


def test_data_sets_are_listed_as_json(run):
    code, out, _ = run("datasets", "--json")
    assert code == 0
    rows = {row["name"]: row for row in json.loads(out)}
    assert rows["digits"]["here"] is True
    assert rows["mnist"]["here"] is False
    assert rows["mnist"]["download_bytes"] > 10_000_000


@pytest.mark.parametrize(
    "arguments", [["models"], ["datasets"], ["fetch", "digits"], ["--help"], ["train", "-h"]]
)
def test_plain_reports_succeed(run, arguments):
    code, out, _ = run(*arguments)
    assert code == 0
    assert out.strip()


def test_decode_writes_the_picture_of_the_code(run, tmp_path):
    out = tmp_path / "x.png"
    assert run("decode", "digits-2d", "--z", "-0.5,1.2", "--out", out, "--scale", 2)[0] == 0
    expected = rounded_bytes(load_model("digits-2d").decode([[-0.5, 1.2]])[0, ..., 0])
    np.testing.assert_array_equal(np.asarray(Image.open(out))[::2, ::2], expected)


def test_evaluate_reports_the_shipped_figures(run):
    code, out, _ = run("evaluate", "digits-2d", "--dataset", "digits", "--json")
    assert code == 0
    figures = json.loads(out)
    shipped = load_model("digits-2d").metrics["test"]
    assert set(figures) == set(shipped)
    assert figures["images"] == 360
    assert figures["neg_elbo"] == pytest.approx(shipped["neg_elbo"], abs=0.01)


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["decode", "nobody", "--z", "0,0", "--out", "x.png"], "'nobody' is no model"),
        (["decode", "digits-2d", "--z", "0,nan", "--out", "x.png"], "'nan'"),
        (["decode", "digits-2d", "--z", "0,one", "--out", "x.png"], "'one'"),
        (["decode", "digits-2d", "--z", "0", "--out", "x.png"], "(n, 2)"),
        (["decode", "digits-2d", "--z", "0,0", "--out", "x.gif"], "'.gif'"),
        (["decode", "digits-2d", "--z", "0,0", "--out", "x.png", "--scale", "0"], "scale"),
        (["decode", "digits-2d", "--z", "0,0"], "--out"),
        (["evaluate", "digits-2d", "--dataset", "nothing"], "'nothing' is no data set"),
        (["fetch", "nothing"], "'nothing' is no data set"),
        (
            ["train", "--dataset", "nothing", "--network", "dense", "--out", "{new}"],
            "'nothing' is no data set",
        ),
        (["train", "--dataset", "digits", "--network", "deep", "--out", "{new}"], "network is 'deep'"),
        (
            ["train", "--dataset", "digits", "--network", "dense", "--latent-dim", "0", "--out", "{new}"],
            "latent_dim is 0",
        ),
        (["train", "--dataset", "digits", "--network", "dense", "--epochs", "x", "--out", "{new}"], "'x'"),
        (
            ["train", "--dataset", "digits", "--network", "dense", "--hidden-units", "a", "--out", "{new}"],
            "'a'",
        ),
        (["train", "--dataset", "digits", "--network", "dense", "--out", "{old}"], "exists already"),
        (["train", "--dataset", "digits", "--network", "dense", "--out", "{file}/model"], "cannot be"),
        (["train", "--dataset", "digits", "--network", "dense", "--out", "{new} Name"], "the model's name"),
        (["decode", "digits-2d", "--z", "1e38,0", "--out", "x.png"], "expected at most"),
        (["decode", "x" * 5000, "--z", "0,0", "--out", "x.png"], "vae_core:"),
        (["decode", "~nosuchuser/x", "--z", "0,0", "--out", "x.png"], "home"),
        (["train", "--spec", "{incomplete}", "--out", "{new}"], "dataset: Field required"),
        (["train", "--dataset", "digits", "--network", "dense"], "--out is missing"),
        (["train", "--resume", "{old}"], "is no run folder"),
        (["train", "--resume", "{old}", "--seed", "3"], "leave out the others"),
        (["fetch", "mnist", "--classes", "3"], "is fetched whole"),
        (["fetch", "quickdraw", "--classes", "../x"], "is no name of a Quick, Draw! class"),
        (["paint"], "paint"),
        (["models", "--colour"], "--colour"),
    ],
)
def test_a_mistake_gets_exit_code_2_and_one_line(run, tmp_path, arguments, words):
    (tmp_path / "old").mkdir()
    (tmp_path / "file").write_text("")
    (tmp_path / "incomplete").write_text('{"network": "dense"}')
    places = {name: tmp_path / name for name in ("new", "old", "file", "incomplete")}
    code, out, err = run(*[argument.format(**places) for argument in arguments])
    assert code == 2
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert not (tmp_path / "new").exists()


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (["--latent-dim", "10000"], "latent_dim is 10000"),
        (["--learning-rate", "0"], "learning_rate is 0"),
        (["--learning-rate", "-1"], "learning_rate is -1"),
        (["--learning-rate", "nan"], "learning_rate"),
        (["--learning-rate", "7"], "less than or equal to 1"),
        (["--minutes", "0"], "minutes is 0"),
        (["--beta", "inf"], "beta"),
        (["--likelihood", "poisson"], "likelihood.kind is 'poisson'"),
        (["--variance", "-1"], "likelihood.variance is -1"),
        (["--likelihood", "bernoulli", "--variance", "1"], "bernoulli takes none"),
        (["--likelihood", "bernoulli", "--learned-variance"], "variance to learn"),
        (["--free-bits", "1", "--capacity", "3"], "give one of them"),
        (["--family", "autoencoder", "--stop-at-kl", "3"], "no KL term"),
        (["--filters", "8"], "filters is no setting of network dense"),
        (["--classes", "3,zebra"], "'zebra' is no class of digits"),
        (["--classes", "3,3"], "each may be named once"),
        (["--classes", "../x"], "classes.0"),
        (["--spec", "{file}"], "is not JSON"),
        (["--spec", "{nothing}"], "no such file"),
        (["--spec", "{unknown}"], "colour: Extra inputs"),
        (["--strategy", "wild"], "wild"),
        (["--images", "1"], "1 image cannot be divided"),
        (["--tensorboard", "{file}/board"], "cannot be written"),
        (["--network", "chollet-conv", "--filters", "8"], "needs 2 or more"),
    ],
)
def test_a_wrong_setting_gets_exit_code_2_and_one_line(run, tmp_path, options, words):
    (tmp_path / "file").write_text("")
    (tmp_path / "unknown").write_text('{"colour": 1}')
    places = {name: tmp_path / name for name in ("file", "nothing", "unknown")}
    plain = ("--dataset", "digits", "--network", "dense", "--out", tmp_path / "new")
    code, out, err = run("train", *plain, *[option.format(**places) for option in options])
    assert code == 2
    assert out == ""
    assert words in err
    assert err.count("\n") == 1
    assert not (tmp_path / "new").exists()


def test_a_mistake_is_refused_before_tensorflow_is_loaded():
    script = """
import sys
from vae_core.cli import main
try:
    main("train --dataset digits --network dense --latent-dim 0 --out x".split())
except SystemExit as leaving:
    print(leaving.code, "tensorflow" in sys.modules, "keras" in sys.modules)
"""
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["2", "False", "False"]


def settings(*options):
    """What the command line makes of these options."""
    import click

    from vae_core.cli.settings import setting_options, training_settings

    found = {}

    @setting_options
    def command(**given):
        found.update(training_settings(None, given))

    click.command()(command).main([*options], standalone_mode=False)
    return found


@pytest.mark.parametrize(
    ("options", "likelihood"),
    [
        (["--dataset", "faces", "--learned-variance"], ("gaussian", 0.04, True)),
        (["--dataset", "digits", "--learned-variance"], ("gaussian", 0.0025, True)),
        (["--dataset", "faces", "--variance", "0.1"], ("gaussian", 0.1, False)),
        (["--dataset", "faces", "--likelihood", "bernoulli"], ("bernoulli", None, False)),
        (["--network", "linear", "--likelihood", "gaussian"], ("gaussian", 0.5, False)),
    ],
)
def test_options_of_the_likelihood_start_from_what_the_data_have(options, likelihood):
    found = settings(*options)["likelihood"]
    assert (found["kind"], found["variance"], found["learned"]) == likelihood


def test_none_takes_away_what_the_preset_has():
    spec = TrainingSpec.checked(settings("--network", "strided-conv", "--images", "none"))
    assert spec.images is None
    assert "--images none" in spec.command("mine")


def test_the_command_of_a_spec_makes_that_spec():
    for values in (
        {"network": "selu-conv", "epochs": 3, "filters": (8, 16)},
        {"network": "strided-conv", "images": None, "minutes": 2.5},
        {"network": "best", "dataset": "faces", "likelihood": {"kind": "gaussian", "variance": 0.1}},
        {"network": "fast", "likelihood": {"kind": "gaussian", "variance": 0.2, "learned": True}},
        {"network": "dense", "dataset": "digits", "classes": ("1", "7"), "capacity": 4.0, "beta": 9.0},
        {"network": "denoising", "corruption": "masking", "early_stopping": 4},
    ):
        spec = TrainingSpec.checked(values)
        words = shlex.split(spec.command("mine"))[4:-2]
        assert TrainingSpec.checked(settings(*words)) == spec
