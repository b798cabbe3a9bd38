from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.template import Context, Template
from django.urls import path

from tests.shop.bookshop.models import Customer

ORDERS = Template(
    "{% for one in customers %}<li>{{ one.last_name }}, {{ one.first_name }}: {{ one.email }}"
    "{% for two in one.address_set.all %}, {{ two.line1 }}{% endfor %}</li>{% endfor %}"
)


def customers(request: HttpRequest) -> HttpResponse:
    found = Customer.objects.prefetch_related("address_set").order_by("pk")
    if part := request.GET.get("name"):
        found = found.filter(last_name__icontains=part)
    return HttpResponse(ORDERS.render(Context({"customers": found[:20]})))


urlpatterns = [path("admin/", admin.site.urls), path("customers/", customers)]
