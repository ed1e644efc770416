# An Open WebUI for tests: a database as its releases make them, an environment file, a process, a server that checks tokens.
# Only `systemctl show` is a stand-in. Schemas and answers were measured on real ones.
import base64
import contextlib
import hashlib
import hmac
import http.server
import io
import json
import os
import sqlite3
import subprocess
import sys
import tempfile
import threading
import time
import types
import unittest

TEMPLATES = os.path.join(os.path.dirname(__file__), "../../templates/open-webui")
FILES = ("find", "environment", "database", "connection", "server", "look", "connect", "upgrade", "prove")
UNIT = "open-webui.service"
URL = "http://gw:4000/v1"
KEY = "sk-ours"
SECRET = "its-own-secret"
VENDOR = "https://api.openai.com/v1"


def source():
    texts = []
    for name in FILES:
        with open("%s/%s.py" % (TEMPLATES, name), encoding="utf-8") as file:
            texts.append(file.read())
    return "\n\n".join(texts)


def loaded():
    """All of it as one module, as a host gets it."""
    module = types.ModuleType("open_webui")
    exec(compile(source(), "open_webui", "exec"), module.__dict__)
    return module


def sha(text):
    return hashlib.sha256(text.encode()).hexdigest()


USERS = """create table user (id text primary key, role text, created_at integer);
insert into user values ('u1','user',1), ('a2','admin',3), ('a1','admin',2), ('a0','admin',0);
create table auth (id text primary key, active boolean %s);
insert into auth (id,active) values ('u1',1), ('a1',1), ('a2',1), ('a0',0);
create table access_grant (id text, resource_type text, resource_id text, principal_type text, principal_id text, permission text);
"""
ROWS = "create table config (key text not null, value json not null, updated_at bigint, primary key (key));"
BLOB = "create table config (id integer primary key, data json not null, version integer not null, created_at datetime, updated_at datetime);"


class Server(http.server.BaseHTTPRequestHandler):
    def log_message(self, *_):
        pass

    def answer(self, status, value):
        text = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(text)))
        self.end_headers()
        self.wfile.write(text)

    def is_admin(self):
        """As Open WebUI checks a token of its own."""
        bearer = self.headers.get("authorization", "")[len("Bearer ") :]
        head, _, signature = bearer.rpartition(".")
        wanted = hmac.new(SECRET.encode(), head.encode(), hashlib.sha256).digest()
        if base64.urlsafe_b64encode(wanted).rstrip(b"=").decode() != signature:
            return False
        header, claims = (json.loads(base64.urlsafe_b64decode(part + "===")) for part in head.split("."))
        self.server.claims = claims
        stamp = self.server.stamp
        is_stamped = "session_stamp" not in claims if stamp == "absent" else claims.get("session_stamp", "none") == stamp
        is_fresh = time.time() < claims["exp"] < time.time() + 300
        return header["alg"] == "HS256" and claims["id"] == "a1" and is_stamped and is_fresh and not self.server.mfa

    def do(self):
        body = json.loads(self.rfile.read(int(self.headers.get("content-length") or 0)) or "null")
        self.server.asked.append((self.command, self.path, body))
        if self.headers.get("authorization") == "Bearer theirs":
            pass
        elif not self.is_admin():
            return self.answer(401, {"detail": "401 Unauthorized"})
        status, value = self.server.answers.get((self.command, self.path), (404, {"detail": "Not Found"}))
        self.answer(status, value() if callable(value) else value)

    do_GET = do_POST = do_DELETE = do


class Host(unittest.TestCase):
    """`self.webui` is the code, `self.unit` what systemctl shows."""

    def setUp(self):
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = os.path.realpath(folder.name)
        self.db, self.file = self.folder + "/webui.db", self.folder + "/env"
        os.environ.update(T=self.folder, ID="r1")
        self.webui = loaded()
        self.unit = {"LoadState": "loaded", "ActiveState": "inactive", "MainPID": "0"}
        self.unit["EnvironmentFiles"] = self.file + " (ignore_errors=no)"
        self.webui.show = lambda name: self.unit if name == UNIT else {}

    def write(self, text, path=None):
        with open(path or self.file, "w", encoding="utf-8", newline="") as file:
            file.write(text)

    def read(self, path=None):
        with open(path or self.file, encoding="utf-8", newline="") as file:
            return file.read()

    def env(self, *lines):
        """A file that names the database and the secret, and these."""
        self.write("\n".join(["DATA_DIR=" + self.folder, "WEBUI_SECRET_KEY=" + SECRET, *lines, ""]))

    def database(self, config=None, old=False, stamp="null"):
        """`config`: enable, urls, keys, configs; None = before its first start."""
        with contextlib.closing(sqlite3.connect(self.db)) as con, con:
            con.execute("pragma journal_mode=wal")
            con.executescript(USERS % ("" if stamp == "absent" else ", session_stamp text"))
            if stamp not in ("absent", "null"):
                con.execute("update auth set session_stamp=?", (stamp,))
            con.executescript(BLOB if old else ROWS)
            values = dict(zip(("enable", "api_base_urls", "api_keys", "api_configs"), config or ()))
            if old:
                data = {"version": 0, "ui": {"é": 1}, **({"openai": values} if config else {})}
                con.execute("insert into config values (1,?,0,'then','then')", (json.dumps(data),))
            else:
                others = {"ui.enable_signup": False, "openai.other": 1} if config else {}
                named = {**{"openai." + name: value for name, value in values.items()}, **others}
                for name, value in named.items():
                    con.execute("insert into config values (?,?,5)", (name, json.dumps(value, indent=1)))

    def all(self):
        with contextlib.closing(sqlite3.connect(self.db)) as con:
            return con.execute("select * from config order by 1").fetchall()

    def connection(self):
        """What the database says: enable, urls, keys, configs."""
        found = self.webui.Database(self.db).connection()
        return found and [found[name] for name in ("enable", "urls", "keys", "configs")]

    def call(self, name, **spec):
        """What a call printed."""
        with contextlib.redirect_stdout(io.StringIO()) as said, contextlib.suppress(SystemExit):
            getattr(self.webui, name)({"unit": UNIT, "url": URL, "key": KEY, **spec})
        return json.loads(said.getvalue() or "null")

    def start(self, stamp=None, mfa=False, env=None, answers=()):
        """A process with this environment and the database open, and its server; both end with the test."""
        server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Server)
        server.asked, server.claims, server.stamp, server.mfa = [], {}, stamp, mfa
        config = lambda: dict(zip(("ENABLE_OPENAI_API", "OPENAI_API_BASE_URLS", "OPENAI_API_KEYS", "OPENAI_API_CONFIGS"), self.connection()))
        server.answers = {("GET", "/openai/config"): (200, config), **dict(answers)}
        threading.Thread(target=server.serve_forever, daemon=True).start()
        self.addCleanup(server.server_close)
        self.addCleanup(server.shutdown)
        serve = ["serve", "--host", "127.0.0.1", "--port", str(server.server_port)]
        code = "import sys,time; f=open(sys.argv[-1]); print('up',flush=True); time.sleep(60)"
        # the last argument is where it is told, as an installation's own is not
        process = subprocess.Popen([sys.executable, "-c", code, *serve, self.db], env=env or {}, stdout=subprocess.PIPE)
        self.addCleanup(process.wait)
        self.addCleanup(process.stdout.close)
        self.addCleanup(process.kill)
        process.stdout.readline()
        self.unit.update(ActiveState="active", MainPID=str(process.pid))
        return server
