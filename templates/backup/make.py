# One backup of this host: consistent copies of the databases, a snapshot, the snapshot read back, old ones forgotten.
STAGE = WORK + "/stage"
SAID = "/run/hxllm-backup/said"
PATHS = ("/etc/litellm", "/etc/haproxy", "/etc/open-webui", "/etc/hxllm", "/var/lib/hxllm/records")
# the repository's own password is of no use in it
EXCLUDED = ("/etc/hxllm/backup",)
# made anew by Open WebUI
CACHES = ("cache", ".cache", "static")


def say(text):
    print(text, flush=True)
    with contextlib.suppress(OSError), open(SAID, "w") as f:
        f.write(text)


def databases(folder):
    for base, folders, files in os.walk(folder):
        if base == folder:
            folders[:] = [f for f in folders if f not in CACHES]
        for name in files:
            path = os.path.join(base, name)
            if os.path.isfile(path) and not os.path.islink(path) and begins(path, 16) == b"SQLite format 3\0":
                yield os.path.relpath(path, folder)


def links(folder):
    """What people put in may lie elsewhere: of a link only the link would be in the snapshot."""
    for name in sorted(set(os.listdir(folder)) - set(CACHES)):
        path = os.path.join(folder, name)
        inside = [os.path.join(base, one) for base, folders, files in os.walk(path) for one in folders + files] if name in ("uploads", "vector_db") else []
        for one in [path] + inside:
            if os.path.islink(one) and os.path.exists(one) and not is_in(os.path.realpath(one), folder):
                yield one, os.path.realpath(one)


def copy_database(source, target):
    """As of one moment, whoever writes meanwhile, and with what is in its journal only."""
    os.makedirs(os.path.dirname(target), exist_ok=True)
    with contextlib.closing(sqlite3.connect("file:%s?mode=ro" % urllib.parse.quote(source), uri=True, timeout=60)) as con:
        with contextlib.closing(sqlite3.connect(target)) as copy:
            con.backup(copy)
    if not is_sound(target):
        raise Refused("damaged", "%s is damaged: PRAGMA integrity_check" % source)


def stage_webui(unit, stage):
    """What of it is in the snapshot; nothing when there is none."""
    webui = Webui(unit)
    if not webui.unit and not webui.why:
        return None
    usable(webui)
    data, main = webui.data, os.path.realpath(webui.path)
    if begins(main, 16) != b"SQLite format 3\0":
        raise Refused("unsupported", "%s is no SQLite database, or an encrypted one, which hxllm does not back up" % main)
    for link, target in links(data):
        # the database is copied from where it is
        if target != main:
            raise Refused("unsupported", "%s is a link to %s, which would not be in the backup: have it in %s itself" % (link, target, data))
    sources = {"data/" + name: os.path.join(data, name) for name in databases(data)}
    database = "data/" + os.path.relpath(main, data) if is_in(main, data) else "database/webui.db"
    sources[database] = main
    # a full disk would be the running service's, too
    room([(stage, sum(size(path + end) for path in sources.values() for end in ("", "-wal")))])
    for name, source in sources.items():
        copy_database(source, os.path.join(stage, name))
    if webui.secret:
        with open(stage + "/secret.env", "w") as f:
            f.write("WEBUI_SECRET_KEY=%s\n" % webui.secret)
    sums = {name: file_sha(os.path.join(stage, name)) for name in sources}
    return {"data": data, "version": webui.version(), "database": database, "databases": sums, "program": webui.venv}


def make(settings):
    os.umask(0o077)
    began = time.time()
    try:
        with Repository(settings) as repository:
            result = snapshot_of(settings, repository)
    except Refused as refused:
        result = {"refused": {"kind": refused.kind, "message": str(refused)}}
    except Exception as error:  # whatever it is, the last backup failed, and doctor is to know
        result = {"refused": {"kind": "failed", "message": "%s: %s" % (type(error).__name__, error)}}
    finally:
        shutil.rmtree(STAGE, ignore_errors=True)
    result.update(invocation=os.environ.get("INVOCATION_ID", ""), seconds=round(time.time() - began, 1), ended=int(time.time()))
    with open(WORK + "/last.json", "w") as f:
        json.dump(result, f)
    if "refused" in result:
        sys.exit(result["refused"]["message"])
    say("snapshot %(snapshot)s, %(bytes)s bytes, %(added)s of them new, in %(seconds)s s" % result)


def snapshot_of(settings, repository):
    say("opening the repository")
    repository.open()
    stage = fresh(STAGE)
    with alone("a restore of this host has its data; the next backup will have it"):
        summary, files = written(settings, repository, stage)
    say("reading it back")
    came = repository.sums(summary["snapshot_id"], stage)
    for path, told in files.items():
        if came.get(path) != told:
            raise Refused("damaged", "%s came back from the repository as something else" % path)
    repository.run("check")
    if settings["keep"]:
        say("forgetting old snapshots")
        repository.run("forget", "--host", settings["host"], "--tag", TAG, "--group-by", "host,tags", "--prune", *settings["keep"])
    return {"snapshot": summary["snapshot_id"][:8], "bytes": summary["total_bytes_processed"], "added": summary["data_added"]}


def written(settings, repository, stage):
    """(what restic says of the snapshot, SHA-256 of each file that was made for it)."""
    say("copying the databases")
    webui = stage_webui(settings["unit"], stage)
    models, _ = ollama(settings)
    excluded = list(EXCLUDED) + [models + "/blobs/*-partial*"]
    paths = [p for p in PATHS if os.path.exists(p)]
    if settings["models"] and os.path.exists(models):
        paths.append(models)
    if webui:
        data = webui["data"]
        paths.append(data)
        excluded += [os.path.join(data, name) for name in CACHES]
        excluded += [os.path.join(data, name[5:]) + end for name in webui["databases"] if name.startswith("data/") for end in ("", "-wal", "-shm", "-journal")]
        if is_in(webui["program"], data):
            excluded.append(webui["program"])
    manifest = {"schema": 2, "host": settings["host"], "made": int(time.time()), "paths": paths, "webui": webui, "models": models}
    with open(stage + "/manifest.json", "w") as f:
        json.dump(manifest, f)
    files = {p: file_sha(p) for p in (stage + "/" + n for n in os.listdir(stage)) if os.path.isfile(p)}
    if webui:
        files.update({"%s/%s" % (stage, name): told for name, told in webui["databases"].items()})
    return upload(repository, [w for e in excluded for w in ("--exclude", e)] + [stage] + paths), files


def upload(repository, words):
    found, last = {}, [-1]

    def line(text):
        if not text.startswith("{"):
            return
        told = json.loads(text)
        if told.get("message_type") == "summary":
            found.update(told)
        percent = int(100 * told.get("percent_done", 0))
        if told.get("message_type") == "status" and percent >= last[0] + 10:
            last[0] = percent
            say("writing the snapshot, %s %%" % percent)

    say("writing the snapshot")
    repository.run("backup", "--json", "--tag", TAG, "--host", repository.host, *words, line=line)
    return found
