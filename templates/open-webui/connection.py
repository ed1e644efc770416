# The connections that an Open WebUI is asked to have: {enable, urls, keys, configs}.


def from_env(env):
    """The connections that the environment asks for: plural forms win unless they are empty, nothing is the vendor."""
    urls, keys = ((env.get(plural) or env.get(name) or "").split(";") for name, plural in zip(NAMES, PLURAL))
    urls = [url.strip() or VENDOR for url in urls]
    keys = [key.strip() for key in keys]
    return {"enable": env.get("ENABLE_OPENAI_API", "True").lower() == "true", "urls": urls, "keys": (keys + [""] * len(urls))[: len(urls)], "configs": {}}


def joined(connection, url, key, was):
    """With ours in it: in its own place, or in that of the gateway that it follows, else behind those of the administrator."""
    urls, keys = list(connection["urls"]), list(connection["keys"])
    keys += [""] * (len(urls) - len(keys))
    plain = [u.rstrip("/") for u in urls]
    if url in plain:
        at = plain.index(url)
    elif was and was.rstrip("/") != VENDOR and was.rstrip("/") in plain:
        at = plain.index(was.rstrip("/"))
    elif VENDOR in plain and not keys[plain.index(VENDOR)]:
        at = plain.index(VENDOR)
    else:
        at = len(urls)
        urls.append(url)
        keys.append(key)
    urls[at], keys[at] = url, key
    configs = dict(connection["configs"])
    named = config_of(configs, at, url)
    if named is not None and configs[named].get("enable") is False:
        configs[named] = dict(configs[named], enable=True)
    return {"enable": True, "urls": urls, "keys": keys[: len(urls)], "configs": configs}


def config_of(configs, at, url):
    """Under which name the settings of a connection stand: its place, in older releases its URL."""
    return next((name for name in (str(at), url) if isinstance(configs.get(name), dict)), None)


def hashed(connection):
    if not connection:
        return None
    configs, urls = connection["configs"], connection["urls"]
    named = [config_of(configs, at, url) for at, url in enumerate(urls)]
    off = [at for at, name in enumerate(named) if name is not None and configs[name].get("enable") is False]
    return {"enable": bool(connection["enable"]), "urls": urls, "keys": [sha(k or "") for k in connection["keys"]], "off": off}
