#include "tile.h"

#include <string.h>

Lanes *allocate_lanes(Arena *arena, int count) {
  Lanes *rows = TAKE(arena, Lanes, count);
  memset(rows, 0, sizeof(Lanes) * (size_t)count);
  return rows;
}

static State allocate_state(const Plan *plan, Arena *arena) {
  int components = plan->steps[plan->step_count - 1].components;
  size_t rows = (size_t)1 << plan->bits;
  State state = {TAKE(arena, Lanes, rows), 0};
  state.im = TAKE(arena, Lanes, components == 2 ? rows : 2);
  return state;
}

Tile make_tile(const Plan *plan, const Matrix *matrix, Map up, Arena *arena) {
  Tile tile = {.plan = plan, .matrix = matrix, .up = up};
  tile.state = allocate_state(plan, arena);
  tile.scratch = allocate_state(plan, arena);
  if (matrix) tile.amplitudes = allocate_lanes(arena, matrix->blocks * LANES);
  tile.features = allocate_lanes(arena, plan->features);
  tile.angles = allocate_lanes(arena, plan->angle_count);
  tile.values = allocate_lanes(arena, plan->outputs);
  tile.sums = allocate_lanes(arena, plan->outputs);
  evaluate_angles(&tile, 0);
  return tile;
}

void allocate_gradients(Tile *tile, Map up_gradients, Arena *arena) {
  const Plan *plan = tile->plan;
  size_t phase_bytes = sizeof(float) * (size_t)plan->phase_count << plan->bits;
  tile->up_gradients = up_gradients;
  tile->adjoint = allocate_state(plan, arena);
  tile->adjoint_scratch = allocate_state(plan, arena);
  tile->feature_gradients = allocate_lanes(arena, plan->features);
  tile->angle_gradients = allocate_lanes(arena, plan->angle_count);
  tile->weight_gradients = allocate_lanes(arena, plan->weights);
  tile->upstream = allocate_lanes(arena, plan->outputs);
  tile->rotation_gradients = (Lanes(*)[3])allocate_lanes(arena, 3 * plan->gates_count);
  tile->phase_gradients = memset(TAKE(arena, char, phase_bytes), 0, phase_bytes);
}

/* Angles as polynomials of weights and features. */

static Lanes read_symbol(const Tile *tile, int place) {
  int weights = tile->plan->weights;
  return place < weights ? broadcast(tile->plan->theta[place]) : tile->features[place - weights];
}

static Lanes *find_symbol_gradient(Tile *tile, int place) {
  int weights = tile->plan->weights;
  return place < weights ? &tile->weight_gradients[place]
                         : &tile->feature_gradients[place - weights];
}

/* The product of a monomial's symbols but for one. */
static Lanes multiply_without(const Tile *tile, const Monomial *monomial, int without) {
  Lanes product = broadcast(monomial->coefficient);
  for (int i = 0; i < monomial->count; i++)
    if (i != without) product *= read_symbol(tile, monomial->symbols[i]);
  return product;
}

void evaluate_angles(Tile *tile, int per_token) {
  for (int i = 0; i < tile->plan->angle_count; i++) {
    const Angle *angle = &tile->plan->angles[i];
    if (angle->per_token != per_token) continue;
    tile->angles[i] = (Lanes){0};
    for (int j = 0; j < angle->count; j++)
      tile->angles[i] += multiply_without(tile, &angle->monomials[j], -1);
  }
}

void differentiate_angles(Tile *tile, int per_token) {
  for (int i = 0; i < tile->plan->angle_count; i++) {
    const Angle *angle = &tile->plan->angles[i];
    if (angle->per_token != per_token) continue;
    for (int j = 0; j < angle->count; j++)
      for (int k = 0; k < angle->monomials[j].count; k++)
        *find_symbol_gradient(tile, angle->monomials[j].symbols[k]) +=
            tile->angle_gradients[i] * multiply_without(tile, &angle->monomials[j], k);
    tile->angle_gradients[i] = (Lanes){0};
  }
}
