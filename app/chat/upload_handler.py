"""Takes files out of a request's body (FILE_UPLOAD_HANDLERS)."""

from typing import Any

from django.conf import settings
from django.core.exceptions import RequestDataTooBig
from django.core.files.uploadedfile import UploadedFile
from django.core.files.uploadhandler import FileUploadHandler

from chat.errors import Unavailable
from chat.upload_files import new_incoming


class IntoUploads(FileUploadHandler):
    """Straight onto the disk where uploads lie, so that one that stays is renamed, not copied; none into memory.

    `file.file.name` is its path. It is gone when the request ends.
    """

    def handle_raw_input(
        self,
        input_data: Any,
        META: Any,  # noqa: N803 - Django's name
        content_length: int,
        boundary: Any,
        encoding: str | None = None,
    ) -> None:
        """Before anything is read. Raises RequestDataTooBig."""
        if content_length > settings.UPLOAD_MAX_BYTES:
            raise RequestDataTooBig

    def new_file(self, *args: Any, **kwargs: Any) -> None:
        super().new_file(*args, **kwargs)
        try:
            self.file = new_incoming()
        except OSError as error:
            raise Unavailable from error

    def receive_data_chunk(self, raw_data: bytes, start: int) -> None:
        try:
            self.file.write(raw_data)
        except OSError as error:
            raise Unavailable from error

    def file_complete(self, file_size: int) -> UploadedFile:
        try:
            self.file.flush()
        except OSError as error:
            raise Unavailable from error
        self.file.seek(0)
        return UploadedFile(
            self.file, self.file_name, self.content_type, file_size, self.charset, self.content_type_extra
        )

    def upload_interrupted(self) -> None:
        if hasattr(self, "file"):
            self.file.close()
