from django.urls import path

from lab.views import lab

urlpatterns = [path("", lab, name="lab")]
