#include "arena.h"

#include <stdio.h>
#include <stdlib.h>

enum { ALIGNMENT = 64 };

struct Piece {
  Piece *previous;
};

void *arena_take(Arena *arena, size_t count, size_t bytes) {
  size_t size = (count * bytes + 2 * ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
  Piece *piece = aligned_alloc(ALIGNMENT, size);
  if (!piece) {
    fprintf(stderr, "qslc: no memory for %zu bytes\n", size);
    abort();
  }
  piece->previous = arena->last;
  arena->last = piece;
  return (char *)piece + ALIGNMENT;
}

void arena_free(Arena *arena) {
  while (arena->last) {
    Piece *piece = arena->last;
    arena->last = piece->previous;
    free(piece);
  }
}
