"""Whom a board's conversations were pushed to, and when they last were."""

from app.records import Conversation, operator_key, tenant_of

NEVER = -(2**63)


class Pushes:
    """Of the pushes kept in each conversation the newest to each operator counts."""

    def __init__(self) -> None:
        self._newest: dict[str, dict[str, int]] = {}
        """By operator, then by conversation."""

    def change(self, key: str, before: Conversation | None, after: Conversation | None) -> set[str]:
        """Take in that a conversation changed; return the operators to whom it was pushed, before or after."""
        old, new = _newest_pushes(key, before), _newest_pushes(key, after)
        for operator in old.keys() - new.keys():
            del self._newest[operator][key]
            if not self._newest[operator]:
                del self._newest[operator]
        for operator, at in new.items():
            self._newest.setdefault(operator, {})[key] = at
        return old.keys() | new.keys()

    def are_known_to(self, operator: str) -> bool:
        return operator in self._newest

    def newest_to(self, operator: str) -> int:
        return max(self._newest.get(operator, {}).values(), default=NEVER)


def _newest_pushes(key: str, conversation: Conversation | None) -> dict[str, int]:
    if conversation is None:
        return {}
    tenant = tenant_of(key)
    return {operator_key(tenant, push.operator): push.at for push in conversation.pushes}
