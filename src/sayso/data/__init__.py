"""Examples on disk and the samples that are drawn from them; torch is never imported here.

`BuildFolder(path)` opens what the stage `build` wrote. `ExampleStore` reads examples, `MixedOrder` says which comes at step k,
`Sampler` makes the sample of it. Formats of other tools are in `sayso.data.formats`.
"""

from sayso.data.cards import Card
from sayso.data.folder import BuildFolder
from sayso.data.order import MixedOrder
from sayso.data.samples import Sampler
from sayso.data.store import ExampleStore
from sayso.data.writer import ExampleWriter

__all__ = ["BuildFolder", "Card", "ExampleStore", "ExampleWriter", "MixedOrder", "Sampler"]
