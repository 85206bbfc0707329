"""FastAPI with SQLAlchemy's async ORM on asyncpg, and PyJWT: the same work, all of it async."""

import os
import uuid
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Annotated, Any

import jwt
from cryptography.hazmat.primitives.serialization import load_pem_public_key
from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from pydantic import BaseModel, ConfigDict, Field
from sqlalchemy import BigInteger, DateTime, String, Text, select
from sqlalchemy.ext.asyncio import AsyncSession, async_sessionmaker, create_async_engine
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

ALGORITHM = os.environ["JWT_ALGORITHM"]
ISSUER, AUDIENCE = os.environ["JWT_ISSUER"], os.environ["JWT_AUDIENCE"]
KEY: Any = os.environ["JWT_KEY"]
if ALGORITHM != "HS256":
    KEY = load_pem_public_key(KEY.encode())

# libpq's own variables say where; asyncpg knows them too.
engine = create_async_engine("postgresql+asyncpg://", pool_size=10, max_overflow=10)
sessions = async_sessionmaker(engine, expire_on_commit=False)
app = FastAPI()
bearer = HTTPBearer()


def now() -> datetime:
    return datetime.now(UTC)


class Base(DeclarativeBase):
    type_annotation_map = {datetime: DateTime(timezone=True), int: BigInteger}  # noqa: RUF012


class Task(Base):
    __tablename__ = "tasks"

    id: Mapped[uuid.UUID] = mapped_column(primary_key=True, default=uuid.uuid4)
    user_id: Mapped[str] = mapped_column(Text)
    title: Mapped[str] = mapped_column(String(255))
    description: Mapped[str | None] = mapped_column(Text)
    is_completed: Mapped[bool] = mapped_column(default=False)
    completed_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(default=now)
    updated_at: Mapped[datetime] = mapped_column(default=now)
    revision: Mapped[int] = mapped_column(default=1)


class TaskIn(BaseModel):
    title: str = Field(min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=10_000)
    is_completed: bool = False


class TaskUpdate(BaseModel):
    title: str | None = Field(default=None, min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=10_000)
    is_completed: bool | None = None


class TaskOut(BaseModel):
    model_config = ConfigDict(from_attributes=True)

    id: uuid.UUID
    user_id: str
    title: str
    description: str | None
    is_completed: bool
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int


async def get_session() -> AsyncIterator[AsyncSession]:
    async with sessions() as session:
        yield session


async def current_user(
    user_id: str, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> str:
    try:
        claims = jwt.decode(
            credentials.credentials, KEY, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER
        )
    except jwt.PyJWTError:
        raise HTTPException(401, "Invalid token") from None
    if claims.get("sub") != user_id:
        raise HTTPException(403, "Not your tasks")
    return user_id


Db = Annotated[AsyncSession, Depends(get_session)]
User = Annotated[str, Depends(current_user)]


async def owned(task_id: uuid.UUID, user: str, session: AsyncSession) -> Task:
    task = await session.scalar(select(Task).where(Task.id == task_id, Task.user_id == user))
    if task is None:
        raise HTTPException(404, "Task not found")
    return task


async def saved(task: Task, session: AsyncSession) -> Task:
    task.updated_at = now()
    task.revision += 1
    await session.commit()
    return task


def set_completed(task: Task, is_completed: bool) -> None:
    task.is_completed = is_completed
    task.completed_at = now() if is_completed else None


@app.get("/api/{user_id}/tasks", response_model=list[TaskOut])
async def list_tasks(user: User, session: Db, limit: Annotated[int, Query(ge=1, le=1000)] = 1000):
    newest = (Task.created_at.desc(), Task.id.desc())
    query = select(Task).where(Task.user_id == user).order_by(*newest).limit(limit)
    return (await session.scalars(query)).all()


@app.post("/api/{user_id}/tasks", response_model=TaskOut, status_code=201)
async def create_task(new: TaskIn, user: User, session: Db):
    moment = now()
    completed_at = moment if new.is_completed else None
    task = Task(
        **new.model_dump(),
        user_id=user,
        completed_at=completed_at,
        created_at=moment,
        updated_at=moment,
    )
    session.add(task)
    await session.commit()
    return task


@app.get("/api/{user_id}/tasks/{task_id}", response_model=TaskOut)
async def get_task(
    task_id: uuid.UUID,
    user: User,
    session: Db,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
):
    task = await owned(task_id, user, session)
    etag = f'"{task.revision}"'
    if if_none_match == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return task


@app.put("/api/{user_id}/tasks/{task_id}", response_model=TaskOut)
async def edit_task(task_id: uuid.UUID, changes: TaskUpdate, user: User, session: Db):
    task = await owned(task_id, user, session)
    named = changes.model_dump(exclude_unset=True)
    if "is_completed" in named:
        set_completed(task, named.pop("is_completed"))
    for name, value in named.items():
        setattr(task, name, value)
    return await saved(task, session)


@app.patch("/api/{user_id}/tasks/{task_id}/complete", response_model=TaskOut)
async def toggle_task(task_id: uuid.UUID, user: User, session: Db):
    task = await owned(task_id, user, session)
    set_completed(task, not task.is_completed)
    return await saved(task, session)


@app.delete("/api/{user_id}/tasks/{task_id}", status_code=204)
async def delete_task(task_id: uuid.UUID, user: User, session: Db) -> None:
    await session.delete(await owned(task_id, user, session))
    await session.commit()
