"""What the records in a store mean: a number that changes when a program could misread those of another version."""

SCHEMA = 1


def other_schema(found: object) -> str:
    """Return what is wrong with a store whose records are of another schema, and what to do."""
    return (
        f"its records are of schema {found}, and this Deskboard writes schema {SCHEMA}: run the version that wrote "
        "them, or set REDIS_URL to a store of its own; until then posts wait in the spool"
    )
