"""The report in a real browser, opened from disk: nothing in the console, no request but the file, and it can be seen and read.

Needs Debian's `chromium` and `chromium-driver` and the Python package `selenium`; nothing is downloaded.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest
from fake_run import Shape, write_run
from score_files import breaks_h0, good, value_rows

from sayso.artifacts import write_jsonl
from sayso.pipeline import CompareOptions, compare_runs
from sayso.report.stage import run

CHROMIUM, DRIVER = Path("/usr/bin/chromium"), Path("/usr/bin/chromedriver")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-dev-shm-usage",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
HOSTILE = "<script>console.error('ran')</script><img src=http://127.0.0.1:9/x>"

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def browser(tmp_path_factory) -> Iterator:
    if not (CHROMIUM.exists() and DRIVER.exists()):
        pytest.skip("no browser: apt-get install chromium chromium-driver")
    selenium = pytest.importorskip("selenium.webdriver", reason="no selenium: pip install selenium")
    options = selenium.ChromeOptions()
    options.binary_location = str(CHROMIUM)
    for flag in (*FLAGS, f"--user-data-dir={tmp_path_factory.mktemp('profile')}"):
        options.add_argument(flag)
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    driver = selenium.Chrome(options=options, service=selenium.ChromeService(str(DRIVER)))
    yield driver
    driver.quit()


@pytest.fixture(scope="module")
def page(tmp_path_factory) -> str:
    """The address of a usual report, with hostile text in every wording and prediction."""
    return written(tmp_path_factory.mktemp("run"), shape=Shape(hostile=HOSTILE))


def written(folder: Path, *, shape: Shape) -> str:
    context = write_run(folder, shape=shape)
    run(context)
    return (context.folder / "report.html").as_uri()


def opened(browser, address: str, *, width: int = 1280, scheme: str = "light"):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    features = [{"name": "prefers-color-scheme", "value": scheme}]
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"features": features})
    browser.get(address)
    return browser


def requests(browser) -> list[str]:
    messages = (json.loads(entry["message"])["message"] for entry in browser.get_log("performance"))
    return [m["params"]["request"]["url"] for m in messages if m["method"] == "Network.requestWillBeSent"]


def style(browser, selector: str, name: str) -> str:
    return browser.execute_script(
        "return getComputedStyle(document.querySelector(arguments[0])).getPropertyValue(arguments[1])", selector, name
    )


def test_the_console_stays_empty_and_only_the_file_itself_is_loaded(browser, page):
    browser.get_log("performance"), browser.get_log("browser")  # what came before is not this page's
    opened(browser, page)
    own = ("data:", "chrome:")  # the browser is still busy with its own first page
    loaded = {address for address in requests(browser) if not address.startswith(own)}
    assert loaded == {page}
    assert browser.get_log("browser") == []


def test_headline_and_heat_map_can_be_seen(browser, page):
    opened(browser, page)
    tile = browser.find_element("css selector", ".tile.first .value")
    assert tile.is_displayed()
    assert tile.text.endswith("%")
    cells = browser.find_elements("css selector", "table.heat td[tabindex]")
    assert len(cells) == 128
    assert all(cell.is_displayed() and cell.size["height"] >= 20 for cell in cells[::16])
    assert all(image.get_property("naturalWidth") > 0 for image in browser.find_elements("css selector", ".pic img"))


def test_a_cell_shows_its_wording_on_focus_and_on_hover(browser, page):
    opened(browser, page)
    tip = browser.find_element("css selector", "table.heat td[tabindex] .tip")
    assert not tip.is_displayed()
    browser.execute_script("arguments[0].parentElement.focus()", tip)
    assert tip.is_displayed()
    assert "How many {color} things can you see?" in tip.text
    assert HOSTILE in tip.text
    browser.execute_script("arguments[0].parentElement.blur()", tip)
    assert not tip.is_displayed()


@pytest.mark.parametrize("width", [400, 768, 1280])
def test_nothing_sticks_out_of_the_window(browser, page, width):
    opened(browser, page, width=width)
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width


def test_a_wide_map_scrolls_within_its_box_on_a_phone(browser, page):
    opened(browser, page, width=400)
    box = "const box = document.querySelector('.heat').closest('.box'); "
    inner, outer = browser.execute_script(box + "box.scrollLeft = 120; return [box.scrollWidth, box.clientWidth]")
    assert inner > outer
    name = browser.find_element("css selector", ".heat tbody th[scope=row]")
    assert name.rect["x"] >= 0, "the task names stay in view"


def test_both_schemes_have_readable_text_on_another_ground(browser, page):
    grounds = {}
    for scheme in ("light", "dark"):
        opened(browser, page, scheme=scheme)
        grounds[scheme] = (style(browser, "body", "background-color"), style(browser, "body", "color"))
        assert style(browser, "table.heat td.h18, table.heat td.h17", "background-color") not in grounds[scheme]
    assert grounds["light"] == ("rgb(255, 255, 255)", "rgb(20, 29, 40)")
    assert grounds["dark"] == ("rgb(17, 22, 29)", "rgb(230, 235, 241)")


def test_printed_pages_are_light_and_have_no_menu(browser, page):
    opened(browser, page, scheme="dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    assert style(browser, "nav", "display") == "none"
    assert style(browser, "body", "background-color") == "rgb(255, 255, 255)"
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": ""})


def test_a_large_report_opens_as_well(browser, tmp_path):
    address = written(tmp_path, shape=Shape(num_tasks=62, num_trained=7, num_held_out=3))
    opened(browser, address, width=400)
    assert len(browser.find_elements("css selector", "table.heat td[tabindex]")) == 620
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 400


@pytest.fixture(scope="module")
def comparison(tmp_path_factory) -> str:
    """The address of a page that compares three files of scores, with hostile text in every wording."""
    folder = tmp_path_factory.mktemp("comparison")
    for name, score in (("a", good), ("b", breaks_h0), ("c", lambda *_: 1.0)):
        rows = [{**msgspec.to_builtins(row), "template": f"{row.template} {HOSTILE}"} for row in value_rows(score)]
        write_jsonl(folder / f"{name}.jsonl", rows)
    options = CompareOptions(num_resamples=50, num_swaps=99)
    names = [str(folder / f"{name}.jsonl") for name in "abc"]
    compare_runs(names, conditions=["any_wording < -1"], options=options, out=folder / "page.html")
    return (folder / "page.html").as_uri()


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_a_comparison_loads_nothing_and_fits_the_screen(browser, comparison, width, scheme):
    browser.get_log("performance"), browser.get_log("browser")
    opened(browser, comparison, width=width, scheme=scheme)
    assert [entry for entry in browser.get_log("browser") if entry["level"] != "INFO"] == []
    assert {url for url in requests(browser) if not url.startswith("data:")} == {comparison}
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    strips = browser.execute_script(
        "return [...document.querySelectorAll('svg.strip circle')].map(e => e.getBoundingClientRect().width)"
    )
    assert strips
    assert min(strips) > 4
