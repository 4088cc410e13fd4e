"""ApiService calls Core as the signed-in user. Every method that sends a request raises Failed."""

import re
from collections.abc import Sequence
from http import HTTPStatus
from typing import Any
from urllib.parse import quote

from app.errors import Failed, SignedOut
from app.notes import Note
from app.responses import Response
from app.searches import Search
from app.services.auth import AuthService
from app.services.http import Client, send
from app.settings import Settings
from app.sync.confirmed import Read
from app.training import Workout
from app.transfer import Import
from app.video import Action, Trashed, Video

MAX_PAGES = 100
"""A million videos."""
PAGE = 500
FILE_TIME_S = 300
CORE = "core"
"""The word for Core in sentences."""
ETAG = re.compile(r'(W/)?"[!#-~]*"')
"""Only such an ETag fits into a request header. Source: RFC 9110, section 8.8.3"""
_GOOD = (HTTPStatus.OK, HTTPStatus.CREATED, HTTPStatus.ACCEPTED, HTTPStatus.NO_CONTENT)
_BROKEN = (LookupError, TypeError, AttributeError, ValueError)
"""The exceptions that reading JSON of another shape raises."""


class ApiService:
    """Calls Core as the user who is signed in when a request starts."""

    def __init__(self, settings: Settings, auth: AuthService, client: Client) -> None:
        self._api_url = settings.api_url
        self._auth = auth
        self._client = client

    # ----------------------------------------------------------------------------- reads

    async def read_changes(self, since: int = 0, etag: str = "") -> Read | None:
        """Return what changed since a sync token, 0 for everything; None if nothing changed.

        Raises: Refused with status 410: the token is too old
        """
        headers = {"If-None-Match": etag} if ETAG.fullmatch(etag) else {}
        query = {"since": str(since)}
        first = await self._request("GET", "/changes", params=query, headers=headers)
        if first.status == HTTPStatus.NOT_MODIFIED and headers:
            return None
        pages = [first, *await self._other_pages(first, "/changes", query)]
        documents = [page.json() for page in pages]
        try:
            return _to_read(since, first.etag, documents)
        except _BROKEN:
            raise first.failure() from None

    async def list_trash(self) -> tuple[Trashed, ...]:
        """Return the trash, the video deleted last first."""
        query = {"deleted": "true", "limit": str(PAGE)}
        first = await self._request("GET", "/videos", params=query)
        pages = [first, *await self._other_pages(first, "/videos", query)]
        try:
            found = [Trashed.from_json(row) for page in pages for row in page.json()["videos"]]
        except _BROKEN:
            raise first.failure() from None
        return tuple(sorted(found, key=lambda one: one.deleted_at, reverse=True))

    async def _other_pages(
        self, page: Response, path: str, query: dict[str, str]
    ) -> list[Response]:
        found: list[Response] = []
        while cursor := page.json().get("next_cursor"):
            if len(found) + 1 == MAX_PAGES:
                raise Failed("library too large")
            page = await self._request("GET", path, params=query | {"cursor": cursor})
            found.append(page)
        return found

    # --------------------------------------------------------------------------- changes

    async def save_video(self, text: str, tags: Sequence[str] = ()) -> tuple[Video, bool]:
        """Save the video whose link is in the text; return it, and whether it is new."""
        response = await self._request("POST", "/videos", json={"url": text, "tags": [*tags]})
        return _to_video(response), response.status == HTTPStatus.CREATED

    async def update_video(self, video_id: int, **change: Any) -> Video:
        """Change fields: `title`, `start_s`, `end_s`, `add_tags`, `remove_tags`."""
        return _to_video(await self._request("PATCH", f"/videos/{video_id}", json=change))

    async def change_videos(
        self, action: Action, ids: Sequence[int], tags: Sequence[str] = ()
    ) -> tuple[int, ...]:
        """Change up to 1,000 videos; return the ids that do not exist."""
        body: dict[str, Any] = {"action": action, "ids": [*ids]}
        response = await self._request(
            "POST", "/videos/batch", json=body | ({"tags": [*tags]} if tags else {})
        )
        try:
            return tuple(map(int, response.json()["missing"]))
        except _BROKEN:
            raise response.failure() from None

    async def rename_tag(self, name: str, to: str) -> str:
        """Rename a tag, or merge it into an existing one; return how Core spells it."""
        response = await self._request("PATCH", _tag_path(name), json={"name": to})
        spelling = response.json().get("name")
        if not isinstance(spelling, str):
            raise response.failure()
        return spelling

    async def remove_tag(self, name: str) -> None:
        """Remove a tag from every video."""
        await self._request("DELETE", _tag_path(name))

    # -------------------------------------------------------------------------- training

    async def send_entry(self, method: str, path: str, row: dict[str, Any]) -> None:
        """Add, change or delete a note, a workout or a saved search.

        Names of the row's fields are in braces in the path; the other fields are in the body.
        """
        body = {name: value for name, value in row.items() if f"{{{name}}}" not in path}
        options = {} if method == "DELETE" else {"json": body}
        await self._request(method, path.format(**row), **options)

    # ----------------------------------------------------------------------------- files

    async def start_import(self, name: str, content: bytes) -> Import:
        """Upload a file to import."""
        files = {"file": (name, content)}
        response = await self._request("POST", "/imports", files=files, time_s=FILE_TIME_S)
        return _to_import(response)

    async def find_import(self, import_id: int) -> Import:
        """Return the progress of an import."""
        return _to_import(await self._request("GET", f"/imports/{import_id}"))

    async def export(self) -> bytes:
        """Return the whole library as JSON, which `start_import` reads."""
        query = {"format": "json"}
        return (await self._request("GET", "/exports", params=query, time_s=FILE_TIME_S)).body

    async def erase(self) -> None:
        """Delete all data of the user; their tokens are refused from then on."""
        await self._request("DELETE", "/me")

    # -------------------------------------------------------------------------- requests

    async def _request(self, method: str, path: str, **options: Any) -> Response:
        """Send a request as the current user. A token that Core refuses is renewed once.

        Raises SignedOut if the user changes before the response.
        """
        person, token = self._auth.person, await self._auth.get_token()
        response = await self._send(method, path, token, options)
        if response.status == HTTPStatus.UNAUTHORIZED and self._auth.person == person:
            refused, token = token, await self._auth.get_token()
            if token == refused:
                token = await self._auth.get_token(renew=True)
            response = await self._send(method, path, token, options)
            if response.status == HTTPStatus.UNAUTHORIZED and self._auth.person == person:
                await self._auth.forget()
        if self._auth.person != person:
            raise SignedOut
        if response.status in (*_GOOD, HTTPStatus.NOT_MODIFIED):
            return response
        raise response.failure()

    async def _send(self, method: str, path: str, token: str, options: dict[str, Any]) -> Response:
        headers = {**options.get("headers", {}), "Authorization": f"Bearer {token}"}
        options = options | {"headers": headers}
        return await send(self._client, CORE, method, f"{self._api_url}{path}", **options)


def _tag_path(name: str) -> str:
    """Return the path of a tag. A client reads `/tags/..` as `/`; wide dots are the same tag."""
    safe = name.replace(".", "．") if re.fullmatch(r"\.{1,2}", name) else name  # noqa: RUF001  meant
    return f"/tags/{quote(safe, safe='')}"


def _to_video(response: Response) -> Video:
    try:
        return Video.from_json(response.json())
    except _BROKEN:
        raise response.failure() from None


def _to_read(since: int, etag: str, pages: Sequence[dict[str, Any]]) -> Read:
    """Put the pages of the change feed together; only the first one lists deleted rows."""
    gone = pages[0]["gone"]
    workouts = (row for page in pages for row in page.get("workouts", ()))
    searches = (row for page in pages for row in page.get("searches", ()))
    return Read(
        since,
        int(pages[0]["revision"]),
        etag,
        tuple(Video.from_json(row) for page in pages for row in page["videos"]),
        tuple(map(int, gone["videos"])),
        notes=tuple(Note.from_json(row) for page in pages for row in page.get("notes", ())),
        gone_notes=tuple(map(int, gone.get("notes", ()))),
        workouts=tuple(map(Workout.from_json, workouts)),
        gone_workouts=tuple(map(int, gone.get("workouts", ()))),
        searches=tuple(map(Search.from_json, searches)),
        gone_searches=tuple(map(int, gone.get("searches", ()))),
    )


def _to_import(response: Response) -> Import:
    try:
        return Import.from_json(response.json())
    except _BROKEN:
        raise response.failure() from None
