"""Workbooks that are tried, each with what must come out: made by openpyxl, XlsxWriter, odfpy, pandas and polars."""

import datetime
import io

from file_case import CARD, LATE, PAIR, PRINTER, Case

HEAD = ["text", "label"]
ROWS = [HEAD, *map(list, PAIR)]
IDS = [["id", *HEAD], *([100 + n, *one] for n, one in enumerate(PAIR))]
TICKETS = [
    ["Ticket", "Subject", "Body", "Category"],
    [7, "Printer", "broken", "hardware"],
    [8, "", "charged", "billing"],
]
JOINED = [("Printer\nbroken", "hardware"), ("charged", "billing")]


def book(*sheets, change=None):
    """Return what saves sheets of rows by openpyxl, after a last change of the workbook."""

    def write(path):
        import openpyxl

        made = openpyxl.Workbook()
        made.remove(made.active)
        for at, rows in enumerate(sheets, 1):
            sheet = made.create_sheet(f"Sheet{at}")
            for row in rows:
                sheet.append(row)
        if change:
            change(made)
        with path.open("wb") as stream:
            made.save(stream)

    return lambda: write


def on_first(change):
    """Return a change of a workbook that is one of its first sheet."""
    return lambda made: change(made.worksheets[0])


def chart_sheet(made):
    from openpyxl.chart import BarChart

    made.create_chartsheet("Chart", 0).add_chart(BarChart())


def hide(*rows):
    def change(sheet):
        for row in rows:
            sheet.row_dimensions[row].hidden = True

    return on_first(change)


def hide_sheet(sheet):
    sheet.sheet_state = "veryHidden"


def merge(*cells):
    return on_first(lambda sheet: [sheet.merge_cells(own) for own in cells])


def in_percent(sheet):
    for (cell,) in sheet["B2:B4"]:
        cell.number_format = "0%"


def formatted_to_the_end(sheet):
    """Give empty cells a style, as somebody does who colours whole columns."""
    from openpyxl.styles import Font

    for row in range(5, 2000):
        sheet.cell(row, 3).font = Font(bold=True)


def rich(made):
    from openpyxl.cell.rich_text import CellRichText, TextBlock
    from openpyxl.cell.text import InlineFont

    made.worksheets[0]["A2"] = CellRichText("the ", TextBlock(InlineFont(b=True), "printer"), " on floor 2 is broken")


def by_xlsxwriter(path):
    """Write formulas with the values that they had when the file was saved."""
    import xlsxwriter

    with xlsxwriter.Workbook(str(path)) as made:
        sheet = made.add_worksheet()
        sheet.write_row(0, 0, [*HEAD, "words"])
        for row, (text, label) in enumerate(PAIR, 1):
            sheet.write_formula(row, 0, f'=TRIM("{text} ")', None, text)
            sheet.write_formula(row, 1, f'=LOWER("{label.upper()}")', None, label)
            sheet.write_formula(row, 2, "=LEN(A2)", None, len(text))


def by_pandas(**options):
    def write(path):
        import pandas

        pandas.DataFrame(PAIR, columns=HEAD).to_excel(path, **options)

    return lambda: write


def by_polars(path):
    import polars

    polars.DataFrame(PAIR, schema=HEAD, orient="row").write_excel(path)


def open_document(rows, hidden=(), repeated=()):
    """Return what saves a sheet by odfpy."""

    def write(path):
        from odf.opendocument import OpenDocumentSpreadsheet
        from odf.table import Table, TableCell, TableRow
        from odf.text import P

        made = OpenDocumentSpreadsheet()
        table = Table(name="Sheet1")
        for number, row in enumerate(rows, 1):
            more = {"visibility": "collapse"} if number in hidden else {}
            more |= {"numberrowsrepeated": 3} if number in repeated else {}
            line = TableRow(**more)
            for value in row:
                kind = {"valuetype": "string"} if isinstance(value, str) else {"valuetype": "float", "value": value}
                cell = TableCell(**kind) if value is not None else TableCell()
                if value is not None:
                    cell.addElement(P(text=str(value)))
                line.addElement(cell)
            table.addElement(line)
        made.spreadsheet.addElement(table)
        made.save(str(path))

    return lambda: write


def locked(path):
    """Encrypt a workbook as spreadsheets do."""
    from msoffcrypto.format.ooxml import OOXMLFile

    book(ROWS)()(path)
    plain = io.BytesIO(path.read_bytes())
    with path.open("wb") as stream:
        OOXMLFile(plain).encrypt("secret", stream)


def far_cell(cell):
    return on_first(lambda sheet: sheet.__setitem__(cell, "x"))


DAY = datetime.datetime(2024, 5, 1)
EMPTY = [None, None]
CASES = [
    Case("plain.xlsx", book(ROWS), PAIR, numbers=[2, 3, 4]),
    Case("ids.xlsx", book(IDS), PAIR, ids=["100", "101", "102"]),
    Case("two-texts.xlsx", book(TICKETS), JOINED, 2, text_column="Subject,Body", label_column="Category"),
    Case("dates.xlsx", book([["when", *HEAD], *([DAY, *one] for one in PAIR)]), PAIR),
    Case("date-labels.xlsx", book([HEAD, [PRINTER, DAY], [CARD, DAY.replace(hour=9)]]),
        [(PRINTER, "2024-05-01"), (CARD, "2024-05-01 09:00:00")], 2),
    Case("number-labels.xlsx", book([HEAD, [PRINTER, 1], [CARD, "1"], [LATE, 2.0]]),
        [(PRINTER, "1"), (CARD, "1"), (LATE, "2")]),
    Case("truth-labels.xlsx", book([HEAD, [PRINTER, True], [CARD, False], [LATE, True]]),
        [(PRINTER, "True"), (CARD, "False"), (LATE, "True")]),
    Case("percent-labels.xlsx", book([HEAD, [PRINTER, 0.5], [CARD, 0.25], [LATE, 1]], change=on_first(in_percent)),
        [(PRINTER, "0.5"), (CARD, "0.25"), (LATE, "1")]),
    Case("spaces.xlsx", book([HEAD, [PRINTER, "hardware "], [CARD, " billing"], [LATE, "hardware\xa0"]]), PAIR),
    Case("formulas.xlsx", lambda: by_xlsxwriter, PAIR),
    Case("formulas-unsaved.xlsx", book([*ROWS, ["who knows", '="a"&"b"']]), PAIR, 4,
        ("formulas whose value was not saved are read as empty", "B5", "empty label (row 5")),
    Case("errors.xlsx", book([*ROWS, ["looked up", "#N/A"]]), PAIR, 4, ("cells with an error", "empty label (row 5")),
    Case("merged.xlsx", book([HEAD, [PRINTER, "hardware"], [LATE, None], [CARD, "billing"]], change=merge("B2:B3")),
        [PAIR[0], PAIR[2], PAIR[1]], said=("merged cells give their value to each of their rows (B2)",)),
    Case("merged-header.xlsx", book([["Tickets", None], *ROWS], change=merge("A1:B1")), PAIR, numbers=[3, 4, 5],
        said=("the header is row 2",)),
    Case("merged-two-row-header.xlsx", book([["text", "label"], EMPTY, *ROWS[1:]], change=merge("A1:A2", "B1:B2")),
        PAIR, numbers=[3, 4, 5], said=("the header is the rows 1 to 2",)),
    Case("merged-groups.xlsx", book([["text", "Answer", None], [None, "label", "agent"],
        *([*one, "x"] for one in PAIR)], change=merge("A1:A2", "B1:C1")), PAIR, numbers=[3, 4, 5],
        said=("the header is row 2",)),
    Case("hidden.xlsx", book(ROWS, change=hide(3)), PAIR, said=("hidden rows are read like the others (row 3)",)),
    Case("sheets.xlsx", book(ROWS, [HEAD, ["other", "x"]]), PAIR, said=("sheet 'Sheet1' is read, not 'Sheet2'",)),
    Case("sheets-named.xlsx", book([["read me first"]], ROWS), PAIR, sheet="Sheet2"),
    Case("notes-first.xlsx", book([["Export of 1 May"]], ROWS), error="no column 'text'"),
    Case("hidden-sheet.xlsx", book([["a list"]], ROWS, change=on_first(hide_sheet)), PAIR,
        said=("'Sheet2' is read",)),
    Case("chart-first.xlsx", book(ROWS, change=chart_sheet), PAIR),
    Case("header-in-row-3.xlsx", book([["Export of 1 May"], [], *ROWS]), PAIR, numbers=[4, 5, 6],
        said=("the header is row 3; what stands above is left out (row 1)",)),
    Case("header-in-row-3-own-names.xlsx", book([["Export of 1 May"], [], *TICKETS]), JOINED, 2,
        ("the header is row 3",), text_column="Subject,Body", label_column="Category"),
    Case("elsewhere.xlsx", book([[], [], *([None, None, *row] for row in ROWS)]), PAIR, numbers=[4, 5, 6]),
    Case("blank-rows.xlsx", book([ROWS[0], ROWS[1], EMPTY, ROWS[2], EMPTY, EMPTY, ROWS[3]]), PAIR, 6,
        numbers=[2, 4, 7]),
    Case("header-only.xlsx", book([HEAD]), error="is empty; give a few texts per label"),
    Case("empty.xlsx", book([]), error="no sheet with anything in it"),
    Case("no-header.xlsx", book([*([text, label] for text, label in PAIR), ["again", "billing"]]),
        [*PAIR, ("again", "billing")], 4, ("has no header",)),
    Case("twice.xlsx", book([["text", "label", "label"], *([*one, "x"] for one in PAIR)]),
        error="2 columns are called 'label'"),
    Case("other-twice.xlsx", book([["note", *HEAD, "note"], *(["a", *one, "b"] for one in PAIR)]), PAIR),
    Case("rich.xlsx", book(ROWS, change=rich), PAIR),
    Case("several-lines.xlsx", book([HEAD, [f"Hello,\n{PRINTER}", "hardware"], [f"Hi\n{CARD}", "billing"]]),
        [(f"Hello,\n{PRINTER}", "hardware"), (f"Hi\n{CARD}", "billing")], 2),
    Case("styled.xlsx", book(ROWS, change=on_first(formatted_to_the_end)), PAIR),
    Case("far.xlsx", book(ROWS, change=far_cell("A20000")), PAIR, 19_999, ("(row 20000)",)),
    Case("farther.xlsx", book(ROWS, change=far_cell("XFD1048576")), error="has 1,048,576 rows and 16,384 columns"),
    Case("several.xlsx", book([HEAD, [PRINTER, "hardware"], [CARD, "billing|urgent"], [LATE, "urgent"]]),
        [(PRINTER, ("hardware",)), (CARD, ("billing", "urgent")), (LATE, ("urgent",))]),
    Case("pandas.xlsx", by_pandas(index=False), PAIR),
    Case("pandas-index.xlsx", by_pandas(), PAIR),
    Case("polars.xlsx", lambda: by_polars, PAIR),
    Case("odfpy.ods", open_document(ROWS), PAIR, numbers=[2, 3, 4]),
    Case("hidden.ods", open_document(IDS, hidden=[3]), PAIR, said=("hidden rows are read like the others (row 3)",)),
    Case("blank-rows.ods", open_document([ROWS[0], EMPTY, *ROWS[1:]], repeated=[2]), PAIR, 6, numbers=[5, 6, 7]),
    Case("pandas.ods", by_pandas(index=False, engine="odf"), PAIR),
    Case("locked.xlsx", lambda: locked, error="is protected by a password; save it without one"),
    Case("workbook-called.csv", book(ROWS), error="workbook-called.csv: is a zip or a workbook"),
    Case("csv-called.xlsx", lambda: "text,label\na,b\n", error="is not a workbook"),
    Case("workbook-called.ods", book(ROWS), PAIR),
    Case("old.xls", lambda: "", error="save the sheet as .xlsx"),
]  # fmt: skip
