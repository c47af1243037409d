/*
 * Tells apart what execve(2) calls by one name: "No such file" is said of a file that is there when
 * its loader or interpreter is not. Runs in the application's process, with the user's rights.
 */
#include "exec_failure.h"

#include <elf.h>
#include <errno.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#if defined(__x86_64__)
#define MACHINE EM_X86_64
#define MACHINE_NAME "x86_64"
#elif defined(__aarch64__)
#define MACHINE EM_AARCH64
#define MACHINE_NAME "aarch64"
#else
#error "Nitro Enclaves run on x86_64 and aarch64"
#endif

/* A file's first bytes, with a NUL after them; as many as Linux looks at (BINPRM_BUF_SIZE). */
struct head {
  char bytes[257];
  size_t size;
};

static struct head head_of(int file) {
  struct head head = {.size = 0};
  ssize_t got = pread(file, head.bytes, sizeof head.bytes - 1, 0);
  head.size = got < 0 ? 0 : (size_t)got;
  return head;
}

/* The name after "#!", or NULL. */
static char *interpreter(struct head *head) {
  if (head->size < 3 || memcmp(head->bytes, "#!", 2) != 0) {
    return NULL;
  }
  char *name = head->bytes + 2 + strspn(head->bytes + 2, " \t");
  name[strcspn(name, " \t\n")] = '\0';
  return name;
}

/* The name of the loader that a program asks for, or NULL. */
static char *loader(int file, const Elf64_Ehdr *elf, char *name, size_t size) {
  for (int i = 0; i < elf->e_phnum; i++) {
    Elf64_Phdr part;
    off_t place = (off_t)(elf->e_phoff + (uint64_t)i * elf->e_phentsize);
    if (pread(file, &part, sizeof part, place) != (ssize_t)sizeof part) {
      return NULL;
    } else if (part.p_type == PT_INTERP) {
      size_t length = part.p_filesz < size ? (size_t)part.p_filesz : size - 1;
      ssize_t got = pread(file, name, length, (off_t)part.p_offset);
      name[got < 0 ? 0 : got] = '\0';
      return name;
    }
  }
  return NULL;
}

static const char *machine(int number, char *text, size_t size) {
  switch (number) {
    case EM_X86_64:
      return "x86_64";
    case EM_AARCH64:
      return "aarch64";
    default:
      snprintf(text, size, "the machine with ELF number %d", number);
      return text;
  }
}

/* Looks into the file itself; returns whether that explains it. */
static int explain_content(int file, const char *name, int error, char *why, size_t size) {
  struct head head = head_of(file);
  char *script = interpreter(&head);
  if (script != NULL && (error == ENOENT || error == EACCES)) {
    snprintf(why, size, "%s: its interpreter %s: %s", name, script, strerror(error));
    return 1;
  }
  Elf64_Ehdr elf;
  if (head.size >= sizeof elf && memcmp(head.bytes, ELFMAG, SELFMAG) == 0) {
    memcpy(&elf, head.bytes, sizeof elf);
    char text[256];
    if (elf.e_machine != MACHINE) {
      snprintf(why, size, "%s: is for %s, and the enclave runs on " MACHINE_NAME, name,
               machine(elf.e_machine, text, sizeof text));
      return 1;
    }
    const char *needed = loader(file, &elf, text, sizeof text);
    if (needed != NULL && error == ENOENT) {
      snprintf(why, size, "%s: its loader %s: %s", name, needed, strerror(error));
      return 1;
    }
  } else if (error == ENOEXEC && script == NULL) {
    snprintf(why, size, "%s: is neither an ELF program nor a script that begins with #!", name);
    return 1;
  }
  return 0;
}

void explain_exec_failure(const char *name, int error, char *why, size_t size) {
  struct stat status;
  snprintf(why, size, "%s: %s", name, strerror(error));
  if (stat(name, &status) != 0) {
    return;
  } else if (S_ISDIR(status.st_mode)) {
    snprintf(why, size, "%s: is a directory", name);
  } else if (error == EACCES && (status.st_mode & 0111) == 0) {
    snprintf(why, size, "%s: nobody may run it (mode %04o)", name, status.st_mode & 07777);
  } else if (error == EACCES && access(name, X_OK) != 0) {
    snprintf(why, size, "%s: user %u may not run it (mode %04o, owner %u:%u)", name, getuid(),
             status.st_mode & 07777, status.st_uid, status.st_gid);
  } else {
    int file = open(name, O_RDONLY | O_CLOEXEC);
    if (file >= 0) {
      explain_content(file, name, error, why, size);
      close(file);
    }
  }
}
