"""How a page looks: narrow, dark, on paper, and read aloud."""

import pytest
from playwright.sync_api import expect

from tests.multirun_analysis.page.pages import build, write_sweep

# The least contrast of any text with what is behind it, after WCAG 2.2.
LEAST_CONTRAST = """() => {
  const parse = (colour) => colour.match(/[\\d.]+/g).map(Number);
  const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
    .map((v) => (v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4))
    .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
  const behind = (node) => {
    for (; node; node = node.parentElement) {
      const colour = parse(getComputedStyle(node).backgroundColor);
      if (colour.length < 4 || colour[3] > 0) return colour;
    }
  };
  const ratios = [...document.querySelectorAll("body *")]
    .filter((node) => [...node.childNodes].some((child) => child.nodeType === 3 && child.data.trim()))
    .filter((node) => node.checkVisibility() && !node.closest("script"))
    .map((node) => {
      const style = getComputedStyle(node);
      const colours = [parse(node.namespaceURI.endsWith("svg") ? style.fill : style.color), behind(node)];
      const [light, dark] = colours.map(luminance).sort((a, b) => b - a);
      return (light + 0.05) / (dark + 0.05);
    });
  return [Math.min(...ratios), ratios.length];
}"""


@pytest.fixture(scope="module")
def content(tmp_path_factory):
    return build(write_sweep(tmp_path_factory.mktemp("sweep")))


def open_first(page):
    page.get_by_role("button", name="open recall gru hidden=2").click()
    expect(page.locator(".panel")).to_be_visible()


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_all_text_can_be_told_from_its_ground(show, content, scheme):
    page = show(content, color_scheme=scheme)
    open_first(page)
    contrast, texts = page.evaluate(LEAST_CONTRAST)
    assert contrast >= 4.5
    assert texts > 100


def test_dark_is_dark_and_figures_with_it(show, content):
    page = show(content, color_scheme="dark")
    ground = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(map(int, ground.removeprefix("rgb(").removesuffix(")").split(", "))) < 40
    assert "invert" in page.locator(".drawn").first.evaluate("image => getComputedStyle(image).filter")


@pytest.mark.parametrize("width", [320, 390])
def test_a_phone_scrolls_the_tables_but_not_the_page(show, content, width):
    page = show(content, viewport={"width": width, "height": 800})
    open_first(page)
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    box = page.locator(".box").first
    assert box.evaluate("box => box.scrollWidth > box.clientWidth")
    assert page.locator(".panel").bounding_box()["width"] <= width


def test_the_keys_of_a_row_stay_in_sight_while_the_rest_scrolls(show, content):
    page = show(content, viewport={"width": 390, "height": 800})
    row = page.locator("#table tbody tr").first
    before = [row.locator("th").nth(index).bounding_box()["x"] for index in (0, 1)]
    page.locator(".box").first.evaluate("box => { box.scrollLeft = 400; }")
    assert [row.locator("th").nth(index).bounding_box()["x"] for index in (0, 1)] == pytest.approx(before, abs=12)
    assert row.locator("td").first.bounding_box()["x"] < 0


def test_paper_has_whole_tables_and_nothing_to_press(show, content):
    page = show(content)
    open_first(page)
    page.emulate_media(media="print")
    assert page.locator(".tools:visible, nav:visible, .panel:visible").count() == 0
    boxes = page.locator(".box").evaluate_all("all => all.map((box) => getComputedStyle(box).overflowX)")
    assert set(boxes) == {"visible"}
    page.set_viewport_size({"width": 1024, "height": 700})  # A4 between its margins, in CSS pixels
    assert page.evaluate("document.documentElement.scrollWidth") <= 1024


def test_paper_is_white_in_the_dark_as_well(show, content):
    page = show(content, color_scheme="dark")
    page.emulate_media(media="print", color_scheme="dark")
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(255, 255, 255)"


def test_a_screen_reader_finds_its_way(show, content):
    page = show(content)
    open_first(page)
    assert page.locator("html").get_attribute("lang") == "en"
    for landmark in ("banner", "main", "navigation", "contentinfo"):
        expect(page.get_by_role(landmark)).to_have_count(1)
    tables = page.locator("table").count()
    assert page.locator("table > caption").count() == tables
    assert page.locator("thead th:not([scope])").count() == 0
    assert (
        page.locator("#table > tbody > tr:not(.details)").count()
        == page.locator("#table th:first-child[scope=row]").count()
    )
    assert all(page.locator("img").evaluate_all("images => images.map((image) => image.alt)"))
    names = page.locator("button, input, select").evaluate_all(
        "all => all.map((node) => node.ariaLabel || node.labels?.[0]?.textContent || node.textContent)"
    )
    assert all(names)


def test_what_has_the_focus_shows_it(show, content):
    page = show(content)
    page.locator("#table .sort").first.focus()
    page.keyboard.press("Tab")
    outline = page.evaluate("getComputedStyle(document.activeElement).outlineStyle")
    assert outline == "solid"
