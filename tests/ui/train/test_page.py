"""The Train page in AppTest, with a worker that only pretends: every state, and what is refused."""

import contextlib
import json
import re
import sys
import time

import pytest

from tests.conftest import REPOSITORY
from tests.ui.explore.test_page import texts
from tests.ui.frame.test_pages import opened, parameter, warning
from ui.train.choices import default_dataset, problems_with, start_of
from ui.train.estimate import duration, in_words
from ui.train.results import zipped
from vae_core import load_model
from vae_core.datasets import DATASETS
from vae_core.runs.control import ask
from vae_core.runs.folder import RunSpec, create_run
from vae_core.runs.process import is_live
from vae_core.runs.queue import queued, submit
from vae_core.runs.status import all_runs, find_run, status_of
from vae_core.specs import TrainingSpec

TRAIN = "pages/5_Train.py"
OWNER = "0" * 64
# Says that it trains, two epochs a moment, and then waits for minutes to be told what to do.
PRETENDER = """
import os, sys, time
from vae_core.runs.control import clear, wanted
from vae_core.runs.status import find_run

run = find_run(sys.argv[1])
run.append("started", process=os.getpid())
for epoch in range(1, 12_000):
    losses = {"loss": 200.0 / epoch, "reconstruction_loss": 190.0 / epoch, "kl_loss": 10.0 / epoch}
    if epoch < 500:
        run.append("epoch", epoch=epoch, epochs=500, share=epoch / 500, seconds=epoch * 0.1, seconds_left=9.0,
                   images_per_second=1234.0, losses=losses, validation=losses)
    word = wanted(run)
    if word:
        clear(run)
        run.append({"pause": "paused", "discard": "discarded", "finish": "failed"}[word],
                   **({"reason": "pretended"} if word == "finish" else {}))
        break
    time.sleep(0.05)
"""


@pytest.fixture
def pretender(monkeypatch, tmp_path):
    script = tmp_path / "pretender.py"
    script.write_text(f"import sys\nsys.path.insert(0, {str(REPOSITORY)!r})\n{PRETENDER}")
    monkeypatch.setattr(
        "vae_core.runs.queue.worker_command", lambda run_id: [sys.executable, str(script), run_id]
    )
    yield
    for run in all_runs():
        with contextlib.suppress(ValueError):
            ask(run, "discard")
    wait_for(lambda: all(status_of(run).state not in ("starting", "running") for run in all_runs()))


def wait_for(condition, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, [
            (status_of(run).state, status_of(run).reason) for run in all_runs()
        ]
        time.sleep(0.05)


def a_run(**settings):
    name = settings.pop("name", "mine")
    return submit(TrainingSpec.checked({"dataset": "digits", "network": "dense", **settings}), name, OWNER)


def test_a_fresh_install_trains_with_one_press(pretender):
    app = opened(TRAIN)
    assert default_dataset() == "digits"
    app.button(key="train.go").click().run()
    assert not app.exception
    (run,) = all_runs()
    assert parameter(app, "job") == run.id
    assert run.spec.training == TrainingSpec.checked(start_of("digits"))
    assert run.model_name == "my-digits-2d"
    wait_for(lambda: (app.run(), status_of(find_run(run.id)).epoch > 3)[1])
    app.run()
    assert re.search(
        r"epoch \d+ of 500|epoch \d+", texts(app) + str([one.proto for one in app.get("progress")])
    )


def test_a_double_click_makes_one_run(pretender, monkeypatch):
    monkeypatch.setattr("ui.train.form.DOUBLE_CLICK_SECONDS", 180.0)
    app = opened(TRAIN)
    app.button(key="train.go").click().run()
    (run,) = all_runs()
    # The second press comes from a page that does not know of the first yet.
    app.query_params.pop("job")
    app.run()
    app.button(key="train.go").click().run()
    assert [one.id for one in all_runs()] == [run.id]
    assert parameter(app, "job") == run.id


def test_a_second_press_is_the_first_one_however_long_that_takes(pretender, monkeypatch):
    monkeypatch.setattr("ui.train.form.DOUBLE_CLICK_SECONDS", -1.0)
    app = opened(TRAIN)
    form = app._tree
    app.button(key="train.go").click().run()
    (run,) = all_runs()
    app.query_params.pop("job")
    # What the browser had before the first press.
    app._tree = form
    app.button(key="train.go").click().run()
    assert [one.id for one in all_runs()] == [run.id]
    assert parameter(app, "job") == run.id
    app.query_params.pop("job")
    app.run()
    app.button(key="train.go").click().run()
    assert len(all_runs()) == 2


def test_two_presses_of_two_visitors_make_two_runs_of_two_names(pretender):
    for _ in range(2):
        opened(TRAIN).button(key="train.go").click().run()
    assert {run.model_name for run in all_runs()} == {"my-digits-2d", "my-digits-2d-2"}


def test_a_typed_name_that_is_being_trained_is_refused(pretender):
    a_run(name="mine")
    app = opened(TRAIN)
    app.text_input(key="train.name").set_value("mine").run()
    app.button(key="train.go").click().run()
    assert "is not finished yet" in warning(app)
    assert len(all_runs()) == 1


def test_two_visitors_queue_and_one_trains(pretender):
    for name in ("first", "second"):
        app = opened(TRAIN)
        app.text_input(key="train.name").set_value(name).run()
        app.button(key="train.go").click().run()
    states = {status_of(run).name: status_of(run).state for run in all_runs()}
    assert states["first"] in ("starting", "running")
    assert states["second"] == "queued"
    assert "number 1 in the queue" in texts(app)


@pytest.mark.parametrize(
    ("field", "text", "words"),
    [
        ("beta", "-1", "greater than or equal to 0"),
        ("learning_rate", "fast", "valid number"),
        ("learning_rate", "inf", "finite"),
        ("epochs", "0", "greater than or equal to 1"),
        ("hidden_units", "12,x", "valid integer"),
        ("batch_size", "1.5", "valid integer"),
        ("filters", "8,8", "no setting of network dense"),
        ("classes", "<b>", "match pattern"),
        ("seed", "9" * 50, "less than"),
    ],
)
def test_each_bad_setting_is_refused_beside_its_control(field, text, words):
    app = opened(TRAIN)
    app.text_input(key=f"train.expert.{field}").set_value(text).run()
    assert not app.exception
    assert words in warning(app)
    assert app.button(key="train.go").disabled
    assert not all_runs()


def test_settings_that_do_not_agree_are_said():
    app = opened(TRAIN)
    app.text_input(key="train.expert.free_bits").set_value("1")
    app.text_input(key="train.expert.capacity").set_value("3").run()
    assert "give one of them" in warning(app)


def test_expert_settings_reach_the_run(pretender):
    app = opened(TRAIN)
    app.text_input(key="train.expert.beta").set_value("4")
    app.text_input(key="train.expert.hidden_units").set_value("64, 32")
    app.selectbox(key="train.expert.kl_schedule").select("linear").run()
    app.button(key="train.go").click().run()
    training = all_runs()[0].spec.training
    assert (training.beta, training.hidden_units, training.kl_schedule) == (4.0, (64, 32), "linear")


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("{", "not a JSON object"),
        ("[1]", "not a JSON object"),
        ("[" * 50_000, "not a JSON object"),
        ('{"network": "dense"}', "Field required"),
        ('{"dataset": "digits", "network": "dense", "latent_dim": 0}', "greater than or equal to 1"),
        ('{"dataset": "digits", "network": "dense", "evil": 1}', "not permitted"),
        ('{"dataset": "nowhere", "network": "dense"}', "expected one of digits"),
    ],
)
def test_pasted_settings_are_checked(text, words):
    app = opened(TRAIN)
    app.text_area(key="train.json").set_value(text).run()
    assert not app.exception
    assert words in "\n".join(re.sub(r"\\(.)", r"\1", one.value) for one in app.warning)


def test_pasted_settings_are_used(pretender):
    app = opened(TRAIN)
    text = json.dumps({"dataset": "digits", "network": "conv", "latent_dim": 5, "epochs": 7})
    app.text_area(key="train.json").set_value(text).run()
    app.button(key="train.go").click().run()
    training = all_runs()[0].spec.training
    assert (training.network, training.latent_dim, training.epochs) == ("conv", 5, 7)


@pytest.mark.parametrize("name", ["Bad Name", "../evil", "mnist-2d"])
def test_names_that_cannot_be_are_refused(name):
    app = opened(TRAIN)
    app.text_input(key="train.name").set_value(name).run()
    assert "name" in warning(app) or "already" in warning(app)
    assert app.button(key="train.go").disabled


def press(app, label):
    next(button for button in app.button if button.label == label).click()
    app.run()
    assert not app.exception, app.exception
    return app


def test_pause_resume_discard_delete_undo(pretender):
    app = opened(TRAIN)
    app.button(key="train.go").click().run()
    (run,) = all_runs()
    wait_for(lambda: status_of(run).state == "running")
    app.run()
    press(app, "Pause")
    wait_for(lambda: status_of(run).state == "paused" and not is_live(run))
    press(app.run(), "Resume")
    wait_for(lambda: status_of(run).state == "running")
    press(app.run(), "Cancel and discard")
    wait_for(lambda: status_of(run).state == "discarded" and not is_live(run))
    press(app.run(), "Delete")
    assert not all_runs()
    assert "was deleted" in texts(app)
    press(app, "Undo")
    assert [one.id for one in all_runs()] == [run.id]


def test_a_run_that_failed_says_why(pretender):
    app = opened(TRAIN)
    app.button(key="train.go").click().run()
    (run,) = all_runs()
    wait_for(lambda: status_of(run).state == "running")
    press(app.run(), "Stop and keep")
    wait_for(lambda: status_of(run).state == "failed")
    app.run()
    assert "pretended" in warning(app)


@pytest.mark.parametrize("job", ["nobody", "../../etc", "x" * 500, "00000000-0000-4000-8000-000000000000"])
def test_an_address_of_no_run_says_so(job):
    app = opened(TRAIN, job=job)
    assert "There is no run at this address" in warning(app)


def test_a_run_deleted_while_shown_says_so(pretender, temporary_home):
    import shutil

    run = a_run()
    app = opened(TRAIN, job=run.id)
    shutil.rmtree(run.path)
    app.run()
    assert not app.exception
    assert "There is no run at this address" in warning(app)


def test_somebody_elses_run_can_only_be_looked_at(monkeypatch):
    monkeypatch.setattr("ui.server.ownership.is_operator", lambda: False)
    run = a_run()
    app = opened(TRAIN, job=run.id)
    assert "Somebody else started this run" in texts(app)
    assert not any(button.label == "Cancel and discard" for button in app.button)


def test_the_public_mode_trains_nothing(monkeypatch):
    monkeypatch.setenv("LATENT_LAB_PUBLIC", "1")
    run = a_run()
    app = opened(TRAIN)
    assert "nobody trains" in texts(app)
    assert not any(button.key == "train.go" for button in app.button)
    app = opened(TRAIN, job=run.id)
    assert not any(button.label in ("Cancel and discard", "Duplicate with changes") for button in app.button)


def test_duplicate_fills_the_form_with_the_runs_settings(pretender):
    run = a_run(beta=3.0, latent_dim=7)
    app = opened(TRAIN, job=run.id)
    press(app, "Duplicate with changes")
    assert json.loads(app.text_area(key="train.json").value)["beta"] == 3.0
    app.button(key="train.go").click().run()
    assert {one.spec.training.latent_dim for one in all_runs()} == {7}
    assert len(all_runs()) == 2


def test_another_model_of_the_name_is_not_taken_for_the_runs_own(tmp_path):
    spec = TrainingSpec.checked({"dataset": "digits", "network": "dense"})
    run = create_run(RunSpec(training=spec, out=str(tmp_path / "mnist-2d")))
    run.append("finished", out=run.spec.out, ended="epochs", metrics={"neg_elbo": 1.0})
    app = opened(TRAIN, job=run.id)
    assert "no longer here" in warning(app)
    assert not app.get("download_button")


def test_damaged_runs_do_not_harm_the_page(temporary_home):
    folder = temporary_home / "runs" / "00000000-0000-4000-8000-000000000001"
    folder.mkdir(parents=True)
    (folder / "spec.json").write_text("{")
    run = a_run()
    (run.path / "events.jsonl").write_bytes(b'{"event": "epoch", "epoch": "x", "losses": 7}\n{"half')
    app = opened(TRAIN)
    assert not app.exception
    opened(TRAIN, job=run.id)


@pytest.mark.parametrize("dataset", list(DATASETS))
def test_the_starting_settings_of_every_data_set_are_good(dataset):
    assert problems_with(start_of(dataset)) == {}


def test_a_zip_holds_the_whole_folder():
    import io
    import zipfile

    model = load_model("digits-2d")
    names = set(zipfile.ZipFile(io.BytesIO(zipped(model.folder.path))).namelist())
    assert {f"digits-2d/{name}" for name in ("spec.json", *model.spec.files)} <= names


def test_durations_are_said_as_people_say_them():
    assert [duration(value) for value in (2.34, 61, 150, 36_000)] == ["2.3 s", "61 s", "2 min", "10.0 h"]
    result = {"total_seconds": 65, "start_seconds": 8, "seconds_per_epoch": 1.25, "images_per_second": 40_000}
    assert in_words(result).startswith("About 65 s here: 8.0 s to start, then 1.2 s an epoch")


def test_the_queue_is_empty_at_first():
    assert queued() == []
