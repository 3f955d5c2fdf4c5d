#include "arena.h"

#include <stdlib.h>

enum { ALIGNMENT = 64 };

struct Piece {
  Piece *previous;
};

/* Its bytes with room for the piece's head, rounded up; 0 if no memory can hold as many. */
static size_t size_of(size_t count, size_t bytes) {
  size_t size;
  if (__builtin_mul_overflow(count, bytes, &size)) return 0;
  if (__builtin_add_overflow(size, 2 * ALIGNMENT - 1, &size)) return 0;
  return size / ALIGNMENT * ALIGNMENT;
}

void arena_fail(Arena *arena) { longjmp(arena->no_memory, 1); }

void *arena_take(Arena *arena, size_t count, size_t bytes) {
  size_t size = size_of(count, bytes);
  Piece *piece = size ? aligned_alloc(ALIGNMENT, size) : 0;
  if (!piece) arena_fail(arena);
  piece->previous = arena->last;
  arena->last = piece;
  return (char *)piece + ALIGNMENT;
}

static void free_pieces(Arena *arena) {
  while (arena->last) {
    Piece *piece = arena->last;
    arena->last = piece->previous;
    free(piece);
  }
}

/* The arena is the caller's: what is local here would be lost by the jump. */
static bool attempt(Arena *arena, void (*body)(Arena *, void *), void *argument) {
  if (setjmp(arena->no_memory)) return false;
  body(arena, argument);
  return true;
}

bool arena_run(void (*body)(Arena *arena, void *argument), void *argument) {
  Arena arena = {.last = 0};
  bool done = attempt(&arena, body, argument);
  free_pieces(&arena);
  return done;
}
