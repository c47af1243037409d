/* The file system that the application sees. */
#ifndef TREZA_ROOT_H
#define TREZA_ROOT_H

#include "process.h"

/* Mounts /dev, unless the ramdisk has a console in it, and takes the console for all output. */
void open_console(void);

/* Makes /rootfs the root, mounts what programs expect in it, and hardens it if asked to. */
void enter_root(const struct process *process);

#endif
