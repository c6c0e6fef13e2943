"""COCO captions: one sentence about a photograph, against those of five people (Chen et al. 2015, arXiv:1504.00325)."""

from sayso.evaluate.suites._asked import find
from sayso.evaluate.suites._captions import CAPTIONS, read_captions
from sayso.evaluate.suites._protocol import Suite, suites

__all__ = ["coco_captions"]


@suites.register("coco_captions")
def coco_captions(*, split: str = "val2017") -> Suite:
    """The suite; `split` is in the name of the file of captions."""
    return Suite(
        name="coco_captions",
        title=f"COCO captions ({split})",
        source="Chen et al. 2015, arXiv:1504.00325; prompt and decoding of lmms-eval",
        needs="data: captions_val2017.json, or the folder it is in; images: folder of the photographs",
        read=lambda files: read_captions("coco_captions", find(files, f"captions_{split}.json"), files),
        tried=True,
        **CAPTIONS,
    )
