# What plan and the checks compare.


def look(spec):
    """All that plan and the checks compare."""
    webui = Webui(spec["unit"])
    if not webui.unit:
        return out({"state": webui.why or "none"})
    env = webui.env
    seen = {
        "state": "ours" if webui.ours else "foreign",
        "unit": webui.unit,
        "active": webui.active,
        "enabled": webui.shown.get("UnitFileState") == "enabled",
        "restarts": int(webui.shown.get("NRestarts") or 0),
        "since": int((webui.shown.get("ActiveEnterTimestamp") or "@0").lstrip("@") or 0),
        "file": webui.file,
        "env": hashed(from_env(env)),
        "bypass": webui.bypass,
        "persistent": webui.persistent,
        "postgres": webui.postgres,
        "version": webui.version(),
        "slim": env.get("USE_SLIM_DOCKER", "").lower() == "true",
        "venv": webui.venv,
        "bind": webui.bind,
        "path": webui.path,
        "data": webui.data,
        "listens": webui.listens,
    }
    if not webui.path:
        # before its first start there is none either, but then it does not run
        seen["why"] = "its database is PostgreSQL" if webui.postgres else "its database was not found" if webui.active else ""
    else:
        webui.become()
        try:
            db = Database(webui.path)
            seen.update(form=db.form, db=hashed(db.connection()), granted=db.granted())
        except sqlite3.Error as e:
            seen["unreadable"] = str(e)
            return out(seen)
        session = Session(webui)
        seen["why"] = session.why
        if not session.why:
            status, answer, text = session.ask("/openai/config")
            if status == 200 and isinstance(answer, dict):
                seen["live"] = hashed(listed(answer))
            else:
                seen["why"] = said(status, answer, text)
    out(seen)
