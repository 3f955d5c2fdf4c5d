/* Expectations of Pauli strings: sums of products of rows, with the signs of the string.
 *
 * The sums of 16 neighbouring rows with all signs are one Walsh-Hadamard transform, whose entries
 * each string adds up with the signs of its higher bits. */

#include "tile.h"

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

static float sign(const Observable *observable, int block) {
  return __builtin_parity((unsigned)(observable->mask >> BITS & block)) ? -observable->sign
                                                                        : observable->sign;
}

/* Each row times the row that the string maps it to. */
INLINE Lanes product(const State *state, int planes, int odd, int row, int flipped) {
  if (planes == 1) return state->re[row] * state->re[flipped];
  if (odd) return state->im[flipped] * state->re[row] - state->re[flipped] * state->im[row];
  return state->re[row] * state->re[flipped] + state->im[row] * state->im[flipped];
}

/* A real state has no expectation of a string with an odd number of Y. */
static int is_zero(const Step *step) { return step->odd && step->planes == 1; }

/* Adds the sums of some blocks of rows to the values. */
static void measure_blocks(Tile *tile, const Step *step, int begin, int end) {
  for (int i = 0; i < step->count; i++) tile->sums[i] = (Lanes){0};
  for (int block = begin; block < end; block++) {
    Lanes rows[ROWS];
    for (int i = 0; i < ROWS; i++) {
      int row = block << BITS | i;
      rows[i] = product(&tile->state, step->planes, step->odd, row, row ^ step->flip);
    }
    transform(rows);
    for (int i = 0; i < step->count; i++) {
      const Observable *observable = &step->observables[i];
      tile->sums[i] += sign(observable, block) * rows[observable->mask % ROWS];
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

static void clear_adjoint(Tile *tile, int planes) {
  for (int row = 0; row < 1 << tile->plan->bits; row++) {
    tile->adjoint.re[row] = (Lanes){0};
    if (planes == 2) tile->adjoint.im[row] = (Lanes){0};
  }
}

/* The adjoint starts as the gradient of the sum of upstream times expectation. */
void differentiate_measure(Tile *tile, const Step *step, int first) {
  if (first) clear_adjoint(tile, step->planes);
  if (is_zero(step)) return;
  for (int block = 0; block < 1 << (tile->plan->bits - BITS); block++) {
    Lanes rows[ROWS] = {{0}};
    for (int i = 0; i < step->count; i++) {
      const Observable *observable = &step->observables[i];
      rows[observable->mask % ROWS] +=
          2 * sign(observable, block) * tile->upstream[observable->output];
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
        if (step->planes == 2) tile->adjoint.im[row] += rows[i] * im[flipped];
      }
    }
  }
}
