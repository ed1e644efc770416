# The gateway that was there before, in the unit $OLD, and the port that it has.
is_free() { [ -z "$(ss -Hltn "sport = :$PORT")" ]; }
has_port() { # the old gateway listens on it
  local pid
  for pid in $(ss -Hltnp "sport = :$PORT" | grep -o 'pid=[0-9]*' | cut -c 5-); do
    ! grep -q "/$OLD" "/proc/$pid/cgroup" || return 0
  done
  return 1
}
wait_until() { # SECONDS COMMAND
  local end=$((SECONDS + $1))
  until "$2"; do
    [ $SECONDS -lt $end ] || { echo "port $PORT is still held: $(ss -Hltnp "sport = :$PORT")"; return 1; }
    sleep 0.05
  done
}
wait_end() { # its unit is stopping: what it still answers is waited for as long as the unit says
  local start=$SECONDS pid left
  pid=$(systemctl show -p MainPID --value "$OLD")
  while [ "$(systemctl show -p ActiveState --value "$OLD")" = deactivating ]; do
    left=$(ss -Htnp state established "sport = :$PORT" | grep -c "pid=$pid,") || true
    progress "draining: $left connections, $((SECONDS - start)) s"
    sleep 0.5
  done
}
