"""Downloads in place: progress, cancelling, failure, and who may start them."""

import json
import sys
import threading
import time
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from streamlit.testing.v1 import AppTest

from tests.conftest import REPOSITORY
from tests.core.datasets.test_quickdraw import server as quickdraw_server  # noqa: F401 - a fixture
from tests.support.tiny_models import write_tiny
from ui.jobs import downloads
from vae_core.base.home import data_folder
from vae_core.datasets import quickdraw
from vae_core.maps.originals import held_out_split, originals_are_here
from vae_core.specs import TrainingSpec

MNIST = TrainingSpec.checked({"dataset": "mnist", "network": "dense"})
HALF_OF_ONE = {"file": "train-images-idx3-ubyte.gz", "bytes": 5_000_000, "total": 9_912_422}
ALL_OF_ANOTHER = {"file": "train-labels-idx1-ubyte.gz", "bytes": 28_881, "total": 28_881}
DOODLES = {"dataset": "quickdraw", "network": "dense", "classes": ("cat", "hot dog"), "images_per_class": 50}


@pytest.fixture(autouse=True)
def no_download_is_left():
    yield
    for name in list(downloads._downloads):
        downloads.cancel(name)


@pytest.fixture
def fake(monkeypatch, tmp_path):
    """Puts a script in place of ``python -m vae_core``."""

    def use(script):
        path = tmp_path / "fake.py"
        path.write_text(f"import sys\nsys.path.insert(0, {str(REPOSITORY)!r})\n{script}")
        monkeypatch.setattr(downloads, "COMMAND", (sys.executable, str(path)))

    return use


def eventually(condition, seconds=180):
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def waiting_for(gate):
    """Script text that goes on once the file ``gate`` is there."""
    return f"import pathlib, time\nwhile not pathlib.Path({str(gate)!r}).exists(): time.sleep(0.01)\n"


def told(*lines):
    """Script text that prints these lines as JSON."""
    return "".join(f"print({json.dumps(json.dumps(line))}, flush=True)\n" for line in lines)


def test_progress_counts_the_bytes_of_all_files(fake, tmp_path):
    gate = tmp_path / "gate"
    earlier = {**HALF_OF_ONE, "bytes": 1_000}
    fake(told(ALL_OF_ANOTHER, earlier, HALF_OF_ONE) + waiting_for(gate))
    download = downloads.start(MNIST)
    eventually(lambda: download.progress().received == 5_028_881)
    assert download.total == 11_594_722
    assert download.progress().share == pytest.approx(5_028_881 / 11_594_722)
    assert download.is_running()
    assert download.failure() is None
    download.started = time.monotonic() - 10
    progress = download.progress()
    assert progress.seconds >= 10
    ten_seconds = replace(progress, seconds=10.0)
    assert ten_seconds.text().startswith("5.0 of 11.6 MB, about 13 s left")
    gate.touch()
    eventually(lambda: not download.is_running())
    assert download.failure() is None


def test_the_time_left_is_that_of_the_pace_so_far():
    assert downloads.Progress(2_000_000, 8_000_000, 10).seconds_left == 30
    assert downloads.Progress(2_000_000, 8_000_000, 60).text() == "2.0 of 8.0 MB, about 3 min 00 s left"
    assert downloads.Progress(0, 0, 5).share == 0


class Ended:
    """A process that is over."""

    def poll(self):
        return 1


def test_of_a_long_log_each_part_is_read_once_and_its_end_counts(tmp_path, monkeypatch):
    monkeypatch.setattr(downloads, "MAXIMUM_PART_BYTES", 200)
    log = tmp_path / "a.log"
    lines = [json.dumps({"file": "a", "bytes": number}) for number in range(100)]
    log.write_text("\n".join([*lines, "x" * 1_000, '{"file": "b", "bytes": 7}', '{"file": "b", "by']))
    download = downloads.Download(Ended(), log, 1_000)
    for _ in range(40):
        download.progress()
    assert download.progress().received == 99 + 7
    with log.open("a") as file:
        file.write('tes": 9}\nvae_core: no space: free some\n')
    assert download.progress().received == 99 + 9
    assert download.failure() == "no space: free some"
    log.write_text("")
    assert download.progress().received == 99 + 9


def test_junk_in_the_log_is_no_progress(fake, tmp_path):
    gate = tmp_path / "gate"
    junk = ["[", "7", "null", '{"file": 1}', '{"file": "a", "bytes": "x"}', '{"file": "a", "bytes": 1e999}']
    printed = "".join(f"print({line!r}, flush=True)\n" for line in junk)
    fake(printed + told(ALL_OF_ANOTHER) + waiting_for(gate))
    download = downloads.start(MNIST)
    eventually(lambda: download.progress().received == 28_881)
    gate.touch()


def test_before_the_first_bytes_no_time_is_promised(fake, tmp_path):
    fake(waiting_for(tmp_path / "never"))
    download = downloads.start(MNIST)
    assert download.progress().seconds_left is None
    assert download.progress().text() == "0.0 of 11.6 MB, connecting"


def test_two_visitors_share_one_download_and_it_is_told_what_to_fetch(fake, tmp_path):
    keep_words = f"open({str(tmp_path / 'words')!r}, 'a').write(repr(sys.argv[1:]))\n"
    fake(keep_words + waiting_for(tmp_path / "never"))
    doodles = TrainingSpec.checked({**DOODLES, "images_per_class": None})
    assert downloads.start(doodles) is downloads.start(doodles)
    assert downloads.download_of("quickdraw") is downloads.start(doodles)
    assert downloads.download_of("mnist") is None
    eventually(lambda: (tmp_path / "words").exists() and (tmp_path / "words").read_text())
    words = ["fetch", "quickdraw", "--classes=cat,hot dog", "--images-per-class=10000", "--json-progress"]
    assert (tmp_path / "words").read_text() == repr(words)


def test_a_failure_is_the_commands_own_line_and_can_be_tried_again(fake):
    fake("print('vae_core: first', file=sys.stderr)\nsys.exit('vae_core: the server is asleep: try again')")
    download = downloads.start(MNIST)
    eventually(lambda: not download.is_running())
    assert download.failure() == "the server is asleep: try again"
    assert downloads.start(MNIST) is not download


def test_a_process_that_ends_without_a_word_points_to_its_log(fake):
    fake("sys.exit(3)")
    download = downloads.start(MNIST)
    eventually(lambda: not download.is_running())
    assert str(download.log) in download.failure()


def test_a_home_that_cannot_be_written_is_one_line(temporary_home):
    (temporary_home / "downloads").write_text("")
    with pytest.raises(ValueError, match=r"cannot write to .*VAE_CORE_HOME"):
        downloads.start(MNIST)
    assert downloads.download_of("mnist") is None


FETCH_FROM = """
from vae_core.datasets import mnist, quickdraw
quickdraw.BASE_URL = {url!r}
object.__setattr__(mnist.FILES, "base_url", {url!r})
from vae_core.cli import main
main(sys.argv[1:])
"""


def test_the_command_brings_drawings_and_tells_how_far_it_is(quickdraw_server, fake):  # noqa: F811
    of_small_files = "from vae_core.datasets import ranges\nranges.PROGRESS_FROM = 0\n"
    fake(of_small_files + FETCH_FROM.format(url=quickdraw.BASE_URL))
    doodles = TrainingSpec.checked(DOODLES)
    download = downloads.start(doodles)
    eventually(lambda: not download.is_running())
    assert download.failure() is None
    assert download.progress().share == 1
    assert originals_are_here(doodles)
    assert len(held_out_split(doodles)) == 10


def test_an_answer_of_no_use_is_told(quickdraw_server, fake):  # noqa: F811
    quickdraw_server.behaviour = "missing"
    fake(FETCH_FROM.format(url=quickdraw.BASE_URL))
    download = downloads.start(MNIST)
    eventually(lambda: not download.is_running())
    assert "train-images-idx3-ubyte.gz answered 404: try again" in download.failure()


class Stalling(BaseHTTPRequestHandler):
    """Sends the first third of what it promises, and then nothing until the test is over."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("Content-Length", "9912422")
        self.end_headers()
        self.wfile.write(bytes(3_304_141))
        self.server.over.wait(180)

    def log_message(self, *arguments):
        pass


@pytest.fixture
def stalling():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Stalling)
    server.over = threading.Event()
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_address[1]}"
    server.over.set()
    server.shutdown()
    server.server_close()


def test_a_cancelled_download_leaves_no_file(stalling, fake, monkeypatch):
    monkeypatch.setattr(downloads, "PATIENCE_SECONDS", 180.0)
    fake(FETCH_FROM.format(url=stalling))
    download = downloads.start(MNIST)
    eventually(lambda: download.progress().received > 3_000_000)
    assert list((data_folder() / "mnist").iterdir())
    downloads.cancel("mnist")
    assert not download.is_running()
    assert not list((data_folder() / "mnist").iterdir())
    assert downloads.download_of("mnist") is None
    downloads.cancel("mnist")


def test_a_process_that_does_not_end_is_killed(fake, monkeypatch):
    monkeypatch.setattr(downloads, "PATIENCE_SECONDS", 0.2)
    deaf = "import signal, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
    fake(deaf + "print('ready', flush=True)\ntime.sleep(60)")
    download = downloads.start(MNIST)
    eventually(lambda: download.log.read_text())
    downloads.cancel("mnist")
    assert not download.is_running()


def page():
    import streamlit as st

    from ui.jobs.downloads import offer_originals
    from vae_core import load_model

    offer_originals(load_model(st.session_state.get("model", "mnist-2d")))


def opened(model="mnist-2d"):
    app = AppTest.from_function(page, default_timeout=180)
    app.session_state["model"] = model
    app.run()
    assert not app.exception, app.exception
    return app


def test_originals_that_are_here_need_no_button():
    app = opened("digits-2d")
    assert not app.button
    assert not app.caption


def test_the_button_starts_a_download_that_every_visitor_sees_and_may_cancel(fake, tmp_path):
    fake(told(HALF_OF_ONE) + waiting_for(tmp_path / "never"))
    app = opened()
    assert app.button[0].label == "Get the originals, 12 MB"
    app.button[0].click().run()
    assert not app.exception
    download = downloads.download_of("mnist")
    eventually(lambda: download.progress().received)
    other = opened()
    assert [button.label for button in other.button] == ["Cancel"]
    assert other.get("progress")[0].proto.text.startswith("5.0 of 11.6 MB, about ")
    other.button[0].click().run()
    assert not other.exception
    assert not download.is_running()
    assert other.button[0].label == "Get the originals, 12 MB"
    app.run()
    assert app.button[0].label == "Get the originals, 12 MB"
    assert not app.error


def test_a_failure_is_shown_with_the_button_to_try_again(fake):
    fake("sys.exit('vae_core: [evil](http://x) is not the expected file')")
    app = opened()
    app.button[0].click().run()
    download = downloads.download_of("mnist")
    eventually(lambda: not download.is_running())
    app.run()
    assert app.error[0].value == r"\[evil\]\(http\:\/\/x\) is not the expected file"
    assert app.button[0].label == "Get the originals, 12 MB"


def test_once_it_has_come_nothing_is_offered(fake, monkeypatch):
    fake("")
    app = opened()
    app.button[0].click().run()
    eventually(lambda: not downloads.download_of("mnist").is_running())
    monkeypatch.setattr(downloads, "originals_are_here", lambda spec: True)
    app.run()
    assert not app.button
    assert not app.error


def test_originals_of_other_data_are_told_as_such(temporary_home):
    write_tiny(temporary_home / "models" / "tiny")
    (caption,) = opened("tiny").caption
    assert "pictures of 28×28×1, not 2×2×1" in caption.value


def test_visitors_of_a_public_server_start_nothing(monkeypatch):
    monkeypatch.setenv("LATENT_LAB_PUBLIC", "1")
    app = opened()
    assert not app.button
    assert "`python -m vae_core fetch mnist`" in app.caption[0].value


def test_drawings_that_the_official_files_do_not_hold_are_not_offered():
    app = opened("doodles-32d")
    assert not app.button
    assert "cannot be fetched" in app.caption[0].value


def test_a_model_of_unknown_data_is_no_error(temporary_home):
    training = {"dataset": "nobody", "network": "dense", "latent_dim": 2}
    write_tiny(temporary_home / "models" / "odd", dataset="nobody", training=training)
    app = opened("odd")
    assert not app.button
    assert "cannot be fetched" in app.caption[0].value
