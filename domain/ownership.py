"""Who may touch what: the two ownership rules."""

from .errors import NotYourCollection, TaskNotFound
from .task import Task
from .user import UserId


def own_collection(user: UserId, owner: str) -> UserId:
    """A user acts on their own collection alone.

    Raises `NotYourCollection`, the same whether or not the other user exists.
    """
    if user != owner:
        raise NotYourCollection
    return user


def own_task(user: UserId, task: Task | None, *, from_trash: bool = False) -> Task:
    """A task is touched by its owner alone; once they delete it, only to take it `from_trash`.

    Raises `TaskNotFound`, the same whether it is somebody else's, deleted or was never there.
    """
    if task is None or task.owner != user or task.is_removed:
        raise TaskNotFound
    if not from_trash and task.is_deleted:
        raise TaskNotFound
    return task
