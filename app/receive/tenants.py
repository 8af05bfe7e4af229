"""Which customers of iAdvize, `(platform, clientId)`, this deployment counts for: all that post, up to a bound."""

from app.bounds import TENANTS
from app.errors import InvalidPost


class Tenants:
    def __init__(self) -> None:
        self._known: set[str] = set()

    def know(self, tenant: str) -> None:
        """Add a tenant, as in `ha-335`, that is counted already."""
        self._known.add(tenant)

    def admit(self, tenant: str) -> None:
        """Raises InvalidPost for one too many: each takes room in the store for days."""
        if tenant not in self._known and len(self._known) >= TENANTS:
            error = InvalidPost(
                422,
                f"clientId belongs to {tenant}, and this Deskboard counts for {TENANTS} customers already",
                field="clientId",
                found=tenant,
                allowed="one of the customers that are counted; give others a Deskboard of their own",
            )
            error.cause = "customers"
            raise error
        self._known.add(tenant)
