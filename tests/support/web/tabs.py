"""Tabs that the tests of a worker use one after another.

A load in a used tab costs a third of the processor time of a load in a new browser profile. A tab
is used again by a test with the same options, if the test before used nothing of Playwright outside
`UNDONE`, and allowed no service worker. Every other test has its profile alone.
"""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

from playwright.sync_api import Browser, BrowserContext, Error, Page, ViewportSize

from tests.support.web.pages import MAY_LEAVE, Visitor

Servers = tuple[str, str]
"""The addresses of Core and of its Clerk."""
Kind = tuple[Servers, str]
"""The servers and the options that the tests of a tab have in common."""
DEFAULTS: dict[str, Any] = {"service_workers": "block", "reduced_motion": "reduce"}
BLANK = "/config.json"
"""An address of Core that runs no script. `about:blank` would start another process."""
EVERYTHING = {"storageTypes": "all"}
EMPTY = "localStorage.clear(); sessionStorage.clear(); name = ''"
UNDONE = {
    Page: """bring_to_front click close content context evaluate expect_event expect_file_chooser
        expect_navigation expect_popup expect_request expect_response frames get_by_label
        get_by_placeholder get_by_role get_by_text go_back go_forward goto is_closed keyboard
        locator main_frame mouse reload route screenshot set_viewport_size title unroute
        unroute_all url viewport_size wait_for_event wait_for_timeout wait_for_url""",
    BrowserContext: """add_cookies clear_cookies close cookies expect_page new_page pages route
        set_offline unroute unroute_all""",
}
"""What changes nothing that outlives the page, or what `_empty` undoes."""


@dataclass(frozen=True)
class Uses:
    """What a test used of its pages and profiles."""

    forever: set[Page | BrowserContext] = field(default_factory=set)
    """Those of which it used anything that can't be undone."""
    listeners: list[tuple[Any, str, Any]] = field(default_factory=list)
    """Of what, to which event, and what is called."""

    def clear(self) -> None:
        self.forever.clear()
        self.listeners.clear()


class Tabs:
    """The tabs of a worker, lent to one test after another."""

    def __init__(self, uses: Uses) -> None:
        self._uses = uses
        self._problems: list[str] = []
        self._lent: list[tuple[Visitor, Kind]] = []
        self._free: defaultdict[Kind, list[Visitor]] = defaultdict(list)

    def lend(
        self, browser: Browser, servers: Servers, size: tuple[int, int], **options: Any
    ) -> Visitor:
        """Return a visitor with this size of window whose browser knows no user and no page."""
        window = ViewportSize(width=size[0], height=size[1])
        kind = (servers, repr(options))
        if self._free[kind]:
            visitor = self._free[kind].pop()
            visitor.page.set_viewport_size(window)
        else:
            given = DEFAULTS | options | {"viewport": window, "base_url": servers[0]}
            visitor = self._open(browser.new_context(**given))
            if given["service_workers"] == "allow":
                self._uses.forever.add(visitor.context)
        self._lent.append((visitor, kind))
        return visitor

    def _open(self, context: BrowserContext) -> Visitor:
        """Open a tab; what this uses of Playwright is not of the test."""
        listeners = self._uses.listeners[:]
        context.grant_permissions(["local-network-access", "clipboard-read"])
        visitor = Visitor(context, self._problems)
        self._uses.forever.difference_update({context, visitor.page})
        self._uses.listeners[:] = listeners
        return visitor

    def take_back(self) -> list[str]:
        """End the test's use of its tabs; return what its pages reported as problems."""
        for visitor, kind in self._lent:
            if self._undo(visitor, kind[0]):
                self._free[kind].append(visitor)
            else:
                visitor.context.close()
        problems = self._problems[:]
        for notes in (self._lent, self._problems, self._uses):
            notes.clear()
        return problems

    def _undo(self, visitor: Visitor, servers: Servers) -> bool:
        """Undo what the test did, if all of it can be undone."""
        own = {visitor.page, visitor.context}
        if own & self._uses.forever or not _empty(visitor, servers):
            return False
        for user, event, listener in self._uses.listeners:
            if user in own:
                user.remove_listener(event, listener)
        return True


def _empty(visitor: Visitor, servers: Servers) -> bool:
    """Empty the tab and its profile; return false if its page can't be left."""
    page, context = visitor.page, visitor.context
    try:
        if not page.evaluate(MAY_LEAVE):
            return False
        for tab in context.pages:
            if tab is not page:
                tab.close()
        context.set_offline(False)
        for routed in (context, page):
            routed.unroute_all(behavior="ignoreErrors")
        page.goto(BLANK)
        page.evaluate(EMPTY)
        page.mouse.up()
        page.mouse.move(0, 0)
        context.clear_cookies()
        devtools = context.new_cdp_session(page)
        for origin in servers:
            devtools.send("Storage.clearDataForOrigin", {"origin": origin, **EVERYTHING})
        devtools.send("Page.resetNavigationHistory")
        devtools.detach()
    except Error:  # the test closed the page, or it is on its way to another address
        return False
    return page.url == servers[0] + BLANK


@contextmanager
def noted_uses() -> Iterator[Uses]:
    """Collect what the test that runs uses of Playwright outside `UNDONE`."""
    uses = Uses()
    replaced = [
        (kind, name, own)
        for kind, undone in UNDONE.items()
        for name, own in vars(kind).items()
        if not name.startswith("_") and name not in undone.split()
    ]
    for kind, name, own in replaced:
        noting = _noting_listeners(own, uses) if name == "on" else _noting(name, own, uses)
        setattr(kind, name, noting)
    yield uses
    for kind, name, own in replaced:
        setattr(kind, name, own)


def _noting(name: str, own: Any, uses: Uses) -> property:
    """Return what notes the page, or the profile, and then does the same as `own`."""

    def get(user: Any) -> Any:
        uses.forever.add(user.context if name == "clock" and isinstance(user, Page) else user)
        return own.__get__(user)

    return property(get)


def _noting_listeners(own: Any, uses: Uses) -> Any:
    def on(user: Any, event: str, listener: Any) -> None:
        uses.listeners.append((user, event, listener))
        own(user, event, listener)

    return on
