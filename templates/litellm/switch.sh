# The change of a running gateway: the standby is proven, serves while litellm restarts, and goes.
started > "$T/started"
next=$(readlink /etc/litellm/current)
[ "$(readlink /etc/litellm/next)" != "releases/$RELEASE" ] || next=releases/$RELEASE # else only the unit or the like is new
# after an undo that failed the standby may serve alone: litellm first, as it is
if is_up standby; then serve_again; fi
point next "$next"
phase 'starting the standby'
systemctl is-active -q litellm-standby || need_free 4402
restart litellm-standby 4402
phase 'proving the standby'
prove_unit standby litellm-standby
phase 'letting the standby serve'
slot standby ready
wait_up standby
point current "$next"
phase 'draining litellm'
slot litellm drain
wait_drained litellm
phase 'restarting litellm; the standby serves'
restart litellm 4401
phase 'proving litellm'
prove_unit main litellm
phase 'letting litellm serve'
slot litellm ready
wait_up litellm
phase 'stopping the standby'
end_standby
