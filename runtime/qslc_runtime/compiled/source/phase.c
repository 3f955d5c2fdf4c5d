/* Rotations about strings of Z: each row times exp(-i phase). */

#include <string.h>

#include "tile.h"

INLINE void rotate(State state, int row, Lanes cosine, Lanes sine) {
  Lanes re = state.re[row], im = state.im[row];
  state.re[row] = re * cosine + im * sine;
  state.im[row] = im * cosine - re * sine;
}

/* The gradient of the phase of a row, behind the rotation. */
INLINE Lanes slope(const Tile *tile, int row) {
  return tile->adjoint.re[row] * tile->state.im[row] - tile->adjoint.im[row] * tile->state.re[row];
}

/* In place: row i becomes the sum of all rows j, minus where i & j has an odd number of bits. */
static void transform(Lanes *rows, int bits) {
  for (int stride = 1; stride < 1 << bits; stride *= 2)
    for (int row = 0; row < 1 << bits; row += 2 * stride)
      for (int i = row; i < row + stride; i++) {
        Lanes sum = rows[i] + rows[i + stride];
        rows[i + stride] = rows[i] - rows[i + stride];
        rows[i] = sum;
      }
}

/* The phase of each row: half the angles, each with the sign of its string. */
static Lanes *phases(const Tile *tile, const Step *step) {
  Lanes *rows = tile->spare.re;
  memset(rows, 0, sizeof(Lanes) << tile->plan->bits);
  for (int i = 0; i < step->count; i++)
    rows[step->terms[i].mask] += 0.5f * step->terms[i].factor * tile->angles[step->terms[i].angle];
  transform(rows, tile->plan->bits);
  return rows;
}

void apply_phase(Tile *tile, const Step *step) {
  const Lanes *own = step->per_token ? phases(tile, step) : 0;
  for (int row = 0; row < 1 << tile->plan->bits; row++) {
    Lanes cosine, sine;
    if (own)
      sines_and_cosines(own[row], &sine, &cosine);
    else
      cosine = broadcast(step->cosine[row]), sine = broadcast(step->sine[row]);
    rotate(tile->state, row, cosine, sine);
  }
}

static void differentiate_own(Tile *tile, const Step *step) {
  const Lanes *own = phases(tile, step);
  Lanes *slopes = tile->adjoint_spare.re;
  for (int row = 0; row < 1 << tile->plan->bits; row++) {
    Lanes cosine, sine;
    sines_and_cosines(own[row], &sine, &cosine);
    slopes[row] = slope(tile, row);
    rotate(tile->state, row, cosine, -sine);
    rotate(tile->adjoint, row, cosine, -sine);
  }
  transform(slopes, tile->plan->bits);
  for (int i = 0; i < step->count; i++)
    tile->angle_slopes[step->terms[i].angle] +=
        0.5f * step->terms[i].factor * slopes[step->terms[i].mask];
}

/* The gradients of LANES rows, summed over the tokens, are one vector. */
static void differentiate_shared(Tile *tile, const Step *step) {
  Lanes *sums = (Lanes *)(tile->phase_slopes + ((size_t)step->place << tile->plan->bits));
  for (int first = 0; first < 1 << tile->plan->bits; first += LANES) {
    Lanes slopes[LANES], sum = {0};
    for (int i = 0; i < LANES; i++) {
      int row = first + i;
      Lanes cosine = broadcast(step->cosine[row]), sine = broadcast(step->sine[row]);
      slopes[i] = slope(tile, row);
      rotate(tile->state, row, cosine, -sine);
      rotate(tile->adjoint, row, cosine, -sine);
    }
    transpose(slopes);
    for (int i = 0; i < LANES; i++) sum += slopes[i];
    sums[first / LANES] += sum;
  }
}

void differentiate_phase(Tile *tile, const Step *step) {
  if (step->per_token)
    differentiate_own(tile, step);
  else
    differentiate_shared(tile, step);
}

void add_phase_slopes(Tile *tile, const Step *step) {
  if (step->per_token) return;
  float *slopes = tile->phase_slopes + ((size_t)step->place << tile->plan->bits);
  walsh_hadamard(slopes, tile->plan->bits);
  for (int i = 0; i < step->count; i++)
    tile->angle_slopes[step->terms[i].angle][0] +=
        0.5f * step->terms[i].factor * slopes[step->terms[i].mask];
}
