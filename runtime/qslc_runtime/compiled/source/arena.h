/* Memory of one call: taken piece by piece, given back at once. */

#ifndef QSLC_ARENA_H
#define QSLC_ARENA_H

#include <stddef.h>

typedef struct Piece Piece;

typedef struct {
  Piece *last;
} Arena;

/* Bytes aligned for vectors, not cleared. Ends the process if there is no memory. */
void *arena_take(Arena *arena, size_t count, size_t bytes);

void arena_free(Arena *arena);

#define TAKE(arena, type, count) ((type *)arena_take(arena, count, sizeof(type)))

#endif
