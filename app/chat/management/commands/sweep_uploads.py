"""Removes uploads that were never posted, and files to which nothing leads any more.

manage.py sweep_uploads
"""

from typing import Any

from django.core.management.base import BaseCommand

from chat.uploads import SWEPT_AT_ONCE, sweep_files, sweep_unposted


class Command(BaseCommand):
    help = "Remove uploads that were never posted within a day, and files that a crash left behind."

    def handle(self, *args: Any, **options: Any) -> None:
        rows = 0
        while swept := sweep_unposted(SWEPT_AT_ONCE):
            rows += swept
        files = sweep_files()
        self.stdout.write(f"{rows} uploads that were not posted, {files} files that nothing led to.")
