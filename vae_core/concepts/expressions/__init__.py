"""Arithmetic with ideas: expressions of pictures, classes, groups, concepts and numbers.

    vocabulary = vocabulary_of(model, points, concepts, groups)
    evaluate(parse("7 - 1 + 4"), vocabulary).result        (d,), to decode

problem     ExpressionProblem, which points at the character
tokens      text into tokens
tree        what an expression consists of, and how it is written
parser      tokens into a tree; nothing is evaluated as Python
names       names that are alike
vocabulary  what the names of an expression mean in one model
factors     numbers, and which of them is a class
evaluation  a tree into codes: each term, every partial sum, the result

Grammar (spaces between tokens mean nothing)::

    sum      = term { ("+" | "-") term }
    term     = factor { ("*" | "/") factor }
    factor   = { "+" | "-" } ( number | name | picture | "(" sum ")" )
    picture  = word ":" whole number                    cat:12  face:5  "ankle boot":3  7:0  picture:5
    name     = [ ("concept" | "group" | "class") ":" ] word      smile  "hair length"  group:"my cats"

A word is letters, digits and underscores, or anything printable in double quotes (a quote and a
backslash in it follow a backslash). After ``concept:``, ``group:`` and ``class:`` a number is a name. −
is as good as -, × and · as *, ÷ as /. Numbers are decimal, at most 1,000, without exponent.

Meaning. Pictures, means of classes and of groups are places; a concept is a direction, one unit of
which is one standard deviation. Pictures are counted from 0: ``cat:12`` is row 12 among those of the
class "cat", ``picture:5``, ``row:5`` and the word of the data (``face:5``, ``digit:5``) are row 5 of all.
A number that stands as a term is the class of that name, and means its mean: ``7 - 1 + 4``. Of several
factors at most one is a place or direction, and the others are numbers; where all are numbers one of
them is read as a class: the last one in brackets that can be, else the last one that can be. So
``2*3`` is twice the class 3, ``(7 - 1)*2`` twice the difference of two classes, and ``7/2`` half of the
class 7. A divisor is always a number.
"""

from vae_core.concepts.expressions.evaluation import Evaluation, Step, evaluate, nearest
from vae_core.concepts.expressions.parser import parse
from vae_core.concepts.expressions.problem import ExpressionProblem
from vae_core.concepts.expressions.tree import Expression, format_expression
from vae_core.concepts.expressions.vocabulary import Vocabulary, vocabulary_of

__all__ = [
    "Evaluation",
    "Expression",
    "ExpressionProblem",
    "Step",
    "Vocabulary",
    "evaluate",
    "format_expression",
    "nearest",
    "parse",
    "vocabulary_of",
]
