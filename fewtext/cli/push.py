"""``fewtext push``: a saved classifier to the Hugging Face Hub, with a card."""

from __future__ import annotations

from typing import Annotated

import typer

from fewtext.cli.help import INPUT, OUTPUT
from fewtext.cli.terminal import say, show


def push(
    model: Annotated[str, typer.Argument(metavar="DIR", help="A classifier saved by classify --save.")],
    repository: Annotated[
        str, typer.Argument(metavar="OWNER/NAME", help="The repository; it is made where there is none.")
    ],
    with_texts: Annotated[
        bool, typer.Option("--with-texts", rich_help_panel=INPUT, help="Upload the texts of the examples, too.")
    ] = False,
    private: Annotated[
        bool, typer.Option("--private", rich_help_panel=OUTPUT, help="Make a new repository private.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", rich_help_panel=OUTPUT, help="Print the card, and upload nothing.")
    ] = False,
) -> None:
    """Push a saved classifier to the Hugging Face Hub, with a card made from what is known of it.

    The texts of the examples stay here: others get their features, which give the same answers. Names and descriptions
    of labels go along. The token is that of hf auth login, or HF_TOKEN.

    \b
    fewtext push my-model owner/name --dry-run
    fewtext push my-model owner/name --private
    fewtext classify --model hub:owner/name --query q.txt
    """  # noqa: D301
    from fewtext.classify.publication import card_for
    from fewtext.classify.publication import push as pushed

    if dry_run:
        show(card_for(model, repository, with_texts=with_texts).splitlines())
        return
    done = pushed(model, repository, with_texts=with_texts, private=private)
    if done.kept_card:
        say("the repository's README.md was written by hand, and is kept")
    texts = "with" if with_texts else "without"
    say(f"pushed {texts} the examples' texts; others load it as hub:{repository}@{done.commit}")
