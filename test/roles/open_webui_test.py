# templates/open-webui/*.py: how an environment file is read and changed, where a connection goes, and that all comes back.
import json
import os
import shutil
import stat
import subprocess
import sys
import unittest

from open_webui_host import KEY, SECRET, UNIT, URL, VENDOR, Host, loaded, sha, source

THEIRS = "http://other:1/v1"
code = loaded()


class EnvironmentFile(unittest.TestCase):
    def test_is_read_as_systemd_reads_it(self):
        for text, value in (
            ("K=plain", "plain"),
            ("  K = with spaces \t", "with spaces"),
            ("K=", ""),
            ("K=a=b", "a=b"),
            ('K="Adm1n $pass\'#\\\\\\"word"', "Adm1n $pass'#\\\"word"),
            ('K="a\\nb"', "a\\nb"),
            ("K='lit\\eral \"x\"'", 'lit\\eral "x"'),
            ("K=back\\slash", "backslash"),
            ('K=in"side"', 'in"side"'),
            ("K='one'\"two\"", "onetwo"),
            ("K=a\\\nb", "ab"),
            ('K="a\nb"', "a\nb"),
            ('K="a\\\nb"', "ab"),
            ('K={"a":"b"}', '{"a":"b"}'),
            ("K=#no comment", "#no comment"),
            ("# K=x\n;K=y\nK=z", "z"),
            ("K=first\nK=last", "last"),
            ("word\nK=x\r\n", "x"),
        ):
            with self.subTest(text=text):
                self.assertEqual(code.parse_env(text), {"K": value})

    def test_what_is_written_is_read_back(self):
        for value in ("", "http://gw:4000/v1", "a;b", 'x "y" \\ z', "$HOME `x`", "é"):
            with self.subTest(value=value):
                self.assertEqual(code.parse_env("K=%s\n" % code.quoted(value)), {"K": value})

    def test_every_other_byte_stays(self):
        before = "# K=1\r\n\n  A = 'x' \nK=old \\\n  more\nB=\"two\nK=no line of its own\"\nno assignment"
        self.assertEqual(
            code.edited(before, {"K": "new", "L": "a b"}),
            "# K=1\r\n\n  A = 'x' \nK=new\nB=\"two\nK=no line of its own\"\nno assignment\nL=\"a b\"\n",
        )

    def test_a_line_that_is_right_stays_as_it_is_written(self):
        self.assertEqual(code.edited("K='v'\nL=1", {"K": "v"}), "K='v'\nL=1")

    def test_none_takes_a_line_away_and_one_name_is_one_line(self):
        self.assertEqual(code.edited("K=1\nA=2\nK=3\nL=4\n", {"K": "5", "L": None, "M": None}), "K=5\nA=2\n")
        self.assertEqual(code.edited("", {"K": "1"}), "K=1\n")


class Environment(Host):
    def asked(self, text):
        return code.from_env(code.parse_env(text))

    def test_plural_forms_win_unless_they_are_empty(self):
        one = "OPENAI_API_BASE_URL=http://a/v1\nOPENAI_API_KEY=ka\n"
        for more, urls, keys in (
            ("", ["http://a/v1"], ["ka"]),
            ("OPENAI_API_BASE_URLS=\nOPENAI_API_KEYS=\n", ["http://a/v1"], ["ka"]),
            ("OPENAI_API_BASE_URLS=http://b/v1\n", ["http://b/v1"], ["ka"]),
            ("OPENAI_API_BASE_URLS=http://b/v1; http://c/v1\nOPENAI_API_KEYS=kb\n", ["http://b/v1", "http://c/v1"], ["kb", ""]),
            ("OPENAI_API_BASE_URLS=;http://c/v1\nOPENAI_API_KEYS=x;y;z\n", [VENDOR, "http://c/v1"], ["x", "y"]),
        ):
            with self.subTest(more=more):
                found = self.asked(one + more)
                self.assertEqual([found["urls"], found["keys"]], [urls, keys])
        self.assertEqual(self.asked("")["urls"], [VENDOR])

    def test_connections_are_on_unless_they_are_switched_off(self):
        self.assertEqual([self.asked(t)["enable"] for t in ("", "ENABLE_OPENAI_API=true", "ENABLE_OPENAI_API=False")], [True, True, False])

    def test_the_last_file_that_speaks_of_the_connection_is_the_one_to_change(self):
        names = [self.folder + "/" + name for name in ("a", "b", "c.env", "gone")]
        for path, text in zip(names, ("OPENAI_API_KEY=1\nX=1\n", "OPENAI_API_KEY=2\n", "X=3\n")):
            self.write(text, path)
        os.symlink(names[1], self.folder + "/link")
        unit = {"Environment": 'X=0 "Y=a b"', "EnvironmentFiles": "%s/a (ignore_errors=no)\n%s/link (ignore_errors=yes)\n%s/*.env (ignore_errors=no)\n-%s" % (self.folder, self.folder, self.folder, names[3])}
        # a link stays one
        self.assertEqual(code.environment(unit), ({"X": "3", "Y": "a b", "OPENAI_API_KEY": "2"}, names[1]))
        self.assertEqual(code.environment(unit, but=names[1])[0]["OPENAI_API_KEY"], "1")
        self.assertEqual(code.environment({"Environment": "X=0"}), ({"X": "0"}, None))

    def change(self, text, **more):
        self.env(text)
        self.call("connect", file=self.file, **more)
        return self.read().split("\n", 2)[2]

    def test_takes_the_address_and_the_key(self):
        self.assertEqual(self.change("OPENAI_API_BASE_URL='http://old/v1/'\nA=1"), "OPENAI_API_BASE_URL=%s\nA=1\nOPENAI_API_KEY=%s\n" % (URL, KEY))
        self.assertEqual(self.change("A=1", bypass=True), "A=1\nOPENAI_API_BASE_URL=%s\nOPENAI_API_KEY=%s\nBYPASS_MODEL_ACCESS_CONTROL=true\n" % (URL, KEY))
        self.assertIn("ENABLE_OPENAI_API=true\n", self.change("ENABLE_OPENAI_API=false"))

    def test_one_plural_becomes_singular_several_stay(self):
        ours = "OPENAI_API_BASE_URL=%s\nOPENAI_API_KEY=%s\n" % (URL, KEY)
        self.assertEqual(self.change("OPENAI_API_BASE_URLS=http://old/v1\nOPENAI_API_KEYS=k"), ours)
        both = code.parse_env(self.change("OPENAI_API_BASE_URLS=%s;http://third/v1\nOPENAI_API_KEYS=kt;k3" % THEIRS))
        self.assertEqual([both["OPENAI_API_BASE_URLS"], both["OPENAI_API_KEYS"]], [THEIRS + ";http://third/v1;" + URL, "kt;k3;" + KEY])

    def test_a_plural_form_of_another_place_is_made_empty(self):
        self.unit["Environment"] = "OPENAI_API_BASE_URLS=http://old/v1"
        after = code.parse_env(self.change("OPENAI_API_KEYS=k"))
        self.assertEqual([after["OPENAI_API_BASE_URLS"], "OPENAI_API_KEYS" in after], ["", False])
        self.assertEqual(code.from_env({"OPENAI_API_BASE_URLS": "http://old/v1", **after})["urls"], [URL])

    def test_a_second_time_changes_nothing(self):
        after = self.change("A=1")
        self.assertEqual(len(os.listdir(self.folder)), 2)
        self.call("connect", file=self.file)
        self.assertEqual([self.read().split("\n", 2)[2], len(os.listdir(self.folder))], [after, 2])

    def test_a_file_keeps_mode_and_owner_and_a_copy(self):
        self.write("old")
        os.chmod(self.file, 0o640)
        if os.geteuid() == 0:
            os.chown(self.file, 65534, 65533)
        code.replace(self.file, "new", ".hxllm-r1")
        told = [os.stat(self.file + end) for end in ("", ".hxllm-r1")]
        self.assertEqual([self.read(), self.read(self.file + ".hxllm-r1")], ["new", "old"])
        self.assertEqual([stat.S_IMODE(s.st_mode) for s in told], [0o640, 0o640])
        if os.geteuid() == 0:
            self.assertEqual([(s.st_uid, s.st_gid) for s in told], [(65534, 65533)] * 2)

    @unittest.skipIf(os.geteuid() != 0, "it is root's")
    def test_a_new_file_is_roots_alone(self):
        path = self.folder + "/new/env"
        code.replace(path, "x", ".hxllm-r1")
        self.assertEqual([stat.S_IMODE(os.stat(path).st_mode), os.listdir(self.folder + "/new")], [0o600, ["env"]])


class Joined(unittest.TestCase):
    def join(self, urls, keys, configs=None, was="", enable=True):
        after = code.joined({"enable": enable, "urls": urls, "keys": keys, "configs": configs or {}}, URL, KEY, was)
        return after["urls"], after["keys"], after["configs"]

    def test_goes_into_its_own_place(self):
        self.assertEqual(self.join([THEIRS, URL + "/"], ["kt", "old"]), ([THEIRS, URL], ["kt", KEY], {}))

    def test_follows_a_gateway_that_moved(self):
        self.assertEqual(self.join(["http://old/v1", THEIRS], ["ko", "kt"], was="http://old/v1/"), ([URL, THEIRS], [KEY, "kt"], {}))

    def test_takes_the_vendors_place_only_where_nobody_has_a_key_for_it(self):
        self.assertEqual(self.join([VENDOR], [""], was=VENDOR), ([URL], [KEY], {}))
        self.assertEqual(self.join([VENDOR], ["sk-v"], was=VENDOR), ([VENDOR, URL], ["sk-v", KEY], {}))

    def test_stands_behind_those_of_an_administrator(self):
        configs = {"0": {"enable": False, "tags": ["t"]}}
        self.assertEqual(self.join([THEIRS], ["kt"], configs), ([THEIRS, URL], ["kt", KEY], configs))

    def test_keeps_keys_and_settings_in_line_with_their_addresses(self):
        self.assertEqual(self.join([THEIRS, "http://b"], ["kt"]), ([THEIRS, "http://b", URL], ["kt", "", KEY], {}))
        self.assertEqual(self.join([THEIRS, URL], ["kt", "old", "too many"]), ([THEIRS, URL], ["kt", KEY], {}))

    def test_is_switched_on_and_keeps_its_other_settings(self):
        for name in ("1", URL):
            configs = {"0": {"enable": False}, name: {"enable": False, "prefix_id": "p"}}
            wanted = {"0": {"enable": False}, name: {"enable": True, "prefix_id": "p"}}
            self.assertEqual(self.join([THEIRS, URL], ["kt", KEY], configs)[2], wanted)
        self.assertTrue(code.joined({"enable": False, "urls": [], "keys": [], "configs": {}}, URL, KEY, "")["enable"])

    def test_what_is_told_of_it_has_no_key(self):
        off = {"enable": 1, "urls": [THEIRS, URL], "keys": ["kt", None], "configs": {"1": {"enable": False}, "x": 5}}
        self.assertEqual(code.hashed(off), {"enable": True, "urls": [THEIRS, URL], "keys": [sha("kt"), sha("")], "off": [1]})
        self.assertIsNone(code.hashed(None))


THERE = (False, ["http://old/v1", THEIRS], ["ko", "kt"], {"1": {"tags": ["t"]}})
AFTER = [True, [URL, THEIRS], [KEY, "kt"], {"1": {"tags": ["t"]}}]


class Connect(Host):
    def test_and_back_in_both_forms(self):
        for old in (False, True):
            with self.subTest(old=old):
                self.setUp()
                self.env("OPENAI_API_BASE_URL=http://old/v1")
                self.database(THERE, old)
                before = self.all()
                self.call("connect")
                self.assertEqual(self.connection(), AFTER)
                self.assertEqual([r for r in self.all() if r[0] in ("ui.enable_signup", "openai.other")], [r for r in before if r[0] in ("ui.enable_signup", "openai.other")])
                self.call("restore")
                self.assertEqual(self.all(), before)
                saved = os.stat(self.folder + "/webui.json")
                self.assertEqual(stat.S_IMODE(saved.st_mode), 0o600)

    def test_rows_that_were_not_there_go_again(self):
        self.env()
        self.database((True, [VENDOR]))
        before = self.all()
        self.call("connect")
        self.assertEqual(self.connection(), [True, [URL], [KEY], {}])
        self.call("restore")
        self.assertEqual(self.all(), before)

    def test_writes_only_what_differs(self):
        self.env()
        self.database((True, [URL], ["another"], {}))
        before = dict((name, rest) for name, *rest in self.all())
        self.call("connect")
        changed = [name for name, *rest in self.all() if before[name] != rest]
        self.assertEqual(changed, ["openai.api_keys"])

    def test_leaves_a_database_alone_that_nobody_reads_or_has_written_yet(self):
        for config, env in ((THERE, "ENABLE_PERSISTENT_CONFIG=False"), (THERE, "DATABASE_URL=postgresql://db/x"), (None, "")):
            with self.subTest(env=env):
                self.setUp()
                self.env(env)
                self.database(config)
                before = self.all()
                self.call("connect")
                self.call("restore")
                self.assertEqual(self.all(), before)

    def test_a_blob_without_connections_is_left_to_the_environment(self):
        self.env()
        self.database(None, old=True)
        before = self.all()
        self.call("connect")
        self.call("restore")
        self.assertEqual(self.all(), before)

    def test_finds_the_database_of_one_that_stands_still(self):
        self.write("")
        self.database(THERE)
        self.call("connect", path=self.db)
        self.assertEqual(self.connection()[1], ["http://old/v1", THEIRS, URL])

    @unittest.skipIf(os.geteuid() != 0, "it is root's")
    def test_leaves_nothing_of_roots_beside_the_database(self):
        self.env()
        self.database(THERE)
        for name in (".", "webui.db"):
            os.chown("%s/%s" % (self.folder, name), 65534, 65534)
        os.chmod(self.folder, 0o755)
        spec = {"unit": UNIT, "url": URL, "key": KEY, "file": self.file}
        script = "%s\nshow = lambda name: %r\nwebui=Webui('x'); connect(%r); print(os.geteuid(), os.getegid())" % (source(), self.unit, spec)
        # as a host runs it; the connection stays open until the end
        said = subprocess.run([sys.executable, "-"], input=script, stdout=subprocess.PIPE, universal_newlines=True, check=True).stdout
        self.assertEqual(said, "65534 65534\n")
        owners = {name: os.stat("%s/%s" % (self.folder, name)).st_uid for name in os.listdir(self.folder)}
        self.assertEqual({name for name, owner in owners.items() if owner == 0}, {"env", "env.hxllm-r1", "webui.json"})


class Look(Host):
    def look(self):
        return self.call("look")

    def test_at_a_host_without_one(self):
        self.unit = {"LoadState": "not-found"}
        self.webui.processes = lambda: []
        self.assertEqual(self.look(), {"state": "none"})

    def test_at_processes_that_no_unit_of_the_system_runs(self):
        self.unit = {"LoadState": "not-found"}
        for cgroups, state in (
            (["0::/system.slice/docker-0a1b.scope"], "docker"),
            (["0::/user.slice/user-1000.slice/user@1000.service/app.slice/ui.service"], "user"),
            (["0::/user.slice/user-0.slice/session-3.scope"], "nobody"),
            (["0::/system.slice/a.service", "0::/system.slice/b.service"], "several"),
        ):
            self.webui.processes = lambda: [(1, text) for text in cgroups]
            self.assertEqual(self.look(), {"state": state})

    def test_at_a_unit_of_another_name(self):
        self.webui.processes = lambda: [(1, "0::/system.slice/chat.service"), (2, "0::/system.slice/chat.service")]
        unit, self.unit = self.unit, {"LoadState": "not-found"}
        self.webui.show = lambda name: unit if name == "chat.service" else {}
        self.assertEqual(self.look()["unit"], "chat.service")

    def test_at_a_unit_that_only_starts_a_container(self):
        self.unit["ExecStart"] = "{ path=/usr/bin/docker ; argv[]=/usr/bin/docker run open-webui ; }"
        self.assertEqual(self.look(), {"state": "docker"})

    def test_at_one_that_stands_still(self):
        self.env("OPENAI_API_BASE_URL=%s" % URL, "OPENAI_API_KEY=" + KEY, "USE_SLIM_DOCKER=true")
        self.database((True, [URL], ["other"], {"0": {"enable": False}}))
        self.unit["ExecStart"] = "{ path=/v/bin/open-webui ; argv[]=/v/bin/open-webui serve --host :: --port=81 ; }"
        seen = self.look()
        self.assertEqual([seen[n] for n in ("state", "active", "listens", "bind", "slim", "file", "form", "why")], ["foreign", False, "[::1]:81", "::", True, self.file, "new", "it does not run"])
        self.assertEqual(seen["env"], {"enable": True, "urls": [URL], "keys": [sha(KEY)], "off": []})
        self.assertEqual(seen["db"], {"enable": True, "urls": [URL], "keys": [sha("other")], "off": [0]})
        self.assertNotIn("live", seen)

    def test_at_a_database_in_other_forms(self):
        for make, form, db in (
            (lambda: self.database(None), "none", None),
            (lambda: self.database(None, old=True), "old", None),
            (lambda: self.database(THERE, old=True), "old", THERE[1]),
        ):
            self.setUp()
            self.env()
            make()
            seen = self.look()
            self.assertEqual([seen["form"], seen["db"] and seen["db"]["urls"]], [form, db])
        con = self.webui.Database(self.db, "rw").con
        con.executescript("drop table config; create table config (a, b, c)")
        con.close()
        self.assertEqual(self.look()["form"], "foreign")

    def test_at_a_database_that_cannot_be_read(self):
        self.env()
        self.write("no database at all, but long enough for a header " * 9, self.db)
        self.assertEqual(self.look()["unreadable"], "file is not a database")
        self.env("DATABASE_URL=postgresql://db/x")
        seen = self.look()
        self.assertEqual([seen["postgres"], seen["path"], seen["why"], "db" in seen], [True, "", "its database is PostgreSQL", False])

    def test_at_a_database_of_another_name(self):
        self.database(THERE)
        other = self.folder + "/chat.sqlite"
        os.rename(self.db, other)
        self.env("DATABASE_URL=sqlite:///" + other)
        self.assertEqual(self.look()["path"], other)

    def test_at_a_running_one_asks_its_server(self):
        self.env("OPENAI_API_BASE_URL=" + URL)
        self.database((True, [URL], [KEY], {}))
        self.start(env={"OPENAI_API_BASE_URL": "http://old/v1", "WEBUI_SECRET_KEY": SECRET})
        seen = self.look()
        self.assertEqual([seen["live"], seen["why"]], [{"enable": True, "urls": [URL], "keys": [sha(KEY)], "off": []}, ""])
        self.assertEqual(self.webui.Webui(UNIT).was, "http://old/v1")

    def test_at_one_with_a_second_factor_knows_no_live(self):
        self.env()
        self.database((True, [URL], [KEY], {}))
        self.start(mfa=True)
        seen = self.look()
        self.assertEqual([seen["why"], "live" in seen], ["401 401 Unauthorized", False])


class Data(Host):
    """Where its uploads are."""

    def of(self, *lines, **unit):
        self.write("\n".join(lines) + "\n")
        self.unit.update(unit)
        webui = self.webui.Webui(UNIT)
        return [webui.path, webui.data]

    def test_is_the_folder_that_it_was_told_whatever_holds_the_database(self):
        self.database()
        os.makedirs(self.folder + "/other")
        self.assertEqual(self.of("DATA_DIR=" + self.folder), [self.db, self.folder])
        url = "DATABASE_URL=sqlite:///" + self.db
        self.assertEqual(self.of(url, "DATA_DIR=%s/other" % self.folder), [self.db, self.folder + "/other"])
        self.assertEqual(self.of(url, "DATA_DIR=other", WorkingDirectory="!" + self.folder), [self.db, self.folder + "/other"])
        os.symlink(self.folder + "/other", self.folder + "/link")
        self.assertEqual(self.of(url, "DATA_DIR=%s/link" % self.folder), [self.db, self.folder + "/other"])

    def test_is_in_the_venv_when_nothing_is_said_and_else_not_known(self):
        self.database()
        url = "DATABASE_URL=sqlite:///" + self.db
        self.assertEqual(self.of(url), [self.db, ""])
        packages = self.folder + "/venv/lib/python3.11/site-packages/open_webui/data"
        os.makedirs(packages)
        start = "{ path=%s/venv/bin/open-webui ; argv[]=%s/venv/bin/open-webui serve ; }" % (self.folder, self.folder)
        self.assertEqual(self.of(url, ExecStart=start), [self.db, packages])
        shutil.copy(self.db, packages)
        self.assertEqual(self.of("", ExecStart=start), [packages + "/webui.db", packages])


class Token(Host):
    def test_has_the_session_stamp_as_the_database_has_it(self):
        for written, stamp, claims in (("null", None, {"exp", "id", "session_stamp"}), ("s1", "s1", {"exp", "id", "session_stamp"}), ("absent", "absent", {"exp", "id"})):
            with self.subTest(stamp=stamp):
                self.setUp()
                self.env()
                self.database((True, [URL], [KEY], {}), stamp=written)
                server = self.start(stamp)
                self.assertIn("live", self.call("look"))
                self.assertEqual(set(server.claims), claims)

    def test_is_of_the_oldest_active_administrator(self):
        self.env()
        self.database(THERE)
        self.assertEqual(self.webui.Database(self.db).admin(), ("a1", None, True))

    def test_is_not_made_without_one_or_without_the_secret(self):
        self.env()
        self.database(THERE)
        self.start()
        self.write("DATA_DIR=%s\n" % self.folder)
        self.assertEqual(self.call("look")["why"], "its WEBUI_SECRET_KEY is not known")
        self.webui.Database.users = lambda _: 0
        self.assertEqual(self.call("look")["why"], "it has no administrator yet")


MODELS = (200, {"data": [{"id": "tiny"}, {"id": "big"}]})
CHAT = {"model": "tiny", "nonce": "n", "seconds": 9}


class Prove(Host):
    def up(self, *answers, **more):
        self.env()
        self.database((True, [THEIRS, URL], ["kt", KEY], {}))
        return self.start(answers=answers, **more)

    def test_asks_by_the_place_of_its_own_connection(self):
        self.up((("GET", "/openai/models/1"), MODELS))
        self.assertEqual(self.call("gateway"), {"models": ["big", "tiny"]})
        self.assertEqual(self.call("gateway", url="http://x/v1"), {"error": "it has no connection to http://x/v1"})

    def test_says_what_the_gateway_said(self):
        refusal = {"error": {"message": "invalid or missing API key"}}
        self.up((("GET", "/openai/models/1"), (401, refusal)))
        self.assertEqual(self.call("gateway"), {"error": "401 invalid or missing API key"})

    def test_an_empty_list_of_models_is_told_as_such(self):
        self.up((("GET", "/api/models?refresh=true"), (200, {"data": []})))
        self.assertEqual(self.call("models"), {"models": []})

    def test_chats(self):
        answer = {"choices": [{"message": {"content": "n"}}]}
        server = self.up((("POST", "/api/chat/completions"), (200, answer)))
        self.assertEqual(self.call("chat", **CHAT)["answer"], "n")
        self.assertEqual(server.asked[-1][2]["messages"], [{"role": "user", "content": "n"}])

    def test_a_second_factor_is_a_reason_and_no_error(self):
        self.up(mfa=True)
        for call in ("gateway", "models", "chat"):
            self.assertEqual(self.call(call, **CHAT), {"why": "401 401 Unauthorized"})

    def test_a_temporary_user_goes_again_whatever_comes(self):
        made = (("POST", "/api/v1/auths/add"), (200, {"id": "t1", "token": "theirs"}))
        gone = ("DELETE", "/api/v1/users/t1")
        server = self.up(made, (("GET", "/api/models"), (500, {"detail": "broken"})), (gone, (200, True)))
        self.assertEqual(self.call("user", **CHAT), {"error": "500 broken"})
        self.assertEqual(server.asked[-1][:2], gone)
        server.answers[gone] = (500, {})
        self.assertRegex(self.call("user", **CHAT)["error"], r"^the temporary user hxllm-\w+@localhost was not removed: 500")

    def test_grants_only_what_is_not_granted(self):
        update = "/api/v1/models/model/access/update"
        server = self.up((("POST", update), (200, {})))
        con = self.webui.Database(self.db, "rw").con
        con.execute("insert into access_grant values ('g','model','big','user','*','read')")
        con.close()
        self.call("grant", models=["tiny", "big"])
        self.assertEqual([body["id"] for _, path, body in server.asked if path == update], ["tiny"])
        self.assertEqual(server.asked[-1][2]["access_grants"], [{"principal_type": "user", "principal_id": "*", "permission": "read"}])


class Said(unittest.TestCase):
    def test_is_the_servers_own_word(self):
        for given, words in (
            ((0, None, "refused"), "no answer: refused"),
            ((401, {"detail": "Not authenticated"}, ""), "401 Not authenticated"),
            ((401, {"error": {"message": "bad key", "type": "x"}}, ""), "401 bad key"),
            ((500, {"error": "plain"}, ""), "500 plain"),
            ((502, None, "<html>\n bad \n gateway"), "502 <html> bad gateway"),
            ((400, [1], ""), "400 [1]"),
        ):
            self.assertEqual(code.said(*given), words)


class Upgrade(Host):
    def test_keeps_the_database_and_brings_it_back(self):
        self.env()
        self.database(THERE)
        before = self.all()
        self.call("keep", path=self.db)
        self.call("connect")
        self.assertNotEqual(self.all(), before)
        self.call("bring", path=self.db)
        self.assertEqual(self.all(), before)
        self.call("bring", path=self.db)


if __name__ == "__main__":
    unittest.main(verbosity=0)
