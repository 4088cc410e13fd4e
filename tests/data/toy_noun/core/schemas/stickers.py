"""The shapes of stickers."""

from pydantic import BaseModel

from core.schemas.fields import Title
from core.schemas.videos import Request


class StickerCreate(Request):
    """A sticker to add."""

    label: Title


class Sticker(BaseModel):
    """One sticker."""

    id: int
    label: str


class StickerList(BaseModel):
    """All stickers, in the order of their ids."""

    stickers: list[Sticker]
