"""The parts of access, put together."""

from redis.asyncio import Redis

from app.access.attempts import Attempts
from app.access.attendance import Attendance
from app.access.guests import Guests
from app.access.origins import RefusedOrigins
from app.access.pairing import Pairing
from app.access.screens import Screens
from app.access.sessions import Sessions
from app.access.standing import Standing
from app.clock import Clock
from app.mirror import Mirror
from app.settings import Settings


class Access:
    def __init__(self, settings: Settings, store: Redis, mirror: Mirror, clock: Clock) -> None:
        attempts = Attempts(store)
        self.standing = Standing(store, mirror, clock, settings.secret_key)
        self.sessions = Sessions(self.standing, attempts, clock, settings.admin_password)
        self.screens = Screens(self.standing, clock)
        self.pairing = Pairing(store, self.standing, self.screens, attempts, clock)
        self.attendance = Attendance(store, self.screens, clock)
        self.guests = Guests(self.standing, self.sessions, self.screens, settings.api_tokens)
        self.refused_origins = RefusedOrigins(store)
        self.tasks = {
            "the standing records": self.standing.run,
            "the attendance of screens": self.attendance.run,
            "the refused origins": self.refused_origins.run,
        }
        """What runs in the background for as long as the process does, by name."""
