/* Reads what to run. The file is measured, and is refused all the same unless every byte fits. */
#include "process.h"

#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* Linux takes no more than 6 MiB of arguments and environment (fs/exec.c, bprm_stack_limits). */
#define MOST_BYTES (8 << 20)
/* NGROUPS_MAX of Linux. */
#define MOST_GROUPS 65536

struct cursor {
  char *next;
  char *end;
  const char *wrong; /* the first thing that did not fit */
};

static char *string(struct cursor *cursor) {
  static char nothing[1];
  size_t left = (size_t)(cursor->end - cursor->next);
  char *nul = left == 0 ? NULL : memchr(cursor->next, '\0', left);
  if (nul == NULL) {
    if (cursor->wrong == NULL) {
      cursor->wrong = "ends before its last field";
    }
    return nothing;
  }
  char *start = cursor->next;
  cursor->next = nul + 1;
  return start;
}

/* One of a list of words, by its place. */
static int word(struct cursor *cursor, const char *const *words, const char *wrong) {
  const char *given = string(cursor);
  for (int i = 0; words[i] != NULL; i++) {
    if (strcmp(given, words[i]) == 0) {
      return i;
    }
  }
  if (cursor->wrong == NULL) {
    cursor->wrong = wrong;
  }
  return 0;
}

static uint32_t number(struct cursor *cursor, uint32_t most) {
  const char *digits = string(cursor);
  uint64_t value = 0;
  size_t length = strlen(digits);
  bool fits = length > 0 && length <= 10 && (length == 1 || digits[0] != '0');
  for (size_t i = 0; fits && i < length; i++) {
    fits = digits[i] >= '0' && digits[i] <= '9';
    value = value * 10 + (uint64_t)(digits[i] - '0');
  }
  if (!fits || value > most) {
    if (cursor->wrong == NULL) {
      cursor->wrong = "has a number that is none or too large";
    }
    return 0;
  }
  return (uint32_t)value;
}

/* Memory for a list; there are never more items than bytes left. */
static void *list(struct cursor *cursor, size_t count, size_t each) {
  void *items = cursor->wrong == NULL && count <= (size_t)(cursor->end - cursor->next)
      ? calloc(count + 1, each)
      : NULL;
  if (items == NULL && cursor->wrong == NULL) {
    cursor->wrong = "counts more items than it has, or than memory holds";
  }
  return items;
}

static char **strings(struct cursor *cursor) {
  size_t count = number(cursor, MOST_BYTES);
  char **items = list(cursor, count, sizeof *items);
  for (size_t i = 0; items != NULL && i < count; i++) {
    items[i] = string(cursor);
  }
  return items;
}

const char *process_parse(char *bytes, size_t size, struct process *process) {
  /* No user or group has the last number: it stands for "no change" (setresuid(2)). */
  const uint32_t most_id = UINT32_MAX - 1;
  struct cursor cursor = {.next = bytes, .end = bytes + size};
  word(&cursor, (const char *const[]){"treza-process-2", NULL}, "is of no version known here");
  process->heartbeat = (enum heartbeat)word(
      &cursor,
      (const char *const[]){"heartbeat=required", "heartbeat=tolerated", "heartbeat=off", NULL},
      "lacks heartbeat=");
  process->agent =
      word(&cursor, (const char *const[]){"agent=no", "agent=yes", NULL}, "lacks agent=") == 1;
  process->hardened =
      word(&cursor, (const char *const[]){"harden=no", "harden=yes", NULL}, "lacks harden=") == 1;
  process->ingress = strings(&cursor);
  process->egress = strings(&cursor);
  process->uid = number(&cursor, most_id);
  process->gid = number(&cursor, most_id);
  process->group_count = number(&cursor, MOST_GROUPS);
  process->groups = list(&cursor, process->group_count, sizeof *process->groups);
  for (size_t i = 0; cursor.wrong == NULL && i < process->group_count; i++) {
    process->groups[i] = number(&cursor, most_id);
  }
  process->directory = string(&cursor);
  process->writable = strings(&cursor);
  process->arguments = strings(&cursor);
  process->environment = strings(&cursor);
  if (cursor.wrong != NULL) {
    return cursor.wrong;
  } else if (cursor.next != cursor.end) {
    return "goes on after its last field";
  } else if (process->arguments[0] == NULL) {
    return "has no command";
  } else if (process->directory[0] != '/') {
    return "has a directory that is not absolute";
  }
  for (char **path = process->writable; *path != NULL; path++) {
    if (**path != '/') {
      return "has a writable directory that is not absolute";
    }
  }
  return NULL;
}

static const char *read_all(int file, struct process *process) {
  struct stat status;
  if (fstat(file, &status) != 0) {
    return strerror(errno);
  } else if (status.st_size > MOST_BYTES) {
    return "is larger than 8 MiB";
  }
  size_t size = (size_t)status.st_size;
  char *bytes = malloc(size + 1);
  if (bytes == NULL) {
    return strerror(errno);
  }
  for (size_t got = 0; got < size;) {
    ssize_t count = read(file, bytes + got, size - got);
    if (count <= 0) {
      const char *wrong = count < 0 ? strerror(errno) : "became shorter";
      free(bytes);
      return wrong;
    }
    got += (size_t)count;
  }
  return process_parse(bytes, size, process);
}

const char *process_read(const char *path, struct process *process) {
  int file = open(path, O_RDONLY | O_CLOEXEC);
  if (file < 0) {
    /* The kernel says little when the ramdisk does not fit, and leaves out the rest. */
    return errno == ENOENT ? "is missing: is there enough memory for the ramdisks?"
                           : strerror(errno);
  }
  const char *wrong = read_all(file, process);
  close(file);
  return wrong;
}
