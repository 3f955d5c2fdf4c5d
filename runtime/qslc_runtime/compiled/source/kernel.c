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
  const Plan *plan;
  Map up;
  Matrix inputs, input_gradients;
  Matrix outputs; /* or, where gradients are wanted, the upstream */
} Call;

/* The tiles of one thread. */
typedef struct {
  const Call *call;
  int64_t begin, end;
  double *theta_gradients; /* null: outputs are wanted, else gradients */
  Map up_gradients;
  bool done; /* false: there was no memory for a tile */
} Job;

static void start(Tile *tile, const Step *step, Matrix tokens, int count) {
  if (step->kind == AMPLITUDES) {
    load_amplitudes(tile, step->bias, tokens, count);
    return;
  }
  load_features(tile, tokens, count);
  evaluate_angles(tile, 1);
  make_product(tile, step);
}

static void apply(Tile *tile, const Step *step, int components_before) {
  if (step->components > components_before)
    memset(tile->state.im, 0, sizeof(Lanes) << tile->plan->bits);
  switch (step->kind) {
    case GATES: apply_gates(tile, step); break;
    case PERMUTE:
      move_rows(tile->plan, step->rows, step->components, &tile->state, &tile->scratch);
      break;
    case PHASE: apply_phase(tile, step); break;
    case MEASURE: break; /* at the end, by write_outputs */
    case AMPLITUDES:
    case PRODUCT:
    case PARITY: __builtin_trap(); /* only first, or read as PERMUTE */
  }
}

static void differentiate(Tile *tile, const Step *step) {
  switch (step->kind) {
    case GATES: differentiate_gates(tile, step); break;
    case PERMUTE:
      move_rows_back(tile->plan, step->rows, step->components, &tile->state, &tile->scratch);
      move_rows_back(tile->plan, step->rows, step->components, &tile->adjoint,
                     &tile->adjoint_scratch);
      break;
    case PHASE: differentiate_phase(tile, step); break;
    case MEASURE: break; /* before all others, by run_backward */
    case AMPLITUDES:
    case PRODUCT:
    case PARITY: __builtin_trap(); /* only first, or read as PERMUTE */
  }
}

/* Tokens to the state at the end. */
static void run_forward(Tile *tile, Matrix tokens, int count) {
  const Plan *plan = tile->plan;
  start(tile, &plan->steps[0], tokens, count);
  for (int i = 1; i < plan->step_count; i++)
    apply(tile, &plan->steps[i], plan->steps[i - 1].components);
}

/* From the gradients of the expectations back to those of the tokens. */
static void run_backward(Tile *tile, Matrix gradients, int count) {
  const Plan *plan = tile->plan;
  const Step *first = &plan->steps[0];
  int measured = 0;
  for (int i = 1; i < plan->step_count; i++)
    if (plan->steps[i].kind == MEASURE) differentiate_measure(tile, &plan->steps[i], !measured++);
  for (int i = plan->step_count - 1; i > 0; i--) differentiate(tile, &plan->steps[i]);
  if (first->kind == AMPLITUDES) {
    store_amplitude_gradients(tile, first->bias, gradients, count);
    return;
  }
  memset(tile->feature_gradients, 0, sizeof(Lanes) * (size_t)plan->features);
  differentiate_product(tile, first);
  differentiate_angles(tile, 1);
  store_feature_gradients(tile, gradients, count);
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
  int64_t tokens = call->layer->tokens;
  Tile tile = make_tile(call->plan, call->up, arena);
  if (job->theta_gradients) allocate_gradients(&tile, job->up_gradients, arena);
  for (int64_t at = job->begin * LANES; at < job->end * LANES && at < tokens; at += LANES) {
    int count = tokens - at < LANES ? (int)(tokens - at) : LANES;
    run_forward(&tile, rows_from(call->inputs, at), count);
    if (!job->theta_gradients) {
      write_outputs(&tile, rows_from(call->outputs, at), count);
      continue;
    }
    read_upstream(&tile, rows_from(call->outputs, at), count);
    run_backward(&tile, rows_from(call->input_gradients, at), count);
  }
  if (job->theta_gradients) sum_gradients(&tile, job->theta_gradients);
}

static void *run_job(void *argument) {
  Job *job = argument;
  job->done = arena_run(simulate_tiles, job);
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

static int64_t tile_count(const Layer *layer) { return (layer->tokens + LANES - 1) / LANES; }

/* As many threads as there is work for. */
static int thread_count(const Plan *plan, const Layer *layer) {
  double tiles = (double)tile_count(layer), steps = plan->gates_count + 2 * plan->step_count;
  double rows = tiles * (steps * (1 << plan->bits) + 0.25 * (double)layer->units * plan->outputs);
  double most = layer->threads > 0 ? layer->threads : processors();
  most = fmin(fmin(most, MAX_THREADS), fmin(tiles, rows / ROWS_PER_THREAD));
  return most > 1 ? (int)most : 1;
}

/* Divides the tiles among the jobs, each in a thread, of which this one is the first. A job whose
 * thread cannot be had is done here. */
static void run(const Call *call, Job *jobs, int count, Arena *arena) {
  int64_t tiles = tile_count(call->layer);
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
  int blocks = (int)(call->layer->units + LANES - 1) / LANES;
  return (Map){blocks ? allocate_lanes(arena, call->plan->outputs * blocks) : 0, blocks};
}

static Call make_call(const Layer *layer, const Plan *plan, Arguments arguments, Arena *arena) {
  Call call = {.layer = layer, .plan = plan, .inputs = arguments.inputs};
  size_t bytes = sizeof(float) * (size_t)layer->units;
  call.up = allocate_map(&call, arena);
  for (int i = 0; bytes && i < plan->outputs; i++)
    memcpy(call.up.rows + i * call.up.blocks, arguments.up + i * layer->units, bytes);
  return call;
}

static void sum_theta(const Plan *plan, const Job *jobs, int count, float *gradients) {
  for (int i = 0; i < plan->weights; i++) {
    double sum = 0;
    for (int j = 0; j < count; j++) sum += jobs[j].theta_gradients[i];
    gradients[i] = (float)sum;
  }
}

static void sum_up(const Call *call, const Job *jobs, int count, float *gradients) {
  size_t bytes = sizeof(float) * (size_t)call->layer->units;
  int blocks = call->up.blocks;
  for (int i = 0; bytes && i < call->plan->outputs; i++) {
    Lanes *row = jobs[0].up_gradients.rows + i * blocks;
    for (int j = 1; j < count; j++)
      for (int k = 0; k < blocks; k++) row[k] += jobs[j].up_gradients.rows[i * blocks + k];
    memcpy(gradients + i * call->layer->units, row, bytes);
  }
}

Sizes qslc_sizes(const int32_t *program) {
  return (Sizes){program[1], program[2], program[3]};
}

/* What a call asks for; `gradients` where they are wanted. */
typedef struct {
  const Layer *layer;
  Arguments arguments, gradients;
  Matrix outputs; /* or the upstream */
} Request;

static void compute_outputs_in(Arena *arena, void *argument) {
  const Request *request = argument;
  const Layer *layer = request->layer;
  Plan plan = read_plan(layer->program, request->arguments.theta, arena);
  Call call = make_call(layer, &plan, request->arguments, arena);
  Job jobs[MAX_THREADS] = {{0}};
  call.outputs = request->outputs;
  run(&call, jobs, thread_count(&plan, layer), arena);
}

static void compute_gradients_in(Arena *arena, void *argument) {
  const Request *request = argument;
  const Layer *layer = request->layer;
  Plan plan = read_plan(layer->program, request->arguments.theta, arena);
  Call call = make_call(layer, &plan, request->arguments, arena);
  Job jobs[MAX_THREADS] = {{0}};
  int threads = thread_count(&plan, layer);
  call.outputs = request->outputs;
  call.input_gradients = request->gradients.inputs;
  for (int i = 0; i < threads; i++) {
    jobs[i].theta_gradients = TAKE(arena, double, plan.weights);
    jobs[i].up_gradients = allocate_map(&call, arena);
  }
  run(&call, jobs, threads, arena);
  sum_theta(&plan, jobs, threads, request->gradients.theta);
  sum_up(&call, jobs, threads, request->gradients.up);
}

bool qslc_outputs(const Layer *layer, Arguments arguments, Matrix outputs) {
  return arena_run(compute_outputs_in, &(Request){layer, arguments, .outputs = outputs});
}

bool qslc_gradients(const Layer *layer, Arguments arguments, Matrix upstream, Arguments gradients) {
  return arena_run(compute_gradients_in, &(Request){layer, arguments, gradients, upstream});
}
