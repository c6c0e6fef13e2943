"""The page of a reproduction: everything that was asked and found is on it, escaped, in both forms; the figure is where the numbers are."""

import re
from xml.etree import ElementTree

import pytest
from invented_results import CLAIMS, TRUTH, arm_runs, instraug, instraug_results, results_of

from sayso.errors import DataError
from sayso.pipeline.reproducing.arms import cost_rows, rows_of
from sayso.pipeline.reproducing.figure import VERDICT_COLOURS, draw_forest
from sayso.pipeline.reproducing.found import VERDICTS, ArmRun
from sayso.pipeline.reproducing.page import command_of, inline, render_html, render_markdown, write_pages
from sayso.pipeline.reproducing.plan import Arm, Claim, Scale
from sayso.pipeline.reproducing.telling import amount, cards_of, counts_text

SVG = "{http://www.w3.org/2000/svg}"
EVIL = "<script>alert('x')</script> & | **bold** [link](http://x)"


@pytest.fixture(scope="module")
def plan():
    return instraug()


@pytest.fixture(scope="module")
def results(plan):
    return instraug_results(plan)


def card(results, name, plan=None):
    (found,) = [one for one in cards_of(plan or instraug(), results) if one.name == name]
    return dict(found.lines)


def test_the_helper_has_a_claim_of_every_verdict(results):
    assert {one.verdict for one in results.findings} == set(VERDICTS)


@pytest.mark.parametrize("render", [render_html, render_markdown])
def test_all_that_was_asked_and_found_is_on_the_page(render, plan, results):
    page = render(plan, results)
    text = re.sub(r"\\(.)", r"\1", page).replace("&lt;", "<").replace("&#39;", "'")
    for claim in plan.claims.values():
        assert claim.says in text
        assert claim.paper in text
    for one in cards_of(plan, results):
        assert one.verdict in text
        assert all(said in text for _, said in one.lines)
    for arm in {run.arm for run in results.runs}:
        assert plan.arms[arm].label in text
    for said in (plan.about, results.digest, results.registered, "sayso reproduce instraug --scale cpu", "verdicts are read after all 5 seeds"):  # fmt: skip
        assert said in text


def test_numbers_of_a_claim_in_words(plan, results):
    finding = results.findings[0]
    seen = card(results, "more")["Seen"]
    assert seen.startswith(f"+{100 * finding.mean:.1f} points (95 % interval +{100 * finding.low:.1f} to +{100 * finding.high:.1f}), 5 seeds")  # fmt: skip
    assert f"or p = {finding.p_adjusted:.3f} by Holm over 6 claims" in seen
    assert card(results, "more")["Smallest visible"] == f"registered 3.4 points, seen {100 * finding.visible:.1f} points (80 % power)"  # fmt: skip
    assert card(results, "more")["Expected"] == "above 0.0 points; an interval wholly below +1.0 points refutes it"


def test_what_is_hoped_to_be_larger_stands_first_and_measures_are_named_once(results):
    assert card(results, "third")["Contrast"] == "0.333 × one wording a task \N{MINUS SIGN} thirty augmented wordings a task, in: Sensitivity"  # fmt: skip
    mixed = instraug(claims={"gap": Claim(says="x", paper="", contrast={"one/L3": -1, "one/L1": 1})})
    said = card(instraug_results(mixed), "gap", mixed)["Contrast"]
    assert said == "one wording a task [wordings L1, same author] \N{MINUS SIGN} one wording a task [wordings L3, by others]"  # fmt: skip


def test_the_likely_reason_stands_where_a_claim_does_not_hold_and_not_where_it_does(results):
    assert card(results, "near")["Likely reason"] == CLAIMS["near"].why_not
    assert results.findings[4].verdict == "holds"
    assert CLAIMS["third"].why_not
    assert "Likely reason" not in card(results, "third")


def test_a_claim_that_holds_alone_and_not_among_many_says_so():
    weak = [ArmRun(arm=arm, seed=seed, measures={"L1": value, "L3": 0.5}, train_s=1, total_s=1, steps=1)
            for seed, gain in enumerate((0.02, 0.05, 0.075, 0.03), 1) for arm, value in (("one", 0.4), ("five", 0.4 + gain))]  # fmt: skip
    claims = {
        name: Claim(says=name, paper="", measure=measure, contrast={"five": 1, "one": -1})
        for name, measure in (("a", "L1"), ("b", "L3"))
    }
    plan = instraug(claims=claims, scales={"cpu": Scale(seeds=(1, 2, 3, 4))})
    results = results_of(plan, weak)
    assert results.findings[0].verdict == "holds"
    assert "Corrected over all claims of the page it could be chance." in card(results, "a", plan)["So"]


def test_a_gain_too_small_to_matter_says_so_and_a_margin_that_is_kept_does_not():
    runs = [ArmRun(arm=arm, seed=seed, measures={"L1": 0.4 + more}, train_s=1, total_s=1, steps=1)
            for seed, gain in enumerate((0.002, 0.003, 0.004), 1) for arm, more in (("one", 0), ("five", gain))]  # fmt: skip
    claims = {
        name: Claim(says=name, paper="", measure="L1", contrast={"five": 1, "one": -1}, exceeds=bound, matters=0.02)
        for name, bound in (("gain", 0.0), ("margin", -0.01))
    }
    plan = instraug(claims=claims, scales={"cpu": Scale(seeds=(1, 2, 3))})
    results = results_of(plan, runs)
    assert [one.verdict for one in results.findings] == ["holds", "holds"]
    assert "though below +2.0 points, from which on it would matter" in card(results, "gain", plan)["So"]
    assert "though" not in card(results, "margin", plan)["So"]


def test_text_of_a_plan_is_text(plan):
    claims = {"evil": Claim(says=EVIL, paper=EVIL, measure="L1", contrast={"one": 1}, why_not=EVIL)}
    arms = {name: Arm(label=EVIL) for name in plan.arms}
    evil = instraug(title=EVIL, about=f"{EVIL} and `code <b>`", claims=claims, arms=arms)
    results = instraug_results(evil)
    page, markdown = render_html(evil, results), render_markdown(evil, results)
    assert "<script" not in page
    assert "&lt;script&gt;" in page
    assert "and <code>code &lt;b&gt;</code>" in page
    assert "\\<script\\>" in markdown
    assert "[link](http://x)" not in markdown
    cells = [re.split(r"(?<!\\)\|", line) for line in markdown.splitlines() if line.startswith("|")]
    assert {len(line) for line in cells} <= {len(cells[0]), len(cells[-1])}
    ElementTree.fromstring(draw_forest(evil, results))


def test_code_stays_code_in_markdown():
    assert inline("a `b_c` | d*") == "a `b_c` \\| d\\*"
    assert inline("0.5 a") == "0.5 a"


def test_files_are_written_and_the_figure_only_where_there_is_one(tmp_path, plan, results):
    write_pages(plan, results, out=tmp_path / "full")
    assert {path.name for path in (tmp_path / "full").iterdir()} == {"page.html", "page.md", "forest.svg"}
    empty = results_of(plan, [])
    write_pages(plan, empty, out=tmp_path / "empty")
    assert {path.name for path in (tmp_path / "empty").iterdir()} == {"page.html", "page.md"}
    assert "forest.svg" not in (tmp_path / "empty" / "page.md").read_text()
    assert "0 of 8 claims hold, 8 were not run" in (tmp_path / "empty" / "page.md").read_text()


def test_results_of_another_plan_are_refused(plan, results):
    with pytest.raises(DataError, match="say nothing of extra"):
        render_html(instraug(claims={**CLAIMS, "extra": CLAIMS["more"]}), results)
    with pytest.raises(DataError, match="scale 'cpu', but plan 'instraug' has only gpu"):
        render_html(instraug(scales={"gpu": Scale()}), results)


def test_the_command_names_seeds_that_are_not_the_first_five(plan, results):
    assert command_of(plan, results) == "sayso reproduce instraug --scale cpu"
    other = instraug_results(plan, seeds=(11, 12))
    assert command_of(plan, other) == "sayso reproduce instraug --scale cpu --seeds 11 12"
    fewer = instraug(scales={"cpu": Scale(seeds=(1, 2, 3))})
    unfinished = instraug_results(fewer, seeds=(1, 2))
    assert command_of(fewer, unfinished) == "sayso reproduce instraug --scale cpu --seeds 1 2 3"


def test_looks_are_told(results):
    looked = instraug(scales={"cpu": Scale(looks=(3,))})
    page = render_markdown(looked, instraug_results(looked))
    assert "verdicts are read at 3, 5 seeds and at no other number; each interval is at 97.5 %, so that all 2 looks together are at 95 %" in page  # fmt: skip
    assert "97.5 % interval" in page


@pytest.mark.parametrize(
    ("value", "unit", "told"),
    [(0.0412, "%", "+4.1"), (-0.0412, "%", "\N{MINUS SIGN}4.1"), (0.0004, "%", "0.0"), (-0.0004, "%", "0.0"), (0.0412, "", "+0.041"), (3.24, "s", "+3.24")],
)  # fmt: skip
def test_amounts(value, unit, told):
    assert amount(value, unit) == told


def test_counts_are_sentences(results):
    assert counts_text(results.findings) == "3 of 8 claims hold, 2 do not hold, 2 are undecided, 1 was not run"
    assert counts_text(results.findings[:2]) == "1 of 2 claims hold, 1 does not hold"


def test_the_table_of_arms_has_means_intervals_and_paired_differences(plan, results):
    rows = rows_of(plan, results)
    assert [row.label for row in rows] == [plan.arms[name].label for name in TRUTH]
    first, five = rows[0].cells[0], rows[1].cells[0]
    values = {arm: [run.measures["L1"] for run in results.runs if run.arm == arm] for arm in ("one", "five")}
    assert first.value == f"{100 * sum(values['one']) / 5:.1f}"
    assert first.difference == ""
    gap = sum(values["five"]) / 5 - sum(values["one"]) / 5
    assert five.difference.startswith(f"+{100 * gap:.1f} (")
    assert five.apart


def test_what_no_run_has_is_a_dash_and_an_arm_without_runs_is_left_out(plan):
    truth = {"one": {"L1": 0.5, "L3": None}, "five": {"L1": 0.6, "L3": None}}
    rows = rows_of(plan, results_of(plan, arm_runs(truth, seeds=(1, 2))))
    assert [cell.value for cell in rows[1].cells][1:] == ["–", "–", "–"]
    assert len(rows) == 2


def test_gains_per_minute_go_up_where_better(plan):
    def run(arm, seed, sensitivity, train_s):
        measures = {"L1": 0.5, "sensitivity": sensitivity}
        return ArmRun(arm=arm, seed=seed, measures=measures, train_s=train_s, total_s=60, steps=1200)

    claims = {"less": Claim(says="x", paper="", measure="sensitivity", contrast={"one": 1, "five": -1})}
    plan = instraug(claims=claims)
    results = results_of(plan, [run("one", 1, 0.3, 30), run("five", 1, 0.2, 30), run("one", 2, 0.3, 60), run("five", 2, 0.2, 60)])  # fmt: skip
    one, five = cost_rows(plan, results)
    assert one.gains == ("–",)
    assert five.gains[0].startswith("+0.150 (")
    assert (five.train, five.total, five.steps) == ("45", "60", "1,200")


def lanes(svg):
    return [group for group in ElementTree.fromstring(svg).iter(f"{SVG}g") if group.get("class")]


def test_the_figure_has_a_lane_for_each_claim_with_an_interval_and_says_its_verdict(plan, results):
    found = lanes(draw_forest(plan, results))
    words = ["".join(group.itertext()) for group in found]
    shown = [one for one in results.findings if one.low is not None]
    assert len(found) == len(shown)
    assert sorted(one.verdict for one in shown) == sorted(verdict for text in words for verdict in ("holds", "does not hold", "undecided") if f" {verdict}" in text)  # fmt: skip
    rings = [group for group in found if group.find(f"{SVG}circle[@class='f-ring']") is not None]
    assert len(rings) == sum(one.verdict == "undecided" for one in shown)


def test_marks_stand_where_the_numbers_are(plan, results):
    """A claim that holds has its whole line to the right of the solid upright, one that does not to the left of the dashed one."""
    for group in lanes(draw_forest(plan, results)):
        line = group.find(f"{SVG}line[@class='f-whisker']")
        bound, edge = (float(group.find(f"{SVG}line[@class='{name}']").get("x1")) for name in ("f-bound", "f-matters"))
        left, right = float(line.get("x1")), float(line.get("x2"))
        dot = float(group.findall(f"{SVG}circle")[-1].get("cx"))
        assert 0 <= left <= dot <= right <= 400
        assert ("f-holds" in group.get("class")) == (left > bound)
        if group.get("class") == "f-does-not-hold":
            assert right < edge


def test_large_effects_have_a_panel_of_their_own_and_wide_intervals_are_cut():
    claims = {f"c{number}": Claim(says=f"c{number}", paper="", measure=f"m{number}", contrast={"five": 1, "one": -1}) for number in range(5)}  # fmt: skip
    plan = instraug(claims=claims, measures={f"m{number}": instraug().measures["L1"] for number in range(5)})
    gains = [(0.010, 0.012), (0.011, 0.014), (0.009, 0.012), (0.40, 0.41), (-0.1, 0.11)]
    runs = [ArmRun(arm=arm, seed=seed, measures={f"m{n}": 0.5 + (arm == "five") * pair[seed - 1] for n, pair in enumerate(gains)}, train_s=1, total_s=1, steps=1)
            for seed in (1, 2) for arm in ("one", "five")]  # fmt: skip
    svg = draw_forest(plan, results_of(plan, runs, read_at=()))
    assert svg.count("Contrasts in points<") == 1
    assert svg.count("Contrasts in points, large ones<") == 1
    cut = [group for group in lanes(svg) if group.find(f"{SVG}path") is not None]
    assert ["c4" in "".join(group.itertext()) for group in cut] == [True]


def test_colours_can_be_read_on_light_and_dark_pages():
    def light(colour):
        parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    for on_light, on_dark in VERDICT_COLOURS.values():
        assert 1.05 / (light(on_light) + 0.05) >= 4.5
        assert (light(on_dark) + 0.05) / (light("#11161d") + 0.05) >= 4.5
