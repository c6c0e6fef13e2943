"""The page over all reproductions and the table for documents, from files."""

import re

import msgspec
import pytest
from invented_results import instraug, instraug_results

from sayso.artifacts import write_json
from sayso.errors import DataError
from sayso.pipeline.reproducing.combined import claims_table, read_found, write_combined
from sayso.pipeline.reproducing.page import write_pages


@pytest.fixture(scope="module")
def out(tmp_path_factory):
    """A folder as `sayso reproduce all` leaves it, with two reproductions."""
    folder = tmp_path_factory.mktemp("reproductions")
    for name, title in (("instraug", "INSTRAUG"), ("product", "Beyond the papers")):
        plan = instraug(name=name, title=title)
        results = instraug_results(plan)
        write_pages(plan, results, out=folder / name)
        write_json(folder / name / "plan.json", {"registered": "then", "plan": plan.model_dump(mode="json")})
        write_json(folder / name / "results.json", plain(results))
    return folder


def plain(results):
    """As JSON holds it."""
    return msgspec.to_builtins(results)


def test_what_was_written_is_read_again(out):
    (plan, results), _ = read_found(out, names=("instraug", "product"))
    assert plan == instraug(title="INSTRAUG")
    assert results == instraug_results(plan)


def test_all_folders_are_found_and_named_ones_in_their_order(out):
    assert [plan.name for plan, _ in read_found(out)] == ["instraug", "product"]
    assert [plan.name for plan, _ in read_found(out, names=("product",))] == ["product"]


def test_a_plan_that_stands_alone_is_read_too(out, tmp_path):
    plan = instraug()
    write_json(tmp_path / "instraug" / "plan.json", plan.model_dump(mode="json"))
    write_json(tmp_path / "instraug" / "results.json", plain(instraug_results(plan)))
    assert read_found(tmp_path)[0][0] == plan


def test_damage_is_named(out, tmp_path):
    with pytest.raises(DataError, match=r"has no folder with a results\.json; run sayso reproduce first"):
        read_found(tmp_path)
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "results.json").write_text("{")
    with pytest.raises(DataError, match=r"/a cannot be read: .*plan\.json"):
        read_found(tmp_path)
    (tmp_path / "a" / "plan.json").write_text('{"plan": {"name": "a"}}')
    with pytest.raises(DataError, match=r"/a/plan\.json is no plan: title: Field required"):
        read_found(tmp_path)


def test_every_claim_is_counted_shown_and_linked(out):
    found = read_found(out)
    write_combined(found, out=out)
    page, markdown = (out / "index.html").read_text(), (out / "index.md").read_text()
    for plan, results in found:
        links = re.findall(rf'href="({plan.name}/page\.html)#claim-(\d+)"', page)
        assert sorted(int(number) for _, number in links) == list(range(1, 9))
        assert f"[{plan.title}]({plan.name}/page.md)" in markdown
        assert (out / plan.name / "page.html").read_text().count('id="claim-8"') == 1
        for finding in results.findings:
            assert page.count(plan.claims[finding.claim].says) >= 2
    holding = sum(one.verdict == "holds" for _, results in found for one in results.findings)
    assert f"{holding} of 16 claims hold" in page
    assert f"{holding} of 16 claims hold" in markdown


def test_the_table_has_a_line_for_every_claim_with_verdict_interval_and_seeds(out):
    found = read_found(out)
    lines = claims_table(found).splitlines()
    assert lines[0] == "| claim | verdict | contrast, with its interval | by Holm | seeds |"
    assert len(lines) == 2 + 2 * (1 + 8)
    assert lines[10] == "| and 1 claim | – not run |  |  |  |"
    assert "Filters" not in "".join(lines)
    assert {len(re.split(r"(?<!\\)\|", line)) for line in lines} == {7}
    finding = found[0][1].findings[0]
    assert lines[3] == (
        "| Augmented wordings beat original ones at equal rows on wordings by other authors | ✓ holds | "
        f"+{100 * finding.mean:.1f} (+{100 * finding.low:.1f} to +{100 * finding.high:.1f}) points | p = {finding.p_adjusted:.3f} | 5 |"
    )


def test_a_claim_that_was_not_run_says_why_in_the_table(out):
    (line,) = [
        line
        for line in claims_table(read_found(out, names=("instraug",)), all_claims=True).splitlines()
        if "Filters" in line
    ]
    assert "– not run" in line
    assert "hours left for it" in line
