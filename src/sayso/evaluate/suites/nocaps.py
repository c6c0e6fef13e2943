"""NoCaps: captions of pictures with things that COCO does not name (Agrawal et al. 2019, arXiv:1812.08658).

The category of an example is its domain, `in-domain`, `near-domain` or `out-domain`.
"""

from sayso.evaluate.suites._asked import find
from sayso.evaluate.suites._captions import CAPTIONS, read_captions
from sayso.evaluate.suites._protocol import Suite, suites

__all__ = ["nocaps"]


@suites.register("nocaps")
def nocaps() -> Suite:
    """The suite; the captions of its test part are not public."""
    return Suite(
        name="nocaps",
        title="NoCaps (validation)",
        source="Agrawal et al. 2019, arXiv:1812.08658; prompt and decoding of lmms-eval",
        needs="data: nocaps_val_4500_captions.json, or the folder it is in; images: folder of the pictures of Open Images",
        read=lambda files: read_captions("nocaps", find(files, "nocaps_val*.json"), files),
        **CAPTIONS,
    )
