"""Serves uploads, to those who are in their room at this moment.

nginx sends the file itself (X-Accel-Redirect), where it is there to do so; see nginx/includes/uploads.conf, which has
the same headers. A file is shown in the browser only as a picture of a known type; anything else is a download,
whatever it claims to be.
"""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.db.models import Q
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.utils.cache import get_conditional_response
from django.utils.http import content_disposition_header, http_date
from django.views.decorators.http import require_safe

from accounts.signed_in import person_or_program
from chat.models import Upload
from chat.upload_files import THUMB_ENDING, on_disk, path_of, thumb_path_of
from chat.upload_types import UNKNOWN

# The location of nginx that nobody reaches from outside.
INTERNAL = "/uploads-internal/"

HEADERS = {
    # Asked for again each time, which is a 304: who was removed sees no more of it from then on.
    "Cache-Control": "private, no-cache",
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cross-Origin-Resource-Policy": "same-origin",
    "X-Content-Type-Options": "nosniff",
}
THUMB_TYPE = "image/webp"


@require_safe
def upload(request: HttpRequest, upload_id: UUID, name: str) -> HttpResponseBase:
    found = _visible(request, upload_id)
    if found.name != name:
        raise Http404
    if found.thumb_width is None:
        return _file(request, path_of(upload_id), UNKNOWN, found.name, download=True)
    return _file(request, path_of(upload_id), found.type, found.name)


@require_safe
def upload_thumb(request: HttpRequest, upload_id: UUID) -> HttpResponseBase:
    found = _visible(request, upload_id)
    if found.thumb_width is None:
        raise Http404
    return _file(request, thumb_path_of(upload_id), THUMB_TYPE, found.name + THUMB_ENDING)


def _visible(request: HttpRequest, upload_id: UUID) -> Upload:
    """What is posted is for the members of its room, what is not for who brought it, while they are one."""
    user = person_or_program(request)
    if user is None:
        raise Http404
    uploads = Upload.objects.filter(pk=upload_id, room__memberships__user=user)
    found = uploads.filter(Q(message__isnull=False) | Q(by=user)).first()
    if found is None:
        raise Http404
    return found


def _file(request: HttpRequest, path: str, media_type: str, name: str, *, download: bool = False) -> HttpResponseBase:
    if settings.UPLOADS_BY_NGINX:
        response = HttpResponse(headers=HEADERS, content_type=media_type)
        response.headers["Content-Disposition"] = content_disposition_header(download, name) or "inline"
        response.headers["X-Accel-Redirect"] = INTERNAL + path
        return response
    try:
        modified = int(on_disk(path).stat().st_mtime)
        told = get_conditional_response(request, last_modified=modified)
        if told is not None and told.status_code != HTTPStatus.OK:
            for header, value in HEADERS.items():
                told.headers[header] = value
            return told
        file = on_disk(path).open("rb")
    except FileNotFoundError:
        raise Http404 from None
    sent = FileResponse(file, headers=HEADERS, content_type=media_type, as_attachment=download, filename=name)
    sent.headers["Last-Modified"] = http_date(modified)
    return sent
