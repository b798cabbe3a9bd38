"""Saves and deletes: the vault first, then the row.

A row that is saved is one call: a new customer, or an update of what changed. It happens before
the row is written, so that an acknowledged row always has its values. What a transaction that is
rolled back stored is erased as soon as this thread is outside of it (`unsure`); a change of a
value that is rolled back stays in the vault.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

from django.db import IntegrityError

from shopward_client.django import conf, tokens, unsure
from shopward_client.django.fields import protected_in
from shopward_client.django.page import Sealed, page, reveal_earlier
from shopward_client.django.rows import is_copy, row
from shopward_client.errors import ConflictError, InvalidError
from shopward_client.lazy import Known


def before_save(
    sender: Any, instance: Any, *, raw: bool, update_fields: Any = None, **_signal: Any
) -> None:
    """Move what a row was assigned into the vault; receives `pre_save`."""
    if not raw and protected_in(sender):
        is_new = instance._state.adding or is_copy(instance)
        keep(instance, only=update_fields, is_new=is_new)


def after_save(sender: Any, instance: Any, using: str, **_signal: Any) -> None:
    """The row is there; receives `post_save`."""
    if protected_in(sender):
        row(instance).pk = instance.pk
        unsure.settle((one.token for one in row(instance).values()), using)


def before_delete(sender: Any, instance: Any, using: str, **_signal: Any) -> None:
    """Erase a row's customers once it is certain that it is gone; receives `pre_delete`."""
    held = {one.token for one in _loaded(instance).values()}
    if held and conf.options().get("erase_deleted", True):
        unsure.erase_later(sender, held, using)


def keep(instance: Any, *, is_new: bool, only: Collection[str] | None = None) -> None:
    """Move what a row was assigned into the vault, and put tokens in its place.

    Raises:
        ShopwardError: It could not be kept; the row is not to be written.
        IntegrityError: Another row has a value that is to be unique.
    """
    fields = [
        one
        for one in protected_in(type(instance))
        if only is None or one.name in only or one.attname in only
    ]
    if is_new:
        _own(instance, fields)
    changed = {one: text for one in fields if (text := _changed(instance, one)) is not None}
    if changed:
        unsure.sweep()
        _check(changed)
        _keep(instance, changed)
        page().found.clear()


def _changed(instance: Any, field: Any) -> str | None:
    """The text that a field was assigned; None where it is as it was."""
    value = instance.__dict__.get(field.attname)
    is_loaded = field.attname in instance.__dict__
    if not is_loaded or isinstance(value, Sealed) or hasattr(value, "resolve_expression"):
        return None
    old, text = row(instance).get(field.attname), field.get_prep_value(value)
    clear = str(text or "")
    if old is None:
        return clear if clear.strip() else None
    if old.known == Known(clear):
        instance.__dict__[field.attname] = old
        return None
    return clear


def _check(changed: dict[Any, str]) -> None:
    for field, text in changed.items():
        if conf.PLACEHOLDER in text:
            name = field.column_map.field
            raise InvalidError(
                f"`{name}` is what was shown in place of a value.",
                hint="The vault did not show the value; nothing was saved over it.",
                field=name,
            )


def _keep(instance: Any, changed: dict[Any, str]) -> None:
    loaded = _loaded(instance)
    token = next((one.token for one in loaded.values()), None)
    try:
        if token is None:
            values = {one.column_map.field: text for one, text in changed.items()}
            token = conf.client().store(values).subject
            unsure.stored(instance, token)
        else:
            _update(token, loaded, changed)
    except ConflictError as error:
        if error.reason != "already-taken":
            raise
        raise IntegrityError(f"UNIQUE constraint failed: `{error.field}` in the vault") from error
    for field, text in changed.items():
        own = loaded[field.attname].token if field.attname in loaded else token
        _put(instance, field, own, text)


def _update(token: str, loaded: dict[str, Sealed], changed: dict[Any, str]) -> None:
    by_token: dict[str, dict[str, str | None]] = {}
    for field, text in changed.items():
        own = loaded[field.attname].token if field.attname in loaded else token
        kept = text if text.strip() else None
        by_token.setdefault(own, {})[field.column_map.field] = kept
    for own, values in by_token.items():
        reveal_earlier(own, values, loaded.values())
        conf.client().update(own, values)


def _put(instance: Any, field: Any, token: str, text: str) -> None:
    name = field.attname
    if not text.strip():
        row(instance).pop(name, None)
        return
    column = field.column_map
    shaped = tokens.shaped(token, column.token)
    sealed = Sealed(shaped, token, column.field, Known(text))
    instance.__dict__[name] = row(instance)[name] = sealed


def _loaded(instance: Any) -> dict[str, Sealed]:
    """The tokens that a row has, also of columns that were not loaded."""
    missing = [
        one.attname for one in protected_in(type(instance)) if one.attname not in instance.__dict__
    ]
    if missing and not instance._state.adding:
        instance.refresh_from_db(fields=missing)
    return row(instance)


def _own(instance: Any, fields: Iterable[Any]) -> None:
    """Let a new row that was copied from another have values of its own.

    Raises:
        ShopwardError: A value cannot be read now.
    """
    for field in fields:
        value = instance.__dict__.get(field.attname)
        if not isinstance(value, Sealed):
            if unsure.is_others(row(instance).get(field.attname), instance):
                row(instance).pop(field.attname)
        elif unsure.is_others(value, instance):
            known = value.know()
            if known.problem is not None:
                raise known.problem
            row(instance).pop(field.attname, None)
            instance.__dict__[field.attname] = known.value or ""
