"""PNG files of few colours, which say inside what made them: the command with its seed, and versions."""

from importlib.metadata import version

from PIL import Image
from PIL.PngImagePlugin import PngInfo

LIBRARIES = ("fewtext", "torch", "matplotlib")


def shrink(source, target, shades, command):
    """Write an image with so many shades at most; rare ones, such as one red frame, are kept."""
    with Image.open(source) as drawn:
        small = drawn.convert("RGB").quantize(shades, method=Image.Quantize.MAXCOVERAGE)
    made = PngInfo()
    made.add_text("Source", " ".join(["fewtext", *command]))
    made.add_text("Software", ", ".join(f"{library} {version(library)}" for library in LIBRARIES))
    small.save(target, optimize=True, pnginfo=made)
