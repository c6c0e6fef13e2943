"""A suite on a model: rows -> examples under several wordings -> predictions -> figures, each step from the files of the one before.

    plan = make_plan(suite, files=Files(data=...), selection=Selection(wordings=5))
    run_suite(plan, folder=out / "pope", model=Model(name="tiny", load=...), bootstrap=Bootstrap(seed=0))
    score_folder(out / "pope", reading=Reading(parser=PluginConfig(name="pope_official")))

The last step decodes nothing: another parser or metric can be tried at any time.
"""

from sayso.evaluate.suite_runs.cards import NAME as CARD
from sayso.evaluate.suite_runs.cards import SuiteCard
from sayso.evaluate.suite_runs.plan import Plan, Selection, make_plan
from sayso.evaluate.suite_runs.running import Model, check, opened, run_suite
from sayso.evaluate.suite_runs.scoring import Reading, is_finished, score_folder

__all__ = [
    "CARD",
    "check",
    "is_finished",
    "make_plan",
    "Model",
    "opened",
    "Plan",
    "Reading",
    "run_suite",
    "score_folder",
    "Selection",
    "SuiteCard",
]
