"""The wheel holds every tracked file of the three packages and nothing else."""

import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
RENAMED = {"fewtext": "fewtext", "plugins": "fewtext_plugins", "corpora": "fewtext_corpora"}


@pytest.mark.processes
def test_the_wheel_is_the_tracked_files(tmp_path):
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True)
    if listed.returncode:
        pytest.skip("not a git checkout, so nothing says which files are ours")
    tracked = [Path(name) for name in listed.stdout.decode().split("\0") if name]
    for path in tracked:
        if (ROOT / path).exists():
            (tmp_path / "source" / path).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / path, tmp_path / "source" / path)
    pip = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--no-build-isolation", "--no-index"]
    subprocess.run([*pip, "--wheel-dir", tmp_path, tmp_path / "source"], check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    ours = {Path(RENAMED[p.parts[0]], *p.parts[1:]).as_posix() for p in tracked if p.parts[0] in RENAMED}
    assert packed == ours
