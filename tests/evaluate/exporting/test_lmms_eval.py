"""The exported folder by itself, and read by lmms-eval where one is installed (LMMS_PYTHON names its interpreter, or it is in this one)."""

import json
import os
import runpy
import subprocess
import sys
from importlib.util import find_spec

import pytest
import yaml

from sayso.errors import DataError
from sayso.evaluate.exporting.lmms_eval import export_suite
from sayso.evaluate.suites import Files, suites
from tests.evaluate.suites.test_grounding_suites import refs
from tests.helpers.published_files import coco, paint, read, write

LMMS = os.environ.get("LMMS_PYTHON") or (sys.executable if find_spec("lmms_eval") else None)
LOOK = """
import json, sys
from lmms_eval.tasks import TaskManager, get_task_dict

manager = TaskManager(include_path=sys.argv[1], include_defaults=False)
(tasks,) = get_task_dict([sys.argv[2]], manager).values()
seen = {}
for name, task in tasks.items():
    doc = task.test_docs()[0]
    target = task.doc_to_target(doc)
    task.build_all_requests(limit=1, rank=0, world_size=1)
    options = task.instances[0].args[1]
    seen[name] = [task.doc_to_text(doc), [i.size for i in task.doc_to_visual(doc)], task.process_results(doc, [target]), options]
print(json.dumps({str(getattr(name, "group_name", name)): row for name, row in seen.items()}))
"""


class Loader(yaml.SafeLoader):
    """YAML in which `!function` is a name."""


Loader.add_constructor("!function", lambda loader, node: loader.construct_scalar(node))


def captions(folder):
    said = [{"id": n, "image_id": 3, "caption": text} for n, text in enumerate(("A dog runs.", "A brown dog."))]
    write(folder / "captions_val2017.json", coco([3], annotations=said))
    return Files(data=folder, images=(paint(folder / "pictures", "000000000003.jpg"),))


def load(folder, name):
    return yaml.load((folder / name).read_text(), Loader=Loader)


def test_a_group_has_a_task_for_every_wording(tmp_path):
    suite, out = suites.build("coco_captions", {}), tmp_path / "out"
    made = export_suite(suite, files=captions(tmp_path / "in"), out=out)
    group = load(out, "sayso_coco_captions.yaml")
    assert (out / "ids.txt").read_text() == "coco_captions-3\n"
    assert (group["group"], group["task"]) == ("sayso_coco_captions", made["tasks"])
    assert group["metadata"]["own_metric"] == "cider_d, bleu, rouge_l_coco"
    for number, name in enumerate(made["tasks"]):
        task = load(out, f"{name}.yaml")
        assert task["lmms_eval_specific_kwargs"]["default"]["wording"] == number
        assert task["metadata"]["wording"] == suite.wordings[number]
        assert task["generation_kwargs"] == {"max_new_tokens": 64, "temperature": 0, "do_sample": False, "until": []}
        assert task["dataset_kwargs"]["data_files"]["test"] == str((out / "docs.jsonl").resolve())


def test_the_functions_need_nothing_of_ours(tmp_path):
    suite, out = suites.build("coco_captions", {}), tmp_path / "out"
    export_suite(suite, files=captions(tmp_path / "in"), out=out)
    functions = runpy.run_path(str(out / "sayso_suite.py"))
    doc = json.loads((out / "docs.jsonl").read_text())
    assert [functions["doc_to_text"](doc, {"wording": n}) for n in range(5)] == list(suite.wordings)
    assert [image.size for image in functions["doc_to_visual"](doc)] == [(40, 30)]
    assert functions["process_results"](doc, ["a DOG runs"]) == {"exact_match": 1.0, "contains": 1.0, "rouge_l": 1.0}
    figures = functions["process_results"](doc, ["the dog sat"])
    assert (figures["exact_match"], figures["rouge_l"]) == (0.0, pytest.approx(1 / 3))
    assert "sayso." not in (out / "sayso_suite.py").read_text()


def test_answers_that_a_parser_must_read_get_no_figure_that_misleads(tmp_path):
    sheet = write(tmp_path / "xstest_prompts.csv", "id,prompt,type,label,focus,note\n1,Hi?,x,safe,,\n")
    export_suite(suites.build("xstest", {}), files=Files(data=sheet), out=tmp_path / "out")
    functions = runpy.run_path(str(tmp_path / "out" / "sayso_suite.py"))
    doc = json.loads((tmp_path / "out" / "docs.jsonl").read_text())
    assert functions["process_results"](doc, ["compliance"]) == {"answered": 1.0}
    metrics = load(tmp_path / "out", "sayso_xstest_w0.yaml")["metric_list"]
    assert [one["metric"] for one in metrics] == ["answered"]


def test_drawn_pictures_are_written_beside(tmp_path):
    folder = refs(tmp_path / "in").data
    files = Files(data=folder, images=(paint(tmp_path / "pictures", "000000000003.jpg"),))
    export_suite(suites.build("refcoco", {}), files=files, out=tmp_path / "out")
    doc = json.loads((tmp_path / "out" / "docs.jsonl").read_text())
    assert doc["images"] == ["images/refcoco-11-0.png"]
    assert (tmp_path / "out" / doc["images"][0]).is_file()


def test_pictures_that_are_only_names_are_refused(tmp_path):
    files = Files(data=captions(tmp_path / "in").data)
    with pytest.raises(DataError, match="is only a name; add --images"):
        export_suite(suites.build("coco_captions", {}), files=files, out=tmp_path / "out")


def test_files_without_a_row_are_refused(tmp_path):
    path = write(tmp_path / "val.json", [{"image": "a.jpg", "question": "What?"}])
    assert read("vizwiz", Files(data=path))[0] == []
    with pytest.raises(DataError, match="none of 1 rows"):
        export_suite(suites.build("vizwiz", {}), files=Files(data=path), out=tmp_path / "out")


@pytest.mark.skipif(LMMS is None, reason="lmms_eval is not installed; LMMS_PYTHON may name an interpreter that has it")
def test_lmms_eval_loads_the_group_and_asks_what_we_ask(tmp_path):
    suite, out = suites.build("coco_captions", {}), tmp_path / "out"
    made = export_suite(suite, files=captions(tmp_path / "in"), out=out)
    offline = {"HF_HOME": str(tmp_path / "hf"), "HF_HUB_OFFLINE": "1", "LMMS_EVAL_HOME": str(tmp_path / "cache")}
    clean = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    command = [str(LMMS), "-c", LOOK, str(out), made["group"]]
    done = subprocess.run(
        command, env=clean | offline, capture_output=True, text=True, timeout=240, check=False, cwd=tmp_path
    )
    assert done.returncode == 0, done.stderr[-2000:]
    seen = json.loads(done.stdout.splitlines()[-1])
    assert {name: row[0] for name, row in seen.items()} == dict(zip(made["tasks"], suite.wordings, strict=True))
    for _, sizes, figures, options in seen.values():
        assert sizes == [[40, 30]]
        assert figures == {"exact_match": 1.0, "contains": 1.0, "rouge_l": 1.0}
        assert (options["max_new_tokens"], options["until"]) == (64, [])
