"""Every address, and which part answers it."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path, re_path

from chat.api import api_urls, no_such_address

urlpatterns = [
    path("", include("chat.urls")),
    path("", include("accounts.urls")),
    path("api/v1/", api_urls()),
    re_path(r"^api/", no_such_address),
    path("admin/", admin.site.urls),
]

if settings.LAB:
    urlpatterns.append(path("lab/", include("lab.urls")))
