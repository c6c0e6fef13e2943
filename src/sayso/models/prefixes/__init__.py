"""What many prompts have in common is read once: a picture and what stands around it, for all wordings asked about it.

    prompts ──group──> groups ──batches──> one prefix a group ──read──> all rest at once, each row behind its own prefix

`grouping` finds what is shared, `rows` are what is read behind it, `kept` is the cache, `attention` computes it without a copy of it, `reading` calls the model, `trust` says
which models may be read so: every model is first compared with itself, and one that fails is read the plain way.
"""

from sayso.models.prefixes.grouping import MIN_SHARED, Group, group, in_batches
from sayso.models.prefixes.reading import Reading
from sayso.models.prefixes.rows import Row
from sayso.models.prefixes.trust import Verdict, judge

__all__ = ["Group", "group", "in_batches", "judge", "MIN_SHARED", "Reading", "Row", "Verdict"]
