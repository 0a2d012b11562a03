"""An upload as the wire has it (docs/protocol.md)."""

from typing import Any

from django.urls import reverse

from chat.models import Upload


def upload_dict(upload: Upload) -> dict[str, Any]:
    shown: dict[str, Any] = {
        "id": str(upload.pk),
        "name": upload.name,
        "size": upload.size,
        "type": upload.type,
        "url": reverse("upload", args=[upload.pk, upload.name]),
    }
    if upload.thumb_width is not None:
        thumb = {
            "url": reverse("upload-thumb", args=[upload.pk]),
            "width": upload.thumb_width,
            "height": upload.thumb_height,
        }
        shown |= {"width": upload.width, "height": upload.height, "thumb": thumb}
    return shown
