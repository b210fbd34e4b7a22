"""Background jobs: turns, progress, cancelling, failure, and how a page shows them."""

import hashlib
import json
import os
import sys
import threading
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from tests.ui.jobs.test_downloads import eventually, told, waiting_for
from ui.jobs import jobs
from ui.jobs import progress as job_progress
from ui.jobs.progress import JobProgress, Told, checked_count
from ui.server.visitor import SESSION_KEY
from vae_core.base.processes import Log, time_in_words, worker_threads

HALF = {"stage": "finding neighbours", "done": 50, "total": 100}


@pytest.fixture(autouse=True)
def fake(monkeypatch):
    """In place of ``python -m vae_core``: the first word is a script. No job outlives its test."""
    monkeypatch.setattr(jobs, "COMMAND", (sys.executable, "-c", "import sys; exec(sys.argv[1])"))
    yield
    for key in reversed(list(jobs._jobs)):
        jobs.cancel(key)
    eventually(lambda: not jobs._ending)


@pytest.fixture
def gate(tmp_path):
    return tmp_path / "gate"


def writing(path, what):
    """Script text that writes the value of the expression ``what`` to a file in one go."""
    return (
        "import json, os, pathlib\n"
        f"pathlib.Path({str(path)!r} + '.part').write_text(json.dumps({what}))\n"
        f"os.rename({str(path)!r} + '.part', {str(path)!r})\n"
    )


def ended_well(job):
    return not job.is_active() and job.failure() is None


def test_a_job_tells_how_far_it_is_and_ends(gate, tmp_path, temporary_home):
    job = jobs.start("project tiny", [told(HALF) + waiting_for(gate), "--seed", "3"])
    eventually(lambda: job.progress().total)
    job.started -= 10
    job._told._counted_from = job.started, 0
    progress = job.progress()
    assert (progress.stage, progress.done, progress.total) == ("finding neighbours", 50, 100)
    assert 10 <= progress.seconds < 70
    assert progress.seconds_left == pytest.approx(progress.seconds)
    assert progress.text().startswith("Finding neighbours, 50 %, about ")
    assert job.is_running()
    assert job.is_active()
    assert job.failure() is None
    assert job.log.parent == temporary_home / "jobs"
    assert job.log.name.startswith("project-tiny-")
    gate.touch()
    eventually(lambda: ended_well(job))
    assert jobs.job_of("project tiny") is job


def test_the_words_are_given_as_they_are(tmp_path):
    job = jobs.start("a", [writing(tmp_path / "words", "sys.argv[2:]"), "encode", "a b;*"])
    eventually(lambda: ended_well(job))
    assert json.loads((tmp_path / "words").read_text()) == ["encode", "a b;*", "--json-progress"]


SURROUNDINGS = """{
    "nice": os.getpriority(os.PRIO_PROCESS, 0),
    "leads": os.getsid(0) == os.getpid(),
    "group": [path.read_text() for path in [pathlib.Path("/proc/self/autogroup")] if path.exists()],
    "input": sys.stdin.read(),
    "threads": [os.environ.get(name) for name in ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS")],
    "home": os.environ["VAE_CORE_HOME"],
    "has_core": os.path.isdir("vae_core")}"""


def surroundings(kind, path):
    # It is made nice just after it has begun, and before `start` returns.
    begun = path.with_name("begun")
    job = jobs.start("a", [waiting_for(begun) + writing(path, SURROUNDINGS)], kind=kind)
    begun.touch()
    eventually(lambda: ended_well(job))
    return json.loads(path.read_text())


def test_computing_gives_way_to_everything_else(tmp_path, temporary_home, monkeypatch):
    monkeypatch.chdir(temporary_home.parent)
    monkeypatch.setenv("VAE_CORE_HOME", temporary_home.name)
    found = surroundings("computing", tmp_path / "found")
    assert found["nice"] == max(10, os.getpriority(os.PRIO_PROCESS, 0))
    assert found["leads"]
    assert found["input"] == ""
    assert found["threads"] == [str(worker_threads())] * 2
    assert found["home"] == str(temporary_home)
    assert found["has_core"]
    assert all(group.endswith(" nice 10\n") for group in found["group"])


def test_a_light_job_is_not_slowed_down(tmp_path):
    found = surroundings("light", tmp_path / "found")
    assert found["nice"] == os.getpriority(os.PRIO_PROCESS, 0)
    assert found["leads"]


def test_one_computes_at_a_time_and_the_next_starts_though_nobody_looks(gate, tmp_path):
    first = jobs.start("first", [waiting_for(gate)])
    second = jobs.start("second", [writing(tmp_path / "second", "1") + waiting_for(tmp_path / "never")])
    third = jobs.start("third", [writing(tmp_path / "third", "1")])
    light = jobs.start("light", [waiting_for(gate)], kind="light")
    assert [job.is_running() for job in (first, second, third, light)] == [True, False, False, True]
    assert second.is_waiting()
    assert second.is_active()
    assert second.failure() is None
    assert second.progress().text() == "Waits for its turn (1 before it)"
    assert third.progress() == JobProgress("waits for its turn (2 before it)", 0, 0, 0.0, None)
    gate.touch()
    eventually((tmp_path / "second").exists)
    assert third.is_waiting()
    jobs.cancel("second")
    eventually((tmp_path / "third").exists)
    eventually(lambda: ended_well(third))


def test_the_same_key_is_one_job_until_it_has_ended(gate, tmp_path):
    count = f"open({str(tmp_path / 'count')!r}, 'a').write('x')\n"
    running = jobs.start("running", [count + waiting_for(gate)])
    assert jobs.start("running", ["another"]) is running
    waiting = jobs.start("waiting", [count])
    assert jobs.start("waiting", [count]) is waiting
    gate.touch()
    eventually(lambda: ended_well(waiting))
    assert (tmp_path / "count").read_text() == "xx"
    again = jobs.start("running", [count])
    assert again is not running
    eventually(lambda: ended_well(again))
    assert (tmp_path / "count").read_text() == "xxx"


def test_many_at_once_with_one_key_are_one_job(gate):
    found = []
    threads = [
        threading.Thread(target=lambda: found.append(jobs.start("a", [waiting_for(gate)]))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(found) == 8
    assert len(set(map(id, found))) == 1


def test_a_cancelled_one_that_waits_never_runs(gate, tmp_path):
    first = jobs.start("first", [waiting_for(gate)])
    second = jobs.start("second", [writing(tmp_path / "second", "1")])
    third = jobs.start("third", [""])
    jobs.cancel("second")
    jobs.cancel("second")
    assert jobs.job_of("second") is None
    assert not second.is_active()
    assert second.failure() == "it was cancelled"
    assert third.progress().stage == "waits for its turn (1 before it)"
    gate.touch()
    eventually(lambda: ended_well(first) and ended_well(third))
    assert not (tmp_path / "second").exists()


def test_a_cancelled_one_that_runs_is_asked_to_end(tmp_path, monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE_SECONDS", 180.0)
    clean = (
        "import signal, time\n"
        f"def leave(*_):\n    open({str(tmp_path / 'left')!r}, 'w').close()\n    sys.exit(1)\n"
        "signal.signal(signal.SIGTERM, leave)\nprint('ready', flush=True)\ntime.sleep(60)"
    )
    job = jobs.start("a", [clean])
    eventually(lambda: "ready" in job.log.read_text())
    jobs.cancel("a")
    assert not job.is_active()
    assert (tmp_path / "left").exists()
    assert jobs.job_of("a") is None


DEAF = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


def test_a_deaf_one_is_killed_and_keeps_its_turn_until_then(monkeypatch):
    monkeypatch.setattr(jobs, "PATIENCE_SECONDS", 1.0)
    deaf = jobs.start("deaf", [DEAF])
    following = jobs.start("following", [""])
    eventually(lambda: "ready" in deaf.log.read_text())
    cancelling = threading.Thread(target=jobs.cancel, args=("deaf",))
    cancelling.start()
    eventually(lambda: jobs.job_of("deaf") is None)
    while deaf.is_running():
        assert following.is_waiting() or not deaf.is_running()
        assert jobs.start("deaf", [""]).is_waiting() or not deaf.is_running()
        time.sleep(0.02)
    cancelling.join()
    # The same one as before, unless it was over too soon for any.
    again = jobs.start("deaf", [""])
    eventually(lambda: ended_well(following) and ended_well(again))


def test_a_full_queue_is_one_line(gate, monkeypatch):
    monkeypatch.setattr(jobs, "MOST_WAITING", 2)
    for key in ("runs", "waits", "waits too"):
        jobs.start(key, [waiting_for(gate)])
    with pytest.raises(
        ValueError, match="2 computations wait already, the most there can be: try again later"
    ):
        jobs.start("one more", [""])
    assert jobs.job_of("one more") is None
    assert jobs.start("waits", [""]).is_waiting()
    assert jobs.start("light", [""], kind="light").process is not None
    jobs.cancel("waits")
    assert jobs.start("one more", [""]).is_waiting()


@pytest.mark.parametrize("key", ["", "x" * 201])
def test_a_key_that_is_none_is_refused(key):
    with pytest.raises(ValueError, match="the key of a job is"):
        jobs.start(key, [""])


def test_keys_may_hold_what_file_names_may_not(temporary_home):
    job = jobs.start("../../x/\0 é" + "y" * 150, [""])
    eventually(lambda: ended_well(job))
    assert job.log.parent == temporary_home / "jobs"


@pytest.mark.parametrize(
    ("script", "words"),
    [
        ("sys.exit('vae_core: 3 codes are too few: expected 10')", "3 codes are too few: expected 10"),
        ("print('vae_core: first', file=sys.stderr)\nsys.exit('vae_core: second')", "second"),
        ("sys.exit(3)", "ended without a word (exit code 3); what it wrote is in "),
        ("import os; os.kill(os.getpid(), 9)", "ended without a word (exit code -9)"),
        ("sys.exit('vae_core: ' + 'x' * 9_000)", "x" * 399 + "…"),
        ("sys.stderr.buffer.write(b'\\xff\\nvae_core: \\xff')\nsys.exit(2)", "\N{REPLACEMENT CHARACTER}"),
    ],
)
def test_a_failure_is_the_commands_own_line(script, words):
    job = jobs.start("a", [script])
    eventually(lambda: not job.is_active())
    assert words in job.failure()
    assert "\n" not in job.failure()
    assert len(job.failure()) <= 400
    assert jobs.start("a", [""]) is not job


def test_a_failed_one_gives_its_turn_to_the_next(gate):
    first = jobs.start("first", [waiting_for(gate) + "sys.exit(1)"])
    second = jobs.start("second", [""])
    gate.touch()
    eventually(lambda: ended_well(second))
    assert first.failure()


def test_a_disk_that_refuses_the_log_is_one_line(temporary_home):
    (temporary_home / "jobs").write_text("")
    with pytest.raises(ValueError, match=r"cannot be written .*: free space, or set \$VAE_CORE_HOME"):
        jobs.start("a", [""])
    assert jobs.job_of("a") is None


def test_a_disk_that_is_full_when_the_turn_comes_is_a_failure(gate, temporary_home):
    first = jobs.start("first", [waiting_for(gate)])
    second, third = jobs.start("second", [""]), jobs.start("third", [""])
    (temporary_home / "jobs").rename(temporary_home / "elsewhere")
    (temporary_home / "jobs").write_text("")
    gate.touch()
    eventually(lambda: second.failure() and third.failure())
    assert "free space" in second.failure()
    assert not second.is_active()
    assert not first.is_active()
    (temporary_home / "jobs").unlink()
    again = jobs.start("second", [""])
    eventually(lambda: ended_well(again))


def test_words_that_no_process_takes_are_one_line():
    with pytest.raises(ValueError, match="null byte"):
        jobs.start("a", ["\0"])
    assert jobs.job_of("a") is None


def test_few_logs_and_ended_jobs_are_kept(monkeypatch, temporary_home):
    monkeypatch.setattr(jobs, "MOST_LOGS", 3)
    monkeypatch.setattr(jobs, "MOST_ENDED", 2)
    for number in range(6):
        job = jobs.start(f"job {number}", [""])
        eventually(lambda job=job: ended_well(job))
        os.utime(job.log, (number, number))
    assert [key for key in jobs._jobs if jobs.job_of(key)] == ["job 3", "job 4", "job 5"]
    assert len(list((temporary_home / "jobs").iterdir())) == 4
    assert job.log.exists()


HOSTILE = [
    "[",
    "7",
    "null",
    "[" * 10_000,
    '{"stage": 1, "done": 1, "total": 2}',
    '{"stage": "a", "done": "1", "total": 2}',
    '{"stage": "a", "done": true, "total": 2}',
    '{"stage": "a", "done": 3, "total": 2}',
    '{"stage": "a", "done": -1, "total": 2}',
    '{"stage": "a", "done": 0, "total": 0}',
    '{"stage": "a", "done": 1.5, "total": 2}',
    '{"stage": "a", "done": 1e999, "total": NaN}',
    '{"stage": "a", "done": 1, "total": ' + "9" * 5_000 + "}",
    '{"stage": "\\u0000\\n ", "done": 1, "total": 2}',
    '{"done": 1, "total": 2}',
    "\ud800",
]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "a.log"
    path.write_text("")

    def add(*lines):
        with path.open("a", errors="surrogatepass") as file:
            file.writelines(
                line + "\n" if isinstance(line, str) else json.dumps(line) + "\n" for line in lines
            )

    add.path = path
    return add


@pytest.mark.parametrize("line", HOSTILE)
def test_junk_in_the_log_is_no_progress(log, line):
    of_log = Told(Log(log.path))
    log(line)
    assert of_log.progress(time.monotonic()).text() == "Starts"
    log(HALF, line)
    assert of_log.progress(time.monotonic()).text() == "Finding neighbours, 50 %"


def test_a_stage_is_one_short_line():
    stage, *_ = checked_count({"stage": "a\n\x1b[31m\tb" + "c" * 200, "done": 0, "total": 1})
    assert stage.startswith("a [31m b")
    assert len(stage) <= 60


@given(
    st.dictionaries(
        st.sampled_from(["stage", "done", "total", "else"]),
        st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.lists(st.integers()),
    )
)
def test_whatever_is_told_is_a_count_or_nothing(values):
    count = checked_count(values)
    if count is not None:
        stage, done, total = count
        assert stage
        assert stage.isprintable()
        assert 0 <= done <= total
        assert total >= 1


def test_only_what_is_new_is_read_and_what_is_too_old_is_left_out(log, monkeypatch):
    of_log = Told(Log(log.path, maximum_part=400))
    read = []
    monkeypatch.setattr(
        Log, "_part", lambda self, start, part=Log._part: read.append(got := part(self, start)) or got
    )
    log(*({"stage": "a", "done": number, "total": 1_000} for number in range(1_000)))
    assert of_log.progress(0.0).done == 999
    assert of_log.progress(0.0).done == 999
    log({"stage": "b", "done": 1, "total": 2})
    assert of_log.progress(0.0).stage == "b"
    assert [len(part) for part in read] == [400, 0, len(read[2])]
    assert len(read[2]) < 50
    log("x" * 1_000)
    log({"stage": "c", "done": 1, "total": 2})
    assert of_log.progress(0.0).stage == "c"
    log.path.unlink()
    assert of_log.progress(0.0).stage == "c"


@pytest.fixture
def clock(monkeypatch):
    """The time that progress is measured by, in seconds."""
    now = [100.0]
    monkeypatch.setattr(job_progress.time, "monotonic", lambda: now[0])

    def at(seconds):
        now[0] = 100.0 + seconds

    return at


def count(done, total, stage="a"):
    return {"stage": stage, "done": done, "total": total}


def test_the_time_left_is_that_of_the_pace_so_far(log, clock):
    of_log = Told(Log(log.path))
    clock(0.5)
    log(count(1, 40))
    assert of_log.progress(100.0).seconds_left is None
    clock(10)
    log(count(10, 40))
    assert of_log.progress(100.0) == JobProgress("a", 10, 40, 10.0, 30.0)
    clock(12)
    log(count(24, 40, "another word for the same count"))
    assert of_log.progress(100.0).seconds_left == 8.0
    log(count(40, 40))
    assert of_log.progress(100.0).seconds_left == 0.0


def test_of_a_new_count_no_time_is_promised_before_it_was_seen_to_go_on(log, clock):
    of_log = Told(Log(log.path))
    clock(20)
    log(count(5, 5), count(1, 100, "b"), count(50, 100, "b"))
    assert of_log.progress(100.0) == JobProgress("b", 50, 100, 20.0, None)
    clock(22)
    assert of_log.progress(100.0).seconds_left is None
    log(count(60, 100, "b"))
    assert of_log.progress(100.0).seconds_left == 8.0
    log(count(0, 100, "c"))
    assert of_log.progress(100.0).seconds_left is None


def test_how_far_it_is_in_words():
    assert JobProgress("t-SNE", 1, 3, 60, 150.4).text() == "T-SNE, 33 %, about 2 min 30 s left"
    assert JobProgress("starts", 0, 0, 1, None).text() == "Starts"
    assert time_in_words(59.4) == "59 s"
    assert time_in_words(60) == "1 min 00 s"


def page():
    import streamlit as st

    from ui.jobs.jobs import show_job

    st.session_state.runs = st.session_state.get("runs", 0) + 1
    show_job("a *key*", done=lambda: st.session_state.update(done=st.session_state.get("done", 0) + 1))


@pytest.fixture
def open_to_others(monkeypatch):
    """The server does not listen on this machine alone."""
    monkeypatch.setattr("ui.jobs.jobs.is_operator", lambda: False)


def owner_of(token):
    return hashlib.sha256(token.encode()).hexdigest()


def opened(token="somebody"):
    app = AppTest.from_function(page, default_timeout=180)
    app.session_state[SESSION_KEY] = token
    app.run()
    assert not app.exception, app.exception
    return app


def test_a_page_shows_how_far_it_is_and_who_asked_for_it_may_cancel(gate, open_to_others):
    jobs.start("first", [waiting_for(gate)])
    words = [told({**HALF, "stage": "[x](y)"}) + waiting_for(gate.with_name("never"))]
    job = jobs.start("a *key*", words, asker=owner_of("it"))
    app = opened()
    assert app.get("progress")[0].proto.text == r"Waits for its turn \(1 before it\)"
    gate.touch()
    eventually(lambda: job.is_running() and job.progress().total)
    assert not opened().button
    other = opened("it")
    bar = other.get("progress")[0].proto
    assert bar.value == 50
    assert bar.text.startswith(r"\[x\]\(y\), 50 %")
    assert [button.label for button in other.button] == ["Cancel"]
    other.button[0].click().run()
    assert not other.exception
    assert not job.is_active()
    assert not other.button
    app.run()
    assert not app.exception
    assert not app.button
    assert not app.error
    assert "done" not in app.session_state
    assert "done" not in other.session_state


def test_who_asked_too_keeps_it_going(gate, open_to_others):
    words = [waiting_for(gate)]
    job = jobs.start("a *key*", words, asker=owner_of("one"))
    assert jobs.start("a *key*", words, asker=owner_of("two")) is job
    one, two = opened("one"), opened("two")
    one.button[0].click().run()
    assert job.is_running()
    assert not one.button
    two.button[0].click().run()
    assert not job.is_active()
    jobs.withdraw("a *key*", owner_of("two"))


def test_the_operator_may_cancel_what_others_asked_for(gate, monkeypatch):
    job = jobs.start("a *key*", [waiting_for(gate)], asker=owner_of("one"))
    jobs.start("a *key*", [], asker=owner_of("two"))
    monkeypatch.setattr("ui.jobs.jobs.is_operator", lambda: True)
    opened().button[0].click().run()
    assert not job.is_active()


def test_at_its_end_each_visit_that_watched_is_told_once_and_runs_again(gate):
    job = jobs.start("a *key*", [waiting_for(gate)])
    watching = [opened(), opened()]
    gate.touch()
    eventually(lambda: ended_well(job))
    for app in watching:
        app.run()
        assert not app.exception
        assert app.session_state.done == 1
        assert app.session_state.runs == 3
        app.run()
        assert app.session_state.done == 1
        assert app.session_state.runs == 4
    assert "done" not in opened().session_state


def test_a_job_that_ends_while_a_page_is_made_is_not_missed(gate, monkeypatch):
    job = jobs.start("a *key*", [waiting_for(gate)])
    app = opened()
    active = iter([True, False, False, False])
    monkeypatch.setattr(job, "is_active", lambda: next(active))
    app.run()
    assert not app.exception
    assert app.session_state.done == 1


def test_a_failure_stays_beside_until_it_is_started_again(gate):
    job = jobs.start("a *key*", [waiting_for(gate) + "sys.exit('vae_core: [evil](http://x)')"])
    app = opened()
    gate.touch()
    eventually(lambda: not job.is_active())
    for _ in range(2):
        app.run()
        assert not app.exception
        assert [error.value for error in app.error] == [r"\[evil\]\(http\:\/\/x\)"]
    assert "done" not in app.session_state
    jobs.start("a *key*", [waiting_for(gate.with_name("never"))])
    app.run()
    assert not app.error
    assert app.button[0].label == "Cancel"


def test_where_there_is_no_job_nothing_is_shown():
    app = opened()
    assert not app.main.children
    assert app.session_state.runs == 1
