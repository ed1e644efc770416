# The newest releases by name, which is by time, and whatever serves; then the venvs that none of them names.
cd /etc/litellm
current=$(readlink current)
for release in releases/*; do
  [ "$release" = "$current" ] && continue
  served "${release#releases/}" || rm -rf -- "$release"
done
ls -1d releases/* | sort | head -n "-$KEEP" | { grep -vxF "$current" || true; } | xargs -r rm -rf --
for venv in /opt/litellm/venvs/*; do
  [ -d "$venv" ] || continue
  for release in releases/*; do [ "$(readlink "$release/venv" || true)" != "$venv" ] || continue 2; done
  for process in /proc/[0-9]*; do
    word=
    { IFS= read -r -d '' word < "$process/cmdline"; } 2>/dev/null || true
    case "$word" in "$venv"/*) continue 2 ;; esac
  done
  rm -rf -- "$venv"
done
