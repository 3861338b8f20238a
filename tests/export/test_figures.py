"""The trajectory's figure: the same numbers as its table, for any number of months and stages."""

# ruff: noqa: S314 (the drawings that are read here are our own)

import datetime as dt
import re
import xml.etree.ElementTree as etree
from dataclasses import replace
from itertools import cycle, islice, pairwise

import pytest

from portfolio.domain.records import Language, Month, Portfolio
from portfolio.export import figures, ribbons
from portfolio.export.environment import resource
from portfolio.export.figures import Medium, Width
from tests.export import books

SVG = "{http://www.w3.org/2000/svg}"
COUNTS = (13, 11, 6, 8, 14, 7, 9, 5, 10, 12, 4, 0, 6, 12, 15, 9, 7, 8, 13, 11, 8, 6, 7, 10, 8, 5)
MEDIA: tuple[Medium, ...] = ("web", "print", "site")
WIDTHS: tuple[Width, ...] = ("wide", "narrow")
ALL = [(medium, width) for medium in MEDIA for width in WIDTHS]


def trajectory(months: int, stages: int, counts: tuple[int, ...] = COUNTS) -> Portfolio:
    """A whole diary of which one entry was chosen, in stages of equal length from September 2020."""
    steps = tuple(books.stage(n, f"Stage label {n}") for n in range(1, stages + 1))
    made, year, month = [], 2020, 9
    for i, count in enumerate(islice(cycle(counts), months)):
        stage = steps[i * stages // months].public_id if steps else None
        by_stage = ((stage, count),) if count else ()
        prompts, meetings = int(i % 5 == 0), int(i % 7 == 1)
        made.append(Month(i + 1, year, month, stage, count, prompts, meetings, by_stage=by_stage))
        year, month = (year + 1, 1) if month == 12 else (year, month + 1)
    one = books.entry("2020-09-01", "A bunch of keys", "None of the keys opened anything.")
    return replace(books.portfolio([one]), stages=steps, months=tuple(made))


def drawn(portfolio: Portfolio, medium: Medium = "print", width: Width = "wide") -> etree.Element:
    return etree.fromstring(figures.trajectory_svg(portfolio, medium, width))


def texts(svg: etree.Element) -> list[str]:
    return [element.text or "" for element in svg.iter(f"{SVG}text")]


def heights_on(baseline: float, svg: etree.Element) -> list[float]:
    """Heights of the blocks that stand on the baseline."""
    blocks = [(float(r.get("y", 0)), float(r.get("height", 0))) for r in svg.iter(f"{SVG}rect")]
    return [height for y, height in blocks if abs(y + height - baseline) < 0.05]


@pytest.mark.parametrize(("medium", "width"), ALL)
@pytest.mark.parametrize(
    ("months", "stages"), [(1, 1), (3, 0), (10, 10), (26, 3), (60, 8), (120, 9), (480, 2)]
)
def test_any_trajectory_can_be_drawn_within_its_frame(
    medium: Medium, width: Width, months: int, stages: int
) -> None:
    svg = drawn(trajectory(months, stages), medium, width)
    _x, _y, wide, high = map(float, svg.get("viewBox", "").split())
    assert high < 560  # so that it fits a page below its heading
    for element in svg.iter(f"{SVG}rect"):
        if element.get("fill", "").startswith(("#", "url")) and "x" in element.attrib:
            assert float(element.get("x", 0)) >= 0
            assert float(element.get("x", 0)) + float(element.get("width", 0)) <= wide + 0.1


def test_bars_are_as_high_as_their_months_have_entries() -> None:
    svg = drawn(trajectory(26, 3))
    axis = next(path for path in svg.iter(f"{SVG}path") if path.get("class") == "axis")
    baseline = float(re.findall(r"[\d.]+", axis.get("d", ""))[1])
    heights = heights_on(baseline, svg)
    counts = [count for count in COUNTS if count]
    assert len(heights) == len(counts)
    for height, count in zip(heights, counts, strict=True):
        assert height / count == pytest.approx(heights[0] / counts[0], rel=0.01)


def test_an_empty_month_is_an_empty_place_without_a_word() -> None:
    portfolio = trajectory(26, 3)
    rows = figures.trajectory_table(portfolio)
    assert [row.entries for row in rows] == list(COUNTS)
    assert rows[11].name == "August 2021"
    said = " ".join(texts(drawn(portfolio))).lower()
    assert not re.search("none|empty|missing|gap|no entries", said)


def test_marks_say_what_happened_and_the_key_says_what_they_mean() -> None:
    svg = drawn(trajectory(26, 3))
    assert {"prompt", "meeting"} <= set(texts(svg))
    assert "threshold event" not in texts(svg)
    circles = list(svg.iter(f"{SVG}circle"))
    assert len(circles) == sum(month.meetings for month in trajectory(26, 3).months) + 1


def test_names_that_do_not_fit_stand_in_a_key() -> None:
    assert "I\u2002Stage label 1" in texts(drawn(trajectory(26, 3)))
    crowded = texts(drawn(trajectory(26, 8)))
    assert crowded.count("VIII") == 1
    assert "VIII\u2002Stage label 8" in crowded


def test_it_can_be_read_out() -> None:
    for medium, width in ALL:
        svg = drawn(trajectory(26, 3), medium, width)
        assert svg.get("role") == "img"
        assert svg.findtext(f"{SVG}title") == "Entries by month and stage"
        told = "26 months, September 2020 to October 2022, 224 entries. The table has the same numbers."
        assert svg.findtext(f"{SVG}desc") == told
        assert told in svg.get("aria-label", "")


def test_it_speaks_the_language_of_the_book() -> None:
    svg = drawn(replace(trajectory(26, 3), language="zh"))
    assert texts(svg)[5:9] == ["9", "10", "11", "12"]


def test_no_style_and_no_event_that_a_strict_page_would_refuse() -> None:
    for medium, width in ALL:
        svg = figures.trajectory_svg(trajectory(26, 8), medium, width)
        assert not re.search(r'style=|<style|\son\w+="|<script|href', svg)
        assert "currentColor" not in svg and "var(" not in svg


def test_names_are_escaped() -> None:
    portfolio = trajectory(10, 1)
    named = replace(portfolio.stages[0], identity_label='<b>"Intern" & more</b>')
    svg = drawn(replace(portfolio, stages=(named,)))
    assert 'I\u2002<b>"Intern" & more</b>' in texts(svg)


def test_two_widths_can_stand_on_one_page() -> None:
    portfolio = trajectory(26, 8)
    both = [figures.trajectory_svg(portfolio, "web", width) for width in ("wide", "narrow")]
    ids = [name for svg in both for name in re.findall(r'id="([^"]+)"', svg)]
    assert len(ids) == len(set(ids)) > 0
    for svg in both:
        assert set(re.findall(r"url\(#([^)]+)\)", svg)) <= set(re.findall(r'id="([^"]+)"', svg))


# --- folded runs -------------------------------------------------------------------------------------


def broken(months: int, empty: range, stages: int = 3, language: Language = "en") -> Portfolio:
    """A diary with nothing in the months of `empty` (from 1)."""
    portfolio = trajectory(months, stages, (5,))
    made = [replace(m, entries=0, by_stage=()) if m.index in empty else m for m in portfolio.months]
    return replace(portfolio, months=tuple(made), language=language)


def test_a_long_empty_run_is_one_break_with_its_dates_everywhere() -> None:
    portfolio = broken(75, range(27, 75))
    rows = figures.trajectory_table(portfolio)
    assert len(rows) == 26 + 1 + 1
    fold = rows[26]
    assert (fold.numbers, fold.name, fold.entries, fold.stages) == ("27–74", "Nov 2022 – Oct 2026", 0, "")
    assert rows[27].name == "November 2026"
    for medium, width in ALL:
        assert texts(drawn(portfolio, medium, width)).count("Nov 2022 – Oct 2026") == 1
        assert "2026" in texts(drawn(portfolio, medium, width))
        assert "2024" not in texts(drawn(portfolio, medium, width))
    cover = etree.fromstring(figures.cover_svg(portfolio))
    assert texts(cover) == ["Nov 2022 – Oct 2026"]
    assert len(list(cover.iter(f"{SVG}rect"))) == 27
    assert figures.shelf_places(portfolio)[26] == (0, "Nov 2022 – Oct 2026")


def test_a_year_of_empty_months_is_shown_month_by_month() -> None:
    year, longer = broken(40, range(10, 22)), broken(40, range(10, 23))
    assert len(figures.trajectory_table(year)) == 40
    assert len(figures.trajectory_table(longer)) == 40 - 12
    assert "Jun 2021 – Jun 2022" in texts(drawn(longer))


def test_marks_within_a_folded_run_stand_at_the_break() -> None:
    portfolio = broken(40, range(10, 36))
    hidden = portfolio.months[9:35]
    fold = next(row for row in figures.trajectory_table(portfolio) if row.folded)
    assert (fold.prompts, fold.meetings) == (sum(m.prompts for m in hidden), sum(m.meetings for m in hidden))
    none = replace(
        portfolio,
        months=tuple(replace(m, prompts=0, meetings=0) if m in hidden else m for m in portfolio.months),
    )
    with_marks, without = drawn(portfolio), drawn(none)
    assert len(list(with_marks.iter(f"{SVG}circle"))) == len(list(without.iter(f"{SVG}circle"))) + 1


def test_a_stage_that_lies_in_the_break_alone_is_still_named() -> None:
    portfolio = broken(40, range(10, 36), stages=5)  # of eight months each: II to IV are empty
    for medium, width in ALL:
        said = texts(drawn(portfolio, medium, width))
        assert "III–IV" in said
        assert "III\u2002Stage label 3" in said


@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_rule_runs_through_a_year_that_begins_before_its_month(language: Language) -> None:
    svg = drawn(broken(75, range(27, 75), language=language))
    (year,) = [
        t for t in svg.iter(f"{SVG}text") if (t.text or "").startswith("2026") and len(t.text or "") < 6
    ]
    x, y = float(year.get("x", 0)), float(year.get("y", 0))
    ends = [
        float(found[2])
        for line in svg.iter(f"{SVG}path")
        if (found := re.fullmatch(r"M([\d.]+) [\d.]+V([\d.]+)", line.get("d", "")))
        if x < float(found[1]) < x + 30
    ]
    assert ends and max(ends) < y - 0.8 * 7.5  # points: the height of its figures


def test_the_break_speaks_chinese() -> None:
    assert "2022年11月 – 2026年10月" in texts(drawn(broken(75, range(27, 75), language="zh")))


# --- stages ------------------------------------------------------------------------------------------


def test_a_month_of_two_stages_is_a_bar_of_two_blocks() -> None:
    newcomer, intern = books.stage(1, "Newcomer"), books.stage(2, "Intern")
    entries = [
        books.entry("2021-06-28", "Last day", "x", stage=newcomer),
        books.entry("2021-06-30", "First day", "y", stage=intern),
        books.entry("2021-06-30", "No day", "z"),
    ]
    (row,) = figures.trajectory_table(books.portfolio(entries, [newcomer, intern]))
    assert (row.stages, row.stage_name, row.entries) == ("I, II", "No stage", 3)
    fills = [r.get("fill") for r in drawn(books.portfolio(entries, [newcomer, intern])).iter(f"{SVG}rect")]
    assert fills[:3] == [ribbons.ribbon(1).ground, ribbons.ribbon(2).ground, ribbons.PLAIN]


def test_what_has_no_stage_is_said_so_and_drawn_as_an_outline() -> None:
    newcomer = books.stage(1, "Newcomer", "2021-06-01", "2021-12-31")
    entries = [
        books.entry("2021-06-28", "Last day", "x", stage=newcomer),
        books.entry("2021-08-30", "No day", "z"),
    ]
    portfolio = books.portfolio(entries, [newcomer])
    said = [(row.stages, row.stage_name) for row in figures.trajectory_table(portfolio)]
    assert said == [("I", "Newcomer"), ("", ""), ("", "No stage")]
    for medium, width in ALL:
        svg = drawn(portfolio, medium, width)
        assert "No stage" in texts(svg)
        edges = (ribbons.PLAIN_EDGE, ribbons.PLAIN_EDGE_SCREEN)
        assert len([r for r in svg.iter(f"{SVG}rect") if r.get("stroke") in edges]) == 2  # a bar and its key
    assert figures.shelf_places(portfolio)[-1] == (0, "")


def test_every_stage_can_be_told_on_a_phone() -> None:
    for stages in (3, 6, 10):
        said = texts(drawn(trajectory(26, stages), "site", "narrow"))
        for n in range(1, stages + 1):
            numeral = ribbons.roman(n)
            assert f"{numeral}\u2002Stage label {n}" in said or f"Stage label {n}" in said


def test_a_programme_without_stages_has_no_numerals() -> None:
    rows = figures.trajectory_table(trajectory(3, 0))
    assert {row.stages for row in rows} == {""}
    assert not {"I", "II", "III"} & set(texts(drawn(trajectory(3, 0))))


def test_the_name_of_a_stage_stands_in_its_first_row() -> None:
    names = [row.stage_name for row in figures.trajectory_table(trajectory(4, 2))]
    assert names == ["Stage label 1", "", "Stage label 2", ""]


@pytest.mark.parametrize(
    ("number", "numeral"), [(1, "I"), (4, "IV"), (8, "VIII"), (9, "IX"), (14, "XIV"), (49, "XLIX")]
)
def test_numerals(number: int, numeral: str) -> None:
    assert ribbons.roman(number) == numeral


def test_ten_ribbons_and_no_stage_differ_in_more_than_colour() -> None:
    patterns = {re.sub(r"#\w{6}", "", ribbons.print_block(n, 0, 0, 20, 40)) for n in range(11)}
    # Light dots on a dark ground and dark ones on a light ground are told apart by their grey
    assert len(patterns) == 10
    assert abs(grey(ribbons.ribbon(3).ground) - grey(ribbons.ribbon(9).ground)) > 0.4
    tiles = ribbons.screen_patterns(range(1, 11), "t")
    shapes = [re.sub(r"#\w{6}|t\d+", "", tile) for tile in tiles.split("</pattern>") if "<pattern" in tile]
    assert len(set(shapes)) == len(shapes) == 8  # the first is one colour, the stripes follow their block
    assert ribbons.print_block(11, 0, 0, 20, 40) == ribbons.print_block(1, 0, 0, 20, 40)


@pytest.mark.parametrize("sheet", ["css/tokens.css", "site/site.css"])
def test_style_sheets_have_the_same_ten_colours(sheet: str) -> None:
    css = resource("static", *sheet.split("/")).read_text("utf-8")
    tokens = dict(re.findall(r"--(stage-\d+): (#\w{6})", css))
    ribbon = re.findall(r'\[data-stage="(\d+)"\] \{ --stage: (?:(#\w{6})|var\(--(stage-\d+)\))', css)
    colours = {int(number): literal or tokens[token] for number, literal, token in ribbon}
    assert colours == dict(enumerate(ribbons.SCREEN, 1))


def test_neighbours_differ_in_grey_too() -> None:
    greys = [grey(ribbon.ground) for ribbon in ribbons.PRINT]
    for one, other in pairwise([*greys, greys[0]]):
        assert abs(one - other) > 0.05


def grey(colour: str) -> float:
    red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
    return (0.3 * red + 0.59 * green + 0.11 * blue) / 255


@pytest.mark.parametrize("stage", range(12))
@pytest.mark.parametrize(("w", "h"), [(0.5, 0.5), (1.5, 30), (3, 2), (12, 100), (500, 7)])
def test_a_block_stays_in_its_place(stage: int, w: float, h: float) -> None:
    """Also a very thin one: no line of its pattern starts outside."""
    block = ribbons.print_block(stage, 100, 200, w, h)
    for x, y in re.findall(r"M([\d.]+) ([\d.]+)", block):
        assert 99 <= float(x) <= 101 + w
        assert 198 <= float(y) <= 201 + h


# --- cover and openers -------------------------------------------------------------------------------


def test_the_cover_shows_months_of_equal_width_and_no_count() -> None:
    svg = etree.fromstring(figures.cover_svg(trajectory(26, 3)))
    spines = list(svg.iter(f"{SVG}rect"))
    assert len(spines) == 26
    assert {r.get("height") for r in spines} == {"90.00"}
    assert float(spines[-1].get("x", 0)) + float(spines[-1].get("width", 0)) == pytest.approx(595.28, abs=0.1)
    assert texts(svg) == []


def test_a_diary_of_one_month_is_one_book_on_the_shelf() -> None:
    (spine,) = etree.fromstring(figures.cover_svg(trajectory(1, 1))).iter(f"{SVG}rect")
    assert float(spine.get("width", 0)) < 70


def test_an_openers_band_shows_its_months_among_all() -> None:
    portfolio = trajectory(26, 3)
    svg = etree.fromstring(figures.band_svg(portfolio, portfolio.stages[1].public_id))
    fills = [r.get("fill") for r in svg.iter(f"{SVG}rect")]
    assert fills.count(ribbons.QUIET) == 26 - fills.count(ribbons.ribbon(2).ground)
    assert fills.count(ribbons.ribbon(2).ground) == sum(
        m.stage_id == portfolio.stages[1].public_id for m in portfolio.months
    )


def test_a_portfolio_without_months_has_no_figure() -> None:
    empty = replace(trajectory(1, 1), months=())
    assert figures.trajectory_svg(empty, "web", "wide") == ""
    assert figures.trajectory_table(empty) == []


def test_the_benchmark_figure_has_26_bars_that_sum_to_9065() -> None:
    counts = (300, 788, 310, 290, 706, *([330] * 20), 9065 - 300 - 788 - 310 - 290 - 706 - 20 * 330)
    rows = figures.trajectory_table(trajectory(26, 3, counts))
    assert len(rows) == 26
    assert sum(row.entries for row in rows) == 9065
    assert dt.date(2022, 10, 1).strftime("%B %Y") == rows[-1].name


def test_a_name_without_end_leaves_room_for_the_others() -> None:
    portfolio = trajectory(26, 8)
    endless = replace(
        portfolio.stages[3], identity_label="A stage whose name is longer than its whole figure " * 3
    )
    said = texts(drawn(replace(portfolio, stages=(*portfolio.stages[:3], endless, *portfolio.stages[4:]))))
    shortened = next(text for text in said if text.startswith("IV\u2002"))
    assert shortened.endswith("…") and len(shortened) < 60
