#!/bin/sh
# What a parent instance can be told to do about its one enclave. Systems Manager has checked every
# parameter against this document's patterns: none has a character that means anything to a shell.
set -eu
umask 077
enclave='{{ enclave }}'
sent='{{ program }}'
ports='{{ ports }}'
hosts='{{ hosts }}'
directory="${TREZA_PARENT_DIRECTORY:-/var/lib/treza}"
eif="$directory/$enclave.eif"
mkdir -p "$directory/bin"
# The program that carries the channels has a user of its own, who must find it.
program="$directory/bin/parent"
chmod 711 "$directory" "$directory/bin"

fail() {
  echo "treza: $1" >&2
  exit 1
}

# One command at a time: a command whose answer was lost may still run when it is repeated.
alone() {
  exec 9>"$directory/lock"
  flock 9
}

# matches FILE SHA256
matches() {
  [ -f "$1" ] && echo "$2  $1" | sha256sum --check --status
}

# fetch FILE SHA256 KEY WHAT
fetch() {
  ! matches "$1" "$2" || return 0
  aws s3api get-object --region '{{ region }}' --bucket '{{ bucket }}' --key "$3" "$1.part" \
    >/dev/null || fail "$4 could not be fetched"
  matches "$1.part" "$2" || fail "$4 in the bucket is not the one that was built"
  mv "$1.part" "$1"
}

listed() {
  nitro-cli describe-enclaves | grep -q "\"EnclaveName\" *: *\"$enclave\""
}

# ends NAME: the last of what is read, on one line
ends() {
  text="$(tail -c 600 | tr -c '[:print:]' ' ')"
  [ -z "$text" ] || echo "treza: $1 ends: $text" >&2
}

# What nitro-cli and, in debug mode, the enclave wrote last.
trouble() {
  log="$(ls -t "${TREZA_NITRO_LOGS:-/var/log/nitro_enclaves}"/err*.log 2>/dev/null | head -n 1)"
  [ -z "$log" ] || ends "${log##*/}" <"$log"
  # The console ends with the enclave.
  for _ in $(seq 10); do
    systemctl is-active --quiet treza-console.service || break
    sleep 0.5
  done
  cat "$directory"/console.* 2>/dev/null | ends console
}

# Ended with the enclave, and not started again.
stop_units() {
  systemctl stop treza-channels.service treza-console.service 2>/dev/null || :
}

# channels CID
channels() {
  set -f -- --cid "$1"
  wanted=0
  [ "$ports" = none ] || for port in $(echo "$ports" | tr , ' '); do
    set -- "$@" --ingress "0.0.0.0:$port=$port"
    wanted=$((wanted + 1))
  done
  [ "$hosts" = none ] || for host in $(echo "$hosts" | tr , ' '); do
    # *.example.com is written .example.com, for an asterisk means something to a shell.
    case "$host" in .*) host="*$host" ;; esac
    set -- "$@" --allow "$host"
  done
  set +f
  systemd-run --quiet --collect --unit=treza-channels \
    --property=DynamicUser=yes --property=StandardOutput="truncate:$directory/listens" \
    --property=Restart=on-failure --property=RestartSec=1 --property=StartLimitIntervalSec=0 \
    --property=LimitNOFILE=1048576 --property=AmbientCapabilities=CAP_NET_BIND_SERVICE \
    --property=CapabilityBoundingSet=CAP_NET_BIND_SERVICE --property=NoNewPrivileges=yes \
    --property='RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX AF_VSOCK' \
    --property=SystemCallArchitectures=native --property=RestrictNamespaces=yes \
    --property=MemoryDenyWriteExecute=yes --property=LockPersonality=yes \
    --property=ProtectSystem=strict --property=ProtectHome=yes --property=PrivateDevices=yes \
    --property=ProtectProc=invisible --property=ProtectClock=yes --property=ProtectHostname=yes \
    --property=ProtectKernelTunables=yes --property=ProtectKernelModules=yes \
    --property=ProtectKernelLogs=yes --property=ProtectControlGroups=yes \
    "$program" "$@" 9>&-
  # It prints a line for each port once all of them listen.
  for _ in $(seq 20); do
    sleep 0.5
    [ "$(cat "$directory/listens" 2>/dev/null | wc -l)" -lt "$wanted" ] ||
      ! systemctl is-active --quiet treza-channels.service || return 0
  done
  said="$(journalctl --unit=treza-channels --no-pager --output=cat --lines=3 | tr '\n' ' ')"
  systemctl stop treza-channels.service || :
  fail "the enclave's channels do not open: $said"
}

# In parts of at most a mebibyte, of which the last four are kept. dd writes down at once what it reads.
# What systemd takes for its own variables has braces; there are none.
console() {
  rm -f "$directory"/console.*
  systemd-run --quiet --collect --unit=treza-console sh -c '
    nitro-cli console --enclave-name "$1" | {
      part=0
      while dd bs=4096 count=256 of="$2.$part" 2>/dev/null && [ -s "$2.$part" ]; do
        part=$((part + 1))
        rm -f "$2.$((part - 4))"
      done
      rm -f "$2.$part"
    }' console "$enclave" "$directory/console" 9>&-
}

case '{{ operation }}' in
fetch)
  alone
  # 2 is success with warnings, from cloud-init 23.4 on.
  cloud-init status --wait >/dev/null || [ $? -eq 2 ] ||
    fail "user data failed: $(tail -n 5 /var/log/cloud-init-output.log | tr '\n' ' ')"
  command -v nitro-cli >/dev/null || fail 'user data did not install nitro-cli'
  systemctl is-active --quiet nitro-enclaves-allocator.service ||
    fail 'the allocator set no memory and cores apart'
  key='{{ key }}'
  fetch "$eif" '{{ digest }}' "$key" 'the enclave image'
  if [ "$sent" != none ]; then
    fetch "$program" "$sent" "${key%/*}/$sent.parent" 'the parent program'
    chmod 755 "$program"
  fi
  nitro-cli describe-eif --eif-path "$eif"
  ;;
run)
  alone
  matches "$eif" '{{ digest }}' || fail 'the enclave image on the instance is not the one that was built'
  debug=
  [ '{{ debug }}' = no ] || debug=--debug-mode
  if ! listed; then
    stop_units
    # The enclave's process stays behind this command, and would hold the lock for as long as it runs.
    nitro-cli run-enclave --eif-path "$eif" --enclave-name "$enclave" \
      --cpu-count '{{ cpus }}' --memory '{{ memory }}' $debug >/dev/null 9>&- || {
      trouble
      exit 1
    }
    [ -z "$debug" ] || console
  fi
  enclaves="$(nitro-cli describe-enclaves)"
  cid="$(echo "$enclaves" | python3 -c 'import json, sys
print(*[e["EnclaveCID"] for e in json.load(sys.stdin) if e.get("EnclaveName") == sys.argv[1]])
' "$enclave")"
  if [ -z "$cid" ]; then
    trouble
    fail 'nitro-cli started the enclave, and then does not list it: it ended at once'
  fi
  if [ "$sent" != none ]; then
    matches "$program" "$sent" ||
      fail 'the parent program on the instance is not the one that was sent'
    systemctl is-active --quiet treza-channels.service || channels "$cid"
  fi
  echo "$enclaves"
  ;;
describe)
  nitro-cli describe-enclaves
  ;;
evidence)
  # The agent's protocol is in docs/enclave-init.md; the answer is judged by whoever asked.
  python3 - "$enclave" '{{ nonce }}' <<'PYTHON'
import base64, json, socket, subprocess, sys

enclave, nonce = sys.argv[1], bytes.fromhex(sys.argv[2])
enclaves = json.loads(subprocess.check_output(["nitro-cli", "describe-enclaves"]))
cids = [e["EnclaveCID"] for e in enclaves if e.get("EnclaveName") == enclave]
if len(cids) != 1:
    sys.exit("treza: no such enclave runs")
with socket.socket(socket.AF_VSOCK, socket.SOCK_STREAM) as agent:
    agent.settimeout(20)
    agent.connect((cids[0], 9001))
    agent.sendall(b"TZA1" + len(nonce).to_bytes(2, "big") + nonce.ljust(512, b"\0"))
    answer = b""
    wanted = 10
    while len(answer) < wanted:
        some = agent.recv(wanted - len(answer))
        if not some:
            break
        answer += some
        if len(answer) == 10:
            wanted += min(int.from_bytes(answer[6:10], "big"), 0x3000)
print(base64.b64encode(answer).decode())
PYTHON
  ;;
logs)
  # FROM is a part's number and a place in it; the answer is the next one, and what lies between.
  from='{{ from }}'
  part="${from%-*}"
  place="${from#*-}"
  kept="$(ls "$directory" | sed -n 's/^console\.//p' | sort -n)"
  oldest="$(echo "$kept" | head -n 1)"
  if [ -n "$oldest" ] && [ "$part" -lt "$oldest" ]; then
    part="$oldest"
    place=0
  fi
  size="$(cat "$directory/console.$part" 2>/dev/null | wc -c)"
  if [ "$place" -ge "$size" ] && [ -e "$directory/console.$((part + 1))" ]; then
    part=$((part + 1))
    place=0
    size="$(wc -c <"$directory/console.$part")"
  fi
  length=$((size - place))
  [ "$length" -ge 0 ] || length=0
  [ "$length" -le 15000 ] || length=15000
  echo "$part-$((place + length))"
  [ "$length" -eq 0 ] || tail -c "+$((place + 1))" "$directory/console.$part" | head -c "$length" | base64 -w 0
  ;;
terminate)
  alone
  stop_units
  ! listed || nitro-cli terminate-enclave --enclave-name "$enclave"
  ;;
esac
