"""Corpus metrics: figures over many answers at once, with intervals. See `_protocol.py`."""

from sayso.evaluate.corpus._protocol import Answer, CorpusMetric, Tally, corpus_metrics

__all__ = ["Answer", "corpus_metrics", "CorpusMetric", "NOT_PLUGINS", "Tally"]

NOT_PLUGINS = ("mean_of", "measuring")
"""Modules here that are no plugins."""
