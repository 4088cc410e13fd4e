"""What can go wrong; the text of each is a sentence for the person.

Failed
├── Cancelled  the sign-in was given up
├── SignedOut  nobody is signed in, or no longer
├── Offline    no answer that could be used: what the device keeps is still right
└── Refused    Core said no, in its own words
"""


class Failed(Exception):
    """Something did not work."""


class Cancelled(Failed):
    """The person, or the clock, ended the sign-in."""


class SignedOut(Failed):
    """Nobody is signed in, or no longer."""

    def __init__(self) -> None:
        super().__init__("You are signed out. Sign in to go on.")


class Offline(Failed):
    """No answer that could be used; asking later may help."""


class Refused(Failed):
    """Core's own no (RFC 9457)."""

    def __init__(self, detail: str, status: int) -> None:
        super().__init__(detail)
        self.status = status
