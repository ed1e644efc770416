# The database before another release changes it for good, and how it comes back.


def copy_of(webui):
    return "%s.before-hxllm-%s" % (webui.path, os.environ["ID"])


def keep(spec):
    """While it is stopped; as the user of the service, beside the database."""
    webui = Webui(spec["unit"], spec["path"])
    webui.become()
    os.umask(0o077)
    source, target = sqlite3.connect(webui.path), sqlite3.connect(copy_of(webui))
    source.backup(target)
    target.close()


def bring(spec):
    webui = Webui(spec["unit"], spec["path"])
    webui.become()
    if os.path.exists(copy_of(webui)):
        for ending in ("-wal", "-shm"):
            if os.path.exists(webui.path + ending):
                os.remove(webui.path + ending)
        os.replace(copy_of(webui), webui.path)
