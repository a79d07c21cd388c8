"""Who may import whom: read from the sources, so that a lazy import counts too."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# A room may import from itself and from rooms above it in this list.
FLOORS = [
    ["errors", "statistics", "metrics", "estimator", "json_text", "standard_streams"],
    ["locks", "devices", "label_spelling", "file_content", "delimited", "process_state"],
    ["atomic", "plugin_guard"],
    ["plugin_failures"],
    ["hookspecs", "set_metrics", "tables", "label_names", "recipe", "backbones", "json_files", "pictures"],
    ["label_cells", "tensor_files", "input_validation", "installed", "offers"],
    ["columns"],
    ["doubtful_rows"],
    ["discovery", "inputs", "support", "learning"],
    ["sources", "plugin_check"],
    ["hub"],
    ["cards"],
    ["encoding", "corpus", "options", "saving", "tracking", "adaptation", "calibration"],
    ["tuning", "familiarity", "choosing"],
    ["encoders", "features", "api"],
    ["episodes", "augmentation", "abstention"],
    ["training", "evaluation", "blueprints", "figures", "one_shot_runs", "propagation"],
    ["runs"],
    ["few_shot", "testing"],
    ["classifier"],
    ["multi_label"],
    ["prediction", "text_checkup", "report", "workbench", "revision"],
    ["plans", "suggestion", "checkup", "multi_label_checkup"],
    ["episodic", "full_way", "grid"],
    ["results"],
    ["benchmark", "summary"],
    ["comparison", "charts", "tabulation"],
    ["page"],
    ["cli"],
    ["__main__"],
]
LEVEL = {room: level for level, rooms in enumerate(FLOORS) for room in rooms}
LIGHT = {
    "__init__",
    "hookspecs",
    "errors",
    "discovery",
    "installed",
    "offers",
    "plugin_check",
    "plugin_failures",
    "plugin_guard",
    "process_state",
    "standard_streams",
    "cli",
    "__main__",
    "tables",
    "delimited",
    "file_content",
    "json_text",
    "inputs",
    "label_names",
    "label_cells",
    "columns",
    "doubtful_rows",
    "support",
    "input_validation",
    "label_spelling",
}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(path: Path, top_only: bool = False, typing_too: bool = False) -> list[str]:
    """Return the dotted names that a file imports; those for type checkers alone only if asked for."""
    found = []

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING" and not typing_too:
                continue
            if top_only and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if isinstance(child, ast.Import):
                found.extend(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                found.extend(
                    [child.module] if child.module != "fewtext" else [f"fewtext.{a.name}" for a in child.names]
                )
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def room(path: Path) -> str:
    return path.relative_to(ROOT / "fewtext").parts[0].removesuffix(".py")


def test_every_room_has_a_floor():
    assert {room(path) for path in sources("fewtext")} - {"__init__"} == set(LEVEL)


@pytest.mark.parametrize("path", sources("fewtext"), ids=str)
def test_imports_go_in_one_direction(path):
    for name in imports(path):
        other = name.split(".")[1] if name.startswith("fewtext.") else None
        if room(path) != "__init__" and other in LEVEL and other != room(path):
            assert LEVEL[other] < LEVEL[room(path)], name


@pytest.mark.parametrize("path", sources("plugins", "corpora"), ids=str)
def test_plugins_know_the_api_and_nothing_else_of_fewtext(path):
    assert all(n == "fewtext.api" for n in imports(path, typing_too=True) if n.split(".")[0] == "fewtext")


@pytest.mark.parametrize("path", sources("fewtext"), ids=str)
def test_the_core_knows_no_plugin(path):
    assert not [n for n in imports(path, typing_too=True) if n.startswith(("fewtext_plugins", "fewtext_corpora"))]


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("transformers", {"encoders"}),
        ("sentence_transformers", {"encoders"}),
        ("huggingface_hub", {"encoders"}),
        ("pytest", {"testing"}),
        ("rich", {"cli"}),
        ("typer", {"cli"}),
        ("click", set()),
        ("csv", {"tables", "delimited"}),
        ("pyarrow", {"tables"}),
        ("datasets", {"hub"}),
        ("sklearn", {"metrics", "encoders", "estimator"}),
        ("scipy", {"statistics"}),
        ("pandas", {"tabulation"}),
        ("jinja2", {"page"}),
        ("matplotlib", {"figures", "charts"}),
        ("pickle", set()),
    ],
)
def test_a_library_is_used_in_its_room_only(library, allowed):
    using = {room(path) for path in sources("fewtext") if library in {name.split(".")[0] for name in imports(path)}}
    assert using <= allowed


def test_light_rooms_do_not_import_torch_at_the_top():
    heavy = [p for p in sources("fewtext") if room(p) in LIGHT for n in imports(p, True) if n.startswith("torch")]
    assert not heavy


def test_only_the_command_line_prints():
    printing = {
        room(path)
        for path in sources("fewtext")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    }
    assert printing == {"cli"}


def test_only_discovery_holds_a_plugin_manager():
    assert [path.name for path in sources("fewtext", "plugins") if "PluginManager(" in path.read_text()] == [
        "discovery.py"
    ]
