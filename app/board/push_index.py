"""Whom a board's conversations were pushed to, and when they last were."""

from app.clock import LONG_AGO
from app.records import Conversation, Roster, operator_key, tenant_of


class Pushes:
    """Of the pushes kept in each conversation the newest to each operator counts."""

    def __init__(self) -> None:
        self._newest: dict[str, dict[str, tuple[int, str]]] = {}
        """By operator, then by conversation: when, and who owns it."""

    def change(self, key: str, before: Conversation | None, after: Conversation | None) -> set[str]:
        """Take in that a conversation changed; return the operators to whom it was pushed, before or after."""
        old, new = _newest_pushes(key, before), _newest_pushes(key, after)
        for operator in old.keys() - new.keys():
            del self._newest[operator][key]
            if not self._newest[operator]:
                del self._newest[operator]
        for operator, push in new.items():
            self._newest.setdefault(operator, {})[key] = push
        return old.keys() | new.keys()

    def are_known_to(self, operator: str) -> bool:
        return operator in self._newest

    def newest_to(self, operator: str) -> int:
        return max((at for at, _ in self._newest.get(operator, {}).values()), default=LONG_AGO)

    def newest_within_team(self, operator: str, roster: Roster) -> int:
        """Return when one of the conversations that their own team has now was last pushed to an operator."""
        team = roster.team_of(operator)
        pushes = self._newest.get(operator, {}).values()
        return max((at for at, owner in pushes if owner == operator or roster.team_of(owner) == team), default=LONG_AGO)


def _newest_pushes(key: str, conversation: Conversation | None) -> dict[str, tuple[int, str]]:
    if conversation is None or not conversation.pushes:
        return {}
    tenant = tenant_of(key)
    owner = operator_key(tenant, conversation.owner)
    return {operator_key(tenant, push.operator): (push.at, owner) for push in conversation.pushes}
