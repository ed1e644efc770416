# What hxllm changes: the environment file, and the rows of its own connection.
SAVED = os.environ.get("T", "") + "/webui.json"


def replace(path, text, copy):
    """Beside it, then renamed; owner and mode stay; what was there is kept under its time."""
    new = path + ".hxllm-new"
    there = os.path.exists(path)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    try:
        if there:
            shutil.copy2(path, path + copy)
            stat = os.stat(path)
            os.chown(path + copy, stat.st_uid, stat.st_gid)
        with open(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as f:
            f.write(text)
            f.flush()
            os.fsync(f.fileno())
        if there:
            os.chown(new, stat.st_uid, stat.st_gid)
            os.chmod(new, stat.st_mode & 0o7777)
        os.replace(new, path)
    except OSError:
        for half in [new, path + copy]:
            if os.path.exists(half):
                os.remove(half)
        raise


def change_env(webui, spec):
    path = spec["file"]
    text, asked = read(path), from_env(webui.env)
    values = {NAMES[0]: spec["url"], NAMES[1]: spec["key"]}
    if any(webui.env.get(name) for name in PLURAL):
        both = joined(asked, spec["url"], spec["key"], webui.was)
        elsewhere = environment(webui.shown, but=path)[0]
        for name, field in zip(PLURAL, ("urls", "keys")):
            # one alone becomes singular; empty is as if it were not there, for what another file says cannot be taken away
            values[name] = ";".join(both[field]) if len(asked["urls"]) > 1 else "" if name in elsewhere else None
    if not asked["enable"]:
        values["ENABLE_OPENAI_API"] = "true"
    if spec.get("bypass"):
        values["BYPASS_MODEL_ACCESS_CONTROL"] = "true"
    text_after = edited(text, values)
    if text_after != text:
        replace(path, text_after, ".hxllm-" + os.environ["ID"])


UPSERT = "insert into config(key,value,updated_at) values(?,?,?) on conflict(key) do update set value=excluded.value,updated_at=excluded.updated_at"
FIELDS = {"enable": "enable", "urls": "api_base_urls", "keys": "api_keys", "configs": "api_configs"}


def store(db, wanted):
    """Writes what differs, values bound."""
    db.con.execute("begin immediate")
    if db.form == "new":
        have = db.rows()
        for name, row in ROWS.items():
            if row not in have or json.loads(have[row][0]) != wanted[name]:
                db.con.execute(UPSERT, (row, json.dumps(wanted[name]), int(time.time())))
    else:
        at, data = db.blob()
        data["openai"] = dict(data.get("openai") or {}, **{FIELDS[name]: value for name, value in wanted.items()})
        db.con.execute("update config set data=? where id=?", (json.dumps(data), at))
    db.con.execute("commit")


def put_back(db, had):
    """Rows that were not there go; the others get the very text and time that they had."""
    db.con.execute("begin immediate")
    if db.form == "new":
        for row in ROWS.values():
            if row in had:
                db.con.execute(UPSERT, (row, had[row][0], had[row][1]))
            else:
                db.con.execute("delete from config where key=?", (row,))
    else:
        at, data = db.blob()
        data["openai"] = had
        db.con.execute("update config set data=? where id=?", (json.dumps(data), at))
    db.con.execute("commit")


def connect(spec):
    """Environment and database say the connection that is wanted; what the database said is kept with the transaction."""
    webui = Webui(spec["unit"], spec.get("path", ""))
    if spec.get("file"):
        change_env(webui, spec)
    if not webui.path or not webui.persistent:
        return
    with open(os.open(SAVED, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as save:
        webui.become()
        db = Database(webui.path, "rw")
        had = db.connection()
        if had:
            json.dump(db.rows() if db.form == "new" else db.blob()[1]["openai"], save)
            save.flush()
            store(db, joined(had, spec["url"], spec["key"], webui.was))


def restore(spec):
    """What `connect` changed, as it was."""
    had = json.loads(read(SAVED) or "null")
    if had:
        webui = Webui(spec["unit"], spec.get("path", ""))
        webui.become()
        db = Database(webui.path, "rw")
        now = db.rows() if db.form == "new" else db.blob()[1].get("openai")
        # one that is locked could not be written to before, either
        if json.loads(json.dumps(now)) != had:
            put_back(db, had)


def grant(spec):
    """Every user may use these models; what others may use is left alone."""
    webui = Webui(spec["unit"])
    webui.become()
    session, granted = Session(webui), Database(webui.path).granted()
    for model in spec["models"]:
        if model not in granted:
            body = {"id": model, "name": model, "access_grants": [{"principal_type": "user", "principal_id": "*", "permission": "read"}]}
            answer = session.ask("/api/v1/models/model/access/update", body)
            if answer[0] != 200:
                sys.exit("%s is not given to users: %s" % (model, session.why or said(*answer)))
