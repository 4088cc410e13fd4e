"""The floor: the first design, without any optimization.

An ORM object for every row, a response model for every object, the SDK's verification in every
request, tags in one comma-joined column and found with LIKE. Not safe to deploy.
"""

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from clerk_backend_api.security import verify_token
from clerk_backend_api.security.types import TokenVerificationError, VerifyTokenOptions
from fastapi import Depends, FastAPI, Header, HTTPException
from pydantic import BaseModel, ConfigDict
from sqlalchemy import ForeignKey, create_engine, event, select
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.orm import DeclarativeBase, Mapped, Session, mapped_column, sessionmaker

LINK = re.compile(r"(?:watch\?v=|youtu\.be/|shorts/)([\w-]{11})")
CLERK = VerifyTokenOptions(
    jwt_key=os.environ["CLERK_JWT_KEY"],
    authorized_parties=os.environ["CLERK_AUTHORIZED_PARTIES"].split(","),
)
engine = create_engine(os.environ["DATABASE_URL"])
new_session = sessionmaker(engine)
app = FastAPI()

if engine.dialect.name == "sqlite":

    @event.listens_for(engine, "connect")
    def set_pragmas(connection: DBAPIConnection, _: object) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")


class Base(DeclarativeBase):
    """The two tables."""


class User(Base):
    """A user of Clerk."""

    __tablename__ = "users"
    id: Mapped[int] = mapped_column(primary_key=True)
    clerk_id: Mapped[str] = mapped_column(unique=True)


class Video(Base):
    """A saved link."""

    __tablename__ = "videos"
    id: Mapped[int] = mapped_column(primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), index=True)
    url: Mapped[str]
    title: Mapped[str | None]
    thumbnail_url: Mapped[str]
    tags: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)


class VideoCreate(BaseModel):
    """The body of a request."""

    url: str
    title: str | None = None
    tags: list[str] = []


class VideoOut(BaseModel):
    """A video in a response."""

    model_config = ConfigDict(from_attributes=True)
    id: int
    url: str
    title: str | None
    thumbnail_url: str
    tags: str
    created_at: datetime


class VideoList(BaseModel):
    """The body of a list."""

    videos: list[VideoOut]
    count: int


def get_session() -> Iterator[Session]:
    with new_session() as session:
        yield session


Database = Annotated[Session, Depends(get_session)]


def current_user(session: Database, authorization: Annotated[str, Header()]) -> User:
    try:
        claims = verify_token(authorization.removeprefix("Bearer "), CLERK)
    except TokenVerificationError as error:
        raise HTTPException(401) from error
    user = session.scalar(select(User).where(User.clerk_id == claims["sub"]))
    if user is None:
        user = User(clerk_id=claims["sub"])
        session.add(user)
        session.commit()
    return user


Person = Annotated[User, Depends(current_user)]


@app.get("/videos", response_model=VideoList)
def list_videos(
    session: Database, user: Person, tags: str | None = None, limit: int = 50
) -> dict[str, object]:
    query = select(Video).where(Video.user_id == user.id)
    for tag in (tags or "").split(","):
        if tag:
            query = query.where(Video.tags.like(f"%{tag}%"))
    videos = session.scalars(query.order_by(Video.created_at.desc()).limit(limit)).all()
    return {"videos": videos, "count": len(videos)}


@app.post("/videos", response_model=VideoOut, status_code=201)
def save_video(session: Database, user: Person, sent: VideoCreate) -> Video:
    link = LINK.search(sent.url)
    if link is None:
        raise HTTPException(422, "Not a YouTube link")
    video = Video(
        user_id=user.id,
        url=sent.url,
        title=sent.title,
        thumbnail_url=f"https://i.ytimg.com/vi/{link[1]}/mqdefault.jpg",
        tags=",".join(sent.tags),
        created_at=datetime.now(UTC).replace(tzinfo=None),
    )
    session.add(video)
    session.commit()
    session.refresh(video)
    return video


Base.metadata.create_all(engine)
