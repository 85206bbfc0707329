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


def own_task(user: UserId, task: Task | None) -> Task:
    """A task is touched by its owner alone, until they delete it.

    Raises `TaskNotFound`, the same whether it is somebody else's, deleted or was never there.
    """
    if task is None or task.owner != user or task.is_deleted:
        raise TaskNotFound
    return task
