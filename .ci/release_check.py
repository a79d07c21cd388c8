"""Say what keeps this tree from being released, a line each, and build dist/: see RELEASING.md."""

import re
import shutil
import subprocess
import sys
import sysconfig
import tempfile
import tomllib
import venv
import zipfile
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DIST = ROOT / "dist"


def run(*command, **more):
    """Run a command, quietly; return what it writes."""
    return subprocess.run(command, check=True, capture_output=True, text=True, **more).stdout


def settings():
    """Return what pyproject.toml holds."""
    return tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))


def version():
    """Return the version of this tree."""
    return settings()["project"]["version"]


def versions_disagree():
    """Yield where the version is another one, or taken."""
    ours = re.escape(version())
    if not re.search(rf"^version: {ours}$", (ROOT / "CITATION.cff").read_text(encoding="utf-8"), re.MULTILINE):
        yield f"CITATION.cff names another version than {version()}"
    if not re.search(rf"^## {ours}\b", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), re.MULTILINE):
        yield f"CHANGELOG.md has no section {version()}"
    if run("git", "tag", "--list", f"v{version()}", cwd=ROOT):
        yield f"v{version()} is tagged already"


def uncommitted():
    """Yield the files that are not as they were committed."""
    for line in run("git", "status", "--porcelain", cwd=ROOT).splitlines():
        yield f"not committed: {line[3:]}"


def wheel_is_incomplete():
    """Build dist/: an archive of the sources, and the wheel of that archive; yield what either lacks or should."""
    shutil.rmtree(DIST, ignore_errors=True)
    run(sys.executable, "-c", "import build_backend; build_backend.build_sdist('dist')", cwd=ROOT)
    pip = [sys.executable, "-m", "pip", "wheel", "--no-deps", "--no-build-isolation", "--no-index"]
    run(*pip, "--wheel-dir", DIST, *DIST.glob("*.tar.gz"))
    (wheel,) = DIST.glob("*.whl")
    packed = {name for name in zipfile.ZipFile(wheel).namelist() if ".dist-info/" not in name}
    folders = settings()["tool"]["setuptools"]["package-dir"]
    for package, folder in folders.items():
        files = run("git", "ls-files", folder, cwd=ROOT).splitlines()
        ours = {package + name.removeprefix(folder) for name in files}
        for name in sorted(ours ^ {name for name in packed if name.startswith(f"{package}/")}):
            yield f"{name} is {'missing in the wheel' if name in ours else 'in the wheel, and not ours'}"


def wheel_does_not_classify():
    """Yield why the wheel does not classify the examples, in an environment that has it and the libraries it needs."""
    with tempfile.TemporaryDirectory() as folder:
        venv.create(folder, symlinks=True)
        packages = Path(sysconfig.get_path("purelib", vars={"base": folder, "platbase": folder}))
        (wheel,) = DIST.glob("*.whl")
        zipfile.ZipFile(wheel).extractall(packages)
        (packages / "libraries.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
        files = ["--support", ROOT / "examples" / "support.csv", "--query", ROOT / "examples" / "q.txt"]
        command = [Path(folder, "bin", "python"), "-m", "fewtext", "classify", *files]
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, env={"HF_HUB_OFFLINE": "1"})
        if done.returncode or "printer_problem" not in done.stdout:
            yield f"the wheel does not classify the examples: {done.stderr.strip()}"


def main():
    """Print the reasons; exit with 1 where there are any."""
    reasons = [*versions_disagree(), *uncommitted(), *wheel_is_incomplete(), *wheel_does_not_classify()]
    for reason in reasons:
        print(reason)
    sys.exit(bool(reasons))


if __name__ == "__main__":
    main()
