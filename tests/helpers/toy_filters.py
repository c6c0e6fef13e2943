"""A verdict in one line: a filter by name, two texts, and what else the filter should know."""

from sayso.instructions.filters._protocol import FilterContext, Pool, filters
from sayso.records import Template


def template(text, *, name="t/0", **fields):
    return Template(id=name, task="t", text=text, **fields)


def context(parent, *, accepted=(), slots=None):
    pool = Pool(template(text, name=f"t/a{i}") for i, text in enumerate(accepted))
    return FilterContext(parent=template(parent), accepted=pool, slots=slots or {})


def verdict(name, text, *, parent, accepted=(), slots=None, language="en", **options):
    judged = template(text, name="t/0~0", language=language)
    return filters.build(name, options).judge(judged, context=context(parent, accepted=accepted, slots=slots))
