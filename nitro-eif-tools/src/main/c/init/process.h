/* The measured file that says what to run and how: docs/enclave-init.md has it byte for byte. */
#ifndef TREZA_PROCESS_H
#define TREZA_PROCESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

enum heartbeat { HEARTBEAT_REQUIRED, HEARTBEAT_TOLERATED, HEARTBEAT_OFF };

struct process {
  enum heartbeat heartbeat;
  bool agent;    /* whether the attestation agent is started */
  bool hardened; /* no capabilities, no new privileges, read-only root */
  char **ingress; /* ports; the last is NULL, as with all lists of text below */
  char **egress;  /* hosts with ports */
  uid_t uid;
  gid_t gid;
  size_t group_count;
  gid_t *groups;
  char *directory;
  char **writable;
  char **arguments;
  char **environment;
};

/*
 * Reads a file whole into memory that is kept. Returns NULL, or what is wrong.
 */
const char *process_read(const char *path, struct process *process);

/* Takes the bytes apart, which must outlive what is made of them. Returns NULL, or what is wrong. */
const char *process_parse(char *bytes, size_t size, struct process *process);

#endif
