"""docs/scale.md quotes measurements of bench/README.md; its example follows its assumption."""

import re
from pathlib import Path

ROOT = Path(__file__).parents[1]
SCALE = (ROOT / "docs/scale.md").read_text("utf-8")
BENCH = (ROOT / "bench/README.md").read_text("utf-8")


def test_every_measured_part_is_in_the_results_of_the_benchmarks():
    quoted = re.findall(r"^\| [^|]+ \| ([^|]+) \| (P\d+) \|$", SCALE, re.MULTILINE)
    assert len(quoted) == 7
    results = dict(re.findall(r"^\| (P\d+) \| (.+) \|$", BENCH, re.MULTILINE))
    for measured, figure in quoted:
        assert measured in results[figure], figure


def test_the_requests_of_the_example_follow_from_its_assumption():
    rows = re.findall(
        r"^\| ([\d,]+) \| ([\d,]+) \| ([\d.]+)/s \| ([\d.]+)/s \|$", SCALE, re.MULTILINE
    )
    assert [row[0] for row in rows] == ["10", "10,000", "1,000,000"]
    for row in rows:
        users, a_day, average, busiest = (float(cell.replace(",", "")) for cell in row)
        assert a_day == users / 5 * 30
        assert f"{a_day / 86_400:.1g}" == f"{average:.1g}"
        assert f"{a_day / 86_400 * 10:.1g}" == f"{busiest:.1g}"
