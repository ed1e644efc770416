# The database of an Open WebUI, in the form of its release.
ROWS = {"enable": "openai.enable", "urls": "openai.api_base_urls", "keys": "openai.api_keys", "configs": "openai.api_configs"}


class Database:
    """`new`: a row per setting (0.10 and later); `old`: one blob; `none`: it has not started yet; `foreign`: anything else."""

    def __init__(self, path, mode="ro"):
        self.con = sqlite3.connect("file:%s?mode=%s" % (urllib.parse.quote(path), mode), uri=True, timeout=15, isolation_level=None)
        columns = [row[1] for row in self.con.execute("pragma table_info(config)")]
        if columns == ["key", "value", "updated_at"]:
            self.form = "new" if self.rows() else "none"
        elif columns[:3] == ["id", "data", "version"]:
            self.form = "old"
        else:
            self.form = "foreign" if columns else "none"

    def rows(self):
        """(text, time) of those that say the connections, by name; SQLite turns the text of a number into one."""
        found = self.con.execute("select key,value,updated_at from config where key in (?,?,?,?)", tuple(ROWS.values()))
        return {name: (value, at) for name, value, at in found}

    def blob(self):
        row = self.con.execute("select id,data from config order by id desc limit 1").fetchone()
        return (row[0], json.loads(row[1])) if row else (None, {})

    def connection(self):
        """{enable, urls, keys, configs}; None = the environment rules."""
        if self.form == "new":
            rows = {name[7:]: json.loads(value) for name, (value, _) in self.rows().items()}
            return rows and {"enable": rows.get("enable", True), "urls": rows.get("api_base_urls") or [], "keys": rows.get("api_keys") or [], "configs": rows.get("api_configs") or {}}
        if self.form == "old":
            data = self.blob()[1].get("openai")
            return data and {"enable": data.get("enable", True), "urls": data.get("api_base_urls") or [], "keys": data.get("api_keys") or [], "configs": data.get("api_configs") or {}}
        return None

    def admin(self):
        """(id, session stamp) of an active administrator; the stamp is there since 0.12."""
        stamp = "session_stamp" in [row[1] for row in self.con.execute("pragma table_info(auth)")]
        query = "select u.id,%s from user u join auth a on a.id=u.id where u.role='admin' and a.active order by u.created_at limit 1"
        return self.con.execute(query % ("a.session_stamp" if stamp else "0")).fetchone() + (stamp,) if self.users() else None

    def users(self):
        return self.con.execute("select count(*) from user u join auth a on a.id=u.id where u.role='admin' and a.active").fetchone()[0]

    def granted(self):
        """Models that every user may use."""
        try:
            found = self.con.execute("select resource_id from access_grant where resource_type='model' and principal_type='user' and principal_id='*' and permission='read'")
            return sorted(row[0] for row in found)
        except sqlite3.OperationalError:
            return []
