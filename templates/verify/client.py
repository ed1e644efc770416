# What a program with the openai SDK does. argv: URL with /v1, model, two messages, tokens, seconds, PEM file to trust or nothing.
# The key is the line on stdin. Prints one line, `seen` and JSON.
import json
import platform
import ssl
import sys
import time

import openai

url, model, word, streamed, tokens, seconds, trusted = sys.argv[1:]
context = ssl.create_default_context()
if trusted:
    # a certificate that the inventory names is trusted by itself, its issuer need not be there
    context.verify_flags |= ssl.VERIFY_X509_PARTIAL_CHAIN
    context.load_verify_locations(trusted)
client = openai.OpenAI(
    base_url=url,
    api_key=sys.stdin.readline().strip(),
    organization="",
    max_retries=0,
    timeout=float(seconds),
    # straight, whatever root's environment says of proxies
    http_client=openai.DefaultHttpxClient(verify=context, trust_env=False),
)
seen = {"version": f"openai {openai.__version__}, Python {platform.python_version()}"}


def ms(start):
    return round((time.monotonic() - start) * 1000)


def ask(text, **more):
    messages = [{"role": "user", "content": text}]
    return client.chat.completions.create(model=model, messages=messages, max_tokens=int(tokens), **more)


def thinking(part):
    return getattr(part, "reasoning_content", None) or ""


def models():
    return [one.id for one in client.models.list()]


def chat():
    start = time.monotonic()
    said = ask(word).choices[0].message
    return {"text": said.content or "", "thinking": thinking(said), "ms": ms(start)}


def stream():
    start = time.monotonic()
    seen = {"text": "", "thinking": "", "finish": "", "pieces": 0, "firstMs": 0}
    for event in ask(streamed, stream=True, stream_options={"include_usage": True}):
        if event.usage:
            seen["tokens"] = event.usage.completion_tokens
        for choice in event.choices:
            text, thought = choice.delta.content or "", thinking(choice.delta)
            if text or thought:
                seen["pieces"] += 1
                seen["firstMs"] = seen["firstMs"] or ms(start)
            seen["text"] += text
            seen["thinking"] += thought
            seen["finish"] = choice.finish_reason or seen["finish"]
    return {**seen, "tookMs": ms(start)}


try:
    for step in (models, chat, stream):
        seen["at"] = step.__name__
        seen[step.__name__] = step()
except Exception as error:
    # "Connection error." says nothing: what it came from does
    while (isinstance(error, openai.APIConnectionError) or not str(error)) and error.__cause__:
        error = error.__cause__
    seen["failed"] = f"{str(error) or type(error).__name__}"[:400]
print("seen " + json.dumps(seen))
