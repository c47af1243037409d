/* The console: lines with a fixed prefix, so that whoever reads it can tell who speaks. */
#include "log.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/reboot.h>
#include <termios.h>
#include <unistd.h>

#define PREFIX "treza-init: "
#define MOST 512

/* Names come from the image, and none may look like another line or move the cursor. */
static void line(const char *what, const char *format, va_list arguments) {
  char text[MOST];
  /* Every byte may take four. */
  char shown[sizeof PREFIX + MOST * 4 + 1] = PREFIX;
  size_t used = strlen(shown);
  int start = snprintf(text, sizeof text, "%s", what);
  vsnprintf(text + start, sizeof text - (size_t)start, format, arguments);
  for (const char *c = text; *c != '\0'; c++) {
    unsigned char byte = (unsigned char)*c;
    if (byte < 0x20 || byte == 0x7f) {
      used += (size_t)snprintf(shown + used, 5, "\\x%02x", byte);
    } else {
      shown[used++] = *c;
    }
  }
  shown[used++] = '\n';
  /* One write, so that no other process's text comes between. */
  if (write(STDERR_FILENO, shown, used) < 0) {
    return;
  }
}

void say(const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  line("", format, arguments);
  va_end(arguments);
}

void fail(const char *what, const char *format, ...) {
  char start[MOST / 2];
  snprintf(start, sizeof start, "FAILED: %s: ", what);
  va_list arguments;
  va_start(arguments, format);
  line(start, format, arguments);
  va_end(arguments);
  power_off();
}

void power_off(void) {
  tcdrain(STDERR_FILENO);
  /* As AWS's init ends. A machine without ACPI has no power to turn off, but starts anew, which
     the hypervisor takes as the end. */
  reboot(RB_AUTOBOOT);
  for (;;) {
    pause();
  }
}
