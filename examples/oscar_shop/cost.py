"""Times one thing after the other in the shop as its environment says, protected or plain.

It prints the median seconds of each as JSON. `python -m tests.shop.cost` runs it in turns.
"""

from __future__ import annotations

import json
import secrets
import sys
import time
from pathlib import Path
from statistics import median

import django


def timed(times, begin, work):
    taken = []
    for number in range(times):
        begin()
        before = time.perf_counter()
        work(number)
        taken.append(time.perf_counter() - before)
    return median(taken)


def main():
    from django.conf import settings  # noqa: PLC0415 - Django is set up now
    from django.core.management import call_command  # noqa: PLC0415 - as above
    from oscar.core.loading import get_model  # noqa: PLC0415 - as above

    begin = list
    if settings.PROTECTED:
        from shopward_client.django import page  # noqa: PLC0415 - as above

        begin = page.begin
    call_command("migrate", verbosity=0)
    if settings.PROTECTED:
        call_command("shopward_attach", verbosity=0, stdout=sys.stderr)
    kept, country = get_model("order", "ShippingAddress"), get_model("address", "Country")
    named = {"name": "United Kingdom", "printable_name": "United Kingdom"}
    country.objects.get_or_create(iso_3166_1_a2="GB", defaults=named)
    mark = "".join(secrets.choice("bcdfghjkmnpqrtvwxyz") for _ in range(8))
    common = {
        "first_name": "Ada",
        "line4": "London",
        "postcode": "SW1Y 4JH",
        "country_id": "GB",
        "phone_number": "+442071838750",
    }

    def insert(number):
        last = f"{mark}x{number:03}"
        kept.objects.create(last_name=last, line1=f"{number} Mill Lane", **common)

    def look(number):
        assert kept.objects.get(pk=keys[number]).summary

    def page_of_twenty(_number):
        shown = list(kept.objects.select_related("country").order_by("-pk")[:20])
        assert len([one.summary for one in shown]) == 20

    def search(number):
        assert len(kept.objects.filter(last_name__istartswith=f"{mark}x{number:03}")) == 1

    found = {"insert": timed(60, begin, insert)}
    keys = list(kept.objects.order_by("-pk").values_list("pk", flat=True)[:60])
    found["get one and read it"] = timed(60, begin, look)
    found["list twenty and read them"] = timed(30, begin, page_of_twenty)
    found["search by how a name begins"] = timed(30, begin, search)
    print(json.dumps(found))


if __name__ == "__main__":
    sys.path.insert(0, str(Path(__file__).resolve().parents[2]))
    django.setup()
    main()
