"""Metrics: one prediction against its references gives one number with a reason. See `_protocol.py`."""

from sayso.evaluate.metrics._protocol import Context, Metric, MetricCard, ReadRegions, metrics, score, unread

__all__ = ["Context", "Metric", "MetricCard", "metrics", "ReadRegions", "score", "unread"]
