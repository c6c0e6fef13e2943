"""How well can the answer be told without looking? A probe learns it from the text alone.

    seen = probe(examples, seed=7)
    assert seen.accuracy - seen.chance < 0.05

A task that can be answered blind trains a model to ignore its pictures (Goyal et al. 2017, "Making the V in VQA matter";
Gururangan et al. 2018 for sentences). The probe is a plain logistic choice between the options over what can be seen of them in
words and numbers (`clues`), cross-validated so that one picture is never on both sides. It finds what can be
learned from a few thousand examples by counting; it does not know the world, as a language model does: that grass is
green in pictures never met, it cannot say.
"""

from sayso.evaluate.blindness.probe import Blindness, probe

__all__ = ["Blindness", "probe"]
