from __future__ import annotations

from django.db import models

CHOICES = (("book", "Books"), ("game", "Games"))


class Upper(models.CharField):
    """Converts on assignment and when loaded, as fields of shops do."""

    class _Creator:
        def __init__(self, field: Upper) -> None:
            self.field = field

        def __get__(self, instance, owner=None):
            return self if instance is None else instance.__dict__[self.field.name]

        def __set__(self, instance, value):
            instance.__dict__[self.field.name] = self.field.to_python(value)

    def contribute_to_class(self, cls, name, **kwargs):
        super().contribute_to_class(cls, name, **kwargs)
        setattr(cls, self.name, self._Creator(self))

    def from_db_value(self, value, expression, connection):
        return self.to_python(value)

    def to_python(self, value):
        value = super().to_python(value)
        return value.upper() if isinstance(value, str) else value


class Customer(models.Model):
    email = models.EmailField(unique=True)
    first_name = models.CharField(max_length=20, blank=True)
    last_name = models.CharField(max_length=20)
    likes = models.CharField(max_length=10, choices=CHOICES, blank=True)

    class Meta:
        app_label = "bookshop"

    def __str__(self) -> str:
        return f"{self.first_name} {self.last_name}"


class Address(models.Model):
    customer = models.ForeignKey(Customer, on_delete=models.CASCADE)
    line1 = models.CharField(max_length=255)
    postcode = Upper(max_length=8, blank=True)
    note = models.TextField(null=True, blank=True)

    class Meta:
        app_label = "bookshop"

    def clean(self) -> None:
        """Reads what lies beneath its attributes, as shops do."""
        for name in ("line1", "postcode"):
            if self.__dict__[name]:
                self.__dict__[name] = self.__dict__[name].strip()
