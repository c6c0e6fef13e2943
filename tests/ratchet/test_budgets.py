"""Budgets of the house: numbers that may only get better."""

import importlib
import importlib.util
import inspect
import pkgutil
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

import sayso

spec = importlib.util.spec_from_file_location("measure", Path(__file__).with_name("measure.py"))
measure = importlib.util.module_from_spec(spec)
sys.modules["measure"] = measure
spec.loader.exec_module(measure)


def test_files_are_short():
    sizes = {path: measure.lines(path) for path in measure.files()}
    assert statistics.median(sizes.values()) <= 160
    assert [f"{path}: {size}" for path, size in sizes.items() if size > 600] == []


def test_functions_are_short():
    found = list(measure.functions())
    assert statistics.median(function.body for function in found) <= 8
    assert [f.place for f in found if f.span > 100] == []
    assert sum(f.span > 60 for f in found) <= 0.02 * len(found)


def test_functions_take_few_parameters():
    assert [f"{f.place}: {len(f.parameters)}" for f in measure.functions() if len(f.parameters) > 6] == []


def test_errors_name_the_value():
    found = list(measure.raises())
    silent = [place for place, call in found if not measure.names_a_value(call)]
    assert len(silent) <= 0.1 * len(found), silent


def test_tests_are_in_proportion_and_do_not_patch():
    source = sum(map(measure.lines, measure.files()))
    tests = sum(map(measure.lines, measure.files(measure.TESTS)))
    num_tests = sum(f.node.name.startswith("test_") for f in measure.functions(measure.TESTS))
    assert 0.6 <= tests / source <= 1.3
    assert measure.mock_uses() <= num_tests / 100


def modules():
    return sorted(m.name for m in pkgutil.walk_packages(sayso.__path__, "sayso."))


@pytest.mark.parametrize("name", modules())
def test_public_names_are_declared_sorted_and_documented(name):
    module = importlib.import_module(name)
    public = getattr(module, "__all__", None)
    if public is None:
        assert name.rsplit(".", 1)[-1] == "__main__" or not module.__file__ or is_bare(module), f"{name} has no __all__"
        return
    assert list(public) == sorted(public, key=str.casefold), f"{name}.__all__ is not sorted"
    for public_name in public:
        value = getattr(module, public_name)
        if inspect.isclass(value) or inspect.isfunction(value):
            assert inspect.getdoc(value), f"{name}.{public_name} has no docstring"


def is_bare(module):
    """A package marker or a file of private helpers and plugins."""
    own = [n for n, v in vars(module).items() if getattr(v, "__module__", None) == module.__name__ and n[0] != "_"]
    return not own


def test_the_root_exports_little():
    assert len(sayso.__all__) <= 15


def test_the_changelog_is_at_this_version():
    changelog = (Path(sayso.__file__).parents[2] / "CHANGELOG.md").read_text(encoding="utf-8")
    assert re.search(r"^## \[?(\d+\.\d+\.\d+)", changelog, re.MULTILINE)[1] == sayso.__version__


LIGHT = "sayso, sayso.cli.main, sayso.sources, sayso.tasks, sayso.instructions.library, sayso.data, sayso.report"


def test_torch_is_not_loaded_before_it_is_needed():
    code = f"import sys, {LIGHT}; print([m for m in ('torch', 'transformers', 'datasets') if m in sys.modules])"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout.strip() == "[]"
