# shellcheck shell=bash
# Job: what the examples' `start` share: exchanges and hosts that are started, awaited, asked, ended.
# Use: source it, then `begin`. $work is a directory that is gone at the end, and so is all that was
#      started; $pitwall the program, by $PITWALL or from $PATH.

pitwall="${PITWALL:-pitwall}"
work=""
declare -A started=()

say() { printf '%s\n' "$*"; }
headline() { printf '\n== %s\n' "$*"; }
fail() {
  printf 'FAILED: %s\n' "$*" >&2
  exit 1
}

# expect TEXT WANTED: what an example claims is looked at, not believed.
expect() { [[ "$1" == *"$2"* ]] || fail "expected '$2' in: $1"; }

# await COMMAND…: until it succeeds.
await() {
  local patience=$((SECONDS + 30))
  until "$@"; do
    [ "$SECONDS" -lt "$patience" ] || fail "waited in vain for: $*"
    sleep 0.05
  done
}

begin() {
  command -v "$pitwall" >/dev/null || fail "there is no '$pitwall'; \$PITWALL may name it"
  umask 077
  work="$(mktemp -d)"
  trap end_all EXIT
  trap 'exit 130' INT TERM HUP
}

alive() { [ -n "${started[$1]:-}" ] && kill -0 "${started[$1]}" 2>/dev/null; }

# end NAME [SIGNAL]: and waits for it.
end() {
  [ -n "${started[$1]:-}" ] || return 0
  kill -"${2:-TERM}" "${started[$1]}" 2>/dev/null || true
  kill -CONT "${started[$1]}" 2>/dev/null || true  # One that was stopped has to hear of it.
  wait "${started[$1]}" 2>/dev/null || true
  unset "started[$1]"
}

end_all() {
  local name
  # Hosts before their exchanges, so that they drain.
  for name in $(printf '%s\n' "${!started[@]}" | sort -r); do end "$name"; done
  [ -z "$work" ] || rm -rf "$work"
}

# run NAME COMMAND…: in the background, its output in $work/NAME.log; ready where it says so.
run() {
  local name="$1"
  shift
  : >"$work/$name.log"
  # Where this script is killed, it ends as well.
  setpriv --pdeathsig TERM "$@" >"$work/$name.log" 2>&1 </dev/null &
  started[$name]=$!
  until grep -q '^ready:' "$work/$name.log"; do
    alive "$name" || {
      cat "$work/$name.log" >&2
      fail "the $name did not start"
    }
    sleep 0.05
  done
}

# address NAME: where it listens.
address() { sed -n 's/^listening //p' "$work/$1.log" | head -n 1; }

# ask METHOD URL [BODY]: the answer's body; as simple as a request can be, so that nothing is needed
# but this shell.
ask() {
  local rest="${2#http://}" body="${3:-}" to answer
  to="${rest%%/*}"
  exec 7<>"/dev/tcp/${to%:*}/${to##*:}"
  printf '%s /%s HTTP/1.1\r\nHost: %s\r\nConnection: close\r\nContent-Length: %d\r\n\r\n%s' \
    "$1" "${rest#*/}" "$to" "${#body}" "$body" >&7
  answer="$(cat <&7)"
  exec 7>&-
  printf '%s\n' "${answer#*$'\r\n\r\n'}"
}

# execute WORKFLOW: runs it once on the host, and answers with its result.
execute() { ask POST "$(address host)/api/v1/workflows/$1/executions?wait=20"; }

# field NAME: of the JSON object on standard input, the first member of that name.
field() { sed -n "s/.*\"$1\":\"\\{0,1\\}\\([^\",}]*\\).*/\\1/p;q"; }

# shown ARGUMENTS…: a command about the host as one would type it, and what it says.
shown() {
  local word line='$ pitwall'
  for word; do
    case "$word" in *' '*) line+=" \"$word\"" ;; *) line+=" $word" ;; esac
  done
  say "$line"
  "$pitwall" "$@" --data-dir "$work/host"
}
