/*
 * usage: address_kinds
 * Reads addresses, one a line, and prints the kind of each, by its name in io.treza.platform's
 * AddressKind.
 */
#include "../../main/c/parent/address.h"

#include <stdio.h>
#include <string.h>

int main(void) {
  static const char *const names[] = {"PUBLIC", "PRIVATE", "LOCAL", "NONE"};
  char line[ENDPOINT_TEXT_MAX];
  while (fgets(line, sizeof line, stdin) != NULL) {
    struct address address;
    line[strcspn(line, "\n")] = '\0';
    puts(address_read(line, &address) ? names[address_kind(&address)] : "not an address");
  }
  return 0;
}
