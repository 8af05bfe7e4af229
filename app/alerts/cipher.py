"""Encrypts addresses and secrets of channels: who reads the store must not read them."""

import base64

from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PURPOSE = b"deskboard alert channels"


class AddressCipher:
    def __init__(self, secret_key: str) -> None:
        """`secret_key`: the setting SECRET_KEY. The key derived from it is used for nothing else."""
        derived = HKDF(algorithm=SHA256(), length=32, salt=None, info=_PURPOSE).derive(secret_key.encode())
        self._fernet = Fernet(base64.urlsafe_b64encode(derived))

    def encrypt(self, text: str) -> str:
        return self._fernet.encrypt(text.encode()).decode()

    def decrypt(self, encrypted: str) -> str | None:
        """Return the text, or None: it was encrypted with another key."""
        try:
            return self._fernet.decrypt(encrypted).decode()
        except InvalidToken:
            return None
