"""Undo and redo: a list of points and a place in it."""

from hypothesis import given
from hypothesis import strategies as st

from ui.visit.history import History

points = st.lists(st.floats(-9, 9, width=16), min_size=2, max_size=2)


@given(st.lists(st.one_of(points, st.sampled_from(["undo", "redo"])), max_size=60))
def test_undo_and_redo_follow_a_simple_model(actions):
    history, past, future = History(), [], []
    for action in actions:
        if action == "undo":
            moved = history.undo()
            assert moved == (len(past) > 1)
            if moved:
                future.append(past.pop())
        elif action == "redo":
            moved = history.redo()
            assert moved == bool(future)
            if moved:
                past.append(future.pop())
        else:
            z = [float(f"{value:.4g}") for value in action]
            history.visit(z)
            if not past or past[-1] != z:
                past.append(z)
                future = []
        assert history.here == (past[-1] if past else None)
        assert (history.undo_steps, history.redo_steps) == (max(0, len(past) - 1), len(future))


def test_ten_thousand_steps_can_be_undone():
    history = History()
    for step in range(10_001):
        history.visit([float(step)])
    for _ in range(10_000):
        assert history.undo()
    assert history.here == [0.0]
    assert not history.undo()


def test_back_and_forward_walk_the_same_way():
    history = History()
    for step in range(4):
        history.visit([float(step)])
    history.return_to([2.0])
    assert (history.here, history.undo_steps, history.redo_steps) == ([2.0], 2, 1)
    history.return_to([3.0])
    assert (history.here, history.redo_steps) == ([3.0], 0)
    history.return_to([9.0])
    assert (history.here, history.undo_steps) == ([9.0], 4)


def test_a_flood_is_bounded_and_the_present_stays(monkeypatch):
    monkeypatch.setattr("ui.visit.history.MAXIMUM_BYTES", 4 * 100)
    history = History()
    for step in range(1000):
        history.visit([float(step)])
    assert history.here == [999.0]
    assert len(history.points) <= 102
    assert history.undo()
    assert history.here == [998.0]
