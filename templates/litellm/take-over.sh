# A gateway that hxllm did not install gives way: its successor is proven beside it as the standby, HAProxy gets the port.
point next "releases/$ID"
phase 'starting the standby'
need_free 4402
restart litellm-standby 4402
phase 'proving the standby'
prove_unit standby litellm-standby
phase "$OLD gives way to HAProxy"
# it stops to listen at once, and ends when all that it was asked is answered
systemctl stop --no-block "$OLD"
wait_until 60 is_free
systemctl restart haproxy
slot litellm maint
slot standby ready
wait_up standby
phase "waiting for what $OLD still answers; the standby serves"
wait_end
systemctl stop "$OLD"
point current "releases/$ID"
phase 'starting litellm; the standby serves'
systemctl enable -q litellm
restart litellm 4401
phase 'proving litellm'
prove_unit main litellm
phase 'letting litellm serve'
slot litellm ready
wait_up litellm
phase 'stopping the standby'
end_standby
