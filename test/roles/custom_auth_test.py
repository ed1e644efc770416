# custom_auth.py, run as LiteLLM runs it. LiteLLM's own types are stand-ins here, a few lines each: that its real hook
# calls ours and enforces what ours returns is proven by the end-to-end tests, on hosts with the real LiteLLM.
import asyncio
import hashlib
import importlib.util
import json
import logging
import os
import sys
import tempfile
import time
import types
import unittest

SOURCE = os.path.join(os.path.dirname(__file__), "../../templates/litellm/custom_auth.py")


class ProxyException(Exception):
    def __init__(self, message, type, param, code):
        super().__init__(message)
        self.message, self.type, self.param, self.code = message, type, param, code


class UserAPIKeyAuth:
    def __init__(self, **fields):
        self.__dict__.update(fields)


async def _read_request_body(request):
    return request.body


def stand_in(name, **members):
    module = types.ModuleType(name)
    module.__dict__.update(members)
    sys.modules[name] = module


roles = types.SimpleNamespace(PROXY_ADMIN="proxy_admin", INTERNAL_USER="internal_user")
for package in ("litellm", "litellm.proxy", "litellm.proxy.common_utils"):
    stand_in(package)
stand_in(
    "litellm.proxy._types", LitellmUserRoles=roles, ProxyException=ProxyException, UserAPIKeyAuth=UserAPIKeyAuth
)
stand_in("litellm.proxy.common_utils.http_parsing_utils", _read_request_body=_read_request_body)
logging.getLogger("hxllm.auth").addHandler(logging.NullHandler())

CHAT = "/v1/chat/completions"
HOUR = 3600


def sha256(key):
    return hashlib.sha256(key.encode()).hexdigest()


class Gate(unittest.TestCase):
    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.file = os.path.join(self.folder.name, "keys.json")
        os.environ["HXLLM_KEYS"] = self.file
        spec = importlib.util.spec_from_file_location("custom_auth", SOURCE)
        self.auth = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(self.auth)
        self.replace(
            {
                "sk-admin": {"name": "admin", "admin": True},
                "sk-alice": {"name": "alice", "models": ["tiny"], "rpm": 5, "tpm": 100, "parallel": 2},
                "sk-bob": {"name": "bob"},
                "sk-scrape": {"name": "prometheus", "metrics": True},
                "sk-old": {"name": "old", "expires": time.time() - 1},
                "sk-soon": {"name": "soon", "expires": time.time() + HOUR},
            }
        )

    def write(self, text):
        part = self.file + ".new"
        with open(part, "w", encoding="utf-8") as file:
            file.write(text)
        os.replace(part, self.file)

    def replace(self, entries):
        self.write(json.dumps({"schema": 1, "keys": {sha256(key): entry for key, entry in entries.items()}}))

    def ask(self, key, method="POST", path=CHAT, body=None, query="", headers=None):
        body = {"model": "tiny", "messages": []} if body is None else body
        url = types.SimpleNamespace(path=path, query=query)
        request = types.SimpleNamespace(url=url, method=method, body=body, headers=headers or {})
        return asyncio.run(self.auth.user_api_key_auth(request, key))

    def refused(self, code, *request, **more):
        with self.assertRaises(ProxyException) as caught:
            self.ask(*request, **more)
        self.assertEqual(caught.exception.code, code)
        return caught.exception


class Keys(Gate):
    def test_a_known_key_is_its_client_with_its_limits(self):
        user = self.ask("sk-alice")
        self.assertEqual(
            vars(user),
            {
                "api_key": sha256("sk-alice"),
                "key_alias": "alice",
                "user_id": "alice",
                "models": ["tiny"],
                "rpm_limit": 5,
                "tpm_limit": 100,
                "max_parallel_requests": 2,
                "user_role": "internal_user",
            },
        )

    def test_it_may_come_with_the_word_bearer(self):
        self.assertEqual(self.ask("Bearer sk-bob").key_alias, "bob")

    def test_unknown_missing_and_expired_keys_are_refused_in_the_same_words(self):
        for key in ("sk-wrong", "", None, "Bearer ", "sk-old", sha256("sk-bob"), "SK-BOB", "sk-bob "):
            with self.subTest(key=key):
                error = self.refused(401, key)
                self.assertEqual((error.message, error.type), ("invalid or missing API key", "auth_error"))

    def test_a_key_ends_at_its_hour_without_a_restart(self):
        self.assertEqual(self.ask("sk-soon").key_alias, "soon")
        now = time.time()
        self.auth.time = types.SimpleNamespace(time=lambda: now + HOUR + 1)
        self.refused(401, "sk-soon")

    def test_the_administrator_may_do_everything(self):
        for method, path in (("GET", "/model/info"), ("DELETE", "/anything"), ("POST", CHAT), ("GET", "/metrics")):
            with self.subTest(path=path):
                user = self.ask("sk-admin", method, path, {"model": "x", "fallbacks": ["y"]})
                self.assertEqual(user.user_role, "proxy_admin")


class File(Gate):
    def test_a_replaced_file_counts_from_the_next_request(self):
        self.ask("sk-bob")
        self.replace({"sk-new": {"name": "new"}})
        self.refused(401, "sk-bob")
        self.assertEqual(self.ask("sk-new").key_alias, "new")

    def test_two_keys_of_one_client_both_work_while_one_is_replaced(self):
        self.replace({"sk-a": {"name": "bob"}, "sk-b": {"name": "bob"}})
        self.assertEqual([self.ask(key).key_alias for key in ("sk-a", "sk-b")], ["bob", "bob"])

    def test_a_broken_file_keeps_the_last_good_one_and_opens_nothing(self):
        self.replace({"sk-bob": {"name": "bob"}})
        self.ask("sk-bob")
        self.refused(401, "sk-alice")
        for text in ("", "{", "[]", '{"schema": 1}', "\x00", '{"keys": []}', '{"keys": null}', '{"keys": {"a": {}}}', '{"keys": {"a": 1}}'):
            with self.subTest(text=text):
                self.write(text)
                self.assertEqual(self.ask("sk-bob").key_alias, "bob")
                self.refused(401, "sk-alice")
        self.replace({"sk-alice": {"name": "alice"}})
        self.assertEqual(self.ask("sk-alice").key_alias, "alice")
        self.refused(401, "sk-bob")

    def test_a_file_that_is_gone_keeps_the_last_good_one(self):
        self.ask("sk-bob")
        os.remove(self.file)
        self.assertEqual(self.ask("sk-bob").key_alias, "bob")

    def test_without_any_file_nobody_may_enter(self):
        os.remove(self.file)
        self.refused(401, "sk-admin")


class Paths(Gate):
    def test_a_client_may_ask_models_and_the_list_of_them(self):
        posts = [(p + e) for p in ("/v1", "") for e in ("/chat/completions", "/completions", "/embeddings", "/responses")]
        gets = ["/v1/models", "/models", "/v1/models/tiny", "/v1/models/"]
        for method, path in [("POST", p) for p in posts] + [("GET", g) for g in gets]:
            with self.subTest(path=path):
                self.assertEqual(self.ask("sk-bob", method, path).key_alias, "bob")

    def test_nothing_else_by_any_method(self):
        others = [
            ("GET", CHAT),
            ("HEAD", CHAT),
            ("HEAD", "/v1/models"),
            ("PUT", CHAT),
            ("DELETE", "/v1/models/tiny"),
            ("POST", "/v1/models"),
            ("POST", "/key/generate"),
            ("GET", "/v1/model/info"),
            ("GET", "/config/yaml"),
            ("GET", "/"),
            ("POST", "/v1/chat/completions/../../key/generate"),
            ("POST", "//v1/chat/completions"),
        ]
        for method, path in others:
            with self.subTest(method=method, path=path):
                error = self.refused(403, "sk-bob", method, path)
                self.assertEqual(error.type, "permission_error")

    def test_only_its_own_key_may_scrape_metrics_and_it_may_nothing_more(self):
        self.assertEqual(self.ask("sk-scrape", "GET", "/metrics").key_alias, "prometheus")
        self.assertEqual(self.ask("sk-scrape", "GET", "/metrics/").key_alias, "prometheus")
        self.refused(403, "sk-bob", "GET", "/metrics")
        for method, path in (("POST", "/metrics"), ("POST", CHAT), ("GET", "/v1/models")):
            with self.subTest(path=path):
                self.refused(403, "sk-scrape", method, path)


class Bodies(Gate):
    def test_a_client_with_models_may_use_these_alone(self):
        self.ask("sk-alice", body={"model": "tiny"})
        for body in ({"model": "big"}, {}, {"model": None}, {"model": ["tiny"]}, {"model": "tiny,big"}):
            with self.subTest(body=body):
                error = self.refused(403, "sk-alice", body=body)
                self.assertEqual(error.message, "model not allowed for this key")

    def test_a_client_without_a_list_may_use_every_model(self):
        self.assertEqual(self.ask("sk-bob", body={"model": "big"}).models, [])

    def test_the_fields_of_openai_and_of_chat_clients_pass(self):
        bodies = (
            {"model": "tiny", "messages": [], "tools": [], "tool_choice": "auto", "stream_options": {"include_usage": True}, "seed": 1, "user": "u"},
            {"model": "tiny", "input": "x", "encoding_format": "float", "dimensions": 3},
            {"model": "tiny", "input": "x", "instructions": "y", "previous_response_id": "r", "store": False, "text": {}},
            {"model": "tiny", "messages": [], "top_k": 5, "num_ctx": 2048, "think": False, "keep_alive": "5m", "format": "json"},
            {"model": "tiny", "messages": [], "metadata": {"chat_id": "c1"}},
            {"model": "tiny", "messages": [], "metadata": None},
        )
        for body in bodies:
            with self.subTest(body=body):
                self.assertEqual(self.ask("sk-alice", body=body).key_alias, "alice")

    def test_no_other_field_may_lead_elsewhere(self):
        others = """fallbacks context_window_fallbacks content_policy_fallbacks default_fallbacks api_base base_url api_key
            user_config mock_response mock_testing_fallbacks model_list router_settings_override custom_llm_provider
            extra_headers headers litellm_credential_name num_retries guardrails cache tags timeout litellm_metadata
            extra_body api_version target_model_names specific_deployment deployment_id prompt_id no-log nonsense""".split()
        for field in others:
            with self.subTest(field=field):
                error = self.refused(400, "sk-alice", body={"model": "tiny", field: "x"})
                self.assertEqual(error.message, "field not allowed: " + field)
        both = self.refused(400, "sk-bob", body={"fallbacks": [], "api_base": "http://evil"})
        self.assertEqual(both.message, "field not allowed: api_base, fallbacks")

    def test_metadata_is_a_map_of_texts(self):
        for metadata in ("text", ["a"], {"tags": ["a"]}, {"fallbacks": {}}, {"n": 1}):
            with self.subTest(metadata=metadata):
                error = self.refused(400, "sk-bob", body={"model": "tiny", "metadata": metadata})
                self.assertEqual(error.message, "metadata is not a map of texts")

    def test_neither_headers_nor_the_address_lead_elsewhere(self):
        for name in ("x-litellm-model", "X-LiteLLM-Api-Key", "x-litellm-tags", "x-litellm-disable-callbacks"):
            with self.subTest(name=name):
                error = self.refused(400, "sk-alice", headers={"content-type": "application/json", name: "x"})
                self.assertEqual(error.message, "header not allowed: " + name)
        for method, path in (("POST", CHAT), ("GET", "/v1/models")):
            error = self.refused(400, "sk-alice", method, path, query="model=big")
            self.assertEqual(error.message, "query parameters are not allowed")
        self.ask("sk-scrape", "GET", "/metrics", query="name[]=up")
        self.ask("sk-admin", query="model=big", headers={"x-litellm-model": "big"})

    def test_a_client_with_models_may_look_at_these_alone(self):
        self.ask("sk-alice", "GET", "/v1/models/tiny")
        self.refused(403, "sk-alice", "GET", "/v1/models/big")
        self.ask("sk-bob", "GET", "/v1/models/big")

    def test_a_body_that_is_no_object_is_refused(self):
        for body in ([], ["fallbacks"], "text", 5):
            with self.subTest(body=body):
                self.refused(400, "sk-bob", body=body)


if __name__ == "__main__":
    unittest.main(verbosity=0)
