"""Workbooks, made by the libraries that others make them with: what a sheet shows is read, or said."""

import datetime
import io
import json
import warnings
import zipfile

import pytest

from fewtext.errors import FewtextWarning, InputError
from fewtext.files.examples import read_support
from fewtext.files.queries import read_queries
from fewtext.files.source import Source
from fewtext.files.workbooks import MOST_ROWS, check_workbook, write_workbook

openpyxl = pytest.importorskip("openpyxl")
pytest.importorskip("python_calamine")


@pytest.fixture
def book(tmp_path):
    """Return a function that saves sheets of rows, after a last change, and returns the path."""

    def save(change=None, **sheets):
        made = openpyxl.Workbook()
        made.remove(made.active)
        for name, rows in sheets.items():
            sheet = made.create_sheet(name)
            for row in rows:
                sheet.append(row)
        if change:
            change(made)
        made.save(tmp_path / "book.xlsx")
        return tmp_path / "book.xlsx"

    return save


ROWS = [["id", "text", "label"], [17, "toner is low", "printing"], [18, "card declined", "payment"]]


def pairs(path, *columns):
    examples = read_support(path, *columns)
    return list(zip(examples.texts, examples.labels, strict=True))


def test_a_sheet_is_read_like_any_table(book):
    path = book(Tickets=ROWS)
    assert pairs(path) == [("toner is low", "printing"), ("card declined", "payment")]
    assert read_support(path).ids == ["17", "18"] and read_support(path).numbers == [2, 3]
    queries = read_queries(path)
    assert (queries.columns, queries.carried) == (["id", "label"], [[17, "printing"], [18, "payment"]])


def test_numbers_dates_and_booleans_are_as_other_files_hold_them(book):
    day, moment = datetime.datetime(2024, 5, 1), datetime.datetime(2024, 5, 1, 12, 30)
    path = book(A=[["text", "label", "when", "share"], ["a", 1, day, 0.5], ["b", 2, moment, 2.0], ["c", True, None, 3]])
    assert [label for _, label in pairs(path)] == ["1", "2", "True"]
    assert [row[1:] for row in read_queries(path).carried] == [
        ["2024-05-01", 0.5],
        ["2024-05-01 12:30:00", 2],
        [None, 3],
    ]


def test_the_sheet_that_is_read_is_said_and_can_be_named(book):
    path = book(Notes=[["text", "label"], ["other", "x"]], Tickets=ROWS, Empty=[])
    with pytest.warns(FewtextWarning, match="sheet 'Notes' is read, not 'Tickets'$"):
        assert pairs(path) == [("other", "x")]
    assert pairs(Source(str(path), "Tickets"))[0] == ("toner is low", "printing")
    with pytest.raises(InputError, match="no sheet 'Ticket' among 'Notes', 'Tickets', 'Empty'; did you mean Tickets"):
        read_support(Source(str(path), "Ticket"))
    with pytest.raises(InputError, match="sheet 'Empty' is empty; name another by parameter 'sheet_name'"):
        read_support(Source(str(path), "Empty"))


def test_a_hidden_sheet_is_not_taken_for_the_first(book):
    def hide(made):
        made["Lists"].sheet_state = "hidden"

    with pytest.warns(FewtextWarning, match="sheet 'Tickets' is read, not 'Lists'"):
        assert len(pairs(book(hide, Lists=[["a"], ["b"]], Tickets=ROWS))) == 2


def test_hidden_rows_and_merged_cells_are_said(book):
    def change(made):
        made["A"].row_dimensions[3].hidden = True
        made["A"].merge_cells("B2:B3")

    path = book(change, A=[["text", "label"], ["one", "x"], ["two", None], ["three", "y"]])
    with pytest.warns(FewtextWarning) as said:
        assert pairs(path) == [("one", "x"), ("two", "x"), ("three", "y")]
    assert [str(one.message).split(": ", 1)[1] for one in said] == [
        "hidden rows are read like the others (row 3)",
        "merged cells give their value to each of their rows (B2)",
    ]


def test_a_header_of_two_rows_is_one_name_a_column(book):
    def change(made):
        for cells in ("A1:A2", "B1:C1"):
            made["A"].merge_cells(cells)

    path = book(change, A=[["text", "Answer", None], [None, "label", "agent"], ["one", "x", 7], ["two", "y", 8]])
    with pytest.warns(FewtextWarning, match="the header is the rows 1 to 2$"):
        queries = read_queries(path)
    assert (queries.texts, queries.columns) == (["one", "two"], ["label", "agent"])
    with pytest.warns(FewtextWarning, match="the header is row 2"):
        assert (pairs(path), read_support(path).numbers) == ([("one", "x"), ("two", "y")], [3, 4])


def test_hidden_columns_are_said_by_letter_and_name_where_they_hold_something(book):
    def hide(made):
        for letter in "ACDFG":
            made["A"].column_dimensions[letter].hidden = True

    rows = [["id", "text", "label", None, "who"], [1, "one", "x", "by hand", "me"], [2, "two", "y"]]
    with pytest.warns(FewtextWarning) as said:
        assert pairs(book(hide, A=rows)) == [("one", "x"), ("two", "y")]
    assert [str(one.message).split(": ", 1)[1] for one in said] == [
        "hidden columns are read like the others (A, 'id'; C, 'label'; D)"
    ]


@pytest.mark.parametrize("command", ["classify", "check", "score", "add", "remove", "suggest", "convert", "update"])
def test_each_command_says_what_is_hidden_in_the_sheet_that_is_named(run_fewtext, book, write, tmp_path, command):
    def hide(made):
        made["Done"].column_dimensions["A"].hidden = True

    letters = "wxyz" if command == "add" else "abcd"
    rows = [["label", "text", "decision"], *([kind, f"{kind} {n}", None] for kind in ("red", "blue") for n in letters)]
    if command == "remove":  # not all of them
        rows = rows[:3]
    path, model = book(hide, Notes=[["text"], ["x"]], Done=rows), tmp_path / "m"
    arguments = {
        "classify": ["--model", model, "--query", path],
        "check": [path, "--encoder", "tfidf"],
        "score": ["--model", model, "--test", path],
        "add": [path, "--model", model],
        "remove": [path, "--model", model],
        "suggest": ["--model", model, "--pool", path],
        "convert": [path, tmp_path / "out.csv"],
        "update": ["--model", model, "--feedback", path],
    }[command]
    if model in arguments:
        labelled = write("s.csv", "label,text\n" + "".join(f"{k},{k} {n}\n" for k in ("red", "blue") for n in "abcde"))
        saved = run_fewtext(
            "classify", "--support", labelled, "--query", labelled, "--encoder", "tfidf", "--save", model
        )
        assert saved.returncode == 0
    done = run_fewtext(command, *arguments, "--sheet-name", "Done")
    assert done.returncode == 0, done.stderr
    assert b"sheet 'Done': hidden columns are read like the others (A, 'label')" in done.stderr


def test_a_workbook_in_a_zip_has_sheets_and_no_encoding(run_fewtext, book, write):
    path = write("book.zip", b"")
    with zipfile.ZipFile(path, "w") as archive:
        archive.write(book(Notes=[["text"], ["x"]], Done=ROWS), "export.xlsx")
    done = run_fewtext("convert", path, path.parent / "out.csv", "--sheet-name", "Done")
    assert done.returncode == 0 and b"2 texts, 2 with labels" in done.stderr, done.stderr
    done = run_fewtext("convert", path, path.parent / "out.csv", "--encoding", "cp1250")
    assert done.returncode == 1 and b"--encoding is for text files" in done.stderr


def test_formulas_are_their_saved_values_and_errors_are_empty_cells_that_are_said(book, tmp_path):
    path = book(A=[["text", "label"], ["one", "x"], ["=B2", "y"], ["#REF!", "z"], ["four", "y"]])
    with pytest.warns(FewtextWarning) as said:
        assert pairs(path) == [("one", "x"), ("four", "y")]
    messages = " / ".join(str(one.message) for one in said)
    assert "error of the spreadsheet are read as empty (A4)" in messages and "value was not saved" in messages
    assert "2 rows skipped: empty text (row 3, 4)" in messages
    saved = tmp_path / "saved.xlsx"  # as a spreadsheet saves it: the formula, and beside it the value
    with zipfile.ZipFile(path) as old, zipfile.ZipFile(saved, "w") as new:
        for part in old.namelist():
            content = old.read(part).replace(b'<c r="A3"><f>B2</f><v />', b'<c r="A3" t="str"><f>B2</f><v>x</v>')
            new.writestr(part, content.replace(b'<c r="A3"><f>B2</f><v></v>', b'<c r="A3" t="str"><f>B2</f><v>x</v>'))
    with pytest.warns(FewtextWarning):
        assert ("x", "y") in pairs(saved)


def test_a_title_above_the_header_is_said_and_rows_keep_their_numbers(book):
    path = book(A=[["Export of May"], [], *ROWS, [], [19, None, "printing"], [20, "jam", "printing"]])
    with pytest.warns(FewtextWarning) as said:
        examples = read_support(path)
    assert examples.numbers == [4, 5, 8]
    assert "the header is row 3; what stands above is left out (row 1)" in str(said[0].message)
    assert str(said[1].message).endswith("1 row skipped: empty text (row 7 [19])")


def test_an_open_document_is_read_alike(tmp_path):
    pytest.importorskip("odf")
    from odf.opendocument import OpenDocumentSpreadsheet
    from odf.table import Table, TableCell, TableColumn, TableRow
    from odf.text import P

    document, table = OpenDocumentSpreadsheet(), Table(name="Blatt")
    table.addElement(TableColumn())
    table.addElement(TableColumn(visibility="collapse", numbercolumnsrepeated="1000"))
    for number, cells in enumerate([["text", "label"], ["eins", "x"], ["zwei", None], ["drei", "y"]]):
        row = TableRow(**({"visibility": "collapse"} if number == 3 else {}))
        for at, value in enumerate(cells):
            span = {"numberrowsspanned": "2", "numbercolumnsspanned": "1"} if (number, at) == (1, 1) else {}
            cell = TableCell(**({"valuetype": "string"} if value else {}), **span)
            if value:
                cell.addElement(P(text=value))
            row.addElement(cell)
        table.addElement(row)
    document.spreadsheet.addElement(table)
    document.save(tmp_path / "b.ods")
    with pytest.warns(FewtextWarning) as said:
        assert pairs(tmp_path / "b.ods") == [("eins", "x"), ("zwei", "x"), ("drei", "y")]
    assert [str(one.message).split(": ", 1)[1] for one in said] == [
        "hidden rows are read like the others (row 4)",
        "hidden columns are read like the others (B, 'label')",
        "merged cells give their value to each of their rows (B2)",
    ]


OLD = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600)


@pytest.mark.parametrize(
    ("content", "complaint"),
    [
        (b"", "is not a workbook, or is damaged"),
        (b"PK\x03\x04aaaa", "is not a workbook, or is damaged"),
        (OLD, "of the format before 2007; save it as .xlsx"),
        (OLD + "EncryptedPackage".encode("utf-16-le"), "protected by a password; save it without one"),
    ],
)
def test_what_is_no_workbook_is_one_error_with_its_hint(write, content, complaint):
    with pytest.raises(InputError, match=complaint):
        read_support(write("b.xlsx", content))


def test_a_cut_or_swollen_workbook_is_an_error(book, tmp_path):
    content = book(A=ROWS).read_bytes()
    cut = tmp_path / "cut.xlsx"
    for length in range(0, len(content), 97):
        cut.write_bytes(content[:length])
        with pytest.raises(InputError):
            read_support(cut)
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("xl/workbook.xml", "w") as part:
        for _ in range(100):
            part.write(bytes(2**20))
    cut.write_bytes(bomb.getvalue())
    with pytest.raises(InputError, match="far larger once unpacked"):
        read_support(cut)


def test_a_cell_far_away_is_an_error_before_the_sheet_is_unfolded(book):
    def far(made):
        made["A"].cell(row=1_048_576, column=16_384, value="x")

    with pytest.raises(InputError, match="sheet 'A' has 1,048,576 rows and 16,384 columns; delete what stands far"):
        read_support(book(far, A=ROWS))


def test_changed_bytes_are_read_or_an_error(book):
    """A sheet in which characters of the XML are changed gives rows, or one error."""
    path = book(A=ROWS)
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    for name in ("xl/worksheets/sheet1.xml", "xl/workbook.xml", "xl/_rels/workbook.xml.rels"):
        for at in range(0, len(parts[name]), 7):
            changed = parts[name][:at] + b"0" + parts[name][at + 1 :]
            with zipfile.ZipFile(path, "w") as archive:
                for other, content in parts.items():
                    archive.writestr(other, changed if other == name else content)
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                try:
                    examples = read_support(path)
                except InputError as error:
                    assert "\n" not in str(error)
                else:
                    assert examples.texts


def test_answers_are_a_workbook_of_texts_and_numbers(tmp_path):
    path = tmp_path / "a.xlsx"
    write_workbook(path, ["id", "text"], [[1, "=1+1"], [0.5, "+49 30"], [True, None], [2, {"a": 1}]])
    assert list(openpyxl.load_workbook(path).active.values) == [
        *[("id", "text"), (1, "=1+1"), (0.5, "+49 30"), (True, None), (2, json.dumps({"a": 1}))],
    ]
    with pytest.warns(FewtextWarning, match=r"cut or have . for a character \(A2, B2\)"):
        write_workbook(path, ["a", "b"], [["x\x01", "y" * 40_000]])
    assert read_queries(path, "a").texts == ["x�"]
    with pytest.raises(InputError, match="1,048,575 rows below its header at most, and 1,048,576 are to be written"):
        check_workbook(path, MOST_ROWS + 1)


def test_the_command_reads_two_sheets_and_writes_a_workbook(run_fewtext, book, tmp_path):
    path = book(
        Labelled=[
            ["No", "Subject", "Body", "Category"],
            [1, "toner", "is low", "printing"],
            [2, "card", "no", "payment"],
        ],
        New=[["No", "Subject", "Body"], [7, "toner", "is empty"], [8, None, "my card"], [9, "toner", "again"]],
    )
    command = ["classify", "--support", path, "--query", path, "--text-column", "Subject,Body", "--encoder", "tfidf"]
    command += ["--label-column", "Category", "--sheet-name", "Labelled", "--sheet-name", "New", "--limit", 2]
    done = run_fewtext(*command, "--output", tmp_path / "answers.xlsx")
    assert done.returncode == 0, done.stderr.decode()
    header, *rows = openpyxl.load_workbook(tmp_path / "answers.xlsx").active.values
    assert header == ("No", "Subject", "Body", "Category", "probability")
    assert [row[:4] for row in rows] == [(7, "toner", "is empty", "printing"), (8, None, "my card", "payment")]
    chosen = run_fewtext(*command, "--columns", "Category,No", "--bom", "--format", "csv")
    assert chosen.stdout.decode() == "\ufeffCategory,No\nprinting,7\npayment,8\n"


@pytest.mark.parametrize(
    ("given", "complaint"),
    [
        (["--format", "xlsx"], "a workbook is a file, not for the screen"),
        (["--format", "jsonl", "--bom"], "--bom is for csv and tsv"),
        (["--columns", "txt"], "--columns names 'txt', which the answers do not have; did you mean text?"),
        (["--sheet-name", "A"], "--sheet-name is for workbooks"),
    ],
)
def test_what_cannot_be_is_refused(run_fewtext, write, given, complaint):
    support = write("s.csv", "text,label\none,a\ntwo,b\n")
    done = run_fewtext("classify", "--support", support, "--query", support, "--encoder", "tfidf", *given)
    assert done.returncode == 1 and not done.stdout and complaint in done.stderr.decode()


def test_reading_is_silent_where_nothing_differs(book):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        read_queries(book(A=ROWS))
