"""Synthesis: seeds, pictures or passages in, new items with instructions and answers out, each with a verdict and where it came from."""

from sayso.instructions.synthesize._protocol import Made, Synthesis, Synthesizer, synthesizers

NOT_PLUGINS = ("rules",)

__all__ = ["Made", "Synthesis", "Synthesizer", "synthesizers"]
