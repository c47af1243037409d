#!/bin/bash
# First boot of a parent instance: install nitro-cli, and set cores and memory apart for the enclave.
# Later boots only start the allocator, which systemd does.
set -euo pipefail
dnf install -y aws-nitro-enclaves-cli
cat >/etc/nitro_enclaves/allocator.yaml <<'YAML'
---
memory_mib: @MEMORY_MIB@
cpu_count: @CPUS@
YAML
# Early: huge pages are found while memory is not yet fragmented.
systemctl enable --now nitro-enclaves-allocator.service
