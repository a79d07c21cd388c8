"""Mistakes that authors of learners make: what torch says of each, the rule that it breaks, and the cure."""

from __future__ import annotations

import re
from typing import NamedTuple

from fewtext.errors import first_line
from fewtext.registry.plugin_lines import line_of


class Mistake(NamedTuple):
    """A pattern of an error's message, the rule, and what to do."""

    pattern: str
    rule: str
    cure: str


LOOP = "or declare vectorizes = False"
MISTAKES = [
    Mistake(
        r"vmap: It looks like you're calling \.item\(\)|_local_scalar_dense",
        "no value can be read by .item(), float() or int() where many tasks run at once by vmap",
        f"compute with the tensor itself, {LOOP}",
    ),
    Mistake(
        r"data-dependent control flow",
        "no branch may depend on a tensor's value where many tasks run at once by vmap",
        f"choose by torch.where(condition, a, b), {LOOP}",
    ),
    Mistake(
        r"dynamic shape|aten::nonzero|aten::_unique2|aten::unique",
        "no shape may depend on values (a boolean mask, nonzero, unique) where many tasks run at once by vmap",
        f"sum by support.membership, choose by torch.where, {LOOP}",
    ),
    Mistake(
        r"vmap: inplace arithmetic|in-place|inplace|doesn't match the broadcast shape",
        "nothing of a task may be written into a tensor that was made outside of it",
        f"build the tensor by torch.stack, torch.where or a product with support.membership, {LOOP}",
    ),
    Mistake(
        r"randomness error mode",
        "fit may draw no random numbers: one support has one answer",
        "draw them in the constructor and keep them in a buffer",
    ),
    Mistake(
        r"Cannot access data pointer of Tensor|\.numpy\(\)|Can't call numpy\(\)|resolve_neg|expected np\.ndarray"
        r"|got numpy\.ndarray|a ndarray instead|must be Tensor, not numpy|unsupported operand .*numpy"
        r"|numpy.* and 'Tensor'|can't convert .*tensor to numpy|numpy\.ndarray",
        "fit and its classifier compute with torch tensors, numpy knows neither vmap nor gradients",
        f"use torch's function of the same name, {LOOP} and return a tensor",
    ),
    Mistake(
        r"Invalid tensor|BatchedTensor|escaped|already been popped|dead level",
        "fit leaves nothing on self",
        "return what it learned in the classifier, a function of x",
    ),
    Mistake(
        r"fit changed self",
        "fit leaves the learner as it was",
        "return what it learned in the classifier, or declare keeps_state = True, which classify refuses",
    ),
    Mistake(
        r"logits are a NoneType|'NoneType' object is not callable",
        "fit returns a function from features to logits",
        "end fit by `return classify`, and classify by the logits",
    ),
    Mistake(
        r"'Tensor' object is not callable",
        "fit returns a function from features to logits, not the logits",
        "return lambda x: … for the queries x",
    ),
    Mistake(
        r"logits are a tensor",
        "logits are one row a query and one column a class: [len(x), support.ways]",
        "take the number of classes from support.ways, and reduce the dimension of the features only",
    ),
    Mistake(
        r"logits are a ",
        "a classifier returns a tensor of logits",
        "return a tensor [len(x), support.ways]",
    ),
    Mistake(
        r"logits are NaN or infinite",
        "logits are finite, also for a class with one example and for one whose examples all have weight 0",
        "keep divisors and logarithms from 0 by .clamp(min=1e-6), take .var(correction=0), or give a smaller rate",
    ),
    Mistake(
        r"same dtype|expected scalar type|dtypes? .*(?:but|and)|must have the same dtype",
        "all tensors have the dtype of the features",
        "make tensors by support.x.new_zeros or .to(support.x.dtype); support.membership has it already",
    ),
    Mistake(
        r"not compiled with CUDA|same device|No CUDA GPUs|NVIDIA driver",
        "all tensors are on the device of the features",
        "make tensors by support.x.new_zeros, or with device=support.x.device",
    ),
    Mistake(
        r"does not require grad|does not have a grad_fn|One of the differentiated Tensors",
        "inner steps take their gradients where the caller records none",
        "use torch.func.grad, or fewtext.api.inner_loop",
    ),
    Mistake(
        r"Module\.__init__\(\) call|has no attribute 'backbone'",
        "a learner's constructor begins with its base's",
        "call super().__init__(backbone) first",
    ),
    Mistake(
        r"missing \d+ required (?:positional|keyword-only) argument.*|unexpected keyword argument",
        "options are keyword-only parameters with a type and a default",
        "write def __init__(self, backbone: Backbone, *, k: int = 3)",
    ),
    Mistake(
        r"mat1 and mat2 shapes|must match the size|shape mismatch|[Ss]izes? of tensors? must match"
        r"|invalid for input of size|Expected size for first|size mismatch|not broadcastable",
        "features are [n, *shape], embeddings [n, self.backbone.features], membership [n, support.ways]",
        "take sizes from the tensors, and embed by self.backbone(x) first",
    ),
]


def explained(error: BaseException, definition: str = "") -> str:
    """Return in one line the rule that an error of a learner's breaks, the line and the cure; empty if none is known.

    ``definition`` is the place that is named where no line of the plugin was running.
    """
    mistake = mistake_of(error)
    if mistake is None:
        return ""
    place = line_of(error) or definition
    said = first_line(error).rstrip(".")  # sizes, types: of vmap's own words none is the author's
    what = f"{said}: " if said and "vmap" not in said + mistake.rule else ""
    return f"{what}{mistake.rule}{f' ({place})' if place else ''}; {mistake.cure}"


def mistake_of(error: BaseException) -> Mistake | None:
    """Return the known mistake that an error is a sign of."""
    try:
        message = str(error)
    except BaseException:  # the error's own ``__str__`` may raise anything
        return None
    return next((mistake for mistake in MISTAKES if re.search(mistake.pattern, message)), None)
