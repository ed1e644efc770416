# What only the running server can prove.


def opened(spec):
    webui = spec["webui"] = Webui(spec["unit"])
    if not webui.unit:
        out({"error": "there is no Open WebUI"})
        sys.exit()
    webui.become()
    session = Session(webui)
    if session.why:
        out({"why": session.why})
        sys.exit()
    return session


def gateway(spec):
    """Its own server asks the gateway with what it has saved: the honest answer."""
    session = opened(spec)
    status, answer, text = session.ask("/openai/config")
    if status != 200 or not isinstance(answer, dict):
        return out({"why": said(status, answer, text)})
    urls = [url.rstrip("/") for url in listed(answer)["urls"]]
    if spec["url"] not in urls:
        return out({"error": "it has no connection to %s" % spec["url"]})
    status, answer, text = session.ask("/openai/models/%d" % urls.index(spec["url"]), seconds=20)
    if status == 200 and isinstance(answer, dict) and isinstance(answer.get("data"), list):
        return out({"models": sorted(m.get("id", "") for m in answer["data"])})
    out({"error": said(status, answer, text)})


def models(spec):
    session = opened(spec)
    status, answer, text = session.ask("/api/models?refresh=true", seconds=30)
    if status == 200 and isinstance(answer, dict):
        return out({"models": sorted(m.get("id", "") for m in answer.get("data", []))})
    out({"why" if status == 401 else "error": said(status, answer, text)})


def chatted(session, spec):
    body = {"model": spec["model"], "stream": False, "max_tokens": 64, "messages": [{"role": "user", "content": spec["nonce"]}]}
    began = time.time()
    status, answer, text = session.ask("/api/chat/completions", body, spec["seconds"])
    if status == 200 and isinstance(answer, dict) and answer.get("choices"):
        return {"answer": answer["choices"][0].get("message", {}).get("content") or "", "ms": int((time.time() - began) * 1000)}
    return {"why" if status == 401 and session.bearer and "detail" in (answer or {}) else "error": said(status, answer, text)}


def chat(spec):
    out(chatted(opened(spec), spec))


def user(spec):
    """A temporary user of the lowest role sees the models and chats; it is removed again."""
    session = opened(spec)
    mail = "hxllm-%s@localhost" % os.urandom(8).hex()
    body = {"name": "hxllm check", "email": mail, "password": os.urandom(24).hex(), "role": "user"}
    status, answer, text = session.ask("/api/v1/auths/add", body)
    if status != 200 or not isinstance(answer, dict) or not answer.get("token"):
        return out({"why" if status == 401 else "error": "no temporary user: " + said(status, answer, text)})
    theirs = Session.__new__(Session)
    theirs.url, theirs.bearer, theirs.why = session.url, answer["token"], ""
    try:
        status, seen, text = theirs.ask("/api/models", seconds=30)
        if status != 200 or not isinstance(seen, dict):
            result = {"error": said(status, seen, text)}
        else:
            result = {"ours": spec["webui"].ours, "models": sorted(m.get("id", "") for m in seen.get("data", []))}
            if spec["model"] in result["models"]:
                result.update(chatted(theirs, spec))
    finally:
        gone = session.ask("/api/v1/users/" + answer["id"], method="DELETE")
    if gone[0] != 200:
        result["error"] = "the temporary user %s was not removed: %s" % (mail, said(*gone))
    out(result)
