# HAProxy's slots, spoken to over its admin socket.
slot() { echo "set server slots/$1 state $2" | socat stdio /run/haproxy/admin.sock >/dev/null; }
field() { echo 'show stat' | socat stdio /run/haproxy/admin.sock | awk -F, -v n="$1" -v f="$2" '$1 == "slots" && $2 == n { print $f }'; }
is_up() { case "$(field "$1" 18)" in UP*) return 0 ;; *) return 1 ;; esac; }
wait_up() { # NAME: HAProxy sends it requests
  local end=$((SECONDS + 30))
  until is_up "$1"; do
    [ $SECONDS -lt $end ] || { echo "HAProxy does not see $1 up: $(field "$1" 18)"; return 1; }
    sleep 0.2
  done
}
wait_drained() { # NAME: no request is left on it; what is left after the drain timeout is waited for by the unit's own stop
  local start=$SECONDS left
  while left=$(field "$1" 5); [ "${left:-0}" -gt 0 ]; do
    [ $((SECONDS - start)) -lt "$DRAIN" ] || return 0
    progress "draining: $left requests, $((SECONDS - start)) s"
    sleep 0.5
  done
}
point() { # LINK TARGET, in one step
  rm -f "/etc/litellm/.$1.new"
  ln -sn "$2" "/etc/litellm/.$1.new"
  mv -fT "/etc/litellm/.$1.new" "/etc/litellm/$1"
}
journal() {
  echo "the end of the journal of $1:"
  journalctl -q -u "$1" -n 20 --no-pager -o cat
}
prove_unit() { # NAME UNIT
  ( prove "$1" ) || { local code=$?; journal "$2"; exit $code; }
}
need_free() { # PORT
  local held
  held=$(ss -Hltnp "sport = :$1")
  [ -z "$held" ] || { echo "port $1 is taken: $held"; return 1; }
}
started() { systemctl show -p ExecMainStartTimestampMonotonic --value litellm; }
restart() { # UNIT PORT: until it is ready
  systemctl reset-failed "$1" 2>/dev/null || true
  # what it fails of is told by its journal
  systemctl restart "$1" 2>/dev/null || true
  wait_ready "$1" "$2"
}
wait_ready() { # UNIT PORT
  local end=$((SECONDS + START)) runs why
  runs=$(systemctl show -p NRestarts --value "$1")
  until curl -fsS -o /dev/null --max-time 5 "http://127.0.0.1:$2/health/readiness" 2>/dev/null; do
    if systemctl is-failed -q "$1" || ! systemctl is-active -q "$1" || [ "$(systemctl show -p NRestarts --value "$1")" != "$runs" ]; then why='does not start'
    elif [ $SECONDS -ge $end ]; then why="is not ready after $START s"
    else sleep 0.25; continue; fi
    echo "$1 $why"
    journal "$1"
    return 1
  done
}
end_standby() {
  if systemctl is-active -q litellm-standby; then
    slot standby drain || true
    wait_drained standby || true
  fi
  slot standby maint || true
  systemctl stop litellm-standby
  systemctl reset-failed litellm-standby 2>/dev/null || true
  rm -f /etc/litellm/next /run/haproxy/slots.state
}
serve_again() { # litellm takes the requests, and the standby goes
  wait_ready litellm 4401 || { is_up standby || slot litellm ready; return 1; }
  slot litellm ready
  wait_up litellm
  end_standby
}
