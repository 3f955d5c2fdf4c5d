/* Steps on basis states: permutations with signs, and rotations about strings of Z, which multiply
 * each row by exp(-i phase). */

#include <string.h>

#include "steps.h"

static void move(int count, const int32_t *rows, int back, const Lanes *from, Lanes *to) {
  for (int i = 0; i < count; i++) {
    IntLanes signs = (IntLanes){0} + rows[i];
    if (back)
      to[rows[i] & INT32_MAX] = flip_signs(from[i], signs);
    else
      to[i] = flip_signs(from[rows[i] & INT32_MAX], signs);
  }
}

void move_rows(const Plan *plan, const Step *step, int back, State *state, State *scratch) {
  move(1 << plan->bits, step->rows, back, state->re, scratch->re);
  if (step->components == 2) move(1 << plan->bits, step->rows, back, state->im, scratch->im);
  swap_states(state, scratch);
}

INLINE void rotate(State state, int row, Lanes cosine, Lanes sine) {
  Lanes re = state.re[row], im = state.im[row];
  state.re[row] = re * cosine + im * sine;
  state.im[row] = im * cosine - re * sine;
}

/* The gradient of the phase of a row, behind the rotation. */
INLINE Lanes differentiate_row(const Tile *tile, int row) {
  return tile->adjoint.re[row] * tile->state.im[row] - tile->adjoint.im[row] * tile->state.re[row];
}

/* The phase of each row: half the angles, each with the sign of its string. */
static Lanes *compute_phases(const Tile *tile, const Step *step) {
  Lanes *rows = tile->scratch.re;
  memset(rows, 0, sizeof(Lanes) << tile->plan->bits);
  for (int i = 0; i < step->count; i++)
    rows[step->terms[i].mask] += 0.5f * step->terms[i].factor * tile->angles[step->terms[i].angle];
  WALSH_HADAMARD(rows, tile->plan->bits)
  return rows;
}

void apply_phase(Tile *tile, const Step *step) {
  const Lanes *own = step->per_token ? compute_phases(tile, step) : 0;
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
  const Lanes *own = compute_phases(tile, step);
  Lanes *gradients = tile->adjoint_scratch.re;
  for (int row = 0; row < 1 << tile->plan->bits; row++) {
    Lanes cosine, sine;
    sines_and_cosines(own[row], &sine, &cosine);
    gradients[row] = differentiate_row(tile, row);
    rotate(tile->state, row, cosine, -sine);
    rotate(tile->adjoint, row, cosine, -sine);
  }
  WALSH_HADAMARD(gradients, tile->plan->bits)
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
      gradients[i] = differentiate_row(tile, row);
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
  WALSH_HADAMARD(gradients, tile->plan->bits)
  for (int i = 0; i < step->count; i++)
    tile->angle_gradients[step->terms[i].angle][0] +=
        0.5f * step->terms[i].factor * gradients[step->terms[i].mask];
}
