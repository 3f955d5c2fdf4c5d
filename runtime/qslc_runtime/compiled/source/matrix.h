/* The matrix of a circuit: what its gates, which all tokens share, make of each amplitude that
 * tokens have. */

#pragma once

#include <stdbool.h>

#include "plan.h"

/* LANES columns of each row, block by block: (blocks, rows). `im` is null where all is real. */
typedef struct {
  Lanes *re, *im;
} Columns;

typedef struct {
  int columns, blocks;
  Columns by_column;
  Columns by_row; /* LANES rows of each column: (rows / LANES, columns) */
} Matrix;

/* Whether it costs less to make the matrix and multiply so many tokens by it than to apply the
 * gates to each. */
bool prefers_matrix(const Plan *plan, int64_t tokens);

/* Zeros. */
Matrix allocate_matrix(const Plan *plan, Arena *arena);
Columns allocate_columns(const Plan *plan, int blocks, Arena *arena);
