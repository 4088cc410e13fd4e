"""The app's errors; each has a sentence for the user, in every language of the app.

Failed
├── Cancelled  the user cancelled the sign-in, or it timed out
├── SignedOut  no user is signed in
├── Offline    no usable response: a later retry may help
│   └── ServerError  the server failed on this request: others may succeed
└── Refused    Core refused the request, with a detail text
"""

import re

from app.words import Word, say, say_code

_POINTER = re.compile(r"^#/\w+(/\d+)?: ")
"""Names the wrong value in front of a detail text, for programs."""


class Failed(Exception):
    """An action failed. `word` names the sentence for the user; `values` fill it in."""

    def __init__(self, word: Word, **values: str | int) -> None:
        self.word = word
        self.values = values
        super().__init__(Failed.sentence(self, "en"))

    def sentence(self, language: str) -> str:
        """Return the sentence in this language."""
        server = (
            {"server": say(language, str(self.values["server"]))}
            if self.values.get("server")
            else {}
        )
        return say(language, self.word, **self.values | server)


class Cancelled(Failed):
    """The user cancelled the sign-in, or it timed out."""


class SignedOut(Failed):
    """No user is signed in."""

    def __init__(self) -> None:
        super().__init__("error signed-out")


class Offline(Failed):
    """No usable response; a later retry may help, after `wait_s` seconds."""

    def __init__(self, word: Word, *, wait_s: int = 0, **values: str | int) -> None:
        super().__init__(word, **values)
        self.wait_s = wait_s


class ServerError(Offline):
    """The server failed on this request (500); other requests may succeed."""

    def __init__(self, *, wait_s: int = 0) -> None:
        super().__init__("error internal-error", wait_s=wait_s)


class Refused(Failed):
    """Core refused the request (RFC 9457). `detail` is Core's own English sentence."""

    def __init__(self, detail: str, status: int, kind: str = "", code: str = "") -> None:
        super().__init__("detail", detail=detail)
        self.status = status
        self.kind = kind
        self.code = code

    def sentence(self, language: str) -> str:
        """Return Core's sentence in English; otherwise the one for its code or its kind."""
        found = None if language == "en" else say_code(language, self.code, self.kind)
        return found or _as_sentence(str(self))


def _as_sentence(detail: str) -> str:
    """Return a detail text without its pointer, as the web app shows it."""
    bare = _POINTER.sub("", detail)
    whole = bare[:1].upper() + bare[1:]
    return whole if whole.endswith((".", "!", "?", "…")) else f"{whole}."
