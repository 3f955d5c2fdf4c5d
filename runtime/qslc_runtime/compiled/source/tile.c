#include "tile.h"

#include <string.h>

Lanes *lanes(Arena *arena, int count) {
  Lanes *rows = TAKE(arena, Lanes, count);
  memset(rows, 0, sizeof(Lanes) * (size_t)count);
  return rows;
}

static State state_of(const Plan *plan, Arena *arena) {
  int planes = plan->steps[plan->step_count - 1].planes;
  size_t rows = (size_t)1 << plan->bits;
  State state = {TAKE(arena, Lanes, rows), 0};
  state.im = TAKE(arena, Lanes, planes == 2 ? rows : 2);
  return state;
}

Tile tile_of(const Plan *plan, Map up, Arena *arena) {
  Tile tile = {.plan = plan, .up = up};
  tile.state = state_of(plan, arena);
  tile.spare = state_of(plan, arena);
  tile.features = lanes(arena, plan->features);
  tile.angles = lanes(arena, plan->angle_count);
  tile.values = lanes(arena, plan->outputs);
  tile.sums = lanes(arena, plan->outputs);
  evaluate_angles(&tile, 0);
  return tile;
}

void take_slopes(Tile *tile, Map up_slopes, Arena *arena) {
  const Plan *plan = tile->plan;
  size_t phase_bytes = sizeof(float) * (size_t)plan->phase_count << plan->bits;
  tile->up_slopes = up_slopes;
  tile->adjoint = state_of(plan, arena);
  tile->adjoint_spare = state_of(plan, arena);
  tile->feature_slopes = lanes(arena, plan->features);
  tile->angle_slopes = lanes(arena, plan->angle_count);
  tile->weight_slopes = lanes(arena, plan->weights);
  tile->upstream = lanes(arena, plan->outputs);
  tile->turns = (Lanes(*)[3])lanes(arena, 3 * plan->word_count);
  tile->phase_slopes = memset(TAKE(arena, char, phase_bytes), 0, phase_bytes);
}

static void start(Tile *tile, const Step *step, Matrix tokens, int count) {
  if (step->kind == AMPLITUDES) {
    load_amplitudes(tile, step->bias, tokens, count);
    return;
  }
  load_features(tile, tokens, count);
  evaluate_angles(tile, 1);
  make_product(tile, step);
}

static void apply(Tile *tile, const Step *step, int planes_before) {
  if (step->planes > planes_before)
    memset(tile->state.im, 0, sizeof(Lanes) << tile->plan->bits);
  switch (step->kind) {
    case WORDS: apply_words(tile, step); break;
    case PERMUTE:
      move_rows(tile->plan, step->rows, step->planes, &tile->state, &tile->spare);
      break;
    case PHASE: apply_phase(tile, step); break;
    default: break;
  }
}

static void differentiate(Tile *tile, const Step *step) {
  switch (step->kind) {
    case WORDS: differentiate_words(tile, step); break;
    case PERMUTE:
      move_rows_back(tile->plan, step->rows, step->planes, &tile->state, &tile->spare);
      move_rows_back(tile->plan, step->rows, step->planes, &tile->adjoint, &tile->adjoint_spare);
      break;
    case PHASE: differentiate_phase(tile, step); break;
    default: break;
  }
}

void simulate(Tile *tile, Matrix tokens, int count) {
  const Plan *plan = tile->plan;
  start(tile, &plan->steps[0], tokens, count);
  for (int i = 1; i < plan->step_count; i++)
    apply(tile, &plan->steps[i], plan->steps[i - 1].planes);
}

void go_back(Tile *tile, Matrix slopes, int count) {
  const Plan *plan = tile->plan;
  const Step *first = &plan->steps[0];
  int measured = 0;
  for (int i = 1; i < plan->step_count; i++)
    if (plan->steps[i].kind == MEASURE) differentiate_measure(tile, &plan->steps[i], !measured++);
  for (int i = plan->step_count - 1; i > 0; i--) differentiate(tile, &plan->steps[i]);
  if (first->kind == AMPLITUDES) {
    store_amplitude_slopes(tile, first->bias, slopes, count);
    return;
  }
  memset(tile->feature_slopes, 0, sizeof(Lanes) * (size_t)plan->features);
  differentiate_product(tile, first);
  differentiate_angles(tile, 1);
  store_feature_slopes(tile, slopes, count);
}

void add_up(Tile *tile, double *theta_slopes) {
  const Plan *plan = tile->plan;
  for (int i = 1; i < plan->step_count; i++) {
    if (plan->steps[i].kind == WORDS) add_turns(tile, &plan->steps[i]);
    if (plan->steps[i].kind == PHASE) add_phase_slopes(tile, &plan->steps[i]);
  }
  differentiate_angles(tile, 0);
  for (int i = 0; i < plan->weights; i++) theta_slopes[i] = sum_of_lanes(tile->weight_slopes[i]);
}
