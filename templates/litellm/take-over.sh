# A gateway that hxllm did not install gives way: its successor is proven beside it as the standby, HAProxy gets the port.
point next "releases/$ID"
phase 'letting HAProxy reach the backends'
# without the port that is not ours yet: its successor asks the backends through HAProxy
cp -p /etc/haproxy/haproxy.cfg /etc/haproxy/haproxy.cfg.hxllm-new
sed -i '/^frontend litellm$/,/^    bind /s/^    bind /    # bind /' /etc/haproxy/haproxy.cfg
systemctl restart haproxy
phase 'starting the standby'
need_free 4402
restart litellm-standby 4402
phase 'proving the standby'
prove_unit standby litellm-standby
slot litellm maint
slot standby ready
wait_up standby
phase "$OLD gives way to HAProxy"
mv -fT /etc/haproxy/haproxy.cfg.hxllm-new /etc/haproxy/haproxy.cfg
# it stops to listen at once, and ends when all that it was asked is answered
systemctl stop --no-block "$OLD"
wait_until 60 is_free
systemctl reload haproxy
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
