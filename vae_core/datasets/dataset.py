"""What a data set is once it is read: a training and a test split of labelled images."""

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from vae_core.base.arrays import unit_images


@dataclass(frozen=True)
class Split:
    """``pixels`` (n, height, width, channels) uint8 as stored; ``labels`` (n,) int64, -1 for none.

    ``attributes`` (n, k) float32: what was known when the images were drawn; None if nothing was.
    """

    pixels: NDArray[np.uint8]
    labels: NDArray[np.int64]
    attributes: NDArray[np.float32] | None = None

    def __post_init__(self) -> None:
        if self.pixels.dtype != np.uint8 or self.pixels.ndim != 4:
            raise ValueError(
                f"pixels are {self.pixels.dtype} {self.pixels.shape}; expected uint8 (n, h, w, channels)"
            )
        if self.labels.shape != (len(self.pixels),):
            raise ValueError(f"{len(self.pixels)} images but labels of shape {self.labels.shape}")
        if self.attributes is not None and len(self.attributes) != len(self.pixels):
            raise ValueError(f"{len(self.pixels)} images but {len(self.attributes)} rows of attributes")

    def __len__(self) -> int:
        return len(self.pixels)

    def taken(self, rows: NDArray[np.int64]) -> "Split":
        """The images of these rows, in that order."""
        attributes = None if self.attributes is None else self.attributes[rows]
        return Split(self.pixels[rows], self.labels[rows], attributes)

    @property
    def images(self) -> NDArray[np.float32]:
        """The images as float32 in [0, 1]; converted at every access, 4 bytes a value."""
        return unit_images(self.pixels)


@dataclass(frozen=True)
class Dataset:
    """A named data set; the test split is never trained on. ``class_names[label]`` names a label.

    ``attribute_names`` name the columns of the splits' attributes. ``notes`` are sentences that
    whoever asked for the data should read.
    """

    name: str
    train: Split
    test: Split
    class_names: tuple[str, ...]
    attribute_names: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def input_shape(self) -> tuple[int, int, int]:
        """(height, width, channels)."""
        height, width, channels = self.train.pixels.shape[1:]
        return height, width, channels

    def of_classes(self, classes: tuple[str, ...]) -> "Dataset":
        """Only images of these classes, labels counted anew in their order.

        Raises ValueError for a class that is unknown, named twice, or has no images.
        """
        return replace(
            self,
            train=of_classes(self.train, classes, self.class_names, self.name),
            test=of_classes(self.test, classes, self.class_names, self.name),
            class_names=classes,
        )

    def at_most(self, images_per_class: int) -> "Dataset":
        """The first training images of each class, in their order; the test split stays whole."""
        rank = np.zeros(len(self.train), np.int64)
        for label in np.unique(self.train.labels):
            rows = np.flatnonzero(self.train.labels == label)
            rank[rows] = np.arange(len(rows))
        return replace(self, train=self.train.taken(np.flatnonzero(rank < images_per_class)))


def check_named_once(classes: tuple[str, ...]) -> None:
    """Raise ValueError if a class is named twice."""
    if len(set(classes)) < len(classes):
        raise ValueError(f"classes are {', '.join(classes)}: each may be named once")


def of_classes(split: Split, classes: tuple[str, ...], class_names: tuple[str, ...], name: str) -> Split:
    """The images of ``classes``, some of the ``class_names`` of data set ``name``, labelled in their order.

    Raises ValueError for a class that is unknown, named twice, or has no images.
    """
    for chosen in classes:
        if chosen not in class_names:
            raise ValueError(f"{chosen!r} is no class of {name}: expected some of {', '.join(class_names)}")
    check_named_once(classes)
    places = [class_names.index(chosen) for chosen in classes]
    new_label = {old: new for new, old in enumerate(places)}
    kept = split.taken(np.flatnonzero(np.isin(split.labels, places)))
    for place in places:
        if not np.any(kept.labels == place):
            raise ValueError(f"class {class_names[place]!r} of {name} has no images here")
    labels = np.array([new_label[int(label)] for label in kept.labels], np.int64)
    return Split(kept.pixels, labels, kept.attributes)
