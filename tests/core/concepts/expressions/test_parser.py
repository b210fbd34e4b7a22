"""The grammar of expressions: what is read, how it is written, and where each problem points."""

import pickle

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vae_core.concepts.expressions import ExpressionProblem, format_expression, parse
from vae_core.concepts.expressions.tree import Factor, Name, Negation, Number, Picture, Product, Sum, Term

PIECES = [
    *"+-*/():.\"'<>=[]{}\\_ \t\n\x00\u2212\u00d7\u00b7\u201c\u201d",
    *(
        "7",
        "12",
        "0.5",
        "1e308",
        "cat",
        "smile",
        "nan",
        "inf",
        "__import__",
        "lambda",
        "<script>",
        "größe",
        "猫",
    ),
]
printable = st.characters(min_codepoint=32, max_codepoint=0x2FFF).filter(str.isprintable)
names = st.text(printable, min_size=1, max_size=12).filter(str.strip) | st.sampled_from(
    ["cat", "7", "concept", "group", "class", "picture", 'a "quoted" \\ one', "“curly”"]
)
numbers = st.builds(Number, st.floats(0, 1000).filter(lambda value: value == 0 or value > 1e-9))
leaves = st.one_of(
    numbers,
    st.builds(Name, names, st.sampled_from([None, "class", "group", "concept"])),
    st.builds(Picture, names, st.integers(0, 10**9 - 1)),
)


def _larger(inner):
    products = st.builds(
        lambda first, rest: Product((Factor(first), *(Factor(*one) for one in rest))),
        inner,
        st.lists(st.tuples(inner, st.booleans()), min_size=1, max_size=3),
    )
    sums = st.builds(
        lambda first, rest: Sum((Term(first), *(Term(*one) for one in rest))),
        inner,
        st.lists(st.tuples(inner, st.sampled_from([1, -1])), min_size=1, max_size=3),
    )
    return st.one_of(products, sums, st.builds(Negation, inner))


trees = st.recursive(leaves, _larger, max_leaves=15)


@given(trees)
def test_what_is_written_is_read_again(tree):
    assert parse(format_expression(tree)) == tree


@given(st.text(max_size=80) | st.lists(st.sampled_from(PIECES), max_size=40).map("".join))
def test_any_text_is_read_or_its_problem_points_into_it(text):
    try:
        tree = parse(text)
    except ExpressionProblem as problem:
        assert 0 <= problem.position <= problem.position + problem.length <= len(text)
        assert str(problem).isprintable()
        assert len(str(problem)) < 300
        shown, carets = problem.pointed(text).split("\n")
        assert shown.isprintable()
        assert set(carets) <= {" ", "^"}
        assert carets.count("^") >= 1
    else:
        assert parse(format_expression(tree)) == tree


def test_products_bind_closer_than_sums_and_signs_closer_than_products():
    seven, one, four = (Name("a"), Name("b"), Name("c"))
    assert parse("a - b*c") == Sum((Term(seven), Term(Product((Factor(one), Factor(four))), -1)))
    assert parse("(a - b)*c") == Product((Factor(Sum((Term(seven), Term(one, -1)))), Factor(four)))
    assert parse("-a*b") == Product((Factor(Negation(seven)), Factor(one)))
    assert parse("-(a*b)") == Negation(Product((Factor(seven), Factor(one))))
    assert parse("a/b*c") == Product((Factor(seven), Factor(one, True), Factor(four)))
    assert parse("a - b - c") == Sum((Term(seven), Term(one, -1), Term(four, -1)))
    assert parse("a - (b - c)") == Sum((Term(seven), Term(Sum((Term(one), Term(four, -1))), -1)))
    assert parse("+(((a)))") == seven
    assert parse("a - -+-b") == Sum((Term(seven), Term(Negation(Negation(one)), -1)))


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        ("7−1+4", "7 - 1 + 4"),
        ("7 – 1", "7 - 1"),
        ("1.50×smile · 2 ÷ 3", "1.5*smile*2/3"),
        (".5*a + 2.*b", "0.5*a + 2*b"),
        ("cat : 012", "cat:12"),
        ("7:12", "7:12"),
        ('concept : "smile"', "concept:smile"),
        ("class:7", 'class:"7"'),
        ('"concept":3', '"concept":3'),
        ('"ankle boot":3', '"ankle boot":3'),
        ("“hair length”", '"hair length"'),
        (r'"a \"b\" \\ c"', r'"a \"b\" \\ c"'),
        ("größe_2 + 猫", "größe_2 + 猫"),
        ("\ta\n+\u00a0b ", "a + b"),
        ("0.0000001*a", "0.0000001*a"),
    ],
)
def test_it_is_written_in_one_way(text, canonical):
    assert format_expression(parse(text)) == canonical


def test_nodes_know_where_they_stand():
    text = ' 2*"my cats" - cat:12'
    product, picture = (term.operand for term in parse(text).terms)
    assert text[product.position :][: product.length] == '2*"my cats"'
    assert text[picture.position :][: picture.length] == "cat:12"
    assert picture.number_position == text.index("12")
    assert parse("a") == parse("   a")


@pytest.mark.parametrize(
    ("text", "position", "length", "message"),
    [
        ("", 0, 0, "the expression is empty"),
        ("  ", 2, 0, "the expression is empty"),
        ("face:5 +", 8, 0, "found the end: expected a picture"),
        ("* smile", 0, 1, "found '*': expected a picture"),
        ("a + * b", 4, 1, "found '*': expected a picture"),
        ("(a + b", 0, 1, "this bracket is not closed"),
        ("((a)", 0, 1, "this bracket is not closed"),
        ("a + b)", 5, 1, "found ')': expected a bracket ( before it"),
        ("()", 1, 1, "found ')': expected a picture"),
        ("(a b)", 3, 1, "expected + - * /"),
        ("hair length", 5, 6, 'goes into quotes: "hair length"'),
        ("a 2", 2, 1, "found '2': expected + - * /"),
        ("a(b)", 1, 1, "found '(': expected + - * /"),
        ("a**b", 2, 1, "found '*'"),
        ("a//b", 2, 1, "found '/'"),
        ("<script>alert(1)</script>", 0, 1, "found the character '<'"),
        ("a; b", 1, 1, "found the character ';'"),
        ("a\x00", 1, 1, r"found the character '\x00'"),
        ("a \u202e b", 2, 1, r"found the character '\u202e'"),
        ('"a\nb"', 2, 1, r"found the character '\n' in a name"),
        ('"hair', 0, 5, "this quote is not closed"),
        ('a + "b\\', 4, 3, "this quote is not closed"),
        ('""', 0, 2, "found an empty name"),
        ('"  "', 0, 4, "found an empty name"),
        ("1e308*a", 0, 5, "'1e308' is no number"),
        ("1.2.3", 0, 5, "'1.2.3' is no number"),
        ("3d", 0, 2, "'3d' is no number"),
        ("2*1000.5", 2, 6, "expected at most 1,000"),
        ("9" * 400, 0, 400, "expected at most 1,000"),
        ("cat:", 4, 0, "found the end: expected the number of a picture, as in cat:5"),
        ("cat:-1", 4, 1, "found '-': expected the number of a picture"),
        ("cat:1.5", 4, 3, "found '1.5': expected the number of a picture"),
        ('cat:"5"', 4, 3, "expected the number of a picture"),
        ("cat:1000000000", 4, 10, "at most 999,999,999"),
        ("1.5:3", 0, 3, "found '1.5' before a colon"),
        ("concept:", 8, 0, "found the end: expected the name of a concept"),
        ("group:(a)", 6, 1, "found '(': expected the name of a group"),
        ("a:1:2", 3, 1, "found ':': expected + - * /"),
        ("__import__(os).system(true)", 14, 1, "found the character '.'"),
    ],
)
def test_a_problem_points_at_its_character(text, position, length, message):
    with pytest.raises(ExpressionProblem) as caught:
        parse(text)
    assert (caught.value.position, caught.value.length) == (position, length)
    assert message in str(caught.value)


def test_what_is_too_large_is_refused_before_it_costs_anything():
    with pytest.raises(ExpressionProblem, match="has 2,001 characters: expected at most 2,000") as caught:
        parse("a" * 2001)
    assert (caught.value.position, caught.value.length) == (2000, 1)
    with pytest.raises(ExpressionProblem, match="at most 2,000"):
        parse("+".join(["a"] * 10_000))
    assert len(parse("+".join(["a"] * 200)).terms) == 200
    with pytest.raises(ExpressionProblem, match="more than 200 names and numbers") as caught:
        parse("*".join(["a"] * 201))
    assert caught.value.position == 400
    assert parse("(" * 50 + "a" + ")" * 50) == Name("a")
    for opening in ("(", "-", "-("):
        with pytest.raises(ExpressionProblem, match="at most 50 deep") as caught:
            parse(opening * 900)
        assert caught.value.position == 50
    assert parse("+" * 1999 + "a") == Name("a")


def test_it_points_with_carets_and_shows_the_surroundings_of_a_long_text():
    assert ExpressionProblem("m", 4, 2).pointed("7 + ab") == "7 + ab\n    ^^"
    assert ExpressionProblem("m", 3, 0).pointed("7 +") == "7 +\n   ^"
    assert ExpressionProblem("m", 2).pointed("猫+x") == "猫+x\n   ^"
    assert ExpressionProblem("m", 2).pointed("a\n<") == "a <\n  ^"
    shown, carets = ExpressionProblem("m", 500).pointed("a" * 500 + "<" + "b" * 500).split("\n")
    assert len(shown) == 72
    assert shown[carets.index("^")] == "<"


def test_a_problem_survives_being_sent_to_another_process():
    problem = pickle.loads(pickle.dumps(ExpressionProblem("text", 3, 2)))
    assert (str(problem), problem.position, problem.length) == ("text", 3, 2)


@pytest.mark.parametrize("value", [-1.0, 1000.1, float("nan"), float("inf")])
def test_a_number_outside_is_none(value):
    with pytest.raises(ValueError, match="expected 0 to 1,000"):
        Number(value)
