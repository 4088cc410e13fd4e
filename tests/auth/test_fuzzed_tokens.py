"""Mutated tokens: every one is refused, and none causes another error."""

import base64
import random
import string
from collections import Counter
from collections.abc import Callable

import pytest

from core.auth.clerk import Clerk, Refused
from tests.support.auth.stand_ins import NOW_S
from tests.support.soak import size
from tests.support.tokens import SigningKey, encode, mint, mint_oauth, oauth_claims, session_claims

pytestmark = pytest.mark.anyio

MUTANTS = size(5_000, soak=100_000)
LETTERS = string.ascii_letters + string.digits + "-_.=+/ \0\né"

Mutate = Callable[[random.Random, str], str]


def change_a_letter(chance: random.Random, token: str) -> str:
    at = chance.randrange(len(token))
    return token[:at] + chance.choice(LETTERS) + token[at + 1 :]


def insert_letters(chance: random.Random, token: str) -> str:
    at = chance.randrange(len(token))
    return token[:at] + "".join(chance.choices(LETTERS, k=chance.randint(1, 9))) + token[at:]


def cut_out(chance: random.Random, token: str) -> str:
    start = chance.randrange(len(token))
    return token[:start] + token[start + chance.randint(1, 40) :]


def repeat(chance: random.Random, token: str) -> str:
    start = chance.randrange(len(token))
    end = start + chance.randint(1, 40)
    return token[:end] + token[start:]


def flip_a_bit(chance: random.Random, token: str) -> str:
    """Flip a bit beneath the base64, so that most results are well-formed."""
    parts = token.split(".")
    which = chance.randrange(3)
    data = bytearray(base64.urlsafe_b64decode(parts[which] + "=="))
    data[chance.randrange(len(data))] ^= 1 << chance.randrange(8)
    parts[which] = encode(bytes(data))
    return ".".join(parts)


def splice_bytes(chance: random.Random, token: str) -> str:
    parts = token.split(".")
    which = chance.randrange(3)
    data = base64.urlsafe_b64decode(parts[which] + "==")
    at = chance.randrange(len(data))
    parts[which] = encode(data[:at] + chance.randbytes(chance.randint(1, 12)) + data[at:])
    return ".".join(parts)


def shuffle_parts(chance: random.Random, token: str) -> str:
    return ".".join(chance.choices(token.split("."), k=chance.randint(1, 5)))


MUTATIONS: tuple[Mutate, ...] = (
    change_a_letter,
    insert_letters,
    cut_out,
    repeat,
    flip_a_bit,
    splice_bytes,
    shuffle_parts,
)


@pytest.mark.soak
async def test_no_mutated_token_is_accepted(clerk: Clerk, signing_key: SigningKey) -> None:
    chance = random.Random(20260103)
    genuine = [
        mint(signing_key, session_claims(now_s=NOW_S)),
        mint_oauth(signing_key, oauth_claims(now_s=NOW_S)),
    ]
    accepted, refused = set(), Counter[str]()
    for _ in range(MUTANTS):
        mutant = chance.choice(MUTATIONS)(chance, chance.choice(genuine))
        try:
            await clerk.verify(mutant)
            accepted.add(mutant)
        except Refused as refusal:
            refused[refusal.reason] += 1
    assert accepted <= set(genuine)
    assert refused.total() > 0.99 * MUTANTS
    assert refused.keys() >= {"malformed", "algorithm", "class", "unknown_key", "signature"}
