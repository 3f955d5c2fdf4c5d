#include "kernel.h"

#include <string.h>

#include "steps.h"
#include "threads.h"

/* Rows of a step that make it worth while to start a thread: about 0.1 ms. */
enum { ROWS_PER_THREAD = 100000 };

/* What all threads share. */
typedef struct {
  const Layer *layer;
  Array outputs;          /* or, where gradients are wanted, the upstream */
  const Array *gradients; /* null: outputs are wanted */
  const Plan *plan;
  Matrix *matrix; /* null: gates are applied to each token */
  Map up;
} Call;

/* What one thread does: some tiles of tokens, or some blocks of the matrix's columns. */
typedef struct Job {
  const Call *call;
  void (*work)(Arena *arena, struct Job *job);
  int64_t begin, end;
  double *theta_gradients;
  Map up_gradients;
  Columns matrix_gradients;
  bool done; /* false: there was no memory for a tile */
} Job;

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

static void apply_steps(Tile *tile) {
  const Plan *plan = tile->plan;
  for (int i = 1; i < plan->step_count; i++) {
    if (plan->steps[i].components > plan->steps[i - 1].components)
      memset(tile->state.im, 0, sizeof(Lanes) << plan->bits);
    take_step(tile, &plan->steps[i], 0);
  }
}

static void differentiate_steps(Tile *tile) {
  for (int i = tile->plan->step_count - 1; i > 0; i--) take_step(tile, &tile->plan->steps[i], 1);
}

/* Tokens to the state at the end. */
static void run_forward(Tile *tile, Array tokens, int count) {
  const Plan *plan = tile->plan;
  if (tile->matrix) {
    load_amplitudes(tile, tokens, count, tile->amplitudes);
    apply_matrix(tile);
    return;
  }
  if (plan->steps[0].kind == AMPLITUDES) {
    load_amplitudes(tile, tokens, count, tile->state.re);
    place_amplitudes(plan, tile->state.re);
  } else {
    load_features(tile, tokens, count, tile->features);
    evaluate_angles(tile, 1);
    make_product(tile, &plan->steps[0]);
  }
  apply_steps(tile);
}

/* From the gradients of the expectations back to those of the tokens. */
static void run_backward(Tile *tile, Array gradients, int count) {
  const Plan *plan = tile->plan;
  int measured = 0;
  for (int i = 1; i < plan->step_count; i++)
    if (plan->steps[i].kind == MEASURE) differentiate_measure(tile, &plan->steps[i], !measured++);
  if (tile->matrix) {
    differentiate_matrix(tile);
    store_amplitude_gradients(tile, tile->amplitudes, tile->adjoint_scratch.re, gradients, count);
    return;
  }
  differentiate_steps(tile);
  if (plan->steps[0].kind == AMPLITUDES) {
    store_amplitude_gradients(tile, tile->state.re, tile->adjoint.re, gradients, count);
    return;
  }
  memset(tile->feature_gradients, 0, sizeof(Lanes) * (size_t)plan->features);
  differentiate_product(tile, &plan->steps[0]);
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

static void simulate_tiles(Arena *arena, Job *job) {
  const Call *call = job->call;
  Array inputs = call->layer->arrays[INPUTS];
  int64_t tokens = inputs.dims[0];
  Tile tile = make_tile(call->plan, call->matrix, call->up, arena);
  if (call->gradients) allocate_gradients(&tile, job->up_gradients, arena);
  tile.matrix_gradients = job->matrix_gradients;
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
  if (call->gradients && !call->matrix) sum_gradients(&tile, job->theta_gradients);
}

/* Blocks of the matrix: unit vectors in the place of tokens. */
static void make_blocks(Arena *arena, Job *job) {
  Tile tile = make_tile(job->call->plan, job->call->matrix, (Map){0}, arena);
  for (int block = (int)job->begin; block < job->end; block++) {
    load_units(tile.plan, block * LANES, tile.state.re);
    place_amplitudes(tile.plan, tile.state.re);
    apply_steps(&tile);
    store_columns(&tile, job->call->matrix, block);
  }
}

/* The gradients of the weights from those of the matrix. */
static void differentiate_blocks(Arena *arena, Job *job) {
  Tile tile = make_tile(job->call->plan, job->call->matrix, (Map){0}, arena);
  allocate_gradients(&tile, (Map){0}, arena);
  for (int block = (int)job->begin; block < job->end; block++) {
    load_columns(&tile, job->matrix_gradients, block);
    differentiate_steps(&tile);
  }
  sum_gradients(&tile, job->theta_gradients);
}

static void work_with_memory(Arena *arena, void *argument) {
  Job *job = argument;
  job->work(arena, job);
}

static void *run_job(void *argument) {
  Job *job = argument;
  job->done = arena_run(work_with_memory, job);
  return 0;
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

/* Divides so many tiles or blocks among the jobs, each in a thread. */
static void run(Job *jobs, int count, int64_t parts, void (*work)(Arena *, Job *), Arena *arena) {
  void *all[MAX_THREADS];
  for (int i = 0; i < count; i++) {
    jobs[i].work = work;
    jobs[i].begin = parts * i / count;
    jobs[i].end = parts * (i + 1) / count;
    all[i] = &jobs[i];
  }
  run_in_threads(run_job, all, count);
  for (int i = 0; i < count; i++)
    if (!jobs[i].done) arena_fail(arena);
}

static Map allocate_map(const Call *call, Arena *arena) {
  int blocks = (int)(call->layer->arrays[UP].dims[1] + LANES - 1) / LANES;
  return (Map){blocks ? allocate_lanes(arena, call->plan->outputs * blocks) : 0, blocks};
}

/* Copies the rows of a matrix (observables, units) to the blocks of a map, or back. */
static void copy_map(Map map, Array up, int back) {
  int64_t observables = up.dims[0], units = up.dims[1];
  for (int64_t i = 0; i < observables; i++)
    for (int64_t first = 0; first < units; first += LANES) {
      void *block = map.rows + first / LANES * observables + i;
      void *row = (float *)up.data + i * units + first;
      size_t bytes = sizeof(float) * (size_t)(units - first < LANES ? units - first : LANES);
      memcpy(back ? row : block, back ? block : row, bytes);
    }
}

static Map read_map(const Call *call, Arena *arena) {
  Map map = allocate_map(call, arena);
  if (map.rows) copy_map(map, call->layer->arrays[UP], 0);
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
  Map sums = jobs[0].up_gradients;
  if (!sums.rows) return;
  for (int j = 1; j < count; j++)
    for (int i = 0; i < call->plan->outputs * sums.blocks; i++)
      sums.rows[i] += jobs[j].up_gradients.rows[i];
  copy_map(sums, gradients, 1);
}

/* All threads have those of the matrix from the first, which sums them. */
static void sum_matrix(const Call *call, Job *jobs, int count) {
  int numbers = call->matrix->blocks << call->plan->bits;
  Columns sums = jobs[0].matrix_gradients;
  for (int j = 1; j < count; j++) {
    Columns own = jobs[j].matrix_gradients;
    for (int i = 0; i < numbers; i++) sums.re[i] += own.re[i];
    for (int i = 0; sums.im && i < numbers; i++) sums.im[i] += own.im[i];
    jobs[j].matrix_gradients = sums;
  }
}

static void allocate_job(Job *job, const Call *call, Arena *arena) {
  job->call = call;
  if (!call->gradients) return;
  job->theta_gradients = TAKE(arena, double, call->plan->weights);
  job->up_gradients = allocate_map(call, arena);
  if (call->matrix)
    job->matrix_gradients = allocate_columns(call->plan, call->matrix->blocks, arena);
}

static void compute(Arena *arena, void *argument) {
  Call *call = argument;
  const Layer *layer = call->layer;
  Plan plan = read_plan(layer->program, layer->arrays[THETA].data, arena);
  Matrix matrix;
  Job jobs[MAX_THREADS] = {{0}};
  int threads = count_threads(&plan, layer);
  call->plan = &plan;
  call->up = read_map(call, arena);
  if (prefers_matrix(&plan, layer->arrays[INPUTS].dims[0])) {
    matrix = allocate_matrix(&plan, arena);
    call->matrix = &matrix;
  }
  for (int i = 0; i < threads; i++) allocate_job(&jobs[i], call, arena);
  if (call->matrix) run(jobs, threads, matrix.blocks, make_blocks, arena);
  run(jobs, threads, count_tiles(layer), simulate_tiles, arena);
  if (!call->gradients) return;
  if (call->matrix) {
    sum_matrix(call, jobs, threads);
    run(jobs, threads, matrix.blocks, differentiate_blocks, arena);
  }
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
