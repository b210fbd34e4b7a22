"""Groups on disk: what is kept and found again, by several at once, and what hostile files do."""

import io
import json
import re
import subprocess
import sys
import threading
import zipfile
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.conftest import REPOSITORY
from vae_core.base import notes
from vae_core.base.home import notes_folder
from vae_core.base.notes import new_visitor
from vae_core.maps import groups
from vae_core.maps.groups import Group, Groups, checked_name
from vae_core.maps.points import Points
from vae_core.space.favourites import Favourites

VISITOR = "0123456789abcdef" * 2
TINY = SimpleNamespace(name="tiny")


def points(index, is_test, source="all", model="tiny"):
    """Points whose codes do not matter."""
    index, is_test = np.array(index, np.int64), np.array(is_test, np.bool_)
    codes = np.stack([index, is_test], axis=1).astype(np.float32)
    return Points(model, source, codes, None, np.full(len(index), -1), index, is_test)


# Training images 0 to 4, then test images 0 to 3; the model came with three of the latter.
ALL = points([0, 1, 2, 3, 4, 0, 1, 2, 3], [False] * 5 + [True] * 4)
HELD_OUT = points([3, 0, 2], [True] * 3, "held-out")


@pytest.fixture
def kept():
    return Groups(VISITOR)


def file_of(group, suffix):
    return notes_folder(group.model) / "groups" / VISITOR / f"{group.id}.{suffix}"


def list_file(model="tiny"):
    return notes_folder(model) / "groups" / VISITOR / "groups.json"


def test_what_was_kept_comes_back_newest_first(kept):
    first = kept.keep(HELD_OUT, [2, 0, 2], "  round\n zeros ")
    second = kept.keep(ALL, np.array([8], np.int32), "one")
    assert kept.of("tiny") == [second, first]
    assert (first.name, first.count, first.source, first.digest) == (
        "round zeros",
        2,
        "held-out",
        HELD_OUT.digest,
    )
    assert re.fullmatch(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{6}\+00:00", first.created)
    assert kept.of("other") == []
    assert kept.of("../tiny") == []
    assert Groups(new_visitor()).of("tiny") == []


def test_a_group_is_found_on_the_other_map(kept):
    of_held_out = kept.keep(HELD_OUT, [0, 1], "test images 3 and 0")
    rows = kept.rows_in(of_held_out, ALL)
    assert rows.dtype == np.int64
    assert rows.tolist() == [5, 8]
    assert kept.rows_in(of_held_out, HELD_OUT).tolist() == [0, 1]
    of_all = kept.keep(ALL, [0, 2, 6, 7], "training 0 and 2, test 1 and 2")
    assert kept.rows_in(of_all, HELD_OUT).tolist() == [2]
    assert kept.rows_in(of_all, points([1, 0], [True, False])).tolist() == [0, 1]
    assert kept.rows_in(of_all, points([], [])).tolist() == []


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.sets(st.tuples(st.integers(0, 2**31 - 1), st.booleans()), min_size=1, max_size=30), st.data())
def test_any_members_survive_disk_and_file(kept, images, data):
    drawn = data.draw(st.permutations(sorted(images)))
    shown = points(*zip(*drawn, strict=True))
    rows = data.draw(st.lists(st.integers(0, len(drawn) - 1), min_size=1))
    group = kept.keep(shown, rows, "any")
    again = kept.import_(kept.export(group), TINY)
    assert replace(again, id=group.id, created=group.created) == group
    for one in (group, again):
        assert kept.rows_in(one, shown).tolist() == sorted(set(rows))
        kept.remove(one)


def test_as_many_as_there_can_be_are_quick_enough(kept):
    many = points(np.arange(200_000), np.zeros(200_000))
    group = kept.keep(many, np.arange(200_000), "all of them")
    assert file_of(group, "npz").stat().st_size < 1.1e6
    assert len(kept.rows_in(group, many)) == 200_000
    content = kept.export(group)
    assert len(content) < groups.MAXIMUM_IMPORT_BYTES
    assert kept.import_(content, TINY).count == 200_000
    more = points(np.arange(200_001), np.zeros(200_001))
    with pytest.raises(ValueError, match="the group has 200,001 pictures: expected at most 200,000"):
        kept.keep(more, np.arange(200_001), "too many")


def test_a_group_can_be_renamed(kept):
    first, second = kept.keep(ALL, [1], "first"), kept.keep(ALL, [2], "second")
    renamed = kept.rename(first, " the\tfirst ")
    assert renamed == replace(first, name="the first")
    assert kept.of("tiny") == [second, renamed]
    assert kept.rows_in(renamed, ALL).tolist() == [1]
    with pytest.raises(ValueError, match="the group has no name"):
        kept.rename(renamed, " \n")
    kept.remove(renamed)
    with pytest.raises(ValueError, match="the group 'the first' is gone"):
        kept.rename(renamed, "again")
    with pytest.raises(ValueError, match="is gone"):
        Groups(new_visitor()).rename(second, "mine")
    assert kept.of("tiny") == [second]


def test_a_removed_one_is_gone_with_its_members(kept):
    first, second = kept.keep(ALL, [1], "first"), kept.keep(ALL, [2], "second")
    kept.remove(first)
    kept.remove(first)
    Groups(new_visitor()).remove(second)
    assert kept.of("tiny") == [second]
    assert [path.name for path in list_file().parent.glob("*.npz")] == [f"{second.id}.npz"]


@pytest.mark.parametrize(
    ("rows", "name", "words"),
    [
        ([], "a", "nothing is selected: draw round some points first"),
        (np.zeros(0), "a", "nothing is selected"),
        ([9], "a", "expected 0 to 8"),
        ([-1], "a", "expected 0 to 8"),
        ([0.5], "a", "expected whole numbers"),
        ([True], "a", "expected whole numbers"),
        ([[0]], "a", "expected whole numbers"),
        ([0], "", "the group has no name: give it one"),
        ([0], "\u200b\x00 \u202e", "the group has no name"),
        ([0], "x" * 61, "the name has 61 characters: expected at most 60"),
        ([0], None, "the name is None: expected a text"),
    ],
)
def test_what_cannot_be_kept_is_one_line(kept, rows, name, words):
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        kept.keep(ALL, rows, name)
    assert "\n" not in str(caught.value)
    assert kept.of("tiny") == []


@given(st.text(max_size=200))
def test_any_name_is_made_clean_once_or_refused(name):
    try:
        cleaned = checked_name(name)
    except ValueError:
        return
    assert checked_name(cleaned) == cleaned
    assert cleaned.isprintable()
    assert 1 <= len(cleaned) <= 60


def test_a_model_name_that_is_none_is_refused(kept):
    with pytest.raises(ValueError, match=r"model name is '\.\./tiny'"):
        kept.keep(points([0], [True], model="../tiny"), [0], "a")


def test_points_of_another_model_hold_no_members(kept):
    group = kept.keep(ALL, [1], "ones")
    with pytest.raises(ValueError, match="the group 'ones' is of tiny, the map of other"):
        kept.rows_in(group, points([1], [False], model="other"))


def test_more_than_the_most_are_refused_until_some_are_removed(kept, monkeypatch):
    monkeypatch.setattr(groups, "MAXIMUM_GROUPS", 2)
    first, _ = kept.keep(ALL, [1], "a"), kept.keep(ALL, [1], "b")
    with pytest.raises(ValueError, match="2 groups of tiny are kept, the most there can be: remove some"):
        kept.keep(ALL, [1], "c")
    kept.keep(points([0], [True], model="other"), [0], "c")
    kept.remove(first)
    kept.keep(ALL, [1], "c")
    assert len(list(list_file().parent.glob("*.npz"))) == 2


ENTRY = {
    "id": "a" * 32,
    "model": "tiny",
    "name": "zeros",
    "created": "2026-01-02T03:04:05.000006+00:00",
    "source": "all",
    "digest": "b" * 64,
    "count": 3,
}


def with_entry(**changes):
    return json.dumps([{**ENTRY, **changes}]).encode()


def test_a_list_written_by_hand_is_read(kept):
    list_file().parent.mkdir(parents=True)
    list_file().write_bytes(with_entry())
    assert kept.of("tiny") == [Group(**ENTRY)]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"null",
        b"\xff",
        b"[" * 100_000,
        with_entry(id="../../secret"),
        with_entry(model="other"),
        with_entry(name=""),
        with_entry(name="x" * 61),
        with_entry(name="a\nb"),
        with_entry(created="yesterday"),
        with_entry(source="some"),
        with_entry(digest="b" * 63),
        with_entry(count=0),
        with_entry(count=1e9),
        with_entry(count=10**9),
        with_entry(count="3"),
        with_entry(more=1),
        json.dumps([ENTRY, ENTRY]).encode(),
    ],
)
def test_a_damaged_list_counts_as_empty_and_is_never_destroyed(kept, content):
    list_file().parent.mkdir(parents=True)
    list_file().write_bytes(content)
    assert kept.of("tiny") == []
    group = kept.keep(ALL, [1], "new")
    assert kept.of("tiny") == [group]
    assert list_file().with_name("groups.json.damaged-1").read_bytes() == content


def packed(**arrays):
    buffer = io.BytesIO()
    np.savez(buffer, **arrays)
    return buffer.getvalue()


def bomb():
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("index.npy", bytes(50 << 20))
    return buffer.getvalue()


def int32(*values):
    return np.array(values, np.int32)


def flags(count):
    return np.zeros(count, np.bool_)


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"PK\x03\x04",
        bomb(),
        bytes(2 << 20),
        packed(index=int32(1, 2)),
        packed(index=int32(1, 2, 3), is_test=flags(3)),
        packed(index=int32(1, 1), is_test=flags(2)),
        packed(index=int32(1, -1), is_test=flags(2)),
        packed(index=np.array([1, 2]), is_test=flags(2)),
        packed(index=int32(1, 2), is_test=int32(0, 1)),
        packed(index=int32(1, 2)[np.newaxis], is_test=flags(2)),
        packed(index=np.array([{}, []], object), is_test=flags(2)),
    ],
)
def test_damaged_members_are_one_line(kept, content):
    group = kept.keep(ALL, [1, 2], "ones")
    if content is None:
        file_of(group, "npz").unlink()
    else:
        file_of(group, "npz").write_bytes(content)
    for use in (lambda: kept.rows_in(group, ALL), lambda: kept.export(group)):
        with pytest.raises(ValueError, match="the pictures of the group 'ones' are damaged or gone: remove"):
            use()
    kept.remove(group)
    assert kept.of("tiny") == []


def exported(**changes):
    file = {"format": "latent-lab-group-1", "model": "tiny", "name": "zeros", "source": "all"}
    return json.dumps({**file, "digest": "b" * 64, "train": [4, 0], "test": [1], **changes}).encode()


def test_a_group_out_of_a_file(kept):
    group = kept.import_(exported(name=" a \x07 b ", train=[4, 0, 4]), TINY)
    assert (group.name, group.count, group.source, group.digest) == ("a b", 3, "all", "b" * 64)
    assert kept.of("tiny") == [group]
    assert kept.rows_in(group, ALL).tolist() == [0, 4, 6]
    assert kept.import_(exported(), TINY).id != group.id


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "it is no group that was saved here"),
        (b"\xff\xfe", "it is no group that was saved here"),
        (b"[" * 100_000, "it is no group that was saved here"),
        (b"null", "it is no group that was saved here"),
        (b"[]", "it is no group that was saved here"),
        (b" " * ((4 << 20) + 1), "it has 4,194,305 bytes: expected a group of at most 4 MB"),
        (exported(format="another"), "format is 'another'"),
        (exported(model="../x"), "model is '../x'"),
        (exported(model="other"), "it is a group of the model other: open that model"),
        (exported(name=7), "name is 7"),
        (exported(name="x" * 61), "the name has 61 characters"),
        (exported(name=""), "the group has no name"),
        (exported(name="x" * 601), "name is 'xxx"),
        (exported(source="none"), "source is 'none'"),
        (exported(digest="b"), "digest is 'b'"),
        (exported(train=[-1]), "train.0 is -1"),
        (exported(train=[2**31]), "train.0 is 2147483648"),
        (exported(train=[10**400]), "train.0"),
        (exported(train=[1.0]), "train.0 is 1.0"),
        (exported(train=[True]), "train.0 is True"),
        (exported(train="123"), "train is '123'"),
        (exported(train=[0] * 200_001), "train is [0, 0"),
        (exported(train=list(range(150_000)), test=list(range(150_000))), "300,000 pictures"),
        (exported(train=[], test=[]), "it holds a group without pictures"),
        (exported(more=1), "more: Extra inputs are not permitted"),
        (exported(train=None), "train is None"),
        (b'{"format": "latent-lab-group-1"}', "model: Field required"),
    ],
)
def test_a_file_that_is_no_group_is_one_line(kept, content, words):
    with pytest.raises(ValueError, match=re.escape(words)) as caught:
        kept.import_(content, TINY)
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 250
    assert kept.of("tiny") == []


@settings(max_examples=100, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(
    st.binary(max_size=200) | st.dictionaries(st.text(), st.integers()).map(lambda v: json.dumps(v).encode())
)
def test_whatever_is_brought_is_refused_in_one_line(kept, content):
    with pytest.raises(ValueError, match="it is no group") as caught:
        kept.import_(content, TINY)
    assert "\n" not in str(caught.value)


def test_a_file_where_a_folder_should_be_is_one_line(kept, temporary_home):
    (temporary_home / "notes").write_text("")
    assert kept.of("tiny") == []
    with pytest.raises(ValueError, match=r"groups cannot be written below .*: free space, .*VAE_CORE_HOME"):
        kept.keep(ALL, [1], "a")


def test_a_full_disk_is_one_line_and_the_old_list_stays(kept, monkeypatch):
    group = kept.keep(ALL, [1], "a")

    def full(*arguments):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(notes, "replace_file", full)
    for change in (lambda: kept.keep(ALL, [2], "b"), lambda: kept.rename(group, "b")):
        with pytest.raises(ValueError, match="No space left on device"):
            change()
    assert kept.of("tiny") == [group]
    assert kept.rows_in(group, ALL).tolist() == [1]
    assert len(list(list_file().parent.glob("*.npz"))) == 1


def test_who_holds_the_folder_for_long_is_told(kept, monkeypatch):
    monkeypatch.setattr(notes, "LOCK_SECONDS", 0.1)
    caught = []

    def keep():
        with pytest.raises(ValueError, match="are in use: try again") as error:
            kept.keep(ALL, [1], "a")
        caught.append(error)

    with kept._notes.held("tiny"):
        other = threading.Thread(target=keep)
        other.start()
        other.join()
    assert caught
    kept.keep(ALL, [1], "a")


KEEP_MANY = """
import sys
from tests.core.maps.test_groups import ALL, VISITOR
from vae_core.maps.groups import Groups
for number in range(10):
    Groups(VISITOR).keep(ALL, [number % 9], sys.argv[1] + str(number))
"""


def test_two_processes_lose_nothing(kept):
    command = [sys.executable, "-c", KEEP_MANY]
    running = [subprocess.Popen([*command, letter], cwd=REPOSITORY) for letter in "ab"]
    assert [process.wait(60) for process in running] == [0, 0]
    names = sorted(group.name for group in kept.of("tiny"))
    assert names == sorted(f"{letter}{number}" for letter in "ab" for number in range(10))


def test_groups_and_favourites_do_not_meet(kept):
    favourite = Favourites(VISITOR).keep("tiny", [1.0], b"\x89PNG\r\n\x1a\n")
    group = kept.keep(ALL, [1], "a")
    assert Favourites(VISITOR).all() == [favourite]
    assert kept.of("tiny") == [group]


def test_only_visitors_have_groups():
    with pytest.raises(ValueError, match=r"visitor is '\.\./x'"):
        Groups("../x")
