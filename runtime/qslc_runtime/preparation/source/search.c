#include "search.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "solve.h"
#include "vectors.h"

/* Damping of the steps of Levenberg and Marquardt: at the start, what it is divided by after a step
 * that succeeds, and multiplied by after one that fails. Tuned for the number of steps on hidden
 * states with 64 to 256 features. `search.py` has the same numbers. */
static const double DAMPING = 0.1, EASE = 1.5, TIGHTEN = 3;
static const double LEAST_DAMPING = 1e-9, MOST_DAMPING = 1e3;

/* A climb has stalled that gained less than this part of what is left in so many steps. */
static const double STALL = 1e-2;
enum { PATIENCE = 10 };

struct Workspace {
  int blocks;
  double *vector; /* or its negative: a global sign is free */
  double *carried, *states, *jacobian, *gram, *factor, *gradient, *step, *angles, *trial;
  Rotation *rotations;
};

/* Places `count` numbers, aligned; without memory it only counts them. */
static double *place(double *memory, int64_t *used, int64_t count) {
  double *placed = memory ? memory + *used : 0;
  *used += (count + BLOCK - 1) / BLOCK * BLOCK;
  return placed;
}

static int64_t divide_memory(const Brick *brick, Workspace *workspace, double *memory) {
  int64_t used = 0, size = brick->size, count = brick->rotations;
  int64_t width = (int64_t)workspace->blocks * BLOCK;
  workspace->vector = place(memory, &used, size);
  workspace->carried = place(memory, &used, size);
  workspace->states = place(memory, &used, count * size);
  workspace->jacobian = place(memory, &used, width * size);
  workspace->gram = place(memory, &used, width * width);
  workspace->factor = place(memory, &used, width * width);
  workspace->gradient = place(memory, &used, width);
  workspace->step = place(memory, &used, width);
  workspace->angles = place(memory, &used, count);
  workspace->trial = place(memory, &used, count);
  workspace->rotations = (Rotation *)place(memory, &used, 2 * count);
  return used;
}

Workspace *make_workspace(const Search *search) {
  Workspace *workspace = malloc(sizeof *workspace);
  if (!workspace) return 0;
  workspace->blocks = (search->brick.rotations + BLOCK - 1) / BLOCK;
  int64_t count = divide_memory(&search->brick, workspace, 0);
  double *memory = aligned_alloc(sizeof(Vector), (size_t)count * sizeof(double));
  if (!memory) {
    free(workspace);
    return 0;
  }
  divide_memory(&search->brick, workspace, memory);
  return workspace;
}

void free_workspace(Workspace *workspace) {
  if (workspace) free(workspace->vector);
  free(workspace);
}

static double multiply(const double *a, const double *b, int size) {
  double sum = 0;
  for (int i = 0; i < size; i++) sum += a[i] * b[i];
  return sum;
}

static double evaluate(const Brick *brick, Workspace *workspace, const double *angles) {
  for (int k = 0; k < brick->rotations; k++)
    workspace->rotations[k] = (Rotation){cos(angles[k]), sin(angles[k])};
  simulate(brick, workspace->rotations, workspace->states);
  const double *state = workspace->states + (int64_t)(brick->rotations - 1) * brick->size;
  return multiply(state, workspace->vector, brick->size);
}

/* The normal equations of the distance from the state that was evaluated last to the vector. */
static void linearize(const Brick *brick, Workspace *workspace) {
  differentiate(brick, workspace->rotations, workspace->states, workspace->jacobian);
  memcpy(workspace->carried, workspace->vector, sizeof(double) * (size_t)brick->size);
  undo(brick, workspace->rotations, find_middle(brick), workspace->carried);
  multiply_transposed(workspace->jacobian, workspace->carried, brick->size, workspace->blocks,
                      workspace->gram, workspace->gradient);
}

static void propose(const Brick *brick, Workspace *workspace, double damping) {
  int width = workspace->blocks * BLOCK;
  memcpy(workspace->step, workspace->gradient, sizeof(double) * (size_t)width);
  solve_damped(workspace->gram, damping, width, workspace->factor, workspace->step);
  for (int k = 0; k < brick->rotations; k++)
    workspace->trial[k] = workspace->angles[k] + workspace->step[k];
}

static void negate(double *x, int size) {
  for (int i = 0; i < size; i++) x[i] = -x[i];
}

/* Levenberg and Marquardt's method from the angles of the workspace. */
static double climb(const Search *search, Workspace *workspace) {
  const Brick *brick = &search->brick;
  size_t bytes = sizeof(double) * (size_t)brick->rotations;
  double damping = DAMPING, enough = sqrt(search->fidelity), before[PATIENCE];
  double overlap = evaluate(brick, workspace, workspace->angles);
  if (overlap < 0) negate(workspace->vector, brick->size);
  overlap = fabs(overlap);
  int moved = 1;
  for (int i = 0; i < search->steps && overlap < enough && damping < MOST_DAMPING; i++) {
    if (i >= PATIENCE && overlap - before[i % PATIENCE] < STALL * (1 - overlap)) break;
    before[i % PATIENCE] = overlap;
    if (moved) linearize(brick, workspace);
    propose(brick, workspace, damping);
    double reached = evaluate(brick, workspace, workspace->trial);
    moved = reached > overlap;
    damping = moved ? fmax(damping / EASE, LEAST_DAMPING) : damping * TIGHTEN;
    if (!moved) continue;
    memcpy(workspace->angles, workspace->trial, bytes);
    overlap = reached;
  }
  return overlap * overlap;
}

static const double *find_nearest(const Search *search, const double *vector) {
  const double *nearest = 0;
  double most = -1;
  for (int i = 0; i < search->known_count; i++) {
    int size = search->brick.size;
    double overlap = fabs(multiply(search->states + (int64_t)i * size, vector, size));
    if (overlap <= most) continue;
    most = overlap;
    nearest = search->angles + (int64_t)i * search->brick.rotations;
  }
  return nearest;
}

double find_angles(const Search *search, Workspace *workspace, const double *vector,
                   double *angles) {
  size_t bytes = sizeof(double) * (size_t)search->brick.rotations;
  const double *nearest = find_nearest(search, vector);
  double best = -1;
  memcpy(workspace->vector, vector, sizeof(double) * (size_t)search->brick.size);
  for (int i = nearest ? -1 : 0; i < search->start_count && best < search->fidelity; i++) {
    const double *start = search->starts + (int64_t)i * search->brick.rotations;
    memcpy(workspace->angles, i < 0 ? nearest : start, bytes);
    double fidelity = climb(search, workspace);
    if (fidelity <= best) continue;
    best = fidelity;
    memcpy(angles, workspace->angles, bytes);
  }
  return best;
}
