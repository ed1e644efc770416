"""hxllm: client keys without a database.

LiteLLM calls `user_api_key_auth` for every request. keys.json holds only SHA-256 of keys and is read again when it
is replaced by rename, so that keys are added, limited, expired and revoked without a restart. LiteLLM itself enforces
the rates of what is returned here, but neither models nor paths nor body fields: those are refused here.
The administrator's key is not limited.
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
# Body fields of OpenAI's interface, and those for Ollama that chat clients send. Everything else is refused: many of
# LiteLLM's own fields make it call another model or another server than the one that was checked (fallbacks, api_base).
FIELDS = frozenset(
    """
    audio background best_of context_management conversation dimensions echo encoding_format frequency_penalty
    function_call functions include input instructions logit_bias logprobs max_completion_tokens max_output_tokens
    max_tokens max_tool_calls messages metadata modalities model n parallel_tool_calls prediction presence_penalty
    previous_response_id prompt prompt_cache_key prompt_cache_retention reasoning reasoning_effort response_format
    safety_identifier seed service_tier stop store stream stream_options suffix temperature text tool_choice tools
    top_logprobs top_p truncation user verbosity web_search_options

    chat_template_kwargs enable_thinking format keep_alive min_p mirostat mirostat_eta mirostat_tau num_ctx num_keep
    num_predict options repeat_last_n repeat_penalty repetition_penalty tfs_z think thinking top_k typical_p
    """.split()
)

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
        return path in GET or (path.startswith("/v1/models/") and may_use(entry, path.removeprefix("/v1/models/")))
    return method == "POST" and path in POST


def may_use(entry, model):
    return not entry.get("models") or model in entry["models"]


async def check_client(entry, request, path):
    """Raises what a client's request is refused with."""
    if not may_read(entry, request.method, path):
        raise refuse(403, "path not allowed for this key", "permission_error")
    # LiteLLM takes a model, a session, tags, timeouts and another key from headers of its own, a model from ?model= too
    if own := sorted(name for name in request.headers if name.lower().startswith("x-litellm-")):
        raise refuse(400, "header not allowed: " + ", ".join(own), "invalid_request_error")
    if request.url.query and path != "/metrics":
        raise refuse(400, "query parameters are not allowed", "invalid_request_error")
    if request.method != "POST":
        return
    body = await _read_request_body(request)
    if not isinstance(body, dict):
        raise refuse(400, "the body is not an object", "invalid_request_error")
    if bad := sorted(str(name) for name in body.keys() - FIELDS):
        raise refuse(400, "field not allowed: " + ", ".join(bad), "invalid_request_error")
    # OpenAI's own is a map of texts; LiteLLM reads lists and maps of its own from it
    metadata = body.get("metadata") or {}
    if not isinstance(metadata, dict) or not all(isinstance(text, str) for text in metadata.values()):
        raise refuse(400, "metadata is not a map of texts", "invalid_request_error")
    if not may_use(entry, body.get("model")):
        raise refuse(403, "model not allowed for this key", "permission_error")


async def user_api_key_auth(request, api_key: str):
    digest = hashlib.sha256((api_key or "").removeprefix("Bearer ").encode()).hexdigest()
    entry = load().get(digest)
    expired = entry and entry.get("expires") and time.time() > entry["expires"]
    if not api_key or entry is None or expired:
        raise refuse(401, "invalid or missing API key", "auth_error")
    name, admin, models = entry["name"], bool(entry.get("admin")), entry.get("models") or []
    path = request.url.path.rstrip("/") or "/"
    if not admin:
        await check_client(entry, request, path)
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
