"""Shares a video's link: through the share sheet, or without one through the clipboard."""

import flet as ft

from app.store import Store
from app.video import Video

PHONES = (ft.PagePlatform.ANDROID, ft.PagePlatform.IOS)


async def share_video(store: Store, video: Video) -> None:
    """Pass the link to the phone's share sheet, or copy it."""
    page = ft.context.page
    if not page.web and page.platform in PHONES:
        await ft.Share().share_text(video.watch_url, title=video.name)
        return
    try:
        await ft.Clipboard().set(video.watch_url)
    except Exception:  # noqa: BLE001  each platform raises its own exceptions
        store.inform("link not copied")
    else:
        store.inform("link copied")
