"""Runs side by side: what differs, how surely, under which wordings and on which examples, and gates that fail where it got worse.

    compare([read_run("runs/a"), read_run("runs/b")], gates=[parse_gate("held_in < -1")], options=Options(), folder=folder)

The first run is the baseline. Everything is paired by task, example, wording and metric; an example keeps all its wordings together, in resamples
and in tests. `reading` knows files, `pairing` what goes with what, `resampling` chance, `quantities` what is compared, `significance` and `effects`
the rest of the statistics, `gates` what fails, `flips` and `details` what to look at.
"""

from sayso.evaluate.comparing.comparison import Options, compare
from sayso.evaluate.comparing.gates import Gate, parse_gate
from sayso.evaluate.comparing.reading import Run, read_run

__all__ = ["compare", "Gate", "Options", "parse_gate", "read_run", "Run"]
