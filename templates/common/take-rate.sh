links=/run/systemd/units
usec() { systemd-analyze timespan "$(systemctl show -P LogRateLimitIntervalUSec "$unit")" | sed -n 's/^ *[^ ]*s: \([0-9]*\)$/\1/p'; }
if systemctl is-active -q "$unit"; then
  span=$(usec) lines=$(systemctl show -P LogRateLimitBurst "$unit")
  if [ "${span:-0}" -gt 0 ]; then
    ln -sfnT "$span" "$links/log-rate-limit-interval:$unit"
    ln -sfnT "$lines" "$links/log-rate-limit-burst:$unit"
  else
    rm -f "$links/log-rate-limit-interval:$unit" "$links/log-rate-limit-burst:$unit"
  fi
fi
