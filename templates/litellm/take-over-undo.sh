# The old gateway serves again; until it can, the standby does.
if has_port; then
  systemctl try-reload-or-restart haproxy || systemctl restart haproxy || true
else
  systemctl stop --no-block "$OLD" 2>/dev/null || true
  wait_end
  systemctl stop "$OLD" 2>/dev/null || true
  # with the files as they were it has no use for the port
  systemctl try-reload-or-restart haproxy || systemctl restart haproxy || true
  wait_until 30 is_free
  systemctl reset-failed "$OLD" 2>/dev/null || true
  systemctl start "$OLD"
  wait_until "$START" has_port
fi
systemctl stop litellm-standby 2>/dev/null || true
rm -f /etc/litellm/next /run/haproxy/slots.state
