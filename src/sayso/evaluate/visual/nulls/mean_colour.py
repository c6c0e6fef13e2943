"""A picture of one colour: the mean of its own pixels."""

from sayso.evaluate.visual.nulls._bases import NullPictures
from sayso.evaluate.visual.nulls._protocol import null_images

__all__ = ["mean_colour", "MeanColour"]


class MeanColour(NullPictures):
    """Only the mean is left."""

    perturbation = "mean_colour_image"


@null_images.register("mean_colour")
def mean_colour() -> MeanColour:
    """The picture's mean colour."""
    return MeanColour()
