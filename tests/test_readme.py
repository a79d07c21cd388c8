"""The README is true: its Python runs, its options exist, its commands are the Makefile's."""

import re
from pathlib import Path

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text(encoding="utf-8")
MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")


def blocks(language):
    return re.findall(rf"```{language}\n(.*?)```", README, re.DOTALL)


def test_its_library_example_runs(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    example = blocks("python")[0]
    assert "FewShotClassifier()" in example
    found = {}
    exec(example, found)
    assert found["model"].predict(["no internet in the east wing"]).tolist() == ["network"]
    assert (tmp_path / "my-model" / "README.md").exists()


def test_its_plugin_test_is_the_examples():
    example = (ROOT / "examples" / "fewtext-nearest" / "test_nearest.py").read_text(encoding="utf-8")
    lines = [line.split("  #")[0] for line in blocks("python")[1].splitlines() if line]
    assert [line for line in lines if line not in example] == []


def test_every_option_it_names_exists(run_fewtext):
    known = "".join(run_fewtext(name, "--help").stdout.decode() for name in ("classify", "train", "evaluate"))
    named = set(re.findall(r"(?<![\w-])--[a-z-]+", "\n".join(re.findall(r"`[^`\n]+`", README.split("## Measured")[0]))))
    assert len(named) > 10
    assert {option for option in named if option not in known} <= {"--check"}


def test_its_training_commands_run(run_fewtext, tmp_path):
    """As they stand, but for runs cut short and folders of the test's own."""
    lines = [line for line in README.splitlines() if line.startswith(("fewtext train", "fewtext evaluate --corpus"))]
    assert len(lines) == 5
    for line in lines:
        words = [str(tmp_path / word) if word.startswith("my-") else word for word in line.split()[1:]]
        words += ["--steps", "2", "--tracker", "none"] if words[0] == "train" else ["--episodes", "20"]
        done = run_fewtext(*words, FEWTEXT_CACHE=str(tmp_path / "cache"))
        assert done.returncode == 0, done.stderr.decode()


def test_the_raw_commands_are_the_makefiles():
    demo = re.search(r"\tfewtext (classify .*)|\$\(BIN\)/fewtext (classify .*)", MAKEFILE).group(2)
    assert f".venv/bin/fewtext {demo}" in README
    for extra in ("bundled", "dev"):
        assert f'-e ".[{extra}]"' in MAKEFILE and f'install -c constraints.txt -e ".[{extra}]"' in README


def test_torch_alone_is_pinned_for_every_install():
    pins = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    assert len(pins) == 1 and re.match(r"torch==\d+\.\d+\.\d+; platform_", pins[0])
    installs = re.findall(r"pip install .*", README.split("## Classify")[0])
    assert all("-c constraints.txt" in line for line in installs)
