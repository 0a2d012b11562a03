"""Tertulia as it would be with a transaction for each post: what posts that share one are measured against.

A worker is made so by DJANGO_SETTINGS_MODULE=tests.load.scenarios.one_each.settings.
"""
