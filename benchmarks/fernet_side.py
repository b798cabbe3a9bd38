"""The other side of V6: a Django model whose ten fields are of `django-fernet-encrypted-fields`.

    PYTHON benchmarks/fernet_side.py FILE        takes turns, see `turns`

It runs in an environment of its own, where Django and that package are installed, and imports
nothing of Shopward but `people`. The fields know no index: two columns with an HMAC of mail and
phone stand beside them, as the package's users make them. A row of an audit table is written with
every record that is stored or read. SQLite in WAL with `synchronous=FULL`: what is committed is
durable.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
import sys
import time
from itertools import islice
from typing import Any, ClassVar

import django
from django.conf import settings

from benchmarks import people

settings.configure(
    SECRET_KEY=secrets.token_hex(32),
    SALT_KEY=secrets.token_hex(16),
    INSTALLED_APPS=[],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": sys.argv[1],
            "OPTIONS": {"init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL;"},
        }
    },
)
django.setup()
from django.db import connection, models, transaction  # noqa: E402 - needs the settings
from encrypted_fields.fields import EncryptedTextField  # noqa: E402 - as above

KEY = secrets.token_bytes(32)


class Customer(models.Model):  # noqa: DJ008 - never shown
    """The same ten fields, and two columns to find a customer by."""

    first_name = EncryptedTextField()
    last_name = EncryptedTextField()
    email = EncryptedTextField()
    phone = EncryptedTextField()
    company = EncryptedTextField()
    address1 = EncryptedTextField()
    city = EncryptedTextField()
    postcode = EncryptedTextField()
    country = EncryptedTextField()
    note = EncryptedTextField()
    email_index = models.BinaryField(unique=True)
    phone_index = models.BinaryField(unique=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        """Of no app."""

        app_label = "peer"


class Audit(models.Model):  # noqa: DJ008 - as above
    """Who did what to whom, and why."""

    at = models.DateTimeField(auto_now_add=True)
    actor = models.CharField(max_length=40)
    verb = models.CharField(max_length=20)
    purpose = models.CharField(max_length=40)
    customer = models.BigIntegerField(db_index=True)

    objects: ClassVar[models.Manager[Any]] = models.Manager()

    class Meta:
        """Of no app."""

        app_label = "peer"


FIELDS = tuple(people.person(0))


def index(value: str) -> bytes:
    """What a value is found by."""
    return hmac.digest(KEY, value.encode(), hashlib.sha256)


def enter(verb: str, ids: list[int]) -> None:
    """An audit row for each."""
    Audit.objects.bulk_create(
        Audit(actor="shop", verb=verb, purpose="fulfil", customer=one) for one in ids
    )


def store(numbers: list[int], made: dict[int, dict[str, str]], ids: dict[int, int]) -> None:
    """New customers in one commit."""
    fresh = [
        Customer(
            **made[number],
            email_index=index(made[number]["email"]),
            phone_index=index(made[number]["phone"]),
        )
        for number in numbers
    ]
    with transaction.atomic():
        Customer.objects.bulk_create(fresh)
        enter("store", [one.pk for one in fresh])
    ids |= {number: one.pk for number, one in zip(numbers, fresh, strict=True)}


def read(numbers: list[int], made: dict[int, dict[str, str]], ids: dict[int, int]) -> None:
    """Customers by their ids, all ten fields, entered in one commit."""
    wanted = [ids[number] for number in numbers]
    with transaction.atomic():
        found = Customer.objects.in_bulk(wanted)
        enter("reveal", wanted)
    for number in numbers:
        one = found[ids[number]]
        assert {name: getattr(one, name) for name in FIELDS} == made[number]


def main() -> None:
    """Take turns until nobody asks for another."""
    with connection.schema_editor() as editor:
        editor.create_model(Customer)
        editor.create_model(Audit)
    ids: dict[int, int] = {}
    print(json.dumps({"seconds": 0.0}), flush=True)
    for line in sys.stdin:
        turn = json.loads(line)
        numbers = iter(range(turn["first"], turn["first"] + turn["count"]))
        made = {number: people.person(number) for number in list(numbers)}
        work = store if turn["work"] == "store" else read
        left = iter(made)
        began = time.perf_counter()
        while group := list(islice(left, turn["per_commit"])):
            work(group, made, ids)
        print(json.dumps({"seconds": time.perf_counter() - began}), flush=True)


if __name__ == "__main__":
    main()
