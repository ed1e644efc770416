# The running server, spoken to as one of its administrators.


def encoded(value):
    return base64.urlsafe_b64encode(value).rstrip(b"=")


def token(secret, admin):
    """As its own sign-in makes them, for two minutes."""
    user, stamp, stamped = admin
    claims = {"id": user, "exp": int(time.time()) + 120}
    if stamped:
        claims["session_stamp"] = stamp
    body = encoded(b'{"alg":"HS256","typ":"JWT"}') + b"." + encoded(json.dumps(claims).encode())
    return (body + b"." + encoded(hmac.new(secret.encode(), body, hashlib.sha256).digest())).decode()


OPENER = urllib.request.build_opener(urllib.request.ProxyHandler({}))


def ask(url, bearer=None, body=None, seconds=10, method=None):
    """(status, JSON or None, text); status 0 = no answer."""
    headers = {"content-type": "application/json"}
    if bearer:
        headers["authorization"] = "Bearer " + bearer
    data = None if body is None else json.dumps(body).encode()
    try:
        with OPENER.open(urllib.request.Request(url, data, headers, method=method), timeout=seconds) as answer:
            status, kind, text = answer.status, answer.headers.get("content-type", ""), answer.read().decode("utf-8", "replace")
    except urllib.error.HTTPError as e:
        status, kind, text = e.code, e.headers.get("content-type", ""), e.read().decode("utf-8", "replace")
    except Exception as e:
        return 0, None, str(getattr(e, "reason", e))
    try:
        return status, json.loads(text) if "json" in kind else None, text
    except ValueError:
        return status, None, text


def listed(answer):
    return {"enable": answer.get("ENABLE_OPENAI_API"), "urls": answer.get("OPENAI_API_BASE_URLS") or [], "keys": answer.get("OPENAI_API_KEYS") or [], "configs": answer.get("OPENAI_API_CONFIGS") or {}}


class Session:
    """An administrator's word with the running server."""

    def __init__(self, webui):
        self.url = webui.url
        self.bearer = None
        self.why = "it does not run" if not webui.active else ""
        if not self.why:
            db = Database(webui.path) if webui.path else None
            admin = db.admin() if db and db.form != "none" else None
            self.why = "it has no administrator yet" if not admin else "" if webui.secret else "its WEBUI_SECRET_KEY is not known"
            self.bearer = None if self.why else token(webui.secret, admin)

    def ask(self, path, body=None, seconds=10, method=None):
        return ask(self.url + path, self.bearer, body, seconds, method)


def said(status, answer, text):
    """What an answer means, in words: the server's own detail, or the gateway's error."""
    if status == 0:
        return "no answer: " + text
    detail = answer
    if isinstance(answer, dict):
        detail = answer.get("detail") or answer.get("error") or answer
        detail = detail.get("message", detail) if isinstance(detail, dict) else detail
    return "%s %s" % (status, detail if detail is not None else " ".join(text.split())[:160])


def out(value):
    print(json.dumps(value))
