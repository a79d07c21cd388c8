"""How this package is built: by setuptools, whose editable install gets links that type checkers can follow, too.

``plugins/`` is imported as ``fewtext_plugins`` and ``corpora/`` as ``fewtext_corpora``. In an editable install
setuptools resolves such names by an import hook, which only a running Python knows of. Links of those names in
``build/editable``, and a ``.pth`` file that puts this folder on the path, are followed by everybody, and new files are
found without installing again. Where links cannot be made, as on some Windows machines, the hook alone works as ever.
"""

import base64
import hashlib
import tomllib
from pathlib import Path
from zipfile import ZipFile

from setuptools import build_meta
from setuptools.build_meta import *  # noqa: F403 - the other hooks of a build backend are setuptools' own

ROOT = Path(__file__).resolve().parent
LINKS = ROOT / "build" / "editable"


def build_editable(wheel_directory, config_settings=None, metadata_directory=None):
    """Build setuptools' editable wheel and add a ``.pth`` file that names the folder of links."""
    name = build_meta.build_editable(wheel_directory, config_settings, metadata_directory)
    if _link():
        _add(Path(wheel_directory, name), "fewtext_links.pth", f"{LINKS}\n".encode())
    return name


def _link():
    """Make a link for each top-level package; return whether that was possible."""
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    LINKS.mkdir(parents=True, exist_ok=True)
    try:
        for package, folder in settings["tool"]["setuptools"]["package-dir"].items():
            (LINKS / package).unlink(missing_ok=True)
            (LINKS / package).symlink_to(Path("..", "..", folder), target_is_directory=True)
    except OSError:
        return False
    return True


def _add(wheel, name, content):
    """Add a file to a wheel, and its line to the wheel's record."""
    with ZipFile(wheel) as archive:
        files = {entry.filename: archive.read(entry) for entry in archive.infolist()}
    record = next(path for path in files if path.endswith(".dist-info/RECORD"))
    digest = base64.urlsafe_b64encode(hashlib.sha256(content).digest()).decode().rstrip("=")
    files[record] = f"{name},sha256={digest},{len(content)}\n".encode() + files[record]
    with ZipFile(wheel, "w") as archive:
        for path, data in {name: content, **files}.items():
            archive.writestr(path, data)
