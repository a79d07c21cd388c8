"""Grids of the full-way track by TF-IDF features, which are measured in seconds."""


def full_way(corpus="office", **keys):
    """Return a grid as TOML; ``keys`` are its other keys with Python values."""
    given = {"corpora": str(corpus), "encoders": "tfidf", "track": "full-way", **keys}
    return "".join(f"{key} = {toml(value)}\n" for key, value in given.items())


def toml(value):
    """Return a value as TOML, on one line."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{key} = {toml(each)}" for key, each in value.items()) + " }"
    if isinstance(value, list):
        return f"[{', '.join(map(toml, value))}]"
    return f'"{value}"' if isinstance(value, str) else str(value).lower()
