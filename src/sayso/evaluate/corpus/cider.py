"""CIDEr without the clipping and the length penalty of CIDEr-D: the cosine alone.

Whoever repeats a rare word gains by it, which is why `cider_d` came. What papers report as "CIDEr" on COCO is `cider_d`. The paper stems words,
this does not, as its authors' code.

Source: Vedantam et al. 2015, "CIDEr", arXiv 1411.5726, without stemming.
"""

from sayso.evaluate.corpus._protocol import corpus_metrics
from sayso.evaluate.corpus.cider_d import SCALE, Cider, documents_from, weights_named
from sayso.evaluate.metrics import MetricCard
from sayso.evaluate.ptb import PTB

__all__ = ["cider"]

SOURCE = "Vedantam et al. 2015, arXiv 1411.5726, no stemming"


@corpus_metrics.register("cider")
def cider(*, df: str = "corpus") -> Cider:
    """CIDEr; `df` is corpus or the path of a JSON file with document frequencies, as for `cider_d`."""
    card = MetricCard(name="cider", source=f"{SOURCE}; {weights_named(df)}", high=SCALE, tokeniser=PTB)
    return Cider(card=card, documents=documents_from(df), clipped=False)
