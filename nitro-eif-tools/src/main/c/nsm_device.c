/* The NSM's device, which carries one request and its response in one ioctl. */
#include "nsm.h"

#include <errno.h>
#include <fcntl.h>

int nsm_open(void) { return open("/dev/nsm", O_RDWR | O_CLOEXEC); }

ssize_t nsm_exchange(int nsm, struct bytes request, uint8_t *response) {
  struct nsm_raw message = {
      .request = (uintptr_t)request.at,
      .request_length = request.length,
      .response = (uintptr_t)response,
      .response_length = NSM_RESPONSE_MAX,
  };
  int outcome;
  do {
    outcome = ioctl(nsm, NSM_IOCTL_RAW, &message);
  } while (outcome < 0 && errno == EINTR);
  if (outcome < 0) {
    return -1;
  }
  if (message.response_length > NSM_RESPONSE_MAX) {
    errno = EMSGSIZE;
    return -1;
  }
  return (ssize_t)message.response_length;
}
