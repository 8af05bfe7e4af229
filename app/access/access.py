"""All of access, put together: who may log in, which screens there are, and who a request comes from."""

from collections.abc import Callable

from redis.asyncio import Redis

from app.access.access_log import AccessLog
from app.access.accounts import Accounts
from app.access.credentials import Credentials
from app.access.last_seen import LastSeen
from app.access.oidc import CALLBACK_PATH, Oidc
from app.access.origins import RefusedOrigins
from app.access.own_pages import OwnPages
from app.access.pairing import Pairing
from app.access.principals import Principals
from app.access.privacy import Privacy
from app.access.rate_limits import RateLimits
from app.access.screen_links import ScreenLinks
from app.access.screens import Screens
from app.access.sessions import Sessions
from app.board.definition import BoardDefinition
from app.clock import Clock
from app.mirror.mirror import Mirror
from app.settings import Settings
from app.tasks import Tasks


class Access:
    def __init__(
        self,
        settings: Settings,
        store: Redis,
        mirror: Mirror,
        definition_of: Callable[[str], BoardDefinition | None],
        tasks: Tasks,
        clock: Clock,
    ) -> None:
        rate_limits = RateLimits(store)
        self.credentials = Credentials(store, mirror, clock, settings.secret_key)
        self.accounts = Accounts(self.credentials, clock)
        self.sessions = Sessions(self.credentials, self.accounts, rate_limits, clock, settings.admin_password)
        provider = settings.identity_provider
        self.oidc = Oidc(provider, settings.external_url + CALLBACK_PATH, clock) if provider else None
        self.screens = Screens(self.credentials, clock)
        self.pairing = Pairing(store, self.credentials, self.screens, rate_limits, clock)
        self.links = ScreenLinks(self.credentials, self.screens, rate_limits, clock)
        self.own_pages = OwnPages(store, mirror, self.credentials, clock)
        self.last_seen = LastSeen(store, self.screens, clock)
        self.privacy = Privacy(store, mirror, self.credentials, clock, settings.privacy)
        self.principals = Principals(
            self.credentials,
            self.sessions,
            self.screens,
            self.links,
            self.own_pages,
            settings.api_tokens,
            self.privacy,
            definition_of,
        )
        self.log = AccessLog(store, clock)
        self.refused_origins = RefusedOrigins(store)
        tasks.add("the credentials", self.credentials.run)
        tasks.add("the privacy that admins chose", self.privacy.run)
        tasks.add("the links to own pages", self.own_pages.run)
        tasks.add("the status of screens", self.last_seen.run)
        tasks.add("the refused origins", self.refused_origins.run)
        tasks.add("the access log", self.log.run)
