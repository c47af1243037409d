/* Programs of this project that run beside the application, and end the enclave if they end. */
#ifndef TREZA_SERVICE_H
#define TREZA_SERVICE_H

#include "process.h"

struct service {
  const char *name; /* and its file's, in the first ramdisk */
  int program;      /* a descriptor, or -1 if it is not to run */
  pid_t pid;        /* once it is started; else 0 */
};

/* Opens the program, which enter_root hides. */
void service_open(struct service *service, bool wanted);

/* Both start a program that was opened, and wait until it answers. */
void start_agent(struct service *service, const struct process *process);
void start_forwarder(struct service *service, const struct process *process);

#endif
