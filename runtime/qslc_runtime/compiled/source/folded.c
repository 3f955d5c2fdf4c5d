/* For a few tokens: what counts is to read the matrices from memory once, and in order. */

#include "kernel.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "arena.h"

/* Rows that are read side by side: each visit to a sum adds so many products. */
enum { ROWS = 8 };

static int64_t dim(const Folded *folded, int array, int place) {
  return folded->arrays[array].dims[place];
}

static const float *numbers(const Folded *folded, int array) { return folded->arrays[array].data; }

static int has_shape(const Folded *folded, int array, int rank, const int64_t *dims) {
  const Array *own = &folded->arrays[array];
  return own->rank == rank && !memcmp(own->dims, dims, sizeof *dims * (size_t)rank);
}

int64_t qslc_folded_width(const Folded *folded) {
  static const int ranks[FOLDED_ARRAYS] = {2, 2, 2, 2, 3, 3, 2, 2};
  for (int i = 0; i < FOLDED_ARRAYS; i++)
    if (folded->arrays[i].rank != ranks[i]) return -1;
  int64_t squares = dim(folded, READOUT, 0), observables = dim(folded, READOUT, 1);
  int64_t units = dim(folded, FOLDED_UP, 1), encoded = dim(folded, FOLDED_INPUTS, 1);
  int64_t count = dim(folded, LEFT, 0), a = dim(folded, LEFT, 1), b = dim(folded, RIGHT, 1);
  int fits = count ? a * b == squares && encoded <= squares &&
                         has_shape(folded, ORDER, 2, (int64_t[]){count, squares}) &&
                         has_shape(folded, SIGNS, 2, (int64_t[]){count, squares}) &&
                         has_shape(folded, LEFT, 3, (int64_t[]){count, a, a}) &&
                         has_shape(folded, RIGHT, 3, (int64_t[]){count, b, b})
                   : has_shape(folded, FORMS, 2, (int64_t[]){encoded, squares});
  if (!fits || (units && dim(folded, FOLDED_UP, 0) != observables)) return -1;
  return units ? units : observables;
}

/* sums += x matrix, of ROWS rows. */
static void add_rows(const float *restrict x, const float *restrict matrix, int64_t columns,
                     float *restrict sums) {
  for (int64_t j = 0; j < columns; j++) {
    float sum = 0;
#pragma GCC unroll 8
    for (int k = 0; k < ROWS; k++) sum += x[k] * matrix[k * columns + j];
    sums[j] += sum;
  }
}

static void add_row(float x, const float *restrict row, int64_t columns, float *restrict sums) {
  for (int64_t j = 0; j < columns; j++) sums[j] += x * row[j];
}

/* product (rows, columns) = left (rows, inner) right (inner, columns): all rows of the product take
 * some of the right matrix before more of it is read. */
static void multiply(int64_t rows, int64_t inner, int64_t columns, const float *left,
                     const float *right, float *product) {
  int64_t whole = inner / ROWS * ROWS;
  memset(product, 0, sizeof *product * (size_t)(rows * columns));
  for (int64_t i = 0; i < inner; i += i < whole ? ROWS : 1)
    for (int64_t row = 0; row < rows; row++) {
      const float *x = left + row * inner + i, *matrix = right + i * columns;
      if (i < whole)
        add_rows(x, matrix, columns, product + row * columns);
      else
        add_row(*x, matrix, columns, product + row * columns);
    }
}

/* The state of one vector, one factor after the other; `scratch` is as long. */
static void make_state(const Folded *folded, const float *vector, float *state, float *scratch) {
  int64_t size = dim(folded, READOUT, 0), encoded = dim(folded, FOLDED_INPUTS, 1);
  int64_t a = dim(folded, LEFT, 1), b = dim(folded, RIGHT, 1);
  memcpy(state, vector, sizeof *state * (size_t)encoded);
  memset(state + encoded, 0, sizeof *state * (size_t)(size - encoded));
  for (int64_t factor = 0; factor < dim(folded, LEFT, 0); factor++) {
    const uint32_t *order = (const uint32_t *)folded->arrays[ORDER].data + factor * size;
    const float *signs = numbers(folded, SIGNS) + factor * size;
    for (int64_t i = 0; i < size; i++)
      scratch[i] = order[i] < size ? signs[i] * state[order[i]] : 0;
    multiply(a, b, b, scratch, numbers(folded, RIGHT) + factor * b * b, state);
    multiply(a, a, b, numbers(folded, LEFT) + factor * a * a, state, scratch);
    memcpy(state, scratch, sizeof *state * (size_t)size);
  }
}

static void make_states(const Folded *folded, const float *vectors, float *states, Arena *arena) {
  int64_t tokens = dim(folded, FOLDED_INPUTS, 0), encoded = dim(folded, FOLDED_INPUTS, 1);
  int64_t size = dim(folded, READOUT, 0);
  if (!dim(folded, LEFT, 0)) {
    multiply(tokens, encoded, size, vectors, numbers(folded, FORMS), states);
    return;
  }
  float *scratch = TAKE(arena, float, (size_t)size);
  for (int64_t token = 0; token < tokens; token++)
    make_state(folded, vectors + token * encoded, states + token * size, scratch);
}

static double sum_of_squares(const float *x, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (double)x[i] * x[i];
  return sum;
}

/* The vector by its length. Numbers below the least normal one count as 0; all 0 stays 0. */
static void normalize(const float *x, int64_t count, float *unit) {
  float largest = 0;
  for (int64_t i = 0; i < count; i++) largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
  if (largest < FLT_MIN) largest = INFINITY;
  for (int64_t i = 0; i < count; i++) unit[i] = x[i] / largest;
  double squares = sum_of_squares(unit, count);
  float scale = squares == 0 ? 0 : (float)(1 / sqrt(squares));
  for (int64_t i = 0; i < count; i++) unit[i] *= scale;
}

static const float *read_vectors(const Folded *folded, Arena *arena) {
  int64_t tokens = dim(folded, FOLDED_INPUTS, 0), encoded = dim(folded, FOLDED_INPUTS, 1);
  if (!folded->normalizes) return numbers(folded, FOLDED_INPUTS);
  float *units = TAKE(arena, float, (size_t)(tokens * encoded));
  for (int64_t token = 0; token < tokens; token++)
    normalize(numbers(folded, FOLDED_INPUTS) + token * encoded, encoded, units + token * encoded);
  return units;
}

/* The expectations of a state; in double precision, for there are many squares. */
static void measure_state(const Folded *folded, const float *state, double *values) {
  int64_t squares = dim(folded, READOUT, 0), observables = dim(folded, READOUT, 1);
  const float *row = numbers(folded, READOUT);
  memset(values, 0, sizeof *values * (size_t)observables);
  for (int64_t i = 0; i < squares; i++, row += observables) {
    float square = state[i] * state[i];
    for (int64_t j = 0; j < observables; j++) values[j] += (double)(square * row[j]);
  }
}

static void write_row(const Folded *folded, const double *values, float *output) {
  int64_t observables = dim(folded, READOUT, 1), units = dim(folded, FOLDED_UP, 1);
  memset(output, 0, sizeof *output * (size_t)units);
  for (int64_t i = 0; i < observables; i++) {
    if (units)
      add_row((float)values[i], numbers(folded, FOLDED_UP) + i * units, units, output);
    else
      output[i] = (float)values[i];
  }
}

typedef struct {
  const Folded *folded;
  float *outputs;
} Request;

static void compute_outputs_in(Arena *arena, void *argument) {
  const Folded *folded = ((Request *)argument)->folded;
  float *outputs = ((Request *)argument)->outputs;
  int64_t tokens = dim(folded, FOLDED_INPUTS, 0), squares = dim(folded, READOUT, 0);
  float *states = TAKE(arena, float, (size_t)(tokens * squares));
  double *values = TAKE(arena, double, (size_t)dim(folded, READOUT, 1));
  make_states(folded, read_vectors(folded, arena), states, arena);
  for (int64_t token = 0; token < tokens; token++) {
    measure_state(folded, states + token * squares, values);
    write_row(folded, values, outputs + token * qslc_folded_width(folded));
  }
}

bool qslc_folded(const Folded *folded, float *outputs) {
  return arena_run(compute_outputs_in, &(Request){folded, outputs});
}
