"""Every address, and which part answers it."""

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.templatetags.static import static
from django.urls import include, path, re_path

from chat.api import api_urls, no_such_address


def favicon(request: HttpRequest) -> HttpResponse:
    """Browsers ask for it on pages that name no icon: Django's own."""
    return redirect(static("chat/favicon.svg"))


urlpatterns = [
    path("", include("chat.urls")),
    path("", include("accounts.urls")),
    path("api/v1/", api_urls()),
    re_path(r"^api/", no_such_address),
    path("admin/", admin.site.urls),
    path("favicon.ico", favicon),
]

if settings.LAB:
    urlpatterns.append(path("lab/", include("lab.urls")))
