"""All use cases of tasks in one value."""

from dataclasses import dataclass
from typing import Self

from .batching import Batch
from .live import Live, OneByOne
from .ports import Clock, NewTaskId, TaskRepository
from .reading import CountTasks, ExportTasks, GetTask, GetUser, GetVersion, ListTasks
from .syncing import FollowChanges, ListChanges
from .upkeep import EraseUser
from .writing import (
    CompleteTask,
    CreateTask,
    DeleteTask,
    EditTask,
    GetOrCreateTask,
    ReopenTask,
    RestoreTask,
    ToggleTask,
)


@dataclass(frozen=True, slots=True)
class Tasks:
    """`await tasks.create("ada", title="Buy honey")`: each field is a use case to be called, with
    the acting user first."""

    create: CreateTask
    get_or_create: GetOrCreateTask
    get: GetTask
    list: ListTasks
    count: CountTasks
    version: GetVersion
    edit: EditTask
    complete: CompleteTask
    reopen: ReopenTask
    toggle: ToggleTask
    delete: DeleteTask
    restore: RestoreTask
    batch: Batch
    changes: ListChanges
    follow: FollowChanges
    user: GetUser
    export: ExportTasks
    erase: EraseUser

    @classmethod
    def over(
        cls,
        tasks: TaskRepository,
        *,
        clock: Clock,
        new_task_id: NewTaskId,
        live: Live | None = None,
    ) -> Self:
        """`live` wakes those who follow changes; without one, each of them looks for themself."""
        changes = ListChanges(tasks)
        return cls(
            create=CreateTask(tasks, clock, new_task_id),
            get_or_create=GetOrCreateTask(tasks, clock),
            get=GetTask(tasks),
            list=ListTasks(tasks),
            count=CountTasks(tasks),
            version=GetVersion(tasks),
            edit=EditTask(tasks, clock),
            complete=CompleteTask(tasks, clock),
            reopen=ReopenTask(tasks, clock),
            toggle=ToggleTask(tasks, clock),
            delete=DeleteTask(tasks, clock),
            restore=RestoreTask(tasks, clock),
            batch=Batch(tasks, clock, new_task_id),
            changes=changes,
            follow=FollowChanges(changes, live or Live(OneByOne(tasks))),
            user=GetUser(tasks),
            export=ExportTasks(tasks),
            erase=EraseUser(tasks),
        )
