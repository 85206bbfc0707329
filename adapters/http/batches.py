"""Several changes in one request, all or none."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from litestar.handlers import HTTPRouteHandler
from msgspec import UNSET
from msgspec.json import Decoder, Encoder

from honeydo.application.batching import Batch

from .answers import Answer
from .idempotency import REPLAYED, idempotency_key
from .operations import BatchAnswer, BatchRequest, CreateOperation, Operation, OperationResult
from .problems import RequestRefused
from .requests import Caller, body
from .routing import Authenticate, handlers
from .schemas import FieldProblem

_encode: Final = Encoder().encode
_batch: Final = Decoder(BatchRequest)


@dataclass(frozen=True, slots=True)
class BatchController:
    """`require_if_match` refuses changes by clients that do not say what they change."""

    batch: Batch
    require_if_match: bool = False

    def routes(self, authenticate: Authenticate) -> Iterator[HTTPRouteHandler]:
        yield from handlers("/api/{user_id:str}/tasks/batch", authenticate, POST=self.write)

    async def write(self, request: Caller) -> Answer:
        key, sent = idempotency_key(request), (await body(request, _batch)).operations
        if self.require_if_match and (errors := [*_without_if_match(sent)]):
            raise RequestRefused(
                428, "precondition_required", "Say what you change: send if_match.", errors=errors
            )
        result = await self.batch(
            request.user.user,
            [operation.wanted() for operation in sent],
            idempotency_key=key,
            email=request.user.email,
        )
        answer = BatchAnswer([OperationResult.of(written) for written in result.written])
        replayed = REPLAYED if result.is_replay else {}
        return Answer(_encode(answer), headers={"Cache-Control": "no-store", **replayed})


def _without_if_match(operations: Sequence[Operation]) -> Iterator[FieldProblem]:
    made = set()
    for index, operation in enumerate(operations):
        if isinstance(operation, CreateOperation):
            made.add(operation.id)
        elif operation.if_match is UNSET and operation.id not in made:
            yield FieldProblem(
                f"/operations/{index}/if_match", "required", "The if_match is required."
            )
