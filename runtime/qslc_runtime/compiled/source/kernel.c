#define _GNU_SOURCE
#include "kernel.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "tile.h"

enum { MAX_THREADS = 64 };

/* Rows of a step that make it worth while to start a thread: about 0.1 ms. */
enum { ROWS_PER_THREAD = 100000 };

/* The tiles of one thread. */
typedef struct {
  const Plan *plan;
  int64_t tokens, begin, end;
  const float *inputs, *upstream;
  float *values, *input_slopes;
  double *theta_slopes; /* null: values are wanted, else gradients */
} Job;

static Lanes *lanes(Arena *arena, int count) {
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

static Tile tile_of(const Plan *plan, int gradients, Arena *arena) {
  Tile tile = {.plan = plan, .state = state_of(plan, arena), .spare = state_of(plan, arena)};
  tile.features = lanes(arena, plan->features);
  tile.angles = lanes(arena, plan->angle_count);
  tile.values = lanes(arena, plan->outputs);
  tile.sums = lanes(arena, plan->outputs);
  evaluate_angles(&tile, 0);
  if (!gradients) return tile;
  size_t phase_bytes = sizeof(float) * (size_t)plan->phase_count << plan->bits;
  tile.adjoint = state_of(plan, arena);
  tile.adjoint_spare = state_of(plan, arena);
  tile.feature_slopes = lanes(arena, plan->features);
  tile.angle_slopes = lanes(arena, plan->angle_count);
  tile.weight_slopes = lanes(arena, plan->weights);
  tile.upstream = lanes(arena, plan->outputs);
  tile.turns = (Lanes(*)[3])lanes(arena, 3 * plan->word_count);
  tile.phase_slopes = memset(TAKE(arena, char, phase_bytes), 0, phase_bytes);
  return tile;
}

static void start(Tile *tile, const Step *step, const float *tokens, int count) {
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

static void simulate(Tile *tile, const float *tokens, int count) {
  const Plan *plan = tile->plan;
  start(tile, &plan->steps[0], tokens, count);
  for (int i = 1; i < plan->step_count; i++)
    apply(tile, &plan->steps[i], plan->steps[i - 1].planes);
}

static void write_values(Tile *tile, float *values, int count) {
  const Plan *plan = tile->plan;
  for (int i = 1; i < plan->step_count; i++)
    if (plan->steps[i].kind == MEASURE) measure(tile, &plan->steps[i]);
  for (int output = 0; output < plan->outputs; output++)
    for (int token = 0; token < count; token++)
      values[token * plan->outputs + output] =
          tile->finite[token] ? tile->values[output][token] : NAN;
}

static void read_upstream(Tile *tile, const float *upstream, int count) {
  for (int output = 0; output < tile->plan->outputs; output++) {
    tile->upstream[output] = (Lanes){0};
    for (int token = 0; token < count; token++)
      if (tile->finite[token])
        tile->upstream[output][token] = upstream[token * tile->plan->outputs + output];
  }
}

static void go_back(Tile *tile, float *slopes, int count) {
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

/* The gradients that all tokens share, from those of words and phases to those of weights. */
static void add_up(Tile *tile, double *theta_slopes) {
  const Plan *plan = tile->plan;
  for (int i = 1; i < plan->step_count; i++) {
    if (plan->steps[i].kind == WORDS) add_turns(tile, &plan->steps[i]);
    if (plan->steps[i].kind == PHASE) add_phase_slopes(tile, &plan->steps[i]);
  }
  differentiate_angles(tile, 0);
  for (int i = 0; i < plan->weights; i++) theta_slopes[i] = sum_of_lanes(tile->weight_slopes[i]);
}

static void *work(void *argument) {
  Job *job = argument;
  const Plan *plan = job->plan;
  Arena arena = {0};
  Tile tile = tile_of(plan, job->theta_slopes != 0, &arena);
  for (int64_t at = job->begin * LANES; at < job->end * LANES && at < job->tokens; at += LANES) {
    int count = job->tokens - at < LANES ? (int)(job->tokens - at) : LANES;
    simulate(&tile, job->inputs + at * plan->features, count);
    if (!job->theta_slopes) {
      write_values(&tile, job->values + at * plan->outputs, count);
      continue;
    }
    read_upstream(&tile, job->upstream + at * plan->outputs, count);
    go_back(&tile, job->input_slopes + at * plan->features, count);
  }
  if (job->theta_slopes) add_up(&tile, job->theta_slopes);
  arena_free(&arena);
  return 0;
}

static int processors(void) {
#ifdef __linux__
  cpu_set_t allowed;
  if (!sched_getaffinity(0, sizeof allowed, &allowed)) return CPU_COUNT(&allowed);
#endif
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

/* As many threads as there is work for. */
static int thread_count(const Plan *plan, int limit, int64_t tiles) {
  double rows = (double)tiles * (plan->word_count + 2 * plan->step_count) * (1 << plan->bits);
  int most = limit > 0 ? limit : processors();
  if (most > MAX_THREADS) most = MAX_THREADS;
  if (most > tiles) most = (int)tiles;
  if (most > rows / ROWS_PER_THREAD) most = (int)(rows / ROWS_PER_THREAD);
  return most > 1 ? most : 1;
}

/* Divides the tiles among threads, of which this one is the first. */
static void run(const Job *all, int limit) {
  int64_t tiles = (all->tokens + LANES - 1) / LANES;
  int threads = thread_count(all->plan, limit, tiles), started[MAX_THREADS] = {0};
  pthread_t thread[MAX_THREADS];
  Job jobs[MAX_THREADS];
  for (int i = 0; i < threads; i++) {
    jobs[i] = *all;
    jobs[i].begin = tiles * i / threads;
    jobs[i].end = tiles * (i + 1) / threads;
    if (all->theta_slopes) jobs[i].theta_slopes += i * all->plan->weights;
  }
  for (int i = 1; i < threads; i++) started[i] = !pthread_create(&thread[i], 0, work, &jobs[i]);
  for (int i = 0; i < threads; i++)
    if (!started[i]) work(&jobs[i]);
  for (int i = 1; i < threads; i++)
    if (started[i]) pthread_join(thread[i], 0);
}

Sizes qslc_sizes(const int32_t *program) {
  return (Sizes){program[1], program[2], program[3]};
}

void qslc_expectations(const int32_t *program, int threads, int64_t tokens, const float *inputs,
                       const float *theta, float *values) {
  Arena arena = {0};
  Plan plan = plan_of(program, theta, &arena);
  run(&(Job){.plan = &plan, .tokens = tokens, .inputs = inputs, .values = values}, threads);
  arena_free(&arena);
}

void qslc_gradients(const int32_t *program, int threads, int64_t tokens, const float *inputs,
                    const float *theta, const float *upstream, float *input_slopes,
                    float *theta_slopes) {
  Arena arena = {0};
  Plan plan = plan_of(program, theta, &arena);
  size_t count = (size_t)MAX_THREADS * (size_t)plan.weights;
  double *sums = TAKE(&arena, double, count);
  memset(sums, 0, sizeof(double) * count);
  run(&(Job){.plan = &plan, .tokens = tokens, .inputs = inputs, .upstream = upstream,
             .input_slopes = input_slopes, .theta_slopes = sums},
      threads);
  for (int i = 0; i < plan.weights; i++) {
    double sum = 0;
    for (int j = 0; j < MAX_THREADS; j++) sum += sums[j * plan.weights + i];
    theta_slopes[i] = (float)sum;
  }
  arena_free(&arena);
}
