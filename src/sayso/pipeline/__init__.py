"""The toolkit on one page: check, preview, run a recipe's stages, export, and the headline numbers.

Names are loaded when they are first asked for, so that `sayso --help` does not wait for Parquet.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from sayso.pipeline.augmenting import Files, augment_templates
    from sayso.pipeline.cards import task_card, task_cards
    from sayso.pipeline.checking import CheckResult, check_recipe
    from sayso.pipeline.comparing import (
        CompareOptions,
        compare_runs,
        comparison_lines,
        comparison_table,
        raise_if_gated,
    )
    from sayso.pipeline.converting import convert
    from sayso.pipeline.exporting import export_run
    from sayso.pipeline.handing_over import HandOver, hand_over_recipe, hand_over_run
    from sayso.pipeline.inducing import InduceOptions, induce
    from sayso.pipeline.initialising import InitResult, init_folder
    from sayso.pipeline.previewing import Preview, preview_recipe, preview_tokens, role_legend
    from sayso.pipeline.probing import Probed, ProbeOptions, probe_model
    from sayso.pipeline.processes import launched
    from sayso.pipeline.proving import Proven, prove_recipe, prove_tasks, source_of
    from sayso.pipeline.reproducing.running import Reproduced, Reproduction, reproduce, told_plans
    from sayso.pipeline.reviewing import Review, review_run
    from sayso.pipeline.running import StageResult, run_recipe, run_stages
    from sayso.pipeline.scoring import ScoreOptions, score_file
    from sayso.pipeline.screening import filters_of, screen_candidates
    from sayso.pipeline.selecting import RecordFiles, SelectOptions, select_from_file
    from sayso.pipeline.showing import show_run
    from sayso.pipeline.studying import Study, find_axis, run_study
    from sayso.pipeline.suite_sets import SetResult, export_suite, set_of_suites
    from sayso.pipeline.suites import SuiteOptions, run_suites, score_suites, suite_card, suite_cards
    from sayso.pipeline.summary import headline, headline_rows
    from sayso.pipeline.synthesizing import SynthesisFiles, synthesize_seeds
    from sayso.pipeline.templating import TemplateOptions, find_templates

__all__ = [
    "augment_templates",
    "check_recipe",
    "CheckResult",
    "compare_runs",
    "CompareOptions",
    "comparison_lines",
    "comparison_table",
    "convert",
    "export_run",
    "export_suite",
    "Files",
    "filters_of",
    "find_axis",
    "find_templates",
    "hand_over_recipe",
    "hand_over_run",
    "HandOver",
    "headline",
    "headline_rows",
    "induce",
    "InduceOptions",
    "init_folder",
    "InitResult",
    "launched",
    "measure_sensitivity",
    "Preview",
    "preview_recipe",
    "preview_tokens",
    "probe_model",
    "Probed",
    "ProbeOptions",
    "prove_recipe",
    "prove_tasks",
    "Proven",
    "raise_if_gated",
    "RecordFiles",
    "reproduce",
    "Reproduced",
    "Reproduction",
    "Review",
    "review_run",
    "role_legend",
    "run_recipe",
    "run_stages",
    "run_study",
    "run_suites",
    "score_file",
    "score_suites",
    "ScoreOptions",
    "screen_candidates",
    "select_from_file",
    "SelectOptions",
    "SensitivityOptions",
    "set_of_suites",
    "SetResult",
    "show_run",
    "source_of",
    "StageResult",
    "Study",
    "suite_card",
    "suite_cards",
    "SuiteOptions",
    "SynthesisFiles",
    "synthesize_seeds",
    "task_card",
    "task_cards",
    "TemplateOptions",
    "told_plans",
]

_HOMES = {
    "augmenting": ("augment_templates", "Files"),
    "cards": ("task_card", "task_cards"),
    "checking": ("check_recipe", "CheckResult"),
    "comparing": ("compare_runs", "comparison_lines", "comparison_table", "CompareOptions", "raise_if_gated"),
    "converting": ("convert",),
    "exporting": ("export_run",),
    "handing_over": ("hand_over_recipe", "hand_over_run", "HandOver"),
    "inducing": ("induce", "InduceOptions"),
    "initialising": ("init_folder", "InitResult"),
    "scoring": ("score_file", "ScoreOptions"),
    "measuring": ("measure_sensitivity", "SensitivityOptions"),
    "previewing": ("Preview", "preview_recipe", "preview_tokens", "role_legend"),
    "probing": ("probe_model", "Probed", "ProbeOptions"),
    "processes": ("launched",),
    "proving": ("prove_recipe", "prove_tasks", "Proven", "source_of"),
    "reproducing.running": ("reproduce", "Reproduced", "Reproduction", "told_plans"),
    "reviewing": ("Review", "review_run"),
    "running": ("run_recipe", "run_stages", "StageResult"),
    "screening": ("filters_of", "screen_candidates"),
    "selecting": ("RecordFiles", "select_from_file", "SelectOptions"),
    "showing": ("show_run",),
    "studying": ("Study", "find_axis", "run_study"),
    "suite_sets": ("export_suite", "set_of_suites", "SetResult"),
    "suites": ("run_suites", "score_suites", "suite_card", "suite_cards", "SuiteOptions"),
    "summary": ("headline", "headline_rows"),
    "synthesizing": ("SynthesisFiles", "synthesize_seeds"),
    "templating": ("find_templates", "TemplateOptions"),
}


def __getattr__(name: str) -> Any:
    for home, names in _HOMES.items():
        if name in names:
            return getattr(import_module(f"{__name__}.{home}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
