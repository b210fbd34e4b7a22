"""Favourites on disk: what is kept, by several at once, and what damaged or hostile files do."""

import json
import os
import re
import subprocess
import sys
import threading
from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from vae_core.base.home import notes_folder
from vae_core.space import favourites
from vae_core.space.favourites import Favourite, Favourites, checked_visitor, new_visitor

PNG = b"\x89PNG\r\n\x1a\nany picture"
VISITOR = "0123456789abcdef" * 2


@pytest.fixture
def kept():
    return Favourites(VISITOR)


def list_file(model="tiny", visitor=VISITOR):
    return notes_folder(model) / "favourites" / visitor / "favourites.json"


def test_what_was_kept_comes_back_newest_first_of_all_models(kept):
    first = kept.keep("tiny", [0.1, -2], PNG, "a smile")
    second = kept.keep("other-16d", (1.5,), PNG + b"2")
    third = kept.keep("tiny", [0.0, 0.0], PNG)
    assert kept.all() == [third, second, first]
    assert first.z == (0.1, -2.0)
    assert first.note == "a smile"
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", first.created)
    assert kept.picture(second) == PNG + b"2"
    assert Favourites(new_visitor()).all() == []


@settings(max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    z=st.lists(st.floats(-1_000, 1_000), min_size=1, max_size=20),
    note=st.text(st.characters(exclude_categories=["Cs"]), max_size=200),
)
def test_any_place_and_note_survive(kept, z, note):
    favourite = kept.keep("tiny", z, PNG, note)
    assert kept.all()[0] == favourite
    assert (favourite.z, favourite.note) == (tuple(z), note)
    kept.remove(favourite)


def test_a_removed_one_is_gone_with_its_picture(kept):
    first, second = (kept.keep("tiny", [number], PNG) for number in (1, 2))
    kept.remove(first)
    kept.remove(first)
    assert kept.all() == [second]
    assert kept.picture(first) is None
    assert [path.name for path in list_file().parent.glob("*.png")] == [f"{second.id}.png"]


def test_nobody_removes_what_another_kept(kept):
    favourite = kept.keep("tiny", [1], PNG)
    Favourites(new_visitor()).remove(favourite)
    assert kept.all() == [favourite]


@pytest.mark.parametrize(
    ("values", "words"),
    [
        ({"model_name": "../tiny"}, "model name is '../tiny'"),
        ({"model_name": "Tiny"}, "model name"),
        ({"model_name": ""}, "model name"),
        ({"z": []}, "z is"),
        ({"z": [float("nan")]}, "z.0 is nan"),
        ({"z": [float("inf")]}, "z.0 is inf"),
        ({"z": [1001.0]}, "z.0 is 1001.0"),
        ({"z": [0.0] * 577}, "z is"),
        ({"z": ["x"]}, "expected a list of numbers"),
        ({"z": [10**400]}, "expected a list of numbers"),
        ({"note": "n" * 201}, "note is"),
        ({"note": "\ud800"}, "note"),
        ({"png": b"<svg>"}, "expected a PNG file"),
        ({"png": PNG + bytes(1 << 20)}, "expected a PNG file"),
    ],
)
def test_what_cannot_be_kept_is_named_in_one_line(kept, values, words):
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        kept.keep(**{"model_name": "tiny", "z": [1.0], "png": PNG, **values})
    assert "\n" not in str(caught.value)
    assert kept.all() == []


def test_more_than_the_most_are_refused_until_some_are_removed(kept, monkeypatch):
    monkeypatch.setattr(favourites, "MAXIMUM_FAVOURITES", 3)
    first, *_ = [kept.keep("tiny", [number], PNG) for number in range(3)]
    with pytest.raises(ValueError, match="3 favourites of tiny are kept, the most there can be: remove some"):
        kept.keep("tiny", [9], PNG)
    kept.keep("other", [9], PNG)
    kept.remove(first)
    kept.keep("tiny", [9], PNG)
    assert len(list(list_file().parent.glob("*.png"))) == 3


ENTRY = {
    "id": "a" * 32,
    "model": "tiny",
    "z": [1.0],
    "created": "2026-01-02T03:04:05.000006+00:00",
    "note": "",
}


def with_entry(**changes):
    return json.dumps([{**ENTRY, **changes}]).encode()


DAMAGED = [
    b"",
    b"{",
    b"\xff\xfe",
    b"null",
    b'{"id": 1}',
    b"[" * 100_000,
    b"[1, 2]",
    b"[" + b" " * (8 << 20) + b"]",
    with_entry(id="../../secret"),
    with_entry(id="A" * 32),
    with_entry(model="../tiny"),
    with_entry(model="other"),
    with_entry(z="1"),
    with_entry(z=["1"]),
    with_entry(z=[True]),
    with_entry(z=[float("nan")]),
    with_entry(z=[1e400]),
    with_entry(created="yesterday"),
    with_entry(created="2026-99-02T03:04:05.000006+00:00"),
    with_entry(note=7),
    with_entry(note="n" * 201),
    with_entry(more=1),
    json.dumps([ENTRY, {**ENTRY, "z": [2.0]}]).encode(),
]


def write(content):
    list_file().parent.mkdir(parents=True, exist_ok=True)
    list_file().write_bytes(content)


def test_a_list_written_by_hand_is_read(kept):
    write(with_entry())
    assert kept.all() == [Favourite(**{**ENTRY, "z": (1.0,)})]


def test_an_id_that_two_models_have_is_shown_once(kept):
    write(with_entry())
    list_file("zebra").parent.mkdir(parents=True)
    list_file("zebra").write_bytes(with_entry(model="zebra"))
    assert [one.id for one in kept.all()] == [ENTRY["id"]]
    assert kept.all()[0].model == "tiny"


@pytest.mark.parametrize("content", DAMAGED)
def test_a_damaged_list_is_skipped_and_never_destroyed(kept, content):
    other = kept.keep("other", [1.0], PNG)
    write(content)
    assert kept.all() == [other]
    kept.remove(replace(other, model="tiny"))
    assert list_file().read_bytes() == content
    favourite = kept.keep("tiny", [1.0], PNG)
    assert kept.all() == [favourite, other]
    assert list_file().with_name("favourites.json.damaged-1").read_bytes() == content
    write(content)
    kept.keep("tiny", [1.0], PNG)
    assert list_file().with_name("favourites.json.damaged-2").read_bytes() == content


def test_a_folder_in_place_of_the_list_is_moved_aside(kept):
    list_file().mkdir(parents=True)
    assert kept.all() == []
    favourite = kept.keep("tiny", [1.0], PNG)
    assert kept.all() == [favourite]


def test_a_picture_that_is_none_is_none(kept):
    favourite = kept.keep("tiny", [1.0], PNG)
    path = list_file().with_name(f"{favourite.id}.png")
    for content in (b"<html>", PNG + bytes(1 << 20), b""):
        path.write_bytes(content)
        assert kept.picture(favourite) is None
    path.unlink()
    assert kept.picture(favourite) is None


@pytest.mark.parametrize("name", ["..", "UPPER", "a file"])
def test_folders_that_are_no_models_are_not_read(kept, name, temporary_home):
    (temporary_home / "notes").mkdir()
    (temporary_home / "notes" / "a file").write_text("")
    if name != "a file":
        (temporary_home / "notes" / name / "favourites" / VISITOR).mkdir(parents=True)
    assert kept.all() == []


def test_a_file_where_a_folder_should_be_is_one_line(kept, temporary_home):
    (temporary_home / "notes").write_text("")
    assert kept.all() == []
    with pytest.raises(ValueError, match=r"cannot be written below .*: free space, .*VAE_CORE_HOME"):
        kept.keep("tiny", [1.0], PNG)


def test_a_full_disk_is_one_line_and_the_old_list_stays(kept, monkeypatch):
    favourite = kept.keep("tiny", [1.0], PNG)

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(favourites, "replace_file", full)
    with pytest.raises(ValueError, match="No space left on device"):
        kept.keep("tiny", [2.0], PNG)
    assert kept.all() == [favourite]


def test_two_threads_lose_nothing(kept):
    def keep_many(first):
        for number in range(15):
            Favourites(VISITOR).keep("tiny", [first + number], PNG)

    threads = [threading.Thread(target=keep_many, args=(first,)) for first in (0, 100)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(one.z[0] for one in kept.all()) == [*range(15), *range(100, 115)]


KEEP_MANY = """
import sys
from vae_core.space.favourites import Favourites
for number in range(15):
    Favourites(sys.argv[1]).keep("tiny", [int(sys.argv[2]) + number], bytes.fromhex(sys.argv[3]))
"""


def test_two_processes_lose_nothing(kept):
    command = [sys.executable, "-c", KEEP_MANY, VISITOR]
    running = [
        subprocess.Popen([*command, str(first), PNG.hex()], cwd=REPOSITORY, env=os.environ.copy())
        for first in (0, 100)
    ]
    assert [process.wait(60) for process in running] == [0, 0]
    assert sorted(one.z[0] for one in kept.all()) == [*range(15), *range(100, 115)]


def test_tokens_are_new_and_checked():
    tokens = {new_visitor() for _ in range(50)}
    assert len(tokens) == 50
    assert all(checked_visitor(token) == token for token in tokens)


@pytest.mark.parametrize(
    "text",
    [
        None,
        7,
        "",
        "a" * 31,
        "a" * 33,
        "A" * 32,
        "g" * 32,
        "../" + "a" * 29,
        "a" * 32 + "\n",
        b"a" * 32,
        "１" * 32,
    ],
)
def test_other_tokens_are_refused(text):
    assert checked_visitor(text) is None
    with pytest.raises(ValueError, match="visitor is"):
        Favourites(text)
