# Whether a client may have met a release: its change was not put back, and did not die before it had a record. Only the
# newest records are kept: what is older than all of them is trusted.
served() { # ID
  record=/var/lib/hxllm/records/$1
  if [ -e "$record" ]; then
    ! grep -q '"result":"undone"' "$record"
  else
    oldest=$(ls -1 /var/lib/hxllm/records 2>/dev/null | sort | sed -n 1p) || oldest=
    [ -z "$oldest" ] || [ "$1" \< "$oldest" ]
  fi
}
