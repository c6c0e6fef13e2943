"""Scorers of a user's own, in a file of their own: how long an answer is, and how sure a model is that it knows it."""

import numpy as np

from sayso.data.scorers import Column
from sayso.models.auto import load_model
from sayso.models.contexts import ContextReader
from sayso.sources import load_image


class Longer:
    per_row = True

    def score(self, samples, *, scoring):
        values = np.array([float(len(sample.messages[-1].text)) for sample in samples], dtype=np.float64)
        return {"reward": Column(values=values)}


class Known:
    """Mean log-probability of the answer: low is what the last trained model does not know."""

    per_row = True

    def score(self, samples, *, scoring):
        reader = ContextReader(load_model(scoring.trained[-1].model), load=load_image)
        values = np.array([-found.mean("full") for found in reader.read(samples)], dtype=np.float64)
        return {"necessity": Column(values=values, higher_is_better=False)}


def longer():
    return Longer()


def known():
    return Known()
