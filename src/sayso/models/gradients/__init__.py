"""Gradients of single examples: what each would change about a model, as short vectors that can be compared.

    sample ──loss of its responses──> gradient (P,) ──moments──> Adam's step ──projection──> (d,) ──length 1──> row

`weights` says of which parameters, `reading` takes the gradients, `moments` and `checkpoints` are what training left, `projecting` makes them
short, `rows` is all of it together: samples in, unit rows out.
"""

from sayso.models.gradients.checkpoints import Checkpoint, Opener, checkpoints_of, open_checkpoint, read_moments
from sayso.models.gradients.moments import Moments, estimate_moments
from sayso.models.gradients.projecting import Projection, project_by
from sayso.models.gradients.reading import GradientReader
from sayso.models.gradients.rows import GradientRows, Rows
from sayso.models.gradients.weights import Weights, choose_weights

__all__ = [
    "Checkpoint",
    "checkpoints_of",
    "choose_weights",
    "estimate_moments",
    "GradientReader",
    "GradientRows",
    "Moments",
    "open_checkpoint",
    "Opener",
    "project_by",
    "Projection",
    "read_moments",
    "Rows",
    "Weights",
]
