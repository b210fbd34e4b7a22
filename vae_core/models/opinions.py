"""Whose opinion of a model's pictures there is, and what is wrong where its file is damaged."""

from vae_core.models.classifiers import Classifier, classifier_for
from vae_core.models.model import LatentModel


def opinion_of(model: LatentModel) -> Classifier | None:
    """The classifier of the model's pictures; None where there is none, or where its file is damaged."""
    return _found(model)[0]


def problem_with_opinion(model: LatentModel) -> str | None:
    """What is wrong with the file of the model's classifier, in one line; None if nothing is."""
    return _found(model)[1]


def _found(model: LatentModel) -> tuple[Classifier | None, str | None]:
    try:
        return classifier_for(model.spec), None
    except ValueError as error:
        return None, str(error)
