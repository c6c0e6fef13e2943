"""Features: a vector for each sample of a pool, by name, for selectors that compare samples with one another."""

from sayso.data.features._protocol import Featuriser, featurisers

__all__ = ["Featuriser", "featurisers"]
