# noqa: INP001  a script, not a package
"""Print the share of core/ that the tests cover, and fail below the floor.

It reads the report of `make coverage`.
"""

import json
import sys
from pathlib import Path

FLOOR_PERCENT = 95
"""Of the branches: the coverage that was reached, rounded down, and at least 95."""


def main() -> int:
    """Return 1 when the coverage of branches is below the floor."""
    totals = json.loads(Path(sys.argv[1]).read_text(encoding="utf-8"))["totals"]
    lines = 100 * totals["covered_lines"] / totals["num_statements"]
    branches = 100 * totals["covered_branches"] / totals["num_branches"]
    sys.stdout.write(f"core/: {lines:.1f} % of lines, {branches:.1f} % of branches are covered.\n")
    if branches < FLOOR_PERCENT:
        sys.stdout.write(f"The floor is {FLOOR_PERCENT} % of branches.\n")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
