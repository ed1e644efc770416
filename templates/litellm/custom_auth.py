"""hxllm: client keys without a database.

LiteLLM calls `user_api_key_auth` for every request. keys.json holds only SHA-256 of keys and is read again when it
is replaced by rename, so that keys are added, limited, expired and revoked without a restart. LiteLLM itself enforces
the rates of what is returned here, but neither models nor paths nor body fields: those are refused here.
"""

import hashlib
import json
import logging
import os
import time

from litellm.proxy._types import LitellmUserRoles, ProxyException, UserAPIKeyAuth
from litellm.proxy.common_utils.http_parsing_utils import _read_request_body

FILE = os.environ.get("HXLLM_KEYS", "/etc/litellm/keys.json")
POST = {
    prefix + path
    for prefix in ("/v1", "")
    for path in ("/chat/completions", "/completions", "/embeddings", "/responses")
}
GET = {"/v1/models", "/models"}
# body fields that make LiteLLM call another model or another server than the one that was checked
FORBIDDEN = {
    "api_base",
    "api_key",
    "base_url",
    "content_policy_fallbacks",
    "context_window_fallbacks",
    "custom_llm_provider",
    "default_fallbacks",
    "extra_headers",
    "fallbacks",
    "headers",
    "litellm_credential_name",
    "mock_response",
    "mock_testing_fallbacks",
    "model_list",
    "num_retries",
    "router_settings_override",
    "user_config",
}

log = logging.getLogger("hxllm.auth")
seen, keys = None, {}


def load():
    """The entries by SHA-256. The last good file wins: a broken or missing one neither opens nor empties the gate."""
    global seen, keys
    try:
        stat = os.stat(FILE)
        now = (stat.st_mtime_ns, stat.st_ino, stat.st_size)
        if now != seen:
            with open(FILE, encoding="utf-8") as file:
                fresh = json.load(file)["keys"]
            if not all(entry["name"] for entry in fresh.values()):
                raise ValueError("an entry has no name")
            keys, seen = fresh, now
    except Exception as error:
        log.error("keys.json not read, %d old keys stay: %s", len(keys), error)
    return keys


def refuse(code, message, kind):
    return ProxyException(message=message, type=kind, param=None, code=code)


def may_read(entry, method, path):
    if entry.get("metrics"):
        return method == "GET" and path == "/metrics"
    if method == "GET":
        return path in GET or path.startswith("/v1/models/")
    return method == "POST" and path in POST


async def user_api_key_auth(request, api_key: str):
    digest = hashlib.sha256((api_key or "").removeprefix("Bearer ").encode()).hexdigest()
    entry = load().get(digest)
    expired = entry and entry.get("expires") and time.time() > entry["expires"]
    if not api_key or entry is None or expired:
        raise refuse(401, "invalid or missing API key", "auth_error")
    name, admin, models = entry["name"], bool(entry.get("admin")), entry.get("models") or []
    path = request.url.path.rstrip("/") or "/"
    if not admin:
        if not may_read(entry, request.method, path):
            raise refuse(403, "path not allowed for this key", "permission_error")
        if request.method == "POST":
            body = await _read_request_body(request)
            if not isinstance(body, dict):
                raise refuse(400, "the body is not an object", "invalid_request_error")
            if bad := sorted(FORBIDDEN & body.keys()):
                raise refuse(400, "field not allowed: " + ", ".join(bad), "invalid_request_error")
            if models and body.get("model") not in models:
                raise refuse(403, "model not allowed for this key", "permission_error")
    return UserAPIKeyAuth(
        api_key=digest,
        key_alias=name,
        user_id=name,
        models=models,
        rpm_limit=entry.get("rpm"),
        tpm_limit=entry.get("tpm"),
        max_parallel_requests=entry.get("parallel"),
        user_role=LitellmUserRoles.PROXY_ADMIN if admin else LitellmUserRoles.INTERNAL_USER,
    )
