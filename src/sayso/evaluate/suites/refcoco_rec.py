"""RefCOCO as localisation: find the region that an expression means; right at an IoU of 0.5 or more (Yu et al. 2016, arXiv:1608.00272)."""

from sayso.evaluate.backends import Decoding
from sayso.evaluate.suites._asked import plugin
from sayso.evaluate.suites._expressions import LOCATE
from sayso.evaluate.suites._locating import read_locating
from sayso.evaluate.suites._protocol import Suite, suites

__all__ = ["refcoco_rec"]


@suites.register("refcoco_rec")
def refcoco_rec(*, split: str = "val") -> Suite:
    """The suite; `split` is a part of the expressions, such as `val`, `testA` or `testB`."""
    return Suite(
        name="refcoco_rec",
        title=f"RefCOCO localisation ({split})",
        source="Yu et al. 2016, arXiv:1608.00272; prompt of lmms-eval, which leaves the length open (48 new tokens are ours)",
        needs="data: folder of refs.json and instances.json; images: folder of the photographs of COCO train2014",
        group="grounding",
        read=lambda files: read_locating("refcoco_rec", files, split=split, patterns=("refs*.json", "*refexp*.json")),
        wordings=LOCATE,
        slots={"expression": "text"},
        output="region",
        decoding=Decoding(max_new_tokens=48),
        metrics=(plugin("iou_at"), plugin("iou")),
    )
