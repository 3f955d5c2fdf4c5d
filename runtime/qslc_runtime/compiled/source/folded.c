/* What counts is to read the forms from memory once, and in order. */

#include "folded.h"

#include <float.h>
#include <math.h>
#include <string.h>

#include "arena.h"

/* Rows that are read side by side: each visit to a sum adds so many products. */
enum { ROWS = 8 };

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

/* Vectors (tokens, encoded) to states (tokens, squares): all tokens take some rows of the forms
 * before the next are read. */
static void make_states(const Folded *folded, const float *vectors, float *states) {
  int64_t rows = folded->encoded, columns = folded->squares, whole = rows / ROWS * ROWS;
  memset(states, 0, sizeof *states * (size_t)(folded->tokens * columns));
  for (int64_t i = 0; i < rows; i += i < whole ? ROWS : 1)
    for (int64_t token = 0; token < folded->tokens; token++) {
      const float *x = vectors + token * rows + i, *forms = folded->forms + i * columns;
      if (i < whole)
        add_rows(x, forms, columns, states + token * columns);
      else
        add_row(*x, forms, columns, states + token * columns);
    }
}

static double sum_of_squares(const float *x, int64_t count) {
  double sum = 0;
  for (int64_t i = 0; i < count; i++) sum += (double)x[i] * x[i];
  return sum;
}

/* The vector by its length. Numbers below the least normal one count as 0; all 0 stays 0. */
static void normalise(const float *x, int64_t count, float *unit) {
  float largest = 0;
  for (int64_t i = 0; i < count; i++) largest = fabsf(x[i]) > largest ? fabsf(x[i]) : largest;
  if (largest < FLT_MIN) largest = INFINITY;
  for (int64_t i = 0; i < count; i++) unit[i] = x[i] / largest;
  double squares = sum_of_squares(unit, count);
  float scale = squares == 0 ? 0 : (float)(1 / sqrt(squares));
  for (int64_t i = 0; i < count; i++) unit[i] *= scale;
}

/* The expectations of a state; in double precision, for there are many squares. */
static void measure_state(const Folded *folded, const float *state, double *values) {
  const float *row = folded->readout;
  memset(values, 0, sizeof *values * (size_t)folded->observables);
  for (int64_t i = 0; i < folded->squares; i++, row += folded->observables) {
    float square = state[i] * state[i];
    for (int64_t j = 0; j < folded->observables; j++) values[j] += (double)(square * row[j]);
  }
}

static void write_row(const Folded *folded, const double *values, float *output) {
  if (!folded->units) {
    for (int64_t i = 0; i < folded->observables; i++) output[i] = (float)values[i];
    return;
  }
  memset(output, 0, sizeof *output * (size_t)folded->units);
  for (int64_t i = 0; i < folded->observables; i++)
    add_row((float)values[i], folded->up + i * folded->units, folded->units, output);
}

void qslc_folded(const Folded *folded, const float *inputs, float *outputs) {
  Arena arena = {0};
  int64_t encoded = folded->encoded, width = folded->units ? folded->units : folded->observables;
  float *states = TAKE(&arena, float, (size_t)(folded->tokens * folded->squares));
  float *units = TAKE(&arena, float, (size_t)(folded->tokens * encoded));
  double *values = TAKE(&arena, double, (size_t)folded->observables);
  for (int64_t token = 0; folded->normalises && token < folded->tokens; token++)
    normalise(inputs + token * encoded, encoded, units + token * encoded);
  make_states(folded, folded->normalises ? units : inputs, states);
  for (int64_t token = 0; token < folded->tokens; token++) {
    measure_state(folded, states + token * folded->squares, values);
    write_row(folded, values, outputs + token * width);
  }
  arena_free(&arena);
}
