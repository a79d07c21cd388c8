"""Encodings by name: what was found is overridden, a wrong name or a wrong file is an error with the cure."""

import pytest

from fewtext.datasets.open import open_corpus
from fewtext.errors import FewtextError, FewtextWarning, InputError
from fewtext.files.encodings import checked_encoding
from fewtext.files.examples import read_support
from fewtext.files.source import Source

POLISH = "text,label\ndrukarka nie działa źle,drukarka\nzapomniałem hasło,konto\n"


def support(path, encoding):
    return read_support(Source(str(path), encoding=encoding)).texts


@pytest.mark.parametrize("encoding", ["cp1250", "iso8859_2", "utf_8", "utf_16", "utf_32", "mac_latin2"])
def test_a_file_is_read_in_the_encoding_that_is_named(write, encoding):
    path = write("s.csv", POLISH.encode(encoding))
    assert support(path, encoding) == ["drukarka nie działa źle", "zapomniałem hasło"]


def test_what_was_found_is_overridden(write):
    path = write("s.csv", "text,label\nTür klemmt \xf8,Haus\n".encode("cp1252"))
    with pytest.warns(FewtextWarning, match="read as cp1252 .* name another by parameter 'encoding', or save it as"):
        assert read_support(path).texts == ["Tür klemmt ø"]
    assert support(path, "cp1250") == ["Tür klemmt ř"]


@pytest.mark.parametrize(
    ("name", "found"),
    [("windows-1250", "cp1250"), ("CP1250", "cp1250"), ("latin1", "latin_1"), ("ISO-8859-1", "latin_1"),
     ("utf8", "utf_8"), ("UTF-8-SIG", "utf_8"), ("sjis", "shift_jis"), ("1252", "cp1252")],
)  # fmt: skip
def test_a_name_may_be_spelled_as_programs_do(name, found):
    assert checked_encoding(name) == found


@pytest.mark.parametrize(
    ("name", "cure"),
    [("cp125O", "did you mean cp125"), ("win-1252", "did you mean windows_1252"), ("latin-one", "did you mean latin"),
     *((name, "name one as Python does") for name in ("base64", "rot13", "unicode_escape", "idna", "", "x\0"))],
)  # fmt: skip
def test_a_name_of_none_is_an_error_with_the_cure(name, cure):
    with pytest.raises(FewtextError, match=f"which is no encoding of texts; {cure}"):
        checked_encoding(name)


def test_the_first_byte_that_does_not_fit_is_named_with_its_line(write):
    path = write("s.csv", b"text,label\nfine,a\ncaf\xe9,a\nna\xefve,b\n")
    with pytest.raises(InputError, match=r"s.csv:3: byte 22 of the file \(0xe9\) is not ascii; name another by"):
        support(path, "ascii")


def test_utf_8_that_is_read_otherwise_is_said(write):
    path = write("s.csv", POLISH.encode())
    with pytest.warns(FewtextWarning, match="s.csv: is UTF-8, and is read as cp1252, as asked"):
        support(path, "cp1252")


def test_a_mark_of_another_encoding_is_an_error(write):
    for mark, asked in (("utf_8_sig", "cp1252"), ("utf_16", "utf_8"), ("utf_16_be", "utf_16_le")):
        text = POLISH if mark != "utf_16_be" else "\ufeff" + POLISH
        with pytest.raises(InputError, match=f"begins with the byte-order mark of UTF-[-0-9A-Z]*, and {asked} is"):
            support(write("s.csv", text.encode(mark)), asked)
    assert support(write("s.csv", POLISH.encode("utf_8_sig")), "utf_8")[0] == "drukarka nie działa źle"


@pytest.mark.parametrize("name", ["s.parquet", "s.arrow", "s.xlsx"])
def test_a_format_that_has_no_code_page_is_refused(run_fewtext, write, name):
    with pytest.raises(InputError, match=f"a .{name[2:]} file says itself how its texts are encoded"):
        support(write(name, b"anything"), "cp1250")
    done = run_fewtext("check", str(write(name, b"anything")), "--encoding", "cp1250")
    assert done.returncode == 1 and b"--encoding is for text files, such as csv and txt" in done.stderr


ROWS = "Der Drücker fehlt;Haus\nder Drücker ist zu;Haus\ndie Straße ist zu;Weg\ndie Straße brüchig;Weg\n"


def test_each_file_of_a_command_has_its_own_or_all_have_one(run_fewtext, write):
    one, two = write("s.csv", ("text;label\n" + ROWS).encode("cp1252")), write("q.txt", "Drücker\n".encode("cp850"))

    def ran(*encodings):
        options = [word for name in encodings for word in ("--encoding", name)]
        return run_fewtext("classify", "--support", one, "--query", two, "--encoder", "tfidf", *options)

    done = ran("cp1252", "cp850")
    assert done.returncode == 0 and done.stdout.decode().splitlines()[1].startswith("Drücker,Haus")
    assert b"warning" not in done.stderr
    three = ran("cp1252", "cp850", "ascii")
    assert three.returncode == 1 and b"3 encodings for 2 text files; give one for all of them" in three.stderr
    wrong = ran("cp125")
    assert wrong.returncode == 1 and b"--encoding names 'cp125', which is no encoding" in wrong.stderr


@pytest.mark.parametrize(
    "command", ["convert", "add", "remove", "suggest", "score", "check", "update", "evaluate", "train", "adapter train"]
)
def test_every_command_that_reads_text_files_takes_it(run_fewtext, write, tmp_path, command):
    path, model = write("s.csv", ("text;label\n" + ROWS).encode("cp1252")), tmp_path / "m"
    arguments = {
        "convert": [path, tmp_path / "out.csv"],
        "add": [path, "--model", model],
        "remove": [path, "--model", model],
        "suggest": ["--model", model, "--pool", path],
        "score": ["--model", model, "--test", path],
        "check": [path, "--encoder", "tfidf"],
        "evaluate": ["--corpus", path, "--ways", "2", "--queries", "1", "--episodes", "2"],
        "update": ["--model", model, "--feedback", path],
        "train": ["--corpus", path, "--learner", "protonet", "--output", tmp_path / "run"],
        "adapter train": ["--corpus", path, "--output", tmp_path / "run"],
    }[command]
    if model in arguments:
        done = run_fewtext("classify", "--support", path, "--query", path, "--encoder", "tfidf", "--save", model)
        assert done.returncode == 0, done.stderr
    done = run_fewtext(*command.split(), *arguments, "--encoding", "ascii")
    assert done.returncode == 1 and b"s.csv:2: byte 18 of the file (0xfc) is not ascii" in done.stderr


def test_a_corpus_is_read_in_it_and_on_other_ground_it_is_refused(write, tmp_path):
    path = write("s.csv", POLISH.encode("cp1250"))
    assert open_corpus(str(path), encoding="windows-1250").load_all().items[0] == "drukarka nie działa źle"
    folder = tmp_path / "classes"
    (folder / "konto").mkdir(parents=True)
    (folder / "konto" / "1.txt").write_bytes("hasło".encode("cp1250"))
    assert open_corpus(str(folder), encoding="cp1250").load_all().items == ["hasło"]
    with pytest.raises(InputError, match="is not UTF-8; name its encoding by parameter 'encoding'"):
        open_corpus(str(folder)).load_all()
    with pytest.raises(FewtextError, match="corpus office: takes no encoding: it is no text file"):
        open_corpus("office", encoding="cp1250")
