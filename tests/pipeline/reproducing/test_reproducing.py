"""`sayso reproduce` from plan to page: registered first, killed and taken up again, and the numbers are the same."""

import json
import os
import signal
import subprocess
import sys
import time

import pytest
from toy_plan import written

pytest.importorskip("torch")

WAIT_S = 120


def command(plan, out, *options):
    return [sys.executable, "-m", "sayso", "reproduce", str(plan), "--out", str(out), "--jobs", "2", "--json", *options]


def finish(plan, out, *options):
    done = subprocess.run(command(plan, out, *options), capture_output=True, text=True, timeout=WAIT_S, check=False)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout.splitlines()[-1])["reproductions"][0]


def kill_in_the_middle(plan, out):
    """Kill the command alone as soon as one run is being trained, as somebody with a list of processes would: its runs go on."""
    with (out.parent / "log.txt").open("w") as log:
        process = subprocess.Popen(command(plan, out), stdout=log, stderr=log)
        deadline = time.monotonic() + WAIT_S
        while not list(out.glob("toy/cells/*/train.partial")):
            assert process.poll() is None and time.monotonic() < deadline, (out.parent / "log.txt").read_text()  # noqa: PT018
            time.sleep(0.01)
        process.send_signal(signal.SIGKILL)
        process.wait()


def numbers(out):
    """All of the results that is not time."""
    results = json.loads((out / "toy" / "results.json").read_text())
    for run in results["runs"]:
        del run["train_s"], run["total_s"]
    return json.dumps(results)


@pytest.mark.slow
def test_killed_and_taken_up_again_a_reproduction_ends_with_the_same_numbers(tmp_path):
    plan, out = written(tmp_path), tmp_path / "out"
    kill_in_the_middle(plan, out)
    registered = (out / "toy" / "plan.json").read_bytes()
    assert not (out / "toy" / "results.json").exists()

    found = finish(plan, out)
    verdicts = {finding["claim"]: finding["verdict"] for finding in found["findings"]}
    assert verdicts["trained"] == "holds"
    assert verdicts["longer"] == verdicts["foreign"] == "not run"
    reasons = {finding["claim"]: finding.get("reason", "") for finding in found["findings"]}
    assert reasons["foreign"] == "'others' wordings' needs SAYSO_TOY_DATA, which was not set"
    assert (out / "toy" / "plan.json").read_bytes() == registered
    assert "Five wordings take a step more." in (out / "toy" / "page.html").read_text()
    cells = sorted(path.name for path in (out / "toy" / "cells").iterdir())
    assert cells == ["five-seed1", "five-seed2", "one-seed1", "one-seed2"]

    whole, times = numbers(out), {path: path.stat().st_mtime_ns for path in out.rglob("run.json")}
    made_anew = out / "toy" / "cells" / "one-seed1"
    os.rename(made_anew, tmp_path / "before")
    os.rename(out / "shared-stages", tmp_path / "shelf")
    finish(plan, out)
    assert numbers(out) == whole
    assert [path.parent.name for path, at in times.items() if path.stat().st_mtime_ns != at] == ["one-seed1"]


def test_hours_that_are_over_begin_nothing_and_what_there_is_gets_told(tmp_path):
    plan, out = written(tmp_path), tmp_path / "out"
    found = finish(plan, out, "--hours", "1e-9")
    assert found["runs"] == 0
    assert {finding["verdict"] for finding in found["findings"]} == {"not run"}
    assert (out / "toy" / "page.md").exists()
