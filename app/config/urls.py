"""Every address, and which part answers it."""

from django.conf import settings
from django.contrib import admin
from django.urls import include, path

from chat.api import api

urlpatterns = [
    path("", include("chat.urls")),
    path("", include("accounts.urls")),
    path("api/v1/", api.urls),
    path("admin/", admin.site.urls),
]

if settings.LAB:
    urlpatterns.append(path("lab/", include("lab.urls")))
