#!/bin/sh
# What a parent instance can be told to do about its one enclave. Systems Manager has checked every
# parameter against this document's patterns: none has a character that means anything to a shell.
set -eu
umask 077
enclave='{{ enclave }}'
directory="${TREZA_PARENT_DIRECTORY:-/var/lib/treza}"
eif="$directory/$enclave.eif"
mkdir -p "$directory"

fail() {
  echo "treza: $1" >&2
  exit 1
}

# One command at a time: a command whose answer was lost may still run when it is repeated.
alone() {
  exec 9>"$directory/lock"
  flock 9
}

matches() {
  [ -f "$1" ] && echo '{{ digest }}  '"$1" | sha256sum --check --status
}

listed() {
  nitro-cli describe-enclaves | grep -q "\"EnclaveName\" *: *\"$enclave\""
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
  if ! matches "$eif"; then
    aws s3api get-object --region '{{ region }}' --bucket '{{ bucket }}' --key '{{ key }}' \
      "$eif.part" >/dev/null || fail 'the enclave image could not be fetched'
    matches "$eif.part" || fail 'the enclave image in the bucket is not the one that was built'
    mv "$eif.part" "$eif"
  fi
  nitro-cli describe-eif --eif-path "$eif"
  ;;
run)
  alone
  matches "$eif" || fail 'the enclave image on the instance is not the one that was built'
  debug=
  [ '{{ debug }}' = no ] || debug=--debug-mode
  # The enclave's process stays behind this command, and would hold the lock for as long as it runs.
  listed || nitro-cli run-enclave --eif-path "$eif" --enclave-name "$enclave" \
    --cpu-count '{{ cpus }}' --memory '{{ memory }}' $debug >/dev/null 9>&-
  nitro-cli describe-enclaves
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
terminate)
  alone
  ! listed || nitro-cli terminate-enclave --enclave-name "$enclave"
  ;;
esac
