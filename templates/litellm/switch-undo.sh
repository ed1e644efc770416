# The release that served before serves again; the standby, when it was proven and serves, stays until then.
if [ "$(started)" != "$(cat "$T/started" 2>/dev/null)" ] || ! systemctl is-active -q litellm; then
  if is_up standby; then
    slot litellm drain
    wait_drained litellm
  fi
  systemctl reset-failed litellm 2>/dev/null || true
  systemctl restart litellm 2>/dev/null || true
fi
serve_again
