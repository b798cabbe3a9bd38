from django.contrib import admin

from tests.shop.bookshop.models import Address, Customer


@admin.register(Customer)
class CustomerAdmin(admin.ModelAdmin):
    list_display = ("email", "first_name", "last_name")
    search_fields = ("last_name", "email")


admin.site.register(Address)
