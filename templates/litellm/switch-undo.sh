# The release that served before serves again; the standby, when it was proven and serves, stays until then.
if [ "$(started)" != "$(cat "$T/started" 2>/dev/null)" ] || ! systemctl is-active -q litellm; then
  # the standby has gone already: it comes back with the release that is put back
  if is_up litellm && ! is_up standby; then
    point next "$(readlink /etc/litellm/current)"
    if restart litellm-standby 4402; then
      slot standby ready
      wait_up standby
    fi
  fi
  if is_up standby; then
    slot litellm drain
    wait_drained litellm
  fi
  systemctl reset-failed litellm 2>/dev/null || true
  systemctl restart litellm 2>/dev/null || true
fi
serve_again
