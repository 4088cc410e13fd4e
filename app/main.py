"""The app: its services, its routes, and the guard that asks for a sign-in."""

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import flet as ft

from app.callback import Callbacks
from app.components.language import find_locale, remember_locale
from app.components.share import PHONES
from app.device import DeviceStorage, MemoryTokenStore, SecureTokenStore
from app.navigation import open_library
from app.services import ApiService, AuthService, Client, open_client
from app.settings import Settings, SettingsError
from app.store import Store, StoreContext, Unwatched
from app.theme import DARK, LIGHT, WIDE_PX
from app.views.edit import EditView
from app.views.files import FilesView
from app.views.library import LibraryView
from app.views.log import LogView
from app.views.play import PlayView
from app.views.save import SaveView
from app.views.sign_in import SignInView
from app.views.tags import TagsView
from app.views.today import TodayView
from app.views.trash import TrashView
from app.views.video import VideoView
from app.words import LANGUAGES

Listener = Callable[[object, str | None], None]


@ft.component
def App(unwatched: Unwatched) -> ft.Control | list[ft.View]:
    """Show the library to a signed-in user, otherwise the sign-in screen."""
    store = unwatched.store
    person, show = ft.use_state(store.person)

    listener: ft.MutableRef[Listener | None] = ft.use_ref(None)

    def watch() -> None:
        def follow(_store: object, field: str | None) -> None:
            if field == "person":
                show(store.person)

        listener.current = follow  # Flet holds listeners by weak references
        store.subscribe(follow)  # type: ignore[attr-defined]  # of ft.observable
        show(store.person)

    ft.use_effect(watch, [])
    if person is None:
        return StoreContext(store, lambda: [SignInView()])
    return StoreContext(store, Screens)


@ft.component
def RedirectToLibrary() -> ft.Control:
    """Go to the library from an unknown route, such as a phone's sign-in callback."""
    ft.use_effect(open_library, [])
    return ft.Container()


@ft.component
def Screens() -> ft.Control:
    """Map each route to its screen."""
    return ft.Router(
        [
            ft.Route(
                path="/",
                component=LibraryView,
                children=[
                    ft.Route(path="save", component=SaveView),
                    ft.Route(
                        path="videos/:video_id",
                        component=VideoView,
                        children=[ft.Route(path="edit", component=EditView)],
                    ),
                    ft.Route(path="tags", component=TagsView),
                    ft.Route(path="trash", component=TrashView),
                    ft.Route(path="files", component=FilesView),
                    ft.Route(path="log", component=LogView),
                    ft.Route(path="today", component=TodayView),
                    ft.Route(
                        path="play",
                        component=PlayView,
                        children=[ft.Route(path=":video_id", component=VideoView)],
                    ),
                ],
            )
        ],
        manage_views=True,
        not_found=RedirectToLibrary,
    )


@dataclass(frozen=True)
class Process:
    """The state that all sessions of a process share. In a browser each tab is a session."""

    settings: Settings
    client: Client
    callbacks: Callbacks
    folder: Path

    @classmethod
    def start(cls) -> Self:
        """Read the settings and find the app's data folder.

        Raises: SettingsError
        """
        settings = Settings.load(os.environ)
        return cls(settings, open_client(), Callbacks(settings.redirect_uri), _find_folder())

    async def show(self, page: ft.Page) -> None:
        """Open a session with the user who is signed in on this device, if any."""
        store = await self._open(page)
        page.title = "Core"
        page.theme, page.dark_theme = LIGHT, DARK
        page.theme_mode = ft.ThemeMode.SYSTEM
        page.locale_configuration = ft.LocaleConfiguration(
            supported_locales=[*map(ft.Locale, LANGUAGES)], current_locale=ft.Locale(store.language)
        )

        def measure() -> None:
            store.wide = (page.width or 0) >= WIDE_PX

        page.on_resize = measure
        page.on_close = store.close
        page.on_route_change = lambda event: store.receive(event.route)
        page.on_app_lifecycle_state_change = partial(_follow_lifecycle, store)
        measure()
        page.render_views(App, Unwatched(store))

    async def _open(self, page: ft.Page) -> Store:
        storage = DeviceStorage(self.folder, self.settings.api_url)
        on_phone = not page.web and page.platform in PHONES
        store = Store()
        store.locale = await find_locale(page)
        store.language = remember_locale(page, store.locale)
        tokens = MemoryTokenStore() if page.web else SecureTokenStore(store.inform)
        auth = AuthService(
            self.settings, tokens, self.client, storage, self.callbacks, on_phone=on_phone
        )
        await auth.restore()
        store.open(auth, ApiService(self.settings, auth, self.client), storage)
        return store


def _find_folder() -> Path:
    """Return the app's data folder: the platform's, or a temporary one for development."""
    if given := os.environ.get("FLET_APP_STORAGE_DATA"):
        return Path(given)
    folder = tempfile.mkdtemp(prefix="core-app-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


async def _follow_lifecycle(store: Store, event: ft.AppLifecycleStateChangeEvent) -> None:
    """Ask Core for changes only while the app is in the foreground."""
    if event.state == ft.AppLifecycleState.RESUME:
        await store.show(visible=True)
    elif event.state in (ft.AppLifecycleState.HIDE, ft.AppLifecycleState.PAUSE):
        await store.show(visible=False)


async def main(page: ft.Page) -> None:
    """Show the app on a device, where each process has one page."""
    try:
        process = Process.start()
    except SettingsError as fault:  # the developer sees this on the first start
        page.add(ft.SafeArea(ft.Text(f"This app was built with a wrong setting. {fault}")))
        return
    await process.show(page)
