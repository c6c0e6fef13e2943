"""A train stage handed over to another tool: settings in its words, weights, and the samples of the run in their order."""

from sayso.train.handover._protocol import Handed, Outcome, Tool, tools

__all__ = ["Handed", "Outcome", "Tool", "tools"]
