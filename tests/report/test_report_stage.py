"""The whole stage on a fixture run: three faces of one report, self-contained, escaped, and honest about what is missing."""

import json
import re
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest
from fake_run import Shape, write_run

from sayso.artifacts import StageContext
from sayso.config import ReportConfig
from sayso.report.stage import run

HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'{{ 7 * 7 }}</style>"
VOID = {"meta", "link", "img", "wbr", "br"}


class Page(HTMLParser):
    """The elements, attributes and texts of a page, and whether its tags are balanced."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[str] = []
        self.open: list[str] = []
        self.feed(path.read_text())

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag, f"</{tag}> closes another element at {self.getpos()}"

    def handle_data(self, data):
        self.texts.append(data)

    @property
    def text(self) -> str:
        return " ".join(" ".join(self.texts).split())

    def all(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


def report_of(
    folder: Path, *, shape: Shape | None = None, config: ReportConfig | None = None
) -> tuple[StageContext, Page]:
    context = write_run(folder, shape=shape, config=config)
    run(context)
    return context, Page(context.folder / "report.html")


def headings(page: Page) -> list[str]:
    return [name for name, _ in page.elements if re.fullmatch(r"h[1-6]", name)]


def test_the_stage_writes_three_faces_and_counts_what_they_show(tmp_path):
    context = write_run(tmp_path)
    counts = run(context)
    assert {path.name for path in context.folder.iterdir()} == {"report.html", "report.md", "report.json"}
    assert counts["num_tasks"] == 16
    assert counts["num_wordings"] == 128
    assert counts["num_examples_shown"] == 24
    assert counts["html_bytes"] == (context.folder / "report.html").stat().st_size


def test_the_same_artifacts_give_the_same_page(tmp_path):
    context = write_run(tmp_path)
    run(context)
    first = (context.folder / "report.html").read_bytes()
    run(context)
    assert (context.folder / "report.html").read_bytes() == first


def test_the_page_is_well_formed_and_has_its_parts_in_order(tmp_path):
    _, page = report_of(tmp_path)
    assert page.open == []
    assert [element["id"] for element in page.all("section")] == [
        "headline", "wordings", "held-out", "tasks", "examples", "data", "lineage", "definitions",
    ]  # fmt: skip
    levels = [int(name[1]) for name in headings(page)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_page_needs_nothing_but_itself(tmp_path):
    _, page = report_of(tmp_path)
    addresses = [a[key] for _, a in page.elements for key in ("src", "href", "srcset", "data", "action") if a.get(key)]
    assert addresses
    assert all(address.startswith(("data:", "#")) for address in addresses)
    assert not page.all("script")
    assert not any(key.startswith("on") for _, attributes in page.elements for key in attributes)
    styles = "".join(page.texts)
    assert "@import" not in styles
    assert "url(" not in styles
    policy = next(a["content"] for a in page.all("meta") if a.get("http-equiv") == "Content-Security-Policy")
    assert policy.startswith("default-src 'none'")


def test_every_link_within_the_page_has_its_target(tmp_path):
    _, page = report_of(tmp_path)
    ids = [attributes["id"] for _, attributes in page.elements if "id" in attributes]
    assert len(ids) == len(set(ids))
    assert {a["href"].removeprefix("#") for a in page.all("a")} <= set(ids)


def test_every_picture_and_chart_has_words(tmp_path):
    _, page = report_of(tmp_path)
    assert page.all("img")
    assert all(image["alt"] for image in page.all("img"))
    assert all(svg.get("aria-label") or svg.get("aria-hidden") for svg in page.all("svg"))


def test_texts_from_data_show_as_texts(tmp_path):
    context, page = report_of(tmp_path, shape=Shape(hostile=HOSTILE))
    assert page.open == []
    assert not page.all("script")
    assert all(image["src"].startswith("data:image/") for image in page.all("img"))
    assert page.text.count("<script>alert(1)</script>") > 128
    assert "{{ 7 * 7 }}" in page.text
    assert "<script" not in re.sub(
        r"```.*?```", "", (context.folder / "report.md").read_text(), flags=re.DOTALL
    ).replace("\\<", "")


def test_a_hostile_title_shows_as_text(tmp_path):
    _, page = report_of(tmp_path, config=ReportConfig(title=HOSTILE))
    assert HOSTILE in "".join(page.texts)
    assert not page.all("script")


def test_what_was_not_measured_is_said_and_never_zero(tmp_path):
    context, page = report_of(tmp_path, shape=Shape(measured=False))
    assert page.text.count("not measured") > 128
    assert "0.0\u00a0%" not in page.text
    assert not [a for a in page.all("td") if re.fullmatch(r"h\d+", a.get("class") or "")]
    assert "0.0 %" not in (context.folder / "report.md").read_text()
    assert json.loads((context.folder / "report.json").read_text())["held_in"] is None
    assert "no box in the output" in page.text


def test_one_task_makes_a_whole_page(tmp_path):
    context, page = report_of(tmp_path, shape=Shape(num_tasks=1, num_examples=0))
    assert page.open == []
    assert "1 task ·" in page.text
    assert json.loads((context.folder / "report.json").read_text())["held_out_tasks"] is None


def test_a_task_with_one_wording_has_no_sensitivity(tmp_path):
    _, page = report_of(tmp_path, shape=Shape(num_tasks=1, num_trained=1, num_held_out=0))
    assert page.open == []
    assert "H1" not in page.text


def test_a_run_without_showcase_says_so(tmp_path):
    _, page = report_of(tmp_path, shape=Shape(num_examples=0))
    assert "This run kept no examples to show." in page.text
    assert not page.all("img")


def test_the_number_of_examples_is_the_recipe_s(tmp_path):
    _, page = report_of(tmp_path, config=ReportConfig(num_examples=5))
    assert len(page.all("article")) == 5


def test_sixty_two_tasks_in_ten_wordings_stay_under_a_megabyte(tmp_path):
    context, page = report_of(tmp_path, shape=Shape(num_tasks=62, num_trained=7, num_held_out=3))
    cells = [a for a in page.all("td") if re.fullmatch(r"h\d+", a.get("class") or "")]
    assert len(cells) == 620
    assert (context.folder / "report.html").stat().st_size < 1_000_000


def test_the_heat_map_shows_each_wording_s_score_and_text(tmp_path):
    context, page = report_of(tmp_path)
    rows = [json.loads(line) for line in (context.inputs[0] / "scores.jsonl").read_text().splitlines()]
    first = next(row for row in rows if row["task"] == "caption" and row["model"] == "tuned")
    texts = page.text
    assert f"{100 * first['mean']:.0f} caption, wording 1 How many {{color}} things can you see? (caption, 1)" in texts
    assert "caption, wording H1 (held out, L1)" in texts


def test_the_json_face_has_the_headline_on_top_and_no_image_bytes(tmp_path):
    context, _ = report_of(tmp_path)
    text = (context.folder / "report.json").read_text()
    value = json.loads(text, parse_constant=lambda name: pytest.fail(f"{name} is not JSON"))
    summary = json.loads((context.inputs[0] / "summary.json").read_text())
    for key in ("held_in", "held_out_wordings_by_distance", "drop_by_distance"):
        assert value[key] == {k: v for k, v in summary[key].items() if v is not None}
    assert len(value["tasks"]) == 16
    assert "base64" not in text


def test_held_out_wordings_are_told_apart_by_distance_wherever_they_are_told(tmp_path):
    context, page = report_of(tmp_path)
    summary = json.loads((context.inputs[0] / "summary.json").read_text())
    for name in ("L1", "L2"):
        mean, cost = (summary[key][name]["mean"] for key in ("held_out_wordings_by_distance", "drop_by_distance"))
        assert f"Held-out wordings, {name}" in page.text
        assert f"{100 * mean:.1f} % (" in page.text
        assert f"costs {100 * cost:.1f} points (" in page.text
    assert "Held-out wordings L1 L2 Untuned" in page.text
    assert summary["held_out_wordings_by_distance"]["L3"] is None
    assert "L3" not in page.text.replace("L3 written by others", "")


def test_the_data_card_counts_every_refusal(tmp_path):
    _, page = report_of(tmp_path)
    assert "3 rows could not be used and stayed out." in page.text
    assert "box … has no area 2 rows.jsonl, line 3: box 3 has no area" in page.text
    assert "Of 141 candidates, 128 passed every filter and 13 were refused." in page.text
    assert "CC0-1.0 41,000" in page.text
    assert "longer than 512 tokens 3 open_vqa" in page.text
    assert "sorting needs steps" in page.text


def test_the_lineage_names_every_stage_once_in_full(tmp_path):
    context, page = report_of(tmp_path)
    manifest = json.loads((tmp_path / "augment" / "manifest.json").read_text())
    assert page.text.count(manifest["digest"]) == 1
    assert "build e99adbe058517220 shown above" in page.text
    assert "learning_rate: 0.002" in page.text
    assert str(tmp_path) not in (context.folder / "report.html").read_text()
