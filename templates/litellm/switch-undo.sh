# The release that served before serves again; the standby, when it was proven and serves, stays until then.
if [ "$(started)" != "$(cat "$T/started" 2>/dev/null)" ] || ! systemctl is-active -q litellm; then
  slot litellm drain || true
  is_up standby && wait_drained litellm
  systemctl reset-failed litellm 2>/dev/null || true
  systemctl restart litellm
  wait_ready litellm 4401 "$START"
fi
slot litellm ready
wait_up litellm
end_standby
