#!/usr/bin/env python
"""Django's command line for Tertulia."""

import os
import sys

from django.core.exceptions import ImproperlyConfigured


def main() -> None:
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    from django.conf import settings
    from django.core.management import execute_from_command_line

    try:
        settings.INSTALLED_APPS  # noqa: B018 - reads the settings, so that a mistake in them is said in plain words
    except ImproperlyConfigured as error:
        sys.exit(f"tertulia: {error}")
    execute_from_command_line(sys.argv)


if __name__ == "__main__":
    main()
