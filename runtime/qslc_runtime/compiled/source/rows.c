/* Gates that move rows and turn their signs. */

#include "tile.h"

static void gather(int count, const int32_t *rows, const Lanes *from, Lanes *to) {
  for (int i = 0; i < count; i++)
    to[i] = turned(from[rows[i] & INT32_MAX], (IntLanes){0} + rows[i]);
}

static void scatter(int count, const int32_t *rows, const Lanes *from, Lanes *to) {
  for (int i = 0; i < count; i++)
    to[rows[i] & INT32_MAX] = turned(from[i], (IntLanes){0} + rows[i]);
}

void move_rows(const Plan *plan, const int32_t *rows, int planes, State *state, State *spare) {
  gather(1 << plan->bits, rows, state->re, spare->re);
  if (planes == 2) gather(1 << plan->bits, rows, state->im, spare->im);
  swap_states(state, spare);
}

void move_rows_back(const Plan *plan, const int32_t *rows, int planes, State *state,
                    State *spare) {
  scatter(1 << plan->bits, rows, state->re, spare->re);
  if (planes == 2) scatter(1 << plan->bits, rows, state->im, spare->im);
  swap_states(state, spare);
}
