/* Memory of one call: taken piece by piece, given back at once. */

#pragma once

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>

typedef struct Piece Piece;

typedef struct {
  Piece *last;
  jmp_buf no_memory;
} Arena;

/* Runs `body` with memory to take, and gives it back. False: there was not enough, and `body` was
 * left where it took the piece that could not be had. */
bool arena_run(void (*body)(Arena *arena, void *argument), void *argument);

/* Bytes aligned for vectors, not cleared. Does not return if there is no memory: see arena_run. */
void *arena_take(Arena *arena, size_t count, size_t bytes);

/* Leaves the body as if there were no memory. */
_Noreturn void arena_fail(Arena *arena);

#define TAKE(arena, type, count) ((type *)arena_take(arena, count, sizeof(type)))
