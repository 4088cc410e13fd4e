# ruff: noqa: INP001  a script outside any package
"""Draw Core's mark, a play triangle on two bookmarks, and write every picture the app needs.

    python scripts/draw_icons.py

Shapes are drawn larger and scaled down, without external pictures or fonts, so the same version
of Pillow draws the same pixels everywhere. docs/app.md lists where each picture is used.
"""

import math
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageChops, ImageDraw

ASSETS = Path(__file__).parents[1] / "app" / "assets"
FINER = 4
"""The factor by which shapes are drawn larger, in each direction."""

TEAL, MINT, PAPER = "#0F766E", "#5EEAD4", "#FAFAF7"
DIM_MINT, DIM_TEAL = "#99D5CC", "#1F8379"

Shape = list[tuple[float, float]]
"""Points whose unit is the height of the mark, with the middle of the picture at 0."""

WIDTH, HEIGHT, NOTCH = 0.64, 0.86, 0.17
FRONT, BACK = (-0.07, 0.07), (0.1, -0.07)
"""The centres of the bookmarks: the heavier front one is nearer to the middle."""
GAP = 0.05


@dataclass(frozen=True)
class Look:
    """The colours of a mark, and behind it the colour of its tile, if it has one."""

    front: str
    back: str | None
    tile: str | None = None


ON_TILE = Look(PAPER, MINT, TEAL)
SMALL = Look(PAPER, None, TEAL)
ON_LIGHT = Look(TEAL, DIM_MINT)
ON_DARK = Look(MINT, DIM_TEAL)


def rounded(*corners: tuple[float, float, float]) -> Shape:
    """Bend each corner (x, y, reach), beginning `reach` before it."""
    shape = []
    for i, (x, y, reach) in enumerate(corners):
        ends = []
        for near_x, near_y, _ in (corners[i - 1], corners[(i + 1) % len(corners)]):
            part = reach / math.dist((x, y), (near_x, near_y))
            ends.append((x + (near_x - x) * part, y + (near_y - y) * part))
        (from_x, from_y), (to_x, to_y) = ends
        for t in (step / 24 for step in range(25)):
            a, b, c = (1 - t) ** 2, 2 * t * (1 - t), t**2
            shape.append((a * from_x + b * x + c * to_x, a * from_y + b * y + c * to_y))
    return shape


def bookmark(x: float, y: float) -> Shape:
    """Return a ribbon with a notch at its foot, its middle at x and y."""
    left, right, top, foot = x - WIDTH / 2, x + WIDTH / 2, y - HEIGHT / 2, y + HEIGHT / 2
    head, tip = 0.13, 0.05
    return rounded(
        (left, top, head),
        (right, top, head),
        (right, foot, tip),
        (x, foot - NOTCH, 0.03),
        (left, foot, tip),
    )


def triangle(x: float, y: float, height: float) -> Shape:
    """Return a play triangle whose middle, by weight, is at x and y."""
    width = height * 0.9
    left, right = x - width / 3, x + width * 2 / 3
    return rounded((left, y - height / 2, 0.07), (right, y, 0.07), (left, y + height / 2, 0.07))


@dataclass(frozen=True)
class Picture:
    """A square picture of the mark.

    `mark` is the mark's part of the height, `corner` the reach of the tile's corners in parts of
    the height.
    """

    name: str
    size: int
    look: Look
    mark: float
    corner: float = 0

    def draw(self) -> Image.Image:
        image = Image.new("RGBA", (self.size, self.size))
        if self.look.tile:
            half = 0.5 / self.mark
            reach = self.corner / self.mark
            ends = [(-half, -half), (half, -half), (half, half), (-half, half)]
            image.paste(self.look.tile, mask=self._fill(rounded(*((x, y, reach) for x, y in ends))))
        for colour, mask in self._layers():
            image.paste(colour, mask=mask)
        return image if self.corner or not self.look.tile else image.convert("RGB")

    def _layers(self) -> Iterator[tuple[str, Image.Image]]:
        x, y = FRONT if self.look.back else (0, 0)
        front = bookmark(x, y)
        if self.look.back:
            back = self._fill(bookmark(*BACK))
            yield self.look.back, ImageChops.subtract(back, self._fill(front, GAP))
        play = self._fill(triangle(x, y - NOTCH / 3, 0.42))
        yield self.look.front, ImageChops.subtract(self._fill(front), play)

    def _fill(self, shape: Shape, wider: float = 0) -> Image.Image:
        """Return the mask of a shape, grown by `wider` on all sides."""
        side = self.size * FINER
        places = [(side * (0.5 + x * self.mark), side * (0.5 + y * self.mark)) for x, y in shape]
        mask = Image.new("L", (side, side))
        draw = ImageDraw.Draw(mask)
        draw.polygon(places, fill=255)
        if wider:
            reach = wider * side * self.mark
            draw.line([*places, places[0]], 255, round(2 * reach))
            for place in places:
                draw.circle(place, reach, 255)
        return mask.reduce(FINER)


PICTURES = (
    Picture("icon.png", 1024, ON_TILE, 0.68, 0.27),
    Picture("icon_ios.png", 1024, ON_TILE, 0.66),
    Picture("icon_macos.png", 1024, ON_TILE, 0.66),
    Picture("icon_android.png", 1024, Look(PAPER, MINT), 0.45),
    Picture("splash.png", 768, ON_LIGHT, 0.5),
    Picture("splash_dark.png", 768, ON_DARK, 0.5),
    Picture("favicon.png", 48, SMALL, 0.86, 0.27),
    Picture("icons/icon-192.png", 192, ON_TILE, 0.68, 0.27),
    Picture("icons/icon-512.png", 512, ON_TILE, 0.68, 0.27),
    Picture("icons/icon-maskable-192.png", 192, ON_TILE, 0.5),
    Picture("icons/icon-maskable-512.png", 512, ON_TILE, 0.5),
    Picture("icons/apple-touch-icon-192.png", 192, ON_TILE, 0.66),
    Picture("icons/loading-animation.png", 512, ON_TILE, 0.68, 0.27),
)


def write(folder: Path) -> None:
    """Write all pictures into a folder."""
    for picture in PICTURES:
        path = folder / picture.name
        path.parent.mkdir(parents=True, exist_ok=True)
        picture.draw().save(path, optimize=True)


if __name__ == "__main__":
    write(ASSETS)
