"""Why the shop looks, by the page that is asked: customers read it in their activity."""

from __future__ import annotations

import shopward_client


class Reasons:
    """Staff's pages are for orders; everything else is for the account, as the settings say."""

    def __init__(self, get_response):
        self._get_response = get_response

    def __call__(self, request):
        if not request.path.startswith(("/dashboard/", "/admin/")):
            return self._get_response(request)
        with shopward_client.purpose("orders"):
            return self._get_response(request)
