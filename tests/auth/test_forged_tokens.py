"""Every forgery is refused with its own reason, and all get the same answer."""

import base64
import string

import httpx
import pytest
from fastapi import FastAPI

from core.api.http.problems import install_handlers
from core.auth.clerk import Clerk
from core.auth.middleware import CurrentUser
from tests.support.auth.forgeries import CORPUS, session
from tests.support.auth.stand_ins import reason_for_refusing
from tests.support.tokens import ORIGIN, SigningKey, mint

pytestmark = pytest.mark.anyio

CASES = [(word, name) for word, forgeries in CORPUS.items() for name in forgeries]
ALPHABET = string.ascii_uppercase + string.ascii_lowercase + string.digits + "-_"


@pytest.fixture
def client(clerk: Clerk) -> httpx.AsyncClient:
    """A client of an app without a database."""
    app = FastAPI()
    app.state.clerk = clerk
    app.state.database = None
    install_handlers(app)

    @app.get("/me")
    async def read_me(user: CurrentUser) -> str:
        return user.clerk_id

    return httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url=ORIGIN)


@pytest.mark.parametrize("case", CASES, ids=": ".join)
async def test_a_forgery_is_refused_with_its_reason_and_answered_401(
    clerk: Clerk,
    client: httpx.AsyncClient,
    signing_key: SigningKey,
    strangers_key: SigningKey,
    case: tuple[str, str],
) -> None:
    word, name = case
    token = CORPUS[word][name](signing_key, strangers_key)
    assert await reason_for_refusing(token, clerk) == word
    answer = await client.get("/me", headers={b"Authorization": b"Bearer " + token.encode()})
    assert answer.status_code == 401
    assert answer.headers["WWW-Authenticate"] == 'Bearer realm="core", error="invalid_token"'
    assert answer.json()["detail"] == "The token was not accepted. Sign in again."


@pytest.mark.parametrize("bits", [1, 2, 4, 8])
async def test_a_signature_has_only_one_base64_spelling(
    clerk: Clerk, signing_key: SigningKey, bits: int
) -> None:
    token = mint(signing_key, session())
    twin = token[:-1] + ALPHABET[ALPHABET.index(token[-1]) ^ bits]
    one, other = (base64.urlsafe_b64decode(t.rpartition(".")[2] + "==") for t in (token, twin))
    assert one == other
    assert await reason_for_refusing(twin, clerk) == "malformed"


def test_the_corpus_holds_at_least_sixty_forgeries_of_different_names() -> None:
    assert len({name for _, name in CASES}) == len(CASES) >= 60
