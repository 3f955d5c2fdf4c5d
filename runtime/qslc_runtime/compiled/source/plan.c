#include "plan.h"

#include <string.h>

typedef struct {
  const int32_t *next;
  Arena *arena;
  Plan *plan;
} Reader;

static int read(Reader *reader) { return *reader->next++; }

static float read_float(Reader *reader) {
  float value;
  memcpy(&value, reader->next++, sizeof value);
  return value;
}

static Angle read_angle(Reader *reader) {
  Angle angle = {.count = read(reader)};
  angle.monomials = TAKE(reader->arena, Monomial, angle.count);
  for (int i = 0; i < angle.count; i++) {
    Monomial monomial;
    monomial.coefficient = read_float(reader);
    monomial.count = read(reader);
    monomial.symbols = reader->next;
    for (int j = 0; j < monomial.count; j++)
      angle.per_token |= read(reader) >= reader->plan->weights;
    angle.monomials[i] = monomial;
  }
  return angle;
}

static double evaluate_shared(const Plan *plan, int place) {
  double sum = 0;
  for (int i = 0; i < plan->angles[place].count; i++) {
    const Monomial *monomial = &plan->angles[place].monomials[i];
    double product = monomial->coefficient;
    for (int j = 0; j < monomial->count; j++) product *= plan->theta[monomial->symbols[j]];
    sum += product;
  }
  return sum;
}

static QubitGates read_gates(Reader *reader, int bit) {
  QubitGates gates = {.bit = bit, .count = read(reader)};
  gates.uses = TAKE(reader->arena, GateUse, gates.count);
  for (int i = 0; i < gates.count; i++) {
    gates.uses[i].gate = (Gate)read(reader);
    gates.uses[i].angle = read(reader);
  }
  return gates;
}

void make_gate(Gate gate, double cosine, double sine, Complex matrix[2][2]) {
  const double root = 0.70710678118654752440;
  Complex diagonal = gate <= RZ ? cosine : 1;
  matrix[0][0] = matrix[1][1] = diagonal;
  matrix[0][1] = matrix[1][0] = 0;
  switch (gate) {
    case RX: matrix[0][1] = matrix[1][0] = -sine * I; break;
    case RY: matrix[1][0] = sine, matrix[0][1] = -sine; break;
    case RZ: matrix[0][0] -= sine * I, matrix[1][1] += sine * I; break;
    case H: matrix[0][0] = matrix[0][1] = matrix[1][0] = root, matrix[1][1] = -root; break;
    case X: matrix[0][0] = matrix[1][1] = 0, matrix[0][1] = matrix[1][0] = 1; break;
    case Z: matrix[1][1] = -1; break;
    case S: matrix[1][1] = I; break;
    case S_INVERSE: matrix[1][1] = -I; break;
    case T: matrix[1][1] = root + root * I; break;
  }
}

/* product = later * earlier, which may be the same as either. */
static void multiply(Complex later[2][2], Complex earlier[2][2], Complex product[2][2]) {
  Complex entries[2][2];
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++)
      entries[i][j] = later[i][0] * earlier[0][j] + later[i][1] * earlier[1][j];
  memcpy(product, entries, sizeof entries);
}

/* The Pauli vector of U P U^-1 for the axis P of a rotation, which is -i P at half a turn. */
static void rotate_axis(Gate gate, Complex u[2][2], float axis[3]) {
  Complex turned[2][2], inverse[2][2];
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) inverse[i][j] = conj(u[j][i]);
  make_gate(gate, 0, 1, turned);
  multiply(u, turned, turned);
  multiply(turned, inverse, turned);
  axis[0] = (float)-cimag(turned[1][0]);
  axis[1] = (float)creal(turned[1][0]);
  axis[2] = (float)-cimag(turned[0][0]);
}

/* The product of a qubit's gates, from the last to the first, and the axes on the way. */
static void make_matrix(const Plan *plan, QubitGates *gates) {
  Complex product[2][2] = {{1, 0}, {0, 1}}, gate[2][2];
  for (int i = gates->count - 1; i >= 0; i--) {
    GateUse *use = &gates->uses[i];
    double half = use->angle < 0 ? 0 : evaluate_shared(plan, use->angle) / 2;
    if (use->angle >= 0) rotate_axis(use->gate, product, use->axis);
    make_gate(use->gate, cos(half), sin(half), gate);
    multiply(product, gate, product);
  }
  for (int i = 0; i < 2; i++)
    for (int j = 0; j < 2; j++) {
      gates->re[i][j] = (float)creal(product[i][j]);
      gates->im[i][j] = (float)cimag(product[i][j]);
    }
}

static void read_product(Reader *reader, Step *step) {
  step->components = read(reader);
  step->gates = TAKE(reader->arena, QubitGates, reader->plan->bits);
  for (int bit = 0; bit < reader->plan->bits; bit++) step->gates[bit] = read_gates(reader, bit);
}

static void read_gates_step(Reader *reader, Step *step) {
  step->components = read(reader);
  step->count = read(reader);
  step->gates = TAKE(reader->arena, QubitGates, step->count);
  for (int i = 0; i < step->count; i++) {
    int bit = read(reader);
    step->gates[i] = read_gates(reader, bit);
    make_matrix(reader->plan, &step->gates[i]);
  }
  step->place = reader->plan->gates_count;
  reader->plan->gates_count += step->count;
}

/* An affine map of the bits: where row 0 comes from, and what each bit adds. */
static void read_permutation(Reader *reader, Step *step) {
  int32_t *rows = TAKE(reader->arena, int32_t, 1 << reader->plan->bits);
  rows[0] = read(reader);
  for (int bit = 0; bit < reader->plan->bits; bit++) {
    int32_t image = read(reader);
    for (int row = 0; row < 1 << bit; row++) rows[row | 1 << bit] = rows[row] ^ image;
  }
  step->rows = rows;
}

/* Signs of rows: negative where all bits of an odd number of masks are set. */
static void read_parity(Reader *reader, Step *step) {
  int32_t *rows = TAKE(reader->arena, int32_t, 1 << reader->plan->bits);
  for (int row = 0; row < 1 << reader->plan->bits; row++) rows[row] = row;
  int count = read(reader);
  for (int i = 0; i < count; i++) {
    int mask = read(reader);
    for (int row = 0; row < 1 << reader->plan->bits; row++)
      if ((row & mask) == mask) rows[row] ^= INT32_MIN;
  }
  step->rows = rows;
  step->kind = PERMUTE;
}

/* The phase of a row is the sum of half the angles, each with the sign of its string. */
static void share_phase(Reader *reader, Step *step) {
  int rows = 1 << reader->plan->bits;
  step->cosine = TAKE(reader->arena, float, rows);
  step->sine = TAKE(reader->arena, float, rows);
  float *phase = step->cosine;
  memset(phase, 0, sizeof(float) * (size_t)rows);
  for (int i = 0; i < step->count; i++) {
    const Term *term = &step->terms[i];
    double half = evaluate_shared(reader->plan, term->angle) / 2;
    phase[term->mask] += (float)(term->factor * half);
  }
  WALSH_HADAMARD(phase, reader->plan->bits)
  for (int row = 0; row < rows; row++) {
    step->sine[row] = sinf(phase[row]);
    step->cosine[row] = cosf(phase[row]);
  }
}

static void read_phase(Reader *reader, Step *step) {
  step->count = read(reader);
  step->terms = TAKE(reader->arena, Term, step->count);
  for (int i = 0; i < step->count; i++) {
    Term *term = &step->terms[i];
    term->mask = read(reader);
    term->angle = read(reader);
    term->factor = read_float(reader);
    step->per_token |= reader->plan->angles[term->angle].per_token;
  }
  step->components = 2;
  if (step->per_token) return;
  share_phase(reader, step);
  step->place = reader->plan->phase_count++;
}

static void read_measure(Reader *reader, Step *step) {
  step->flip = read(reader);
  step->odd = read(reader);
  step->count = read(reader);
  step->observables = TAKE(reader->arena, Observable, step->count);
  for (int i = 0; i < step->count; i++) {
    Observable *observable = &step->observables[i];
    observable->mask = read(reader);
    observable->sign = (float)read(reader);
    observable->output = read(reader);
  }
}

static Step read_step(Reader *reader) {
  Step step = {.kind = (Kind)read(reader), .components = 1};
  switch (step.kind) {
    case AMPLITUDES: step.bias = read(reader), step.reference = read(reader); break;
    case PRODUCT: read_product(reader, &step); break;
    case GATES: read_gates_step(reader, &step); break;
    case PERMUTE: read_permutation(reader, &step); break;
    case PARITY: read_parity(reader, &step); break;
    case PHASE: read_phase(reader, &step); break;
    case MEASURE: read_measure(reader, &step); break;
  }
  return step;
}

/* Rows that are moved, then moved again, are moved once. */
static const int32_t *join_rows(Reader *reader, const int32_t *first, const int32_t *second) {
  int32_t *rows = TAKE(reader->arena, int32_t, 1 << reader->plan->bits);
  for (int row = 0; row < 1 << reader->plan->bits; row++)
    rows[row] = first[second[row] & INT32_MAX] ^ (second[row] & INT32_MIN);
  return rows;
}

/* Adds a step; rows are moved as the gates behind them read them. */
static void append(Reader *reader, Step step) {
  Plan *plan = reader->plan;
  Step *last = &plan->steps[plan->step_count - 1];
  int before = plan->step_count ? last->components : 1;
  if (step.components < before) step.components = before;
  if (plan->step_count && last->kind == PERMUTE && step.kind == PERMUTE) {
    last->rows = join_rows(reader, last->rows, step.rows);
  } else if (plan->step_count && last->kind == PERMUTE && step.kind == GATES) {
    step.rows = last->rows;
    *last = step;
  } else {
    plan->steps[plan->step_count++] = step;
  }
}

int count_amplitudes(const Plan *plan) {
  return plan->features + (plan->steps[0].bias || plan->steps[0].reference);
}

Plan read_plan(const int32_t *program, const float *theta, Arena *arena) {
  Plan plan = {.theta = theta};
  Reader reader = {program, arena, &plan};
  plan.bits = read(&reader);
  plan.features = read(&reader);
  plan.weights = read(&reader);
  plan.outputs = read(&reader);
  plan.angle_count = read(&reader);
  int steps = read(&reader);
  plan.angles = TAKE(arena, Angle, plan.angle_count);
  for (int i = 0; i < plan.angle_count; i++) plan.angles[i] = read_angle(&reader);
  plan.steps = TAKE(arena, Step, steps);
  for (int i = 0; i < steps; i++) append(&reader, read_step(&reader));
  return plan;
}
