/* AWS's heartbeat: one byte to the parent instance and the same byte back. */
#include "heartbeat.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include "log.h"
#include "../vsock.h"

/* aws-nitro-enclaves-sdk-bootstrap, init/init.c */
#define PORT 9000
#define BYTE 0xb7

/* Returns NULL, or what is wrong. */
static const char *exchange(int peer) {
  /* A parent that accepts and says nothing must not hold the enclave up for ever. */
  const struct timeval patience = {.tv_sec = 10};
  const struct sockaddr_vm address = {
      .svm_family = AF_VSOCK, .svm_port = PORT, .svm_cid = VSOCK_CID_PARENT};
  unsigned char byte = BYTE;
  setsockopt(peer, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
  if (connect(peer, (const struct sockaddr *)&address, sizeof address) != 0
      || send(peer, &byte, 1, MSG_NOSIGNAL) != 1) {
    return strerror(errno);
  }
  ssize_t got = recv(peer, &byte, 1, 0);
  if (got < 0) {
    return strerror(errno);
  }
  return got == 1 && byte == BYTE ? NULL : "the parent did not answer with the byte 0xb7";
}

static const char *beat(void) {
  int peer = socket(AF_VSOCK, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (peer < 0) {
    return strerror(errno);
  }
  const char *wrong = exchange(peer);
  close(peer);
  return wrong;
}

void send_heartbeat(enum heartbeat kind) {
  const char *wrong = NULL;
  if (kind == HEARTBEAT_REQUIRED) {
    wrong = beat();
    if (wrong != NULL) {
      fail("heartbeat", "vsock %d:%d: %s", VSOCK_CID_PARENT, PORT, wrong);
    }
  } else if (kind == HEARTBEAT_TOLERATED && fork() == 0) {
    /* Beside the boot, which a parent that is not there then does not delay. */
    wrong = beat();
    if (wrong != NULL) {
      say("no heartbeat, which is tolerated: vsock %d:%d: %s", VSOCK_CID_PARENT, PORT, wrong);
    }
    _exit(0);
  }
}
