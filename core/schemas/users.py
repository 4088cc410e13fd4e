"""The signed-in user, as the API answers it."""

from pydantic import BaseModel, ConfigDict


class Person(BaseModel):
    """The signed-in user; `videos` counts those that are not in the trash."""

    model_config = ConfigDict(
        json_schema_extra={
            "example": {
                "id": 2836107263754240,
                "clerk_id": "user_2abcDEF",
                "email": "lily@example.com",
                "name": "Lily",
                "created_at": "2026-01-03T10:00:00.123Z",
                "videos": 12,
            }
        }
    )

    id: int
    clerk_id: str
    email: str | None
    name: str | None
    created_at: str
    videos: int
