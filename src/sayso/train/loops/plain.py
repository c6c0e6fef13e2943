"""`plain`: no outer loop."""

from sayso.train.loops._protocol import OuterLoop, loops

__all__ = ["plain"]


@loops.register("plain")
def plain() -> OuterLoop:
    """Ordinary steps, one after the other."""
    return OuterLoop()
