"""All use cases of tasks in one value."""

from dataclasses import dataclass
from typing import Self

from .ports import Clock, NewTaskId, TaskRepository
from .reading import GetRevision, GetTask, ListTasks
from .writing import CompleteTask, CreateTask, DeleteTask, EditTask, ReopenTask, ToggleTask


@dataclass(frozen=True, slots=True)
class Tasks:
    """`await tasks.create("ada", title="Buy honey")`: each field is a use case to be called, with
    the acting user first."""

    create: CreateTask
    get: GetTask
    list: ListTasks
    revision: GetRevision
    edit: EditTask
    complete: CompleteTask
    reopen: ReopenTask
    toggle: ToggleTask
    delete: DeleteTask

    @classmethod
    def over(cls, tasks: TaskRepository, *, clock: Clock, new_task_id: NewTaskId) -> Self:
        return cls(
            create=CreateTask(tasks, clock, new_task_id),
            get=GetTask(tasks),
            list=ListTasks(tasks),
            revision=GetRevision(tasks),
            edit=EditTask(tasks, clock),
            complete=CompleteTask(tasks, clock),
            reopen=ReopenTask(tasks, clock),
            toggle=ToggleTask(tasks, clock),
            delete=DeleteTask(tasks, clock),
        )
