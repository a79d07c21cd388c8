"""What ``fewtext check`` writes beside its report: a table of the examples in doubt, and a page of all examples."""

from __future__ import annotations

from dataclasses import dataclass
from os.path import realpath
from pathlib import Path
from typing import TYPE_CHECKING

from fewtext.cli.output import check_output, check_page, format_by_suffix, write
from fewtext.cli.rows import ROW, row_cells, row_columns
from fewtext.errors import FewtextError
from fewtext.files.feedback import ABOUT, own_names

if TYPE_CHECKING:
    from fewtext.classify.multi_label import MultiLabelClassifier
    from fewtext.classify.single_label import SingleLabelClassifier
    from fewtext.files.examples import Examples
    from fewtext.quality.multi_label import MultiLabelReport
    from fewtext.quality.single_label import SingleLabelReport


@dataclass(frozen=True)
class CheckOutputs:
    """The files that are written, and the one whose examples are checked, with its names of columns."""

    support: str
    text_column: str | None
    label_column: str | None
    output: str | None
    html: str | None

    def check(self, labels: str | None) -> None:
        """Raise ``FewtextError`` where one of the files cannot be written."""
        if self.output:
            format_by_suffix(self.output)
        check_output(self.output, (self.support, labels))
        check_page(self.html, (self.support, labels))
        if self.output and self.html and realpath(self.output) == realpath(self.html):
            raise FewtextError(f"--output and --html are one file: {self.output}", hint="give each its own")

    def write(
        self,
        model: SingleLabelClassifier | MultiLabelClassifier,
        report: SingleLabelReport | MultiLabelReport,
        examples: Examples,
    ) -> int:
        """Write the files; return how many examples are in doubt."""
        from fewtext.quality.doubts import examples_in_doubt, given_labels

        found = examples_in_doubt(model, report)
        if self.output:
            own_columns = [*own_names(self.text_column, self.label_column, (ROW, *ABOUT)), *ABOUT]
            columns = [*row_columns(examples, own_columns), *own_columns]
            rows = (
                [
                    *row_cells(examples, own.place), own.text, own.label, own.suggested_label,
                    _short(own.likelihood_ratio), _short(own.error_probability), own.reason, "",
                ]
                for own in found
            )  # fmt: skip
            write(columns, rows, format_by_suffix(self.output), self.output)
        if self.html:
            from fewtext.evaluation.check_page import check_page as page
            from fewtext.files.tables import atomic_output

            given = given_labels(model)
            numbers = [row_cells(examples, place)[0] for place in range(len(given))]
            with atomic_output(Path(self.html)) as stream:
                stream.write(page(f"examples of {self.support}", model, report, given, found, numbers))
        return len(found)


def _short(number: float | None) -> float | None:
    return None if number is None else float(f"{number:.3g}")
