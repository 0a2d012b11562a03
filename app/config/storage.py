"""Where collected static files go, so that a browser may keep each of them for ever."""

from django.contrib.staticfiles.storage import ManifestStaticFilesStorage


class HashedStaticFilesStorage(ManifestStaticFilesStorage):
    """Names files after their content, and rewrites the imports between our ES modules accordingly."""

    support_js_module_import_aggregation = True
