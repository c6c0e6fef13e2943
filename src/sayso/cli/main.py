"""The `sayso` command: parse, call the pipeline, print.

Exit codes: 0 done, 1 our fault, 2 usage or recipe, 3 data invalid, 4 a backend or the disk gave up (run the same command
again), 5 a gate failed, 130 interrupted, or nobody reads what it prints (run it again). Failures 2 to 5 are one message, never a traceback.
"""

import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any

from cyclopts import App, CycloptsError, Group, Parameter

from sayso import __version__
from sayso.cli import (
    augment,
    compare,
    data,
    environment,
    init,
    probe,
    reproduce,
    review,
    run,
    score,
    select,
    sensitivity,
    show,
    study,
    suite_sets,
    suites,
    synthesize,
    tasks,
    templates,
    wordings,
)
from sayso.cli.console import stderr
from sayso.errors import SaysoError

__all__ = ["app", "main"]


def _shown(default: Any) -> str | None:
    """A default as `--help` tells it: flags that are off and lists that are empty go without saying."""
    return None if default is None or default is False or default in ((), "") else str(default)


DATA, TASKS, TRAIN, MEASURE, STUDIES, OTHER = map(
    Group.create_ordered, ("Data", "Tasks", "Train", "Measure", "Studies", "Other")
)
app = App(
    name="sayso",
    help="Models that do as you say, however you say it: robust multimodal instruction tuning.",
    version=__version__,
    version_flags=["--version"],
    result_action="return_value",
    suppress_keyboard_interrupt=False,
    group_commands=OTHER,
    default_parameter=Parameter(show_default=_shown),
)
"""All commands."""

command: Callable[..., None]
for command in (
    init.init,
    run.check,
    run.preview,
    augment.augment,
    synthesize.synthesize,
    run.build,
    select.select,
    review.review,
):
    app.command(command, group=DATA)
for command in (data.export, data.convert, data.induce, templates.templates):
    app.command(command, group=DATA)
app.command(wordings.screen, name="filter", group=DATA)
app.command(tasks.app)
app.command(run.run, group=TRAIN)
app.command(run.train, group=TRAIN)
for command in (
    run.evaluate,
    run.report,
    probe.probe,
    score.score,
    sensitivity.sensitivity,
    compare.compare,
    show.show,
):
    app.command(command, group=MEASURE)
app.command(suites.app)
app.command(study.study, group=STUDIES)
app.command(reproduce.reproduce, group=STUDIES)
app.command(environment.env)
tasks.app.group, suites.app.group = TASKS, MEASURE
suites.app.command(suite_sets.set_of, name="set")
suites.app.command(suite_sets.export_suite, name="export")


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    try:
        app(arguments, exit_on_error=False, print_error=False)
    except SaysoError as error:
        return _explain(str(error), code=error.exit_code)
    except CycloptsError as error:
        return _explain(f"{error}\n{_help_of(error)}", code=2)
    except KeyboardInterrupt:
        return _explain("interrupted; run the same command again to go on", code=130)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())  # or Python complains once more while leaving
        return 130
    except Exception:  # noqa: BLE001 - the last stop before the shell: whatever it is, it is our fault
        return _explain(
            f"{traceback.format_exc()}this is a fault of sayso; please report it with the lines above", code=1
        )
    return 0


def _help_of(error: CycloptsError) -> str:
    """Where to read on: of the command that was meant, or of all."""
    chain = [name for name in error.command_chain or () if name != "sayso"]
    return f"sayso {' '.join(chain)} --help shows what it takes" if chain else "sayso --help lists the commands"


def _explain(message: str, *, code: int) -> int:
    stderr.quiet = False
    stderr.print(f"sayso: {message}", markup=False, style="red")
    return code
