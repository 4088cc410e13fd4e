"""The service's own answers: its state, its clock, the web app's settings, errors."""

from typing import Literal

from pydantic import BaseModel, ConfigDict, Field


class Health(BaseModel):
    """The service runs."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"status": "ok", "service": "core", "version": "0.3.0"}}
    )

    status: Literal["ok"]
    service: Literal["core"]
    version: str


class Readiness(BaseModel):
    """The state of each part that answers need, in one word."""

    model_config = ConfigDict(
        json_schema_extra={"example": {"database": "ok", "migrations": "ok", "signing_keys": "ok"}}
    )

    database: Literal["ok", "degraded", "unavailable"]
    """`degraded`: a server of a Citus cluster is missing, and with it the data of its users."""
    migrations: Literal["ok", "outdated", "unknown"]
    signing_keys: Literal["ok", "missing"]


class WebConfig(BaseModel):
    """The public configuration that the web app needs for sign-in."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "publishable_key": "pk_test_…",
                "frontend_api": "https://sign-in.example.com",
                "version": "0.3.0",
            }
        }
    )

    publishable_key: str | None
    frontend_api: str
    version: str


class Timer(BaseModel):
    """One reading of the server's clock."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {"timestamp": "2026-01-03T10:00:00.123456Z", "unix": 1767434400}
        }
    )

    timestamp: str
    unix: int


class Fault(BaseModel):
    """A value that can't be used."""

    pointer: str = Field(description="`#/tags/0` in the body, `?limit` in the query.")
    code: str = Field(description="What is wrong, for programs (docs/problems.md).")
    detail: str = Field(description="What is wrong, for people.")


class Problem(BaseModel):
    """An error (RFC 9457).

    `errors` comes with 422: a fault for each value that can't be used.
    """

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "type": "docs/problems.md#not-found",
                "title": "Not found",
                "status": 404,
                "detail": "There is no such video in your library.",
            }
        }
    )

    type: str
    title: str
    status: int
    detail: str
    errors: list[Fault] = Field([], max_length=20)
