"""The two pages: the sign-in, and the error for an invalid application."""

from html import escape

from starlette.responses import HTMLResponse

from devclerk.people import Person

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; "
    "frame-ancestors 'none'",
}
_STYLE = """:root { color-scheme: light dark }
body { font: 1rem system-ui, sans-serif; max-width: 22rem; margin: 4rem auto; padding: 0 1rem }
button, input { box-sizing: border-box; font: inherit; padding: .7rem; width: 100% }"""


def pick_person(people: list[Person], fault: str = "") -> HTMLResponse:
    """Show the users; the form posts to the page's own URL with its query."""
    buttons = "".join(
        f'<p><button name="person" value="{escape(one.id)}">{escape(one.name)}</button>'
        for one in people
    )
    body = f"""<p role="alert">{escape(fault)}</p>
<form method="post">{buttons}</form>
<form method="post"><p><label>New user <input name="name" required maxlength="100"></label>
<p><button>Add and sign in</button></form>
<p>This is the stand-in for Clerk of <code>core dev</code>. It needs no password.</p>"""
    return _page("Sign in as", body, 400 if fault else 200)


def application_fault(text: str) -> HTMLResponse:
    """Show an error that must not be sent to the application: its URL is not trusted."""
    return _page("This application can't sign you in", f"<p>{escape(text)}</p>", 400)


def _page(title: str, body: str, status: int) -> HTMLResponse:
    html = f"""<!doctype html>
<html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>{title}</title><style>{_STYLE}</style>
<h1>{title}</h1>
{body}
</html>"""
    return HTMLResponse(html, status, _HEADERS)
