"""Model fields whose values are in the vault; their columns hold tokens.

    email = ProtectedEmailField(unique=True, keep_as="email", token="mail")

or, for a shop that is not to be changed, `protect(field, column)` does it to a field that is there.
A field so protected still describes itself to migrations as what it was.

- Reading gives what the plain field would; assigning takes what it would.
- Blank text and NULL stay as they are: there is nothing to protect.
- `filter` takes exact, iexact, in, startswith, istartswith, contains, icontains and isnull.
- `QuerySet.update` and `bulk_update` with a new text are refused: they name no row to keep it for.
"""

from __future__ import annotations

from typing import Any

from django.core.exceptions import FieldError, ValidationError
from django.db import models
from django.db.models.query_utils import DeferredAttribute

from shopward_client.django import conf, tokens
from shopward_client.django.lookups import LOOKUPS
from shopward_client.django.mapping import Column
from shopward_client.django.page import Sealed, is_tokens_only, wait
from shopward_client.django.rows import hand_on, is_handles, row
from shopward_client.errors import ConfigError, InvalidError

_WAY_OUT = "Assign it to an instance and save that."


class Attribute(DeferredAttribute):
    """What a model's class has for a protected field: it reveals when read.

    `beneath` is what the plain field had there; it may convert what is assigned.
    """

    def __init__(self, field: Any, beneath: Any) -> None:
        super().__init__(field)
        self.field: Any = field
        self.beneath = beneath if hasattr(type(beneath), "__set__") else None

    def __get__(self, instance: Any, cls: Any = None) -> Any:
        if instance is None:
            return self
        name = self.field.attname
        if name not in instance.__dict__:
            super().__get__(instance, cls)
        value = instance.__dict__[name]
        if not isinstance(value, Sealed) or is_handles():
            return value
        text = str(value)
        return text if is_tokens_only() else self.field.to_python(text)

    def __set__(self, instance: Any, value: Any) -> None:
        name = self.field.attname
        if isinstance(value, str) and is_tokens_only():
            value = self.field.sealed(value) or value
        if isinstance(value, Sealed):
            instance.__dict__[name] = row(instance)[name] = value
        elif self.beneath is not None:
            self.beneath.__set__(instance, value)
        else:
            instance.__dict__[name] = value


class Protected:
    """What every protected field does differently from the plain one it is beside."""

    column_map: Column

    def sealed(self, text: object) -> Sealed | None:
        """The value behind a column's text; None where it holds no token."""
        token = tokens.token_in(text)
        return None if token is None else Sealed(str(text), token, self.column_map.field)

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        """Give a value that waits to be revealed, or what is not yet moved as it is."""
        sealed = self.sealed(value)
        if sealed is not None:
            return wait(sealed)
        above = getattr(super(), "from_db_value", None)
        return above(value, expression, connection) if above else value

    def get_prep_value(self, value: Any) -> Any:
        """The text of a value, as the plain field would write it."""
        return value if isinstance(value, Sealed) else super().get_prep_value(value)  # type: ignore[misc]

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:  # noqa: FBT001, FBT002 - Django's
        """What the column holds: a token, or nothing.

        Raises:
            InvalidError: It is a text that no row is known for.
        """
        value = value if prepared else self.get_prep_value(value)
        if isinstance(value, Sealed):
            return value.text
        if not str(value or "").strip():
            return value
        if is_tokens_only() and tokens.token_in(value):
            return value
        name = self.column_map.field
        raise InvalidError(f"`{name}` is in the vault for each row.", hint=_WAY_OUT, field=name)

    def pre_save(self, instance: Any, add: bool) -> Any:  # noqa: FBT001 - Django's
        """Move what was assigned into the vault, where no signal did before (`bulk_create`)."""
        from shopward_client.django.writing import keep  # noqa: PLC0415 - it needs the models

        keep(instance, is_new=add, only=None if add else [self.attname])  # type: ignore[attr-defined]
        return instance.__dict__.get(self.attname)  # type: ignore[attr-defined]

    def value_to_string(self, instance: Any) -> Any:
        """What a serializer writes: the token, never the value."""
        value = instance.__dict__.get(self.attname)  # type: ignore[attr-defined]
        return value.text if isinstance(value, Sealed) else super().value_to_string(instance)  # type: ignore[misc]

    def clean(self, value: Any, instance: Any) -> Any:
        """Check a value of a form.

        Raises:
            ValidationError: It is what was shown in place of the value.
        """
        old = row(instance).get(self.attname) if instance is not None else None  # type: ignore[attr-defined]
        text = self.get_prep_value(value)
        known = old.known if old is not None else None
        is_as_shown = known is not None and known.problem is None and known.value == text
        if conf.PLACEHOLDER in str(text or "") and not is_as_shown:
            raise ValidationError(
                "This was not shown. Enter it anew, or try again later.", code="not-shown"
            )
        return super().clean(value, instance)  # type: ignore[misc]

    def db_type(self, connection: Any) -> Any:
        """The column's type, wide enough for a token."""
        short = self.max_length  # type: ignore[has-type]
        if short is None:
            return super().db_type(connection)  # type: ignore[misc]
        self.max_length = max(short, tokens.CHARS[self.column_map.token])
        try:
            return super().db_type(connection)  # type: ignore[misc]
        finally:
            self.max_length = short

    def get_lookup(self, name: str) -> Any:
        """The lookup of that name.

        Raises:
            FieldError: It cannot be answered about values that are in the vault.
        """
        if name in LOOKUPS:
            return LOOKUPS[name]
        raise FieldError(f"`{name}` cannot be asked about a field in the vault: {self}.")

    def get_transform(self, name: str) -> Any:
        """None: nothing can be computed of a token."""
        return None


class Swapped(Protected):
    """A field of a shop that knows nothing of it: its copies, for migrations, are plain fields."""

    def clone(self) -> Any:
        """A field as the shop wrote it."""
        _, _, args, kwargs = self.deconstruct()  # type: ignore[attr-defined]
        return type(self).__bases__[1](*args, **kwargs)


class _Explicit(Protected):
    """A field that says by itself what it is kept as."""

    def __init__(self, *args: Any, keep_as: str, token: str = "opaque", **kwargs: Any) -> None:  # noqa: S107 - a shape
        if token not in tokens.CHARS:
            raise ConfigError("`token` is opaque or mail.", field="token")
        self._keep_as, self._token = keep_as, token
        super().__init__(*args, **kwargs)

    def deconstruct(self) -> Any:
        """Say what it is kept as, too."""
        name, path, args, kwargs = super().deconstruct()  # type: ignore[misc]
        return name, path, args, kwargs | {"keep_as": self._keep_as, "token": self._token}

    def contribute_to_class(self, cls: Any, name: str, **kwargs: Any) -> None:
        """Become a field of a model."""
        super().contribute_to_class(cls, name, **kwargs)  # type: ignore[misc]
        table = cls._meta.db_table
        self.column_map = Column(table, self.column, self._keep_as, self._token)  # type: ignore[attr-defined]
        if not cls._meta.abstract:
            _place(cls, self)


class ProtectedCharField(_Explicit, models.CharField):  # type: ignore[type-arg,misc]
    """A `CharField` whose values are in the vault."""


class ProtectedEmailField(_Explicit, models.EmailField):  # type: ignore[type-arg,misc]
    """An `EmailField` whose values are in the vault."""


class ProtectedTextField(_Explicit, models.TextField):  # type: ignore[type-arg,misc]
    """A `TextField` whose values are in the vault."""


def protect(field: Any, column: Column) -> None:
    """Protect a field that is there; its migrations stay what they are.

    Raises:
        ConfigError: It is a key, points elsewhere, or holds no text.
    """
    plain: Any = type(field)
    is_text = issubclass(plain, models.CharField) or issubclass(plain, models.TextField)
    if not is_text or field.primary_key:
        raise ConfigError(
            f"{column.table}.{column.column} is no column of text.",
            hint="Take it out of the map: keys, numbers and dates stay where they are.",
            field="map",
        )
    if issubclass(plain, Protected):
        field.column_map = column
        return
    names = {"__module__": plain.__module__, "__qualname__": plain.__qualname__}
    field.__class__ = type(plain.__name__, (Swapped, plain), names)
    protected: Any = field
    protected.column_map = column
    _place(field.model, field)


def _place(model: Any, field: Any) -> None:
    setattr(model, field.attname, Attribute(field, model.__dict__.get(field.attname)))
    hand_on(model)


def protected_in(model: Any) -> list[Any]:
    """A model's own protected fields."""
    return [one for one in model._meta.concrete_fields if isinstance(one, Protected)]
