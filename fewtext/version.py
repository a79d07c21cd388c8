"""The installed version, from its metadata."""

from importlib.metadata import version

__version__ = version("fewtext")
