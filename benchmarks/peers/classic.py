"""FastAPI, SQLModel, psycopg2 and python-jose, as the tutorials of these have it: synchronous
handlers in a thread pool, a session for each request, a fresh SELECT after each commit."""

import os
import uuid
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Annotated

from fastapi import Depends, FastAPI, Header, HTTPException, Query, Response
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer
from jose import JWTError, jwt
from sqlalchemy import DateTime
from sqlmodel import Field, Session, SQLModel, col, create_engine, select

KEY, ALGORITHM = os.environ["JWT_KEY"], os.environ["JWT_ALGORITHM"]
ISSUER, AUDIENCE = os.environ["JWT_ISSUER"], os.environ["JWT_AUDIENCE"]

# libpq's own variables say where. A pool that is smaller than the number of requests at once stalls
# for seconds: requests that wait for a connection hold the threads in which others would return
# theirs.
engine = create_engine("postgresql+psycopg2://", pool_size=40, max_overflow=60)
app = FastAPI()
bearer = HTTPBearer()


def now() -> datetime:
    return datetime.now(UTC)


class TaskFields(SQLModel):
    title: str = Field(min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=10_000)
    is_completed: bool = False


class Task(TaskFields, table=True):
    __tablename__ = "tasks"

    id: uuid.UUID = Field(default_factory=uuid.uuid4, primary_key=True)
    user_id: str
    completed_at: datetime | None = Field(default=None, sa_type=DateTime(timezone=True))
    created_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    updated_at: datetime = Field(default_factory=now, sa_type=DateTime(timezone=True))
    revision: int = 1


class TaskRead(TaskFields):
    id: uuid.UUID
    user_id: str
    completed_at: datetime | None
    created_at: datetime
    updated_at: datetime
    revision: int


class TaskUpdate(SQLModel):
    title: str | None = Field(default=None, min_length=1, max_length=255)
    description: str | None = Field(default=None, max_length=10_000)
    is_completed: bool | None = None


def get_session() -> Iterator[Session]:
    with Session(engine) as session:
        yield session


def current_user(
    user_id: str, credentials: Annotated[HTTPAuthorizationCredentials, Depends(bearer)]
) -> str:
    try:
        claims = jwt.decode(
            credentials.credentials, KEY, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER
        )
    except JWTError:
        raise HTTPException(401, "Could not validate credentials") from None
    if claims.get("sub") != user_id:
        raise HTTPException(403, "Not your tasks")
    return user_id


Db = Annotated[Session, Depends(get_session)]
User = Annotated[str, Depends(current_user)]


def owned(task_id: uuid.UUID, user: str, session: Session) -> Task:
    task = session.exec(select(Task).where(Task.id == task_id, Task.user_id == user)).first()
    if task is None:
        raise HTTPException(404, "Task not found")
    return task


def saved(task: Task, session: Session) -> Task:
    task.updated_at = now()
    task.revision += 1
    session.add(task)
    session.commit()
    session.refresh(task)
    return task


def set_completed(task: Task, is_completed: bool) -> None:
    task.is_completed = is_completed
    task.completed_at = now() if is_completed else None


@app.get("/api/{user_id}/tasks", response_model=list[TaskRead])
def list_tasks(
    user: User, session: Db, limit: Annotated[int, Query(ge=1, le=1000)] = 1000
) -> list[Task]:
    newest = (col(Task.created_at).desc(), col(Task.id).desc())
    query = select(Task).where(Task.user_id == user).order_by(*newest).limit(limit)
    return list(session.exec(query).all())


@app.post("/api/{user_id}/tasks", response_model=TaskRead, status_code=201)
def create_task(fields: TaskFields, user: User, session: Db) -> Task:
    task = Task(**fields.model_dump(), user_id=user)
    if task.is_completed:
        task.completed_at = task.created_at
    session.add(task)
    session.commit()
    session.refresh(task)
    return task


@app.get("/api/{user_id}/tasks/{task_id}", response_model=TaskRead)
def get_task(
    task_id: uuid.UUID,
    user: User,
    session: Db,
    response: Response,
    if_none_match: Annotated[str | None, Header()] = None,
) -> Task | Response:
    task = owned(task_id, user, session)
    etag = f'"{task.revision}"'
    if if_none_match == etag:
        return Response(status_code=304, headers={"ETag": etag})
    response.headers["ETag"] = etag
    return task


@app.put("/api/{user_id}/tasks/{task_id}", response_model=TaskRead)
def edit_task(task_id: uuid.UUID, changes: TaskUpdate, user: User, session: Db) -> Task:
    task = owned(task_id, user, session)
    named = changes.model_dump(exclude_unset=True)
    if "is_completed" in named:
        set_completed(task, named.pop("is_completed"))
    task.sqlmodel_update(named)
    return saved(task, session)


@app.patch("/api/{user_id}/tasks/{task_id}/complete", response_model=TaskRead)
def toggle_task(task_id: uuid.UUID, user: User, session: Db) -> Task:
    task = owned(task_id, user, session)
    set_completed(task, not task.is_completed)
    return saved(task, session)


@app.delete("/api/{user_id}/tasks/{task_id}", status_code=204)
def delete_task(task_id: uuid.UUID, user: User, session: Db) -> None:
    session.delete(owned(task_id, user, session))
    session.commit()
