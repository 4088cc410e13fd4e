"""Touch targets: their sizes, and where a tap hits them."""

from playwright.sync_api import Locator

FINGER_PX = 44
MISSED = """(all, finger) => all.filter(one => {
    one.scrollIntoView({ block: "center", inline: "center" });
    const box = one.getBoundingClientRect();
    const [x, y, reach] = [box.x + box.width / 2, box.y + box.height / 2, finger / 2 - 1];
    const at = (dx, dy) => document.elementFromPoint(x + dx * reach, y + dy * reach);
    const narrow = box.width >= finger ? [] : [at(-1, 0), at(1, 0)];
    return ![at(0, -1), at(0, 1), ...narrow].every(hit => one.contains(hit));
}).map(one => one.outerHTML)"""
"""Return the elements that a tap within half a finger of their middle would miss."""


def middle_of(target: Locator) -> tuple[float, float]:
    """Return the middle in pixels of the window: right, down."""
    box = target.bounding_box()
    assert box, f"{target} is not visible"
    return box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
