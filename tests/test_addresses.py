"""Addresses, read by fsspec: a store in memory, and a server on this machine."""

import functools
import http.server
import sys
import threading

import pytest

from fewtext.errors import InputError
from fewtext.files.examples import read_support

fsspec = pytest.importorskip("fsspec")
CONTENT = "text,label\none,a\ntwo,b\n"


def test_a_file_in_a_store_is_read():
    with fsspec.open("memory://box/s.csv", "w") as stream:
        stream.write(CONTENT)
    assert read_support("memory://box/s.csv").texts == ["one", "two"]
    with pytest.raises(InputError, match="memory://box/t.csv: nothing is there, or nothing answers; check the address"):
        read_support("memory://box/t.csv")


def test_a_file_of_a_server_is_read(tmp_path):
    pytest.importorskip("aiohttp")
    (tmp_path / "s.csv").write_text(CONTENT)

    class Silent(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_):
            pass

    handler = functools.partial(Silent, directory=tmp_path)
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        address = f"http://127.0.0.1:{server.server_port}"
        try:
            assert read_support(f"{address}/s.csv?version=2").texts == ["one", "two"]
            with pytest.raises(InputError, match="nothing is there"):
                read_support(f"{address}/t.csv")
        finally:
            server.shutdown()


@pytest.mark.parametrize(("address", "package"), [("s3://b/s.csv", "s3fs"), ("https://h/s.csv", r"fewtext\[remote\]")])
def test_without_the_package_the_error_says_what_to_install(monkeypatch, address, package):
    monkeypatch.setitem(sys.modules, "fsspec", None)
    with pytest.raises(InputError, match=f'need a package that is not installed; pip install "{package}"'):
        read_support(address)


def test_what_no_store_answers_to_is_one_error():
    with pytest.raises(InputError, match="cannot be read|not installed"):
        read_support("nowhere://b/s.csv")
