"""The control plane: the Django project in which every room shows itself.

Two sites on two listeners, each with its own host, cookie and map of URLs: the *public* site for
customers, and the *staff* site. It asks the data plane over its Unix socket like any other caller.

- It never opens the vault's store or the keystore, and holds no data key.
- Its own database has accounts, sessions, jobs and the outbox; no customer's value.
- Which site a request is for is told by the listener it came through, never by the request.
"""

from __future__ import annotations
