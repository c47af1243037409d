/* Kernel modules. */
#ifndef TREZA_MODULES_H
#define TREZA_MODULES_H

/* Loads what /modules_load_order names, if it is there, and frees the memory the files take. */
void load_modules(void);

#endif
