"""The app: its services, its screens, and who may see them."""

import atexit
import os
import shutil
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Self

import flet as ft

from app.callback import Callbacks
from app.device import LibraryCache, MemoryTokenStore, SecureTokenStore
from app.navigation import open_library
from app.services import ApiService, AuthService, Client, open_client
from app.settings import Settings, SettingsError
from app.store import Store, StoreContext
from app.theme import DARK, LIGHT, WIDE_PX
from app.views.library import LibraryView
from app.views.save import SaveView
from app.views.sign_in import SignInView
from app.views.video import VideoView

PHONES = (ft.PagePlatform.ANDROID, ft.PagePlatform.IOS)


@ft.component
def App(store: Store) -> ft.Control | list[ft.View]:
    """Show the library to whoever is signed in, and to everybody else where to sign in."""
    if store.person is None:
        return StoreContext(store, lambda: [SignInView()])
    return StoreContext(store, Screens)


@ft.component
def Elsewhere() -> ft.Control:
    """Go on to the library, as from the address that a phone's sign-in comes back to."""
    ft.use_effect(open_library, [])
    return ft.Container()


@ft.component
def Screens() -> ft.Control:
    """Tell each address its screen."""
    return ft.Router(
        [
            ft.Route(
                path="/",
                component=LibraryView,
                children=[
                    ft.Route(path="save", component=SaveView),
                    ft.Route(path="videos/:video_id", component=VideoView),
                ],
            )
        ],
        manage_views=True,
        not_found=Elsewhere,
    )


@dataclass(frozen=True)
class Process:
    """What all sessions of a process share: a phone has one, a browser's tabs have one each."""

    settings: Settings
    client: Client
    callbacks: Callbacks
    folder: Path

    @classmethod
    def start(cls) -> Self:
        """Read the settings and find the folder that the platform gives to the app.

        Raises: SettingsError
        """
        settings = Settings.load(os.environ)
        return cls(settings, open_client(), Callbacks(settings.redirect_uri), _find_folder())

    async def show(self, page: ft.Page) -> None:
        """Open a session: whoever was signed in on this device still is."""
        store = await self._open(page)
        page.title = "Core"
        page.theme, page.dark_theme = LIGHT, DARK
        page.theme_mode = ft.ThemeMode.SYSTEM

        def measure() -> None:
            store.wide = (page.width or 0) >= WIDE_PX

        page.on_resize = measure
        page.on_route_change = lambda event: store.receive(event.route)
        page.on_app_lifecycle_state_change = partial(_look_again, store)
        measure()
        page.render_views(App, store)

    async def _open(self, page: ft.Page) -> Store:
        cache = LibraryCache(self.folder, self.settings.api_url)
        on_phone = not page.web and page.platform in PHONES
        store = Store()
        tokens = MemoryTokenStore() if page.web else SecureTokenStore(store.tell)
        auth = AuthService(
            self.settings, tokens, self.client, cache, self.callbacks, on_phone=on_phone
        )
        await auth.restore()
        store.open(auth, ApiService(self.settings, auth, self.client, cache))
        return store


def _find_folder() -> Path:
    """Where a platform gives none, as in a browser, it goes when the process ends."""
    if given := os.environ.get("FLET_APP_STORAGE_DATA"):
        return Path(given)
    folder = tempfile.mkdtemp(prefix="core-app-")
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return Path(folder)


async def _look_again(store: Store, event: ft.AppLifecycleStateChangeEvent) -> None:
    """See what other devices did meanwhile; when they did nothing, Core says just that."""
    if event.state == ft.AppLifecycleState.RESUME and store.person and store.library.loaded:
        await store.load()


async def main(page: ft.Page) -> None:
    """Show the app on a device; there is one page in its process."""
    try:
        process = Process.start()
    except SettingsError as fault:  # whoever built it sees it at its first start
        page.add(ft.SafeArea(ft.Text(f"This app was built with a wrong setting. {fault}")))
        return
    await process.show(page)
