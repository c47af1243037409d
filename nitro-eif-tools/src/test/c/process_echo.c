/*
 * Reads files as init reads /process, many in a row, and writes back what it understood.
 *
 * Standard input: a length in four bytes, big-endian, and as many bytes, until the end. Standard
 * output, for each, in the same form: the fields again if it was accepted, else what is wrong.
 */
#include "../../main/c/init/process.h"

#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static FILE *out;

static void field(const char *text) { fwrite(text, 1, strlen(text) + 1, out); }

static void number(size_t value) { fprintf(out, "%zu%c", value, '\0'); }

static void list(char *const *items) {
  size_t count = 0;
  while (items[count] != NULL) {
    count++;
  }
  number(count);
  for (size_t i = 0; i < count; i++) {
    field(items[i]);
  }
}

static void write_again(const struct process *process) {
  static const char *const heartbeats[] = {
      "heartbeat=required", "heartbeat=tolerated", "heartbeat=off"};
  field("treza-process-2");
  field(heartbeats[process->heartbeat]);
  field(process->agent ? "agent=yes" : "agent=no");
  field(process->hardened ? "harden=yes" : "harden=no");
  list(process->ingress);
  list(process->egress);
  number(process->uid);
  number(process->gid);
  number(process->group_count);
  for (size_t i = 0; i < process->group_count; i++) {
    number(process->groups[i]);
  }
  field(process->directory);
  list(process->writable);
  list(process->arguments);
  list(process->environment);
}

int main(void) {
  for (unsigned char head[4]; fread(head, 1, 4, stdin) == 4;) {
    size_t size = (size_t)head[0] << 24 | (size_t)head[1] << 16 | (size_t)head[2] << 8 | head[3];
    /* Of just this size, so that a sanitizer sees a read past the end. */
    char *bytes = malloc(size);
    if (bytes == NULL || fread(bytes, 1, size, stdin) != size) {
      return 2;
    }
    struct process process;
    const char *wrong = process_parse(bytes, size, &process);
    char *answer;
    size_t length;
    out = open_memstream(&answer, &length);
    if (wrong == NULL) {
      write_again(&process);
    } else {
      fputs(wrong, out);
    }
    fclose(out);
    const unsigned char answer_head[4] = {
        (unsigned char)(length >> 24), (unsigned char)(length >> 16), (unsigned char)(length >> 8),
        (unsigned char)length};
    fwrite(answer_head, 1, 4, stdout);
    fwrite(answer, 1, length, stdout);
    free(answer);
    free(bytes);
  }
  return 0;
}
