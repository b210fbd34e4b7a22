"""The line in which pictures, concepts, groups and numbers are added up, and what it comes to."""

import numpy as np
import streamlit as st

from ui.components.expression.view import Fault, Word, expression_view
from ui.components.sheet.view import sheet
from ui.concepts.known import KnownConcept
from ui.pictures.neighbours import neighbour_sheet
from ui.server.visitor import visitor
from ui.visit.address import format_code, shortened
from ui.visit.ends_address import end_at, format_ends
from ui.visit.state import State, address, choice, choose
from ui.words.text import plain
from vae_core.concepts.expressions import (
    Evaluation,
    ExpressionProblem,
    Vocabulary,
    evaluate,
    nearest,
    parse,
    vocabulary_of,
)
from vae_core.concepts.expressions.tree import format_word
from vae_core.maps.groups import Groups
from vae_core.maps.pictures import has_originals
from vae_core.maps.points import Points, held_out_points
from vae_core.models.model import LatentModel

NEIGHBOURS = 12
MOST_WORDS = 400


def show_arithmetic(state: State, known: list[KnownConcept]) -> None:
    """The line, then each term, every partial sum, the result and the real pictures nearest to it."""
    model = state.model
    points = held_out_points(model)
    vocabulary = _vocabulary(model, points, known)
    examples = _examples(vocabulary)
    text = str(choice("sum")) or (examples[0] if examples else "")
    evaluation, fault = _evaluated(text, vocabulary)
    sent = expression_view("sum", text, _words(vocabulary), fault=fault, examples=examples)
    if sent is not None and sent != text:
        choose("sum", sent)
        st.rerun()
    if evaluation is None:
        return
    for note in evaluation.notes:
        st.caption(plain(note))
    _show_steps(model, evaluation)
    _show_result(model, points, evaluation)


def _vocabulary(model: LatentModel, points: Points, known: list[KnownConcept]) -> Vocabulary:
    groups = Groups(visitor())
    rows = {}
    for group in groups.of(model.name):
        try:
            rows[group.name] = groups.rows_in(group, points)
        except ValueError as error:
            st.warning(plain(f"{error}."), icon=":material/error:")
    return vocabulary_of(model, points, {one.name: one.concept.vector for one in known}, rows)


def _evaluated(text: str, vocabulary: Vocabulary) -> tuple[Evaluation | None, Fault | None]:
    if not text.strip():
        return None, None
    try:
        return evaluate(parse(text), vocabulary), None
    except ExpressionProblem as problem:
        return None, Fault(problem.position, problem.length, str(problem))


def _words(vocabulary: Vocabulary) -> list[Word]:
    classes, concepts, groups = (vocabulary.names(kind) for kind in ("class", "concept", "group"))
    words = [Word(name, format_word(name, may_be_number=True), "class") for name in classes]
    words += [Word(name, format_word(name), "concept") for name in concepts]
    words += [Word(name, format_word(name), "group") for name in groups]
    words += [Word(f"{name}:", f"{format_word(name, may_be_number=True)}:", "picture") for name in classes]
    words += [Word(f"{word}:", f"{word}:", "picture") for word in vocabulary.picture_words]
    return words[:MOST_WORDS]


def _examples(vocabulary: Vocabulary) -> list[str]:
    """Two or three lines that can be tried in this model."""
    classes = [format_word(name, may_be_number=True) for name in vocabulary.names("class")]
    concepts = [format_word(name) for name in vocabulary.names("concept")]
    word = vocabulary.picture_words[-1]
    examples = []
    if concepts and vocabulary.picture_count(word):
        examples.append(f"{word}:5 + 1.5*{concepts[0]}")
    if len(classes) >= 8:
        examples.append(f"{classes[7]} - {classes[1]} + {classes[4]}")
    # Pictures of a class where that reads well: cat:12 rather than 0:12 or "without glasses":12.
    one, other = (classes[0], classes[-1]) if classes and all(map(str.isalpha, classes)) else (word, word)
    if vocabulary.picture_count(one) > 40 and vocabulary.picture_count(other) > 3:
        examples += [f"{one}:12 - {one}:40 + {other}:3", f"{one}:12 - {one}:40"]
    return examples


def _show_steps(model: LatentModel, evaluation: Evaluation) -> None:
    """Each term alone, and below it the sum so far."""
    steps = evaluation.steps
    terms = [f"{'−' if step.sign < 0 else '+'} {step.text}" for step in steps]
    codes = np.stack([*(step.shown for step in steps), *(step.partial for step in steps)])
    sheet(
        "sum.steps",
        model.decode(codes),
        len(steps),
        labels=[*terms, *(f"the sum up to {term}" for term in terms)],
        row_labels=["each alone", "added up"],
        column_labels=terms,
        caption="Above, each term decoded by itself; below, the sum so far. The last is the result.",
    )


def _show_result(model: LatentModel, points: Points, evaluation: Evaluation) -> None:
    result = evaluation.result
    left, right = st.columns((1, 2), gap="medium")
    with left:
        sheet(
            "sum.result",
            model.decode(result[np.newaxis]),
            1,
            labels=["The result"],
            largest=320,
            caption="The result: decoded from the sum of codes, drawn by nobody.",
        )
    with right:
        if len(points):
            rows, distances = nearest(points, evaluation, NEIGHBOURS)
            what = "originals" if has_originals(model, points) else "shown as reconstructions"
            neighbour_sheet(
                "sum.nearest",
                model,
                points,
                rows,
                [f"{distance:.2f} away" for distance in distances],
                f"The test pictures nearest to it ({what}), but those in the line.",
                columns=6,
            )
        _show_ways_on(model, evaluation)


def _show_ways_on(model: LatentModel, evaluation: Evaluation) -> None:
    result = evaluation.result.astype(float).tolist()
    ends = format_ends((end_at(evaluation.steps[0].shown), end_at(evaluation.result)))
    with st.container(horizontal=True, key="sum_ways"):
        st.page_link(
            "pages/1_Explore.py",
            label="Explore the result",
            icon=":material/open_with:",
            query_params=shortened({**address(model), "z": format_code(result)}),
        )
        st.page_link(
            "pages/3_Morph.py",
            label="Morph to it",
            icon=":material/animation:",
            query_params=shortened({**address(model), "ends": ends, "shape": "path"}),
        )
