"""Tertulia's settings, and the change."""

from config.settings import *  # noqa: F403
from config.settings import INSTALLED_APPS

INSTALLED_APPS = [*INSTALLED_APPS, "tests.load.scenarios.one_each"]
