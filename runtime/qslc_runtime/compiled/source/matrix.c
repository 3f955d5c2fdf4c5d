/* Tokens times the matrix of a circuit, by squares of LANES by LANES numbers. */

#include "matrix.h"

#include "products.h"
#include "steps.h"

/* What a step, or a column of the matrix, costs a row of the state forward: instructions that
 * multiply or add vectors. Backward takes about three times as many of either. Where the counts are
 * equal, both take the same time within a quarter: 5 to 11 qubits, real and complex, AMD Zen 4. */
enum { REAL_GATE = 2, COMPLEX_GATE = 8, SHARED_PHASE = 4, MOVE = 1, COLUMN = 1 };

/* Numbers of the largest matrix, 4 MiB: larger ones do not stay in the caches. */
static const int64_t LARGEST = 1 << 20;

static int count_operations(const Step *step) {
  switch (step->kind) {
    case GATES: return step->count * (step->components == 2 ? COMPLEX_GATE : REAL_GATE);
    case PHASE: return SHARED_PHASE;
    case PERMUTE:
    case PARITY: return MOVE;
    case AMPLITUDES:
    case PRODUCT:
    case MEASURE: return 0; /* the same either way */
  }
  return 0;
}

bool prefers_matrix(const Plan *plan, int64_t tokens) {
  int64_t gates = 0, amplitudes = count_amplitudes(plan);
  int64_t columns = amplitudes * plan->steps[plan->step_count - 1].components * COLUMN;
  if (plan->steps[0].kind != AMPLITUDES || columns << plan->bits > LARGEST) return false;
  for (int i = 1; i < plan->step_count; i++) {
    if (plan->steps[i].per_token) return false;
    gates += count_operations(&plan->steps[i]);
  }
  /* The gates act on the unit vectors of the amplitudes, where they do not act on the tokens. */
  return tokens * columns + amplitudes * gates < tokens * gates;
}

static Columns allocate_parts(const Plan *plan, int count, Arena *arena) {
  Columns columns = {allocate_lanes(arena, count), 0};
  if (plan->steps[plan->step_count - 1].components == 2) columns.im = allocate_lanes(arena, count);
  return columns;
}

Columns allocate_columns(const Plan *plan, int blocks, Arena *arena) {
  return allocate_parts(plan, blocks << plan->bits, arena);
}

Matrix allocate_matrix(const Plan *plan, Arena *arena) {
  int columns = count_amplitudes(plan), blocks = (columns + LANES - 1) / LANES;
  return (Matrix){
      .columns = columns,
      .blocks = blocks,
      .by_column = allocate_columns(plan, blocks, arena),
      .by_row = allocate_parts(plan, (columns << plan->bits) / LANES, arena),
  };
}

/* The rows of a state as LANES columns of a matrix, and transposed. */
static void store_rows(const Tile *tile, const Matrix *matrix, int block, const Lanes *rows,
                       Lanes *by_column, Lanes *by_row) {
  int all = 1 << tile->plan->bits, first = block * LANES;
  memcpy(by_column + block * all, rows, sizeof(Lanes) * (size_t)all);
  for (int row = 0; row < all; row += LANES) {
    Lanes square[LANES], *columns = by_row + row / LANES * matrix->columns + first;
    memcpy(square, rows + row, sizeof square);
    transpose(square);
    for (int i = 0; i < LANES && first + i < matrix->columns; i++) columns[i] = square[i];
  }
}

void store_columns(const Tile *tile, Matrix *matrix, int block) {
  store_rows(tile, matrix, block, tile->state.re, matrix->by_column.re, matrix->by_row.re);
  if (matrix->by_row.im)
    store_rows(tile, matrix, block, tile->state.im, matrix->by_column.im, matrix->by_row.im);
}

void load_columns(Tile *tile, Columns gradients, int block) {
  Columns columns = tile->matrix->by_column;
  size_t first = (size_t)block << tile->plan->bits, bytes = sizeof(Lanes) << tile->plan->bits;
  memcpy(tile->state.re, columns.re + first, bytes);
  memcpy(tile->adjoint.re, gradients.re + first, bytes);
  if (!columns.im) return;
  memcpy(tile->state.im, columns.im + first, bytes);
  memcpy(tile->adjoint.im, gradients.im + first, bytes);
}

static void apply_part(const Tile *tile, const Lanes *by_row, Lanes *rows) {
  int all = 1 << tile->plan->bits, columns = tile->matrix->columns;
  memset(rows, 0, sizeof(Lanes) * (size_t)all);
  for (int row = 0; row < all; row += LANES)
    multiply_panel(by_row + row / LANES * columns, tile->amplitudes, columns, rows + row);
}

void apply_matrix(Tile *tile) {
  apply_part(tile, tile->matrix->by_row.re, tile->state.re);
  if (tile->matrix->by_row.im) apply_part(tile, tile->matrix->by_row.im, tile->state.im);
}

/* The gradients of the matrix, and the adjoint of the amplitudes, from the real or the imaginary
 * parts of the adjoint of the state. */
static void differentiate_part(Tile *tile, const Lanes *by_column, const Lanes *adjoint,
                               Lanes *gradients) {
  int all = 1 << tile->plan->bits;
  for (int block = 0; block < tile->matrix->blocks; block++) {
    Lanes square[LANES];
    memcpy(square, tile->amplitudes + block * LANES, sizeof square);
    transpose(square);
    multiply_square(adjoint, all, square, gradients + block * all);
    multiply_panel(by_column + block * all, adjoint, all,
                   tile->adjoint_scratch.re + block * LANES);
  }
}

void differentiate_matrix(Tile *tile) {
  Columns columns = tile->matrix->by_column, gradients = tile->matrix_gradients;
  int rows = tile->matrix->blocks * LANES;
  memset(tile->adjoint_scratch.re, 0, sizeof(Lanes) * (size_t)rows);
  differentiate_part(tile, columns.re, tile->adjoint.re, gradients.re);
  if (columns.im) differentiate_part(tile, columns.im, tile->adjoint.im, gradients.im);
}
