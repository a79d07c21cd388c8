"""The log: a JSON object a line through the logger ``fewtext.service``, without texts unless they are asked for."""

from __future__ import annotations

import logging
import traceback
from datetime import UTC, datetime
from typing import Any

from fewtext.files.json_text import to_json

LOGGER = logging.getLogger("fewtext.service")


def log(event: str, level: int = logging.INFO, **facts: Any) -> None:
    """Log an event with its facts; those that are None are left out."""
    if LOGGER.isEnabledFor(level):
        now = datetime.now(UTC).isoformat(timespec="milliseconds")
        head = {"time": now, "level": logging.getLevelName(level).lower(), "event": event}
        LOGGER.log(level, "%s", to_json(head | {name: value for name, value in facts.items() if value is not None}))


def log_error(event: str, error: BaseException, **facts: Any) -> None:
    """Log an error of ours by its kind and where it was raised: its message may quote a text."""
    frames = [f"{frame.filename}:{frame.lineno}" for frame in traceback.extract_tb(error.__traceback__)]
    log(event, logging.ERROR, error=type(error).__name__, at=frames[-6:], **facts)


class AsJson(logging.Handler):
    """Takes the records of the server's own loggers into the log."""

    def emit(self, record: logging.LogRecord) -> None:
        """Log the message, of an error its kind."""
        if record.exc_info and record.exc_info[1] is not None:
            log_error("server", record.exc_info[1])
        else:
            log("server", record.levelno, message=record.getMessage())


def take_over(*names: str) -> None:
    """Let the loggers of these names write into the log alone."""
    for name in names:
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [AsJson()], False
        logger.setLevel(logging.WARNING)
