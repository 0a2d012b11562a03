"""The API's calls about uploads: a file on its way into a message."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Router, Status
from ninja.files import UploadedFile

from chat import schemas
from chat.api_auth import user_of
from chat.upload_view import upload_dict
from chat.uploads import drop_upload, store_upload

router = Router()


@router.post("/rooms/{room}/uploads/", response={201: schemas.Upload}, exclude_unset=True)
def new_upload(request: HttpRequest, room: str, file: File[UploadedFile]) -> Status[dict[str, Any]]:
    return Status(201, upload_dict(store_upload(by=user_of(request), slug=room, file=file)))


@router.delete("/rooms/{room}/uploads/{upload}/", response={204: None})
def drop(request: HttpRequest, room: str, upload: UUID) -> Status[None]:
    drop_upload(by=user_of(request), slug=room, upload_id=upload)
    return Status(204, None)
