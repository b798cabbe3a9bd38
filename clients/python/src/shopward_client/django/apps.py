"""The Django app: protects the columns of the map as soon as the shop's models are there."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from django.apps import AppConfig, apps
from django.core.signals import request_finished, request_started
from django.db.models.signals import post_save, pre_delete, pre_save

from shopward_client.django import conf, mapping
from shopward_client.errors import ConfigError


class ShopwardConfig(AppConfig):
    """`shopward_client.django` in `INSTALLED_APPS`."""

    name = "shopward_client.django"
    label = "shopward"
    verbose_name = "Shopward"

    def ready(self) -> None:
        """Protect the columns of the map.

        Raises:
            ConfigError: A setting or the map is wrong; the shop does not start.
        """
        from shopward_client.django import fields, page, unsure, writing  # noqa: PLC0415 - models exist now

        given = conf.options().get("map")
        for column in mapping.load(Path(given)) if given else ():
            fields.protect(find(column), column)
        for model in apps.get_models(include_auto_created=True):
            if fields.protected_in(model):
                pre_save.connect(writing.before_save, sender=model, dispatch_uid="shopward")
                post_save.connect(writing.after_save, sender=model, dispatch_uid="shopward")
                pre_delete.connect(writing.before_delete, sender=model, dispatch_uid="shopward")
        request_started.connect(page.begin, dispatch_uid="shopward")
        request_finished.connect(unsure.sweep, dispatch_uid="shopward")


def find(column: mapping.Column) -> Any:
    """The field of the shop's models for a column.

    Raises:
        ConfigError: No model has such a table, or the table no such column.
    """
    hint = "Correct table and column in the map; `manage.py inspectdb` lists them."
    models = [
        one
        for one in apps.get_models(include_auto_created=True)
        if one._meta.db_table == column.table and not one._meta.proxy
    ]
    if not models:
        raise ConfigError(f"No model has the table {column.table}.", hint=hint, field="map")
    for field in models[0]._meta.local_concrete_fields:
        if field.column == column.column:
            return field
    raise ConfigError(
        f"The table {column.table} has no column {column.column}.", hint=hint, field="map"
    )
