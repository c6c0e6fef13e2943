"""The `sayso` command: parse, call the pipeline, print.

Exit codes: 0 done, 1 our fault, 2 usage or recipe, 3 data invalid, 4 a backend or the disk gave up (run the same command
again), 5 a gate failed, 130 interrupted, or nobody reads what it prints (run it again). Failures 2 to 5 are one message, never a traceback.
"""

import os
import sys
import traceback
from collections.abc import Sequence

from cyclopts import App, CycloptsError

from sayso import __version__
from sayso.cli import (
    augment,
    compare,
    data,
    environment,
    init,
    probe,
    review,
    run,
    score,
    sensitivity,
    show,
    study,
    suite_sets,
    suites,
    tasks,
    templates,
    wordings,
)
from sayso.cli.console import stderr
from sayso.errors import SaysoError

__all__ = ["app", "main"]

app = App(
    name="sayso",
    help="Models that do as you say, however you say it: robust multimodal instruction tuning.",
    version=__version__,
    version_flags=["--version"],
    result_action="return_value",
    suppress_keyboard_interrupt=False,
)
"""All commands."""

for command in (run.run, run.check, run.preview, augment.augment, run.build, run.train, run.evaluate, run.report):
    app.command(command)
app.command(data.export)
app.command(data.convert)
app.command(data.induce)
app.command(templates.templates)
app.command(wordings.screen, name="filter")
app.command(review.review)
app.command(init.init)
app.command(probe.probe)
app.command(score.score)
app.command(sensitivity.sensitivity)
app.command(study.study)
app.command(compare.compare)
app.command(show.show)
suites.app.command(suite_sets.set_of, name="set")
suites.app.command(suite_sets.export_suite, name="export")
app.command(tasks.app)
app.command(suites.app)
app.command(environment.env)


def main(arguments: Sequence[str] | None = None) -> None:
    """Run one command and leave with its exit code."""
    sys.exit(_run(list(sys.argv[1:] if arguments is None else arguments)))


def _run(arguments: list[str]) -> int:
    try:
        app(arguments, exit_on_error=False, print_error=False)
    except SaysoError as error:
        return _explain(str(error), code=error.exit_code)
    except CycloptsError as error:
        return _explain(f"{error}\nsayso --help lists the commands", code=2)
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


def _explain(message: str, *, code: int) -> int:
    stderr.quiet = False
    stderr.print(f"sayso: {message}", markup=False, style="red")
    return code
