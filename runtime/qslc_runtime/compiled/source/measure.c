/* Expectations of Pauli strings: sums of products of rows, with the signs of the string.
 *
 * The sums of 16 neighboring rows with all signs are one Walsh-Hadamard transform, whose entries
 * each string adds up with the signs of its higher bits. */

#include <string.h>

#include "products.h"
#include "steps.h"

enum { BITS = 4, ROWS = 1 << BITS };

INLINE void transform(Lanes rows[ROWS]) {
#pragma GCC unroll 4
  for (int bit = 0; bit < BITS; bit++) {
#pragma GCC unroll 16
    for (int i = 0; i < ROWS; i++) {
      if (i >> bit & 1) continue;
      Lanes sum = rows[i] + rows[i | 1 << bit];
      rows[i | 1 << bit] = rows[i] - rows[i | 1 << bit];
      rows[i] = sum;
    }
  }
}

static float find_sign(const Observable *observable, int block) {
  return __builtin_parity((unsigned)(observable->mask >> BITS & block)) ? -observable->sign
                                                                        : observable->sign;
}

/* Each row times the row that the string maps it to. */
INLINE Lanes multiply_rows(const State *state, int components, int odd, int row, int flipped) {
  if (components == 1) return state->re[row] * state->re[flipped];
  if (odd) return state->im[flipped] * state->re[row] - state->re[flipped] * state->im[row];
  return state->re[row] * state->re[flipped] + state->im[row] * state->im[flipped];
}

/* A real state has no expectation of a string with an odd number of Y. */
static int is_zero(const Step *step) { return step->odd && step->components == 1; }

/* Adds the sums of some blocks of rows to the values. */
static void measure_blocks(Tile *tile, const Step *step, int begin, int end) {
  for (int i = 0; i < step->count; i++) tile->sums[i] = (Lanes){0};
  for (int block = begin; block < end; block++) {
    Lanes rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
      int row = block << BITS | i;
      rows[i] = multiply_rows(&tile->state, step->components, step->odd, row, row ^ step->flip);
    }
    transform(rows);
    for (int i = 0; i < step->count; i++) {
      const Observable *observable = &step->observables[i];
      tile->sums[i] += find_sign(observable, block) * rows[observable->mask % ROWS];
    }
  }
  for (int i = 0; i < step->count; i++)
    tile->values[step->observables[i].output] += tile->sums[i];
}

void measure(Tile *tile, const Step *step) {
  int blocks = 1 << (tile->plan->bits - BITS);
  for (int i = 0; i < step->count; i++) tile->values[step->observables[i].output] = (Lanes){0};
  if (is_zero(step)) return;
  for (int begin = 0; begin < blocks; begin += TERMS)
    measure_blocks(tile, step, begin, blocks - begin < TERMS ? blocks : begin + TERMS);
}

static void clear_adjoint(Tile *tile, int components) {
  for (int row = 0; row < 1 << tile->plan->bits; row++) {
    tile->adjoint.re[row] = (Lanes){0};
    if (components == 2) tile->adjoint.im[row] = (Lanes){0};
  }
}

/* The adjoint starts as the gradient of the sum of upstream times expectation. */
void differentiate_measure(Tile *tile, const Step *step, int first) {
  if (first) clear_adjoint(tile, step->components);
  if (is_zero(step)) return;
  for (int block = 0; block < 1 << (tile->plan->bits - BITS); block++) {
    Lanes rows[ROWS] = {{0}};
    for (int i = 0; i < step->count; i++) {
      const Observable *observable = &step->observables[i];
      rows[observable->mask % ROWS] +=
          2 * find_sign(observable, block) * tile->upstream[observable->output];
    }
    transform(rows);
    for (int i = 0; i < ROWS; i++) {
      int row = block << BITS | i, flipped = row ^ step->flip;
      const Lanes *re = tile->state.re, *im = tile->state.im;
      if (step->odd) {
        tile->adjoint.re[row] += rows[i] * im[flipped];
        tile->adjoint.im[row] -= rows[i] * re[flipped];
      } else {
        tile->adjoint.re[row] += rows[i] * re[flipped];
        if (step->components == 2) tile->adjoint.im[row] += rows[i] * im[flipped];
      }
    }
  }
}

/* The outputs of a layer: the expectations, or their linear map `up`. */

static void measure_all(Tile *tile) {
  const Plan *plan = tile->plan;
  for (int i = 1; i < plan->step_count; i++)
    if (plan->steps[i].kind == MEASURE) measure(tile, &plan->steps[i]);
}

void write_outputs(Tile *tile, Array outputs, int count) {
  Lanes square[LANES];
  int observables = tile->plan->outputs;
  measure_all(tile);
  for (int i = 0; i < observables; i++)
    tile->values[i] = select_lanes(tile->finite, tile->values[i], broadcast(NAN));
  if (!tile->up.rows) write_columns(outputs, count, tile->values);
  for (int block = 0; block < tile->up.blocks; block++) {
    memset(square, 0, sizeof square);
    multiply_panel(tile->values, tile->up.rows + block * observables, observables, square);
    write_square(outputs, count, block * LANES, square);
  }
}

/* The gradients of LANES units, a row for each token, add to those of the map and become those
 * of the expectations. */
static void differentiate_map(Tile *tile, int block, Lanes square[LANES]) {
  int observables = tile->plan->outputs, first = block * observables;
  multiply_square(tile->values, observables, square, tile->up_gradients.rows + first);
  transpose(square);
  multiply_square(tile->up.rows + first, observables, square, tile->upstream);
}

/* Tokens that are not finite have no gradient. */
void read_upstream(Tile *tile, Array upstream, int count) {
  Lanes square[LANES];
  int observables = tile->plan->outputs;
  if (!tile->up.rows) {
    read_columns(upstream, count, tile->upstream);
    for (int i = 0; i < observables; i++)
      tile->upstream[i] = select_lanes(tile->finite, tile->upstream[i], (Lanes){0});
    return;
  }
  measure_all(tile);
  memset(tile->upstream, 0, sizeof(Lanes) * (size_t)observables);
  for (int block = 0; block < tile->up.blocks; block++) {
    read_square(upstream, count, block * LANES, square);
    for (int token = 0; token < LANES; token++)
      if (!tile->finite[token]) square[token] = (Lanes){0};
    differentiate_map(tile, block, square);
  }
}
