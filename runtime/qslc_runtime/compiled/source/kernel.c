#define _GNU_SOURCE
#include "kernel.h"

#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <unistd.h>

#include "squares.h"
#include "tile.h"

enum { MAX_THREADS = 64 };

/* Rows of a step that make it worth while to start a thread: about 0.1 ms. */
enum { ROWS_PER_THREAD = 100000 };

/* What all threads share. */
typedef struct {
  const Layer *layer;
  const Plan *plan;
  Map up;
  Matrix inputs, input_slopes;
  Matrix outputs; /* or, where gradients are wanted, theirs */
} Call;

/* The tiles of one thread. */
typedef struct {
  const Call *call;
  int64_t begin, end;
  double *theta_slopes; /* null: outputs are wanted, else gradients */
  Map up_slopes;
  bool done; /* false: there was no memory for a tile */
} Job;

static void simulate_tiles(Arena *arena, void *argument) {
  Job *job = argument;
  const Call *call = job->call;
  int64_t tokens = call->layer->tokens;
  Tile tile = tile_of(call->plan, call->up, arena);
  if (job->theta_slopes) take_slopes(&tile, job->up_slopes, arena);
  for (int64_t at = job->begin * LANES; at < job->end * LANES && at < tokens; at += LANES) {
    int count = tokens - at < LANES ? (int)(tokens - at) : LANES;
    simulate(&tile, rows_from(call->inputs, at), count);
    if (!job->theta_slopes) {
      write_outputs(&tile, rows_from(call->outputs, at), count);
      continue;
    }
    read_upstream(&tile, rows_from(call->outputs, at), count);
    go_back(&tile, rows_from(call->input_slopes, at), count);
  }
  if (job->theta_slopes) add_up(&tile, job->theta_slopes);
}

static void *work(void *argument) {
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
  double tiles = (double)tile_count(layer), steps = plan->word_count + 2 * plan->step_count;
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
  for (int i = 1; i < count; i++) started[i] = !pthread_create(&thread[i], 0, work, &jobs[i]);
  for (int i = 0; i < count; i++)
    if (!started[i]) work(&jobs[i]);
  for (int i = 1; i < count; i++)
    if (started[i]) pthread_join(thread[i], 0);
  for (int i = 0; i < count; i++)
    if (!jobs[i].done) arena_give_up(arena);
}

static Map zero_map(const Call *call, Arena *arena) {
  int blocks = (int)(call->layer->units + LANES - 1) / LANES;
  return (Map){blocks ? lanes(arena, call->plan->outputs * blocks) : 0, blocks};
}

static Call call_of(const Layer *layer, const Plan *plan, Arguments arguments, Arena *arena) {
  Call call = {.layer = layer, .plan = plan, .inputs = arguments.inputs};
  size_t bytes = sizeof(float) * (size_t)layer->units;
  call.up = zero_map(&call, arena);
  for (int i = 0; bytes && i < plan->outputs; i++)
    memcpy(call.up.rows + i * call.up.blocks, arguments.up + i * layer->units, bytes);
  return call;
}

static void sum_theta(const Plan *plan, const Job *jobs, int count, float *slopes) {
  for (int i = 0; i < plan->weights; i++) {
    double sum = 0;
    for (int j = 0; j < count; j++) sum += jobs[j].theta_slopes[i];
    slopes[i] = (float)sum;
  }
}

static void sum_up(const Call *call, const Job *jobs, int count, float *slopes) {
  size_t bytes = sizeof(float) * (size_t)call->layer->units;
  int blocks = call->up.blocks;
  for (int i = 0; bytes && i < call->plan->outputs; i++) {
    Lanes *row = jobs[0].up_slopes.rows + i * blocks;
    for (int j = 1; j < count; j++)
      for (int k = 0; k < blocks; k++) row[k] += jobs[j].up_slopes.rows[i * blocks + k];
    memcpy(slopes + i * call->layer->units, row, bytes);
  }
}

Sizes qslc_sizes(const int32_t *program) {
  return (Sizes){program[1], program[2], program[3]};
}

/* What a call asks for; `slopes` only where gradients are wanted. */
typedef struct {
  const Layer *layer;
  Arguments arguments, slopes;
  Matrix outputs; /* or the upstream */
} Request;

static void give_outputs(Arena *arena, void *argument) {
  const Request *request = argument;
  const Layer *layer = request->layer;
  Plan plan = plan_of(layer->program, request->arguments.theta, arena);
  Call call = call_of(layer, &plan, request->arguments, arena);
  Job jobs[MAX_THREADS] = {{0}};
  call.outputs = request->outputs;
  run(&call, jobs, thread_count(&plan, layer), arena);
}

static void give_gradients(Arena *arena, void *argument) {
  const Request *request = argument;
  const Layer *layer = request->layer;
  Plan plan = plan_of(layer->program, request->arguments.theta, arena);
  Call call = call_of(layer, &plan, request->arguments, arena);
  Job jobs[MAX_THREADS] = {{0}};
  int threads = thread_count(&plan, layer);
  call.outputs = request->outputs;
  call.input_slopes = request->slopes.inputs;
  for (int i = 0; i < threads; i++) {
    jobs[i].theta_slopes = TAKE(arena, double, plan.weights);
    jobs[i].up_slopes = zero_map(&call, arena);
  }
  run(&call, jobs, threads, arena);
  sum_theta(&plan, jobs, threads, request->slopes.theta);
  sum_up(&call, jobs, threads, request->slopes.up);
}

bool qslc_outputs(const Layer *layer, Arguments arguments, Matrix outputs) {
  return arena_run(give_outputs, &(Request){layer, arguments, .outputs = outputs});
}

bool qslc_gradients(const Layer *layer, Arguments arguments, Matrix upstream, Arguments slopes) {
  return arena_run(give_gradients, &(Request){layer, arguments, slopes, upstream});
}
