from collections.abc import Sequence

import pytest

from honeydo.application.errors import OperationRefused
from honeydo.application.operations import Operation
from honeydo.application.tasks import Tasks
from honeydo.domain.errors import HoneydoError


async def refused(tasks: Tasks, operations: Sequence[Operation]) -> tuple[int, HoneydoError]:
    """Which of Ada's operations is, and why."""
    with pytest.raises(OperationRefused) as refusal:
        await tasks.batch("ada", operations)
    return refusal.value.index, refusal.value.reason
