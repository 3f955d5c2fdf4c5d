#define _GNU_SOURCE
#include "kernel.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "steps.h"

enum { MAX_THREADS = 64 };

/* Rows of a step that make it worth while to start a thread: about 0.1 ms. */
enum { ROWS_PER_THREAD = 100000 };

/* What all threads share. */
typedef struct {
  const Layer *layer;
  Array outputs;          /* or, where gradients are wanted, the upstream */
  const Array *gradients; /* null: outputs are wanted */
  const Plan *plan;
  Map up;
} Call;

/* The tiles of one thread. */
typedef struct {
  const Call *call;
  int64_t begin, end;
  double *theta_gradients;
  Map up_gradients;
  bool done; /* false: there was no memory for a tile */
} Job;

static void start(Tile *tile, const Step *step, Array tokens, int count) {
  if (step->kind == AMPLITUDES) {
    load_amplitudes(tile, step->bias, tokens, count);
    return;
  }
  load_features(tile, tokens, count, tile->features);
  evaluate_angles(tile, 1);
  make_product(tile, step);
}

/* A step forward, or backward on the state and its adjoint. */
static void take_step(Tile *tile, const Step *step, int back) {
  switch (step->kind) {
    case GATES: (back ? differentiate_gates : apply_gates)(tile, step); break;
    case PERMUTE:
      move_rows(tile->plan, step, back, &tile->state, &tile->scratch);
      if (back) move_rows(tile->plan, step, back, &tile->adjoint, &tile->adjoint_scratch);
      break;
    case PHASE: (back ? differentiate_phase : apply_phase)(tile, step); break;
    case MEASURE: break; /* at the end, by write_outputs; or before all others, by run_backward */
    case AMPLITUDES:
    case PRODUCT:
    case PARITY: __builtin_trap(); /* only first, or read as PERMUTE */
  }
}

/* Tokens to the state at the end. */
static void run_forward(Tile *tile, Array tokens, int count) {
  const Plan *plan = tile->plan;
  start(tile, &plan->steps[0], tokens, count);
  for (int i = 1; i < plan->step_count; i++) {
    if (plan->steps[i].components > plan->steps[i - 1].components)
      memset(tile->state.im, 0, sizeof(Lanes) << plan->bits);
    take_step(tile, &plan->steps[i], 0);
  }
}

/* From the gradients of the expectations back to those of the tokens. */
static void run_backward(Tile *tile, Array gradients, int count) {
  const Plan *plan = tile->plan;
  const Step *first = &plan->steps[0];
  int measured = 0;
  for (int i = 1; i < plan->step_count; i++)
    if (plan->steps[i].kind == MEASURE) differentiate_measure(tile, &plan->steps[i], !measured++);
  for (int i = plan->step_count - 1; i > 0; i--) take_step(tile, &plan->steps[i], 1);
  if (first->kind == AMPLITUDES) {
    store_amplitude_gradients(tile, first->bias, gradients, count);
    return;
  }
  memset(tile->feature_gradients, 0, sizeof(Lanes) * (size_t)plan->features);
  differentiate_product(tile, first);
  differentiate_angles(tile, 1);
  write_columns(gradients, count, tile->feature_gradients);
}

/* The gradients of the weights: of gates and phases over all tiles, through the angles. */
static void sum_gradients(Tile *tile, double *theta_gradients) {
  const Plan *plan = tile->plan;
  for (int i = 1; i < plan->step_count; i++) {
    if (plan->steps[i].kind == GATES) collect_gate_gradients(tile, &plan->steps[i]);
    if (plan->steps[i].kind == PHASE) collect_phase_gradients(tile, &plan->steps[i]);
  }
  differentiate_angles(tile, 0);
  for (int i = 0; i < plan->weights; i++)
    theta_gradients[i] = sum_of_lanes(tile->weight_gradients[i]);
}

static void simulate_tiles(Arena *arena, void *argument) {
  Job *job = argument;
  const Call *call = job->call;
  Array inputs = call->layer->arrays[INPUTS];
  int64_t tokens = inputs.dims[0];
  Tile tile = make_tile(call->plan, call->up, arena);
  if (call->gradients) allocate_gradients(&tile, job->up_gradients, arena);
  for (int64_t at = job->begin * LANES; at < job->end * LANES && at < tokens; at += LANES) {
    int count = tokens - at < LANES ? (int)(tokens - at) : LANES;
    run_forward(&tile, skip_rows(inputs, at), count);
    if (!call->gradients) {
      write_outputs(&tile, skip_rows(call->outputs, at), count);
      continue;
    }
    read_upstream(&tile, skip_rows(call->outputs, at), count);
    run_backward(&tile, skip_rows(call->gradients[INPUTS], at), count);
  }
  if (call->gradients) sum_gradients(&tile, job->theta_gradients);
}

static void *run_job(void *argument) {
  Job *job = argument;
  job->done = arena_run(simulate_tiles, job);
  return 0;
}

static int count_processors(void) {
#ifdef __linux__
  cpu_set_t allowed;
  if (!sched_getaffinity(0, sizeof allowed, &allowed)) return CPU_COUNT(&allowed);
#endif
  long count = sysconf(_SC_NPROCESSORS_ONLN);
  return count > 0 ? (int)count : 1;
}

static int64_t count_tiles(const Layer *layer) {
  return (layer->arrays[INPUTS].dims[0] + LANES - 1) / LANES;
}

/* As many threads as there is work for. */
static int count_threads(const Plan *plan, const Layer *layer) {
  double units = (double)layer->arrays[UP].dims[1], tiles = (double)count_tiles(layer);
  double steps = plan->gates_count + 2 * plan->step_count;
  double rows = tiles * (steps * (1 << plan->bits) + 0.25 * units * plan->outputs);
  double most = layer->threads > 0 ? layer->threads : count_processors();
  most = fmin(fmin(most, MAX_THREADS), fmin(tiles, rows / ROWS_PER_THREAD));
  return most > 1 ? (int)most : 1;
}

/* Divides the tiles among the jobs, each in a thread, of which this one is the first. A job whose
 * thread cannot be had is done here. */
static void run(const Call *call, Job *jobs, int count, Arena *arena) {
  int64_t tiles = count_tiles(call->layer);
  pthread_t thread[MAX_THREADS];
  int started[MAX_THREADS] = {0};
  for (int i = 0; i < count; i++) {
    jobs[i].call = call;
    jobs[i].begin = tiles * i / count;
    jobs[i].end = tiles * (i + 1) / count;
  }
  for (int i = 1; i < count; i++) started[i] = !pthread_create(&thread[i], 0, run_job, &jobs[i]);
  for (int i = 0; i < count; i++)
    if (!started[i]) run_job(&jobs[i]);
  for (int i = 1; i < count; i++)
    if (started[i]) pthread_join(thread[i], 0);
  for (int i = 0; i < count; i++)
    if (!jobs[i].done) arena_fail(arena);
}

static Map allocate_map(const Call *call, Arena *arena) {
  int blocks = (int)(call->layer->arrays[UP].dims[1] + LANES - 1) / LANES;
  return (Map){blocks ? allocate_lanes(arena, call->plan->outputs * blocks) : 0, blocks};
}

static Map read_map(const Call *call, Arena *arena) {
  Array up = call->layer->arrays[UP];
  Map map = allocate_map(call, arena);
  for (int i = 0; map.rows && i < call->plan->outputs; i++)
    memcpy(map.rows + i * map.blocks, skip_rows(up, i).data, sizeof(float) * (size_t)up.dims[1]);
  return map;
}

static void sum_theta(const Plan *plan, const Job *jobs, int count, float *gradients) {
  for (int i = 0; i < plan->weights; i++) {
    double sum = 0;
    for (int j = 0; j < count; j++) sum += jobs[j].theta_gradients[i];
    gradients[i] = (float)sum;
  }
}

static void sum_up(const Call *call, const Job *jobs, int count, Array gradients) {
  size_t bytes = sizeof(float) * (size_t)gradients.dims[1];
  int blocks = call->up.blocks;
  for (int i = 0; bytes && i < call->plan->outputs; i++) {
    Lanes *row = jobs[0].up_gradients.rows + i * blocks;
    for (int j = 1; j < count; j++)
      for (int k = 0; k < blocks; k++) row[k] += jobs[j].up_gradients.rows[i * blocks + k];
    memcpy(skip_rows(gradients, i).data, row, bytes);
  }
}

static void compute(Arena *arena, void *argument) {
  Call *call = argument;
  const Layer *layer = call->layer;
  Plan plan = read_plan(layer->program, layer->arrays[THETA].data, arena);
  Job jobs[MAX_THREADS] = {{0}};
  int threads = count_threads(&plan, layer);
  call->plan = &plan;
  call->up = read_map(call, arena);
  for (int i = 0; call->gradients && i < threads; i++) {
    jobs[i].theta_gradients = TAKE(arena, double, plan.weights);
    jobs[i].up_gradients = allocate_map(call, arena);
  }
  run(call, jobs, threads, arena);
  if (!call->gradients) return;
  sum_theta(&plan, jobs, threads, call->gradients[THETA].data);
  sum_up(call, jobs, threads, call->gradients[UP]);
}

int64_t qslc_width(const Layer *layer, int count) {
  static const int ranks[LAYER_ARRAYS] = {2, 1, 2, 2};
  for (int i = 0; i < count; i++)
    if (layer->arrays[i].rank != ranks[i]) return -1;
  int64_t features = layer->program[1], weights = layer->program[2];
  int64_t observables = layer->program[3];
  const int64_t *inputs = layer->arrays[INPUTS].dims, *up = layer->arrays[UP].dims;
  const int64_t *upstream = layer->arrays[UPSTREAM].dims;
  int64_t width = up[1] ? up[1] : observables;
  int fits = inputs[1] == features && layer->arrays[THETA].dims[0] == weights &&
             (!up[1] || up[0] == observables) &&
             (count <= UPSTREAM || (upstream[0] == inputs[0] && upstream[1] == width));
  return fits ? width : -1;
}

bool qslc_outputs(const Layer *layer, Array outputs) {
  return arena_run(compute, &(Call){layer, outputs});
}

bool qslc_gradients(const Layer *layer, const Array gradients[UPSTREAM]) {
  return arena_run(compute, &(Call){layer, layer->arrays[UPSTREAM], gradients});
}
