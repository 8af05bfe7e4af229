"""Boards as they were shown: the wall's document of each board that someone looked at, once a minute."""
