"""A stand-in of the Hub: the part of its API that the client uses for a repository of files, over a local socket."""

import base64
import hashlib
import json
import re
import threading
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

TOKEN = "hf_of_the_tests"


def git_digest(content):
    return hashlib.sha1(b"blob %d\0" % len(content) + content).hexdigest()


class Hub:
    """Repositories, each a list of commits from the first on; a commit is its files by name."""

    def __init__(self):
        self.repositories, self.uploads, self.address = {}, {}, ""
        self.refused = {}  # by repository: the status and the code of every answer
        self.sent = {}  # what is sent for a file, where that is not what the commit holds
        self.asked = []

    def commits(self, repository):
        return {self.name_of(repository, i): files for i, files in enumerate(self.repositories[repository])}

    @staticmethod
    def name_of(repository, number):
        return hashlib.sha1(f"{repository} {number}".encode()).hexdigest()

    def head(self, repository):
        return self.name_of(repository, len(self.repositories[repository]) - 1)

    def files(self, repository, revision):
        known = self.commits(repository)
        return known.get(self.head(repository) if revision == "main" else revision)


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_GET(self):
        self._answer("GET")

    def do_HEAD(self):
        self._answer("HEAD")

    def do_POST(self):
        self._answer("POST")

    def do_PUT(self):
        self._answer("PUT")

    def _answer(self, method):
        hub, path = self.server.hub, self.path.partition("?")[0]
        self.body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        hub.asked.append(f"{method} {path}")
        allowed = self.headers.get("Authorization") == f"Bearer {TOKEN}"
        found = re.fullmatch(r"/(?:api/models/)?([^/]+/[^/]+?)(?:\.git)?(/.*)?", path)
        if path == "/api/validate-yaml":
            return self._json({"errors": [], "warnings": []})
        if path.startswith("/upload/"):
            hub.uploads[path.rpartition("/")[2]] = self.body
            return self._json({})
        if not allowed and method == "POST":
            return self._json({"error": "Invalid username or password."}, 401)
        if path == "/api/repos/create":
            wanted = json.loads(self.body)
            name = f"{wanted['organization']}/{wanted['name']}" if wanted.get("organization") else wanted["name"]
            if name.startswith("somebody-else/"):
                return self._json({"error": "You don't have the rights"}, 403)
            if name in hub.repositories:
                return self._json({"error": "You already created this model repo", "url": f"{hub.address}/{name}"}, 409)
            hub.repositories[name] = [{}]
            return self._json({"url": f"{hub.address}/{name}"})
        if found is None:
            return self._json({"error": "not in this stand-in"}, 404)
        repository, rest = found[1], found[2] or ""
        if repository in hub.refused:
            status, code = hub.refused[repository]
            return self._json({"error": code}, status, {"X-Error-Code": code, "X-Error-Message": code})
        if repository not in hub.repositories:
            return self._json({"error": "Repository not found"}, 404, {"X-Error-Code": "RepoNotFound"})
        self._of_repository(hub, repository, rest)

    def _of_repository(self, hub, repository, rest):
        kind, _, more = rest.strip("/").partition("/")
        if kind in ("", "revision", "tree", "resolve"):
            revision, _, name = (more or "main").partition("/")
            files = hub.files(repository, revision)
            if files is None:
                return self._json({"error": "Invalid rev id"}, 404, {"X-Error-Code": "RevisionNotFound"})
        if kind in ("", "revision"):
            commit = hub.head(repository) if revision == "main" else revision
            siblings = [{"rfilename": name} for name in files]
            return self._json({"id": repository, "modelId": repository, "sha": commit, "siblings": siblings})
        if kind == "tree":
            return self._json([_entry(name, content) for name, content in files.items()])
        if kind == "resolve":
            return self._file(hub, repository, revision, files.get(name), hub.sent.get(name))
        if kind == "preupload":
            modes = [
                {"path": file["path"], "shouldIgnore": False,
                 "uploadMode": "lfs" if file["path"].endswith(".safetensors") else "regular"}
                for file in json.loads(self.body)["files"]
            ]  # fmt: skip
            return self._json({"files": modes})
        if kind == "info":
            wanted = json.loads(self.body)["objects"]
            actions = [{**one, "actions": {"upload": {"href": f"{hub.address}/upload/{one['oid']}"}}} for one in wanted]
            return self._json({"transfer": "basic", "objects": actions})
        if kind == "commit":
            return self._commit(hub, repository)
        return self._json({"error": f"not in this stand-in: {rest}"}, 501)

    def _commit(self, hub, repository):
        files = dict(hub.repositories[repository][-1])
        for line in map(json.loads, self.body.splitlines()):
            value = line["value"]
            if line["key"] == "file":
                files[value["path"]] = base64.b64decode(value["content"])
            elif line["key"] == "lfsFile":
                files[value["path"]] = hub.uploads[value["oid"]]
        hub.repositories[repository].append(files)
        commit = hub.head(repository)
        self._json({"commitUrl": f"{hub.address}/{repository}/commit/{commit}", "commitOid": commit})

    def _file(self, hub, repository, revision, content, sent):
        if content is None:
            return self._json({"error": "Entry not found"}, 404, {"X-Error-Code": "EntryNotFound"})
        commit = hub.head(repository) if revision == "main" else revision
        facts = {"X-Repo-Commit": commit, "ETag": f'"{git_digest(content)}"', "Accept-Ranges": "bytes"}
        self._send(200, content if sent is None else sent, "application/octet-stream", facts)

    def _json(self, content, status=200, more=()):
        self._send(status, json.dumps(content).encode(), "application/json", dict(more))

    def _send(self, status, content, kind, more):
        self.send_response(status)
        for name, value in {"Content-Type": kind, "Content-Length": str(len(content)), **more}.items():
            self.send_header(name, value)
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(content)


def _entry(name, content):
    entry = {"type": "file", "path": name, "size": len(content), "oid": git_digest(content)}
    if name.endswith(".safetensors"):
        digest = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": digest, "size": len(content), "pointerSize": 100}
    return entry


@contextmanager
def running_hub():
    """Run a stand-in on a free port of this machine."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.hub = Hub()
    server.hub.address = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.hub
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
