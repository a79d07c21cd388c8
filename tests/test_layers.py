"""Who may import whom: read from the sources, so that a lazy import, or one for type checkers alone, counts too."""

import ast
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# Folders and top-level modules of fewtext; each may import from itself and from those before it.
LAYERS = [
    *("errors", "version", "contracts"),
    *("files", "registry", "metrics"),
    *("hub", "encoders", "learners"),
    *("datasets", "classify", "quality", "estimator", "cluster"),
    *("training", "testing", "evaluation", "benchmark", "service", "export"),
    *("cli", "api", "__main__", "__init__"),
]
MOST_LINES = 250
# Loaded at every start of the command, or read before there is anything to compute: without torch.
LIGHT = ("__init__", "errors", "version", "cli", "__main__", "registry", "files", "classify.input_validation")
LIGHT_BUT_FOR = ("registry.options", "files.tensors")
PACKAGES = {"fewtext": "fewtext", "plugins": "fewtext_plugins", "corpora": "fewtext_corpora"}


def sources(*folders: str) -> list[Path]:
    return [path for folder in folders for path in sorted((ROOT / folder).rglob("*.py"))]


def module(path: Path) -> str:
    """Return the dotted name of a file: ``fewtext.files.tables``, and ``fewtext`` for its ``__init__``."""
    top, *rest = path.relative_to(ROOT).with_suffix("").parts
    return ".".join([PACKAGES[top], *(part for part in rest if part != "__init__")])


def layer(name: str) -> str:
    """Return the folder or top-level module of ``fewtext`` that a dotted name stands in."""
    return (name.split(".")[1:] or ["__init__"])[0]


MODULES = {module(path): path for path in sources(*PACKAGES)}


@cache
def imports(path: Path, top_only: bool = False) -> list[str]:
    """Return the dotted names of the modules that a file imports; ``top_only``: outside of functions, when it runs."""
    found = []

    def visit(node: ast.AST) -> None:
        for child in ast.iter_child_nodes(node):
            if top_only and isinstance(child, (ast.FunctionDef, ast.AsyncFunctionDef)):
                continue
            if top_only and isinstance(child, ast.If) and ast.unparse(child.test) == "TYPE_CHECKING":
                continue
            if isinstance(child, ast.Import):
                found.extend(alias.name for alias in child.names)
            elif isinstance(child, ast.ImportFrom):
                whole = [f"{child.module}.{alias.name}" for alias in child.names]
                found.extend(name if name in MODULES else child.module for name in whole)
            visit(child)

    visit(ast.parse(path.read_text(encoding="utf-8")))
    return found


def test_every_folder_has_a_layer():
    assert {layer(module(path)) for path in sources("fewtext")} == set(LAYERS)


@pytest.mark.parametrize("path", sources("fewtext"), ids=module)
def test_imports_go_in_one_direction(path):
    own = LAYERS.index(layer(module(path)))
    later = [name for name in imports(path) if name in MODULES and LAYERS.index(layer(name)) > own]
    assert not later


def test_no_modules_import_each_other_in_a_circle():
    left = {name: {other for other in imports(path) if other in MODULES} - {name} for name, path in MODULES.items()}
    while free := {name for name, needs in left.items() if not needs & set(left)}:
        left = {name: needs for name, needs in left.items() if name not in free}
    assert not left, "each of these is on a circle, or needs one that is"


@pytest.mark.parametrize("path", sources(*PACKAGES), ids=module)
def test_a_module_can_be_read_at_a_sitting(path):
    assert len(path.read_text(encoding="utf-8").splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [path for path in sources("fewtext") if path.name == "__init__.py"], ids=module)
def test_a_folder_says_in_a_sentence_what_is_in_it(path):
    said = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8")))
    assert said and said.split("\n")[0].endswith(".")


@pytest.mark.parametrize("path", sources("plugins", "corpora"), ids=module)
def test_plugins_know_the_api_and_nothing_else_of_fewtext(path):
    assert all(name == "fewtext.api" for name in imports(path) if name.split(".")[0] == "fewtext")


@pytest.mark.parametrize("path", sources("fewtext"), ids=module)
def test_the_core_knows_no_plugin(path):
    assert not [name for name in imports(path) if name.startswith(("fewtext_plugins", "fewtext_corpora"))]


@pytest.mark.parametrize(
    ("library", "allowed"),
    [
        ("transformers", {"encoders"}),
        ("sentence_transformers", {"encoders"}),
        ("huggingface_hub", {"encoders", "hub"}),
        ("pytest", {"testing"}),
        ("rich", {"cli"}),
        ("typer", {"cli", "registry.hookspecs"}),
        ("click", set()),
        ("csv", {"files.tables", "files.delimited", "files.delimited_rows", "export.classify"}),
        ("msgspec", {"files.typed_fields", "files.exports.doc_bin"}),
        ("pyarrow", {"files.arrow_tables", "files.feature_files", "files.lazy_parquet", "cluster.ray_data"}),
        ("openpyxl", {"files.workbooks"}),
        ("python_calamine", {"files.workbooks"}),
        ("charset_normalizer", {"files.code_pages"}),
        ("fsspec", {"files.addresses"}),
        ("datasets", {"datasets.hub"}),
        ("sklearn", {"metrics", "encoders", "classify.scikit_learn", "classify.not_fitted"}),
        ("scipy", {"metrics.intervals"}),
        ("pandas", {"benchmark.tables"}),
        ("polars", set()),
        ("ray", {"cluster.ray_data"}),
        ("jinja2", {"evaluation.pages"}),
        ("matplotlib", {"evaluation.figures", "evaluation.adaptability_figure", "benchmark.charts"}),
        ("yaml", {"files.exports.rasa"}),
        ("fastapi", {"service"}),
        ("starlette", {"service"}),
        ("pydantic", {"service"}),
        ("uvicorn", {"service.server"}),
        ("prometheus_client", {"service.metrics"}),
        ("onnx", {"encoders"}),
        ("onnxruntime", {"encoders", "export.classify"}),
        ("pickle", {"testing.encoders"}),
    ],
)
def test_a_library_is_used_in_its_place_only(library, allowed):
    using = {name for name, path in MODULES.items() if library in {other.split(".")[0] for other in imports(path)}}
    places = {name.removeprefix("fewtext.") for name in using if name.startswith("fewtext.")}
    assert not [place for place in places if not {place, place.split(".")[0]} & allowed]


def test_light_modules_do_not_import_torch_at_the_top():
    light = [path for name, path in MODULES.items() if f"{name}.".startswith(tuple(f"fewtext.{own}." for own in LIGHT))]
    heavy = {module(path) for path in light for name in imports(path, top_only=True) if name.startswith("torch")}
    assert len(light) > 40 and heavy == {f"fewtext.{name}" for name in LIGHT_BUT_FOR}


def test_only_the_command_line_prints():
    printing = {
        layer(module(path))
        for path in sources("fewtext")
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "print"
    }
    assert printing == {"cli"}


def test_only_loading_holds_a_plugin_manager():
    assert [path.name for path in sources("fewtext", "plugins") if "PluginManager(" in path.read_text()] == [
        "loading.py"
    ]
