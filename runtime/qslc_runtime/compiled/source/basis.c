/* Steps on basis states: permutations with signs, and rotations about strings of Z, which multiply
 * each row by exp(-i phase). */

#include <string.h>

#include "steps.h"

static void gather(int count, const int32_t *rows, const Lanes *from, Lanes *to) {
  for (int i = 0; i < count; i++)
    to[i] = flip_signs(from[rows[i] & INT32_MAX], (IntLanes){0} + rows[i]);
}

static void scatter(int count, const int32_t *rows, const Lanes *from, Lanes *to) {
  for (int i = 0; i < count; i++)
    to[rows[i] & INT32_MAX] = flip_signs(from[i], (IntLanes){0} + rows[i]);
}

void move_rows(const Plan *plan, const int32_t *rows, int components, State *state,
               State *scratch) {
  gather(1 << plan->bits, rows, state->re, scratch->re);
  if (components == 2) gather(1 << plan->bits, rows, state->im, scratch->im);
  swap_states(state, scratch);
}

void move_rows_back(const Plan *plan, const int32_t *rows, int components, State *state,
                    State *scratch) {
  scatter(1 << plan->bits, rows, state->re, scratch->re);
  if (components == 2) scatter(1 << plan->bits, rows, state->im, scratch->im);
  swap_states(state, scratch);
}

INLINE void rotate(State state, int row, Lanes cosine, Lanes sine) {
  Lanes re = state.re[row], im = state.im[row];
  state.re[row] = re * cosine + im * sine;
  state.im[row] = im * cosine - re * sine;
}

/* The gradient of the phase of a row, behind the rotation. */
INLINE Lanes phase_gradient(const Tile *tile, int row) {
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
  Lanes *rows = tile->scratch.re;
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
  Lanes *gradients = tile->adjoint_scratch.re;
  for (int row = 0; row < 1 << tile->plan->bits; row++) {
    Lanes cosine, sine;
    sines_and_cosines(own[row], &sine, &cosine);
    gradients[row] = phase_gradient(tile, row);
    rotate(tile->state, row, cosine, -sine);
    rotate(tile->adjoint, row, cosine, -sine);
  }
  transform(gradients, tile->plan->bits);
  for (int i = 0; i < step->count; i++)
    tile->angle_gradients[step->terms[i].angle] +=
        0.5f * step->terms[i].factor * gradients[step->terms[i].mask];
}

/* The gradients of LANES rows, summed over the tokens, are one vector. */
static void differentiate_shared(Tile *tile, const Step *step) {
  Lanes *sums = (Lanes *)(tile->phase_gradients + ((size_t)step->place << tile->plan->bits));
  for (int first = 0; first < 1 << tile->plan->bits; first += LANES) {
    Lanes gradients[LANES], sum = {0};
    for (int i = 0; i < LANES; i++) {
      int row = first + i;
      Lanes cosine = broadcast(step->cosine[row]), sine = broadcast(step->sine[row]);
      gradients[i] = phase_gradient(tile, row);
      rotate(tile->state, row, cosine, -sine);
      rotate(tile->adjoint, row, cosine, -sine);
    }
    transpose(gradients);
    for (int i = 0; i < LANES; i++) sum += gradients[i];
    sums[first / LANES] += sum;
  }
}

void differentiate_phase(Tile *tile, const Step *step) {
  if (step->per_token)
    differentiate_own(tile, step);
  else
    differentiate_shared(tile, step);
}

void collect_phase_gradients(Tile *tile, const Step *step) {
  if (step->per_token) return;
  float *gradients = tile->phase_gradients + ((size_t)step->place << tile->plan->bits);
  walsh_hadamard(gradients, tile->plan->bits);
  for (int i = 0; i < step->count; i++)
    tile->angle_gradients[step->terms[i].angle][0] +=
        0.5f * step->terms[i].factor * gradients[step->terms[i].mask];
}
