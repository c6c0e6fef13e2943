"""The toolkit on one page: check, preview, run a recipe's stages, export, and the headline numbers."""

from sayso.pipeline.cards import task_card, task_cards
from sayso.pipeline.checking import CheckResult, check_recipe
from sayso.pipeline.exporting import export_run
from sayso.pipeline.headline import headline, headline_rows
from sayso.pipeline.previewing import Preview, preview_recipe, role_legend
from sayso.pipeline.running import StageResult, run_recipe, run_stages

__all__ = [
    "check_recipe",
    "CheckResult",
    "export_run",
    "headline",
    "headline_rows",
    "Preview",
    "preview_recipe",
    "role_legend",
    "run_recipe",
    "run_stages",
    "StageResult",
    "task_card",
    "task_cards",
]
