/* Gates on one qubit: a few qubits at a time, with the rows they mix in registers. */

#include "steps.h"

enum { LARGEST = 3, MAX_GROUPS = 32, LEVELS = 3 };

/* Bytes that stay in the caches L2 and L1 while all groups of a level go over them. */
static const int64_t CACHES[LEVELS - 1] = {1024 * 1024, 16 * 1024};

/* Qubits whose rows are kept together in registers. */
typedef struct {
  int count;
  const QubitGates *gates[LARGEST];
  int offset[1 << LARGEST];
} Group;

/* The groups of a step, level by level: over the whole state, over blocks of it that stay in the
 * L2 cache, over blocks of these that stay in the L1 cache. Gates on different qubits commute. */
typedef struct {
  Group group[MAX_GROUPS];
  int first[LEVELS + 1]; /* group of each level */
  int bits[LEVELS];      /* of the rows of a block */
} Groups;

typedef void Visit(Tile *tile, const Step *step, const Group *group, const int32_t *rows,
                   int begin, int end);

static Group make_group(const QubitGates *gates, int count) {
  Group group = {.count = count};
  for (int i = 0; i < count; i++) group.gates[i] = &gates[count - 1 - i]; /* ascending bits */
  for (int i = 0; i < 1 << count; i++)
    for (int q = 0; q < count; q++) group.offset[i] += (i >> q & 1) << group.gates[q]->bit;
  return group;
}

/* Qubits in groups of much the same size; returns how many groups. */
static int divide(const QubitGates *gates, int count, int largest, Group *groups) {
  int parts = (count + largest - 1) / largest;
  for (int part = 0; part < parts; part++) {
    int begin = count * part / parts, end = count * (part + 1) / parts;
    groups[part] = make_group(&gates[begin], end - begin);
  }
  return parts;
}

static int bits_of_block(int64_t row_bytes, int64_t cache, int all) {
  int bits = 4;
  while (bits < all && row_bytes << (bits + 1) <= cache) bits++;
  return bits;
}

/* The groups for a number of states that the gates act on together. */
static Groups make_groups(const Tile *tile, const Step *step, int largest, int states) {
  Groups groups = {.bits = {tile->plan->bits}};
  int64_t row_bytes = (int64_t)sizeof(Lanes) * states * step->components;
  for (int level = 1; level < LEVELS; level++)
    groups.bits[level] = bits_of_block(row_bytes, CACHES[level - 1], tile->plan->bits);
  int gates = 0;
  for (int level = 0; level < LEVELS; level++) {
    int begin = gates, below = level + 1 < LEVELS ? groups.bits[level + 1] : 0;
    while (gates < step->count && step->gates[gates].bit >= below) gates++;
    groups.first[level + 1] =
        groups.first[level] + divide(&step->gates[begin], gates - begin, largest,
                                     &groups.group[groups.first[level]]);
  }
  return groups;
}

/* The i-th row whose bits of the group are 0. */
INLINE int base_row(const Group *group, int count, int i) {
  for (int q = 0; q < count; q++) {
    int below = (1 << group->gates[q]->bit) - 1;
    i = (i & below) | (i & ~below) << 1;
  }
  return i;
}

INLINE Lanes moved(const Lanes *from, int32_t row) {
  return flip_signs(from[row & INT32_MAX], (IntLanes){0} + row);
}

#define EACH_ROW(j, count) _Pragma("GCC unroll 8") for (int j = 0; j < 1 << (count); j++)
#define EACH_QUBIT(q, count) _Pragma("GCC unroll 3") for (int q = 0; q < (count); q++)

INLINE void read_rows(const Group *group, int count, const Lanes *from, const int32_t *rows,
                      int base, Lanes *into) {
  EACH_ROW(j, count) {
    int row = base + group->offset[j];
    into[j] = rows ? moved(from, rows[row]) : from[row];
  }
}

INLINE void write_rows(const Group *group, int count, Lanes *to, const int32_t *rows, int base,
                       const Lanes *from) {
  EACH_ROW(j, count) {
    int row = base + group->offset[j];
    if (rows)
      to[rows[row] & INT32_MAX] = flip_signs(from[j], (IntLanes){0} + rows[row]);
    else
      to[row] = from[j];
  }
}

/* The matrix of a qubit's gates, or its transpose, on the rows that differ in the q-th bit. */
INLINE void apply_real_gate(const QubitGates *gates, int q, int count, int transposed, Lanes *a) {
  float m01 = transposed ? gates->re[1][0] : gates->re[0][1];
  float m10 = transposed ? gates->re[0][1] : gates->re[1][0];
  EACH_ROW(j, count) {
    if (j >> q & 1) continue;
    Lanes x = a[j], y = a[j | 1 << q];
    a[j] = gates->re[0][0] * x + m01 * y;
    a[j | 1 << q] = m10 * x + gates->re[1][1] * y;
  }
}

/* The matrix of a qubit's gates, or its adjoint. */
INLINE void apply_complex_gate(const QubitGates *gates, int q, int count, int adjoint, Lanes *re,
                               Lanes *im) {
  float sign = adjoint ? -1 : 1;
  float r01 = adjoint ? gates->re[1][0] : gates->re[0][1], r00 = gates->re[0][0];
  float r10 = adjoint ? gates->re[0][1] : gates->re[1][0], r11 = gates->re[1][1];
  float i01 = sign * (adjoint ? gates->im[1][0] : gates->im[0][1]), i00 = sign * gates->im[0][0];
  float i10 = sign * (adjoint ? gates->im[0][1] : gates->im[1][0]), i11 = sign * gates->im[1][1];
  EACH_ROW(j, count) {
    if (j >> q & 1) continue;
    Lanes xr = re[j], xi = im[j], yr = re[j | 1 << q], yi = im[j | 1 << q];
    re[j] = r00 * xr - i00 * xi + r01 * yr - i01 * yi;
    im[j] = r00 * xi + i00 * xr + r01 * yi + i01 * yr;
    re[j | 1 << q] = r10 * xr - i10 * xi + r11 * yr - i11 * yi;
    im[j | 1 << q] = r10 * xi + i10 * xr + r11 * yi + i11 * yr;
  }
}

INLINE void apply_real(int count, Tile *tile, const Group *group, const int32_t *rows, int begin,
                       int end) {
  const Lanes *from = rows ? tile->scratch.re : tile->state.re;
  for (int i = begin; i < end; i++) {
    Lanes a[1 << LARGEST];
    int base = base_row(group, count, i);
    read_rows(group, count, from, rows, base, a);
    EACH_QUBIT(q, count) apply_real_gate(group->gates[q], q, count, 0, a);
    write_rows(group, count, tile->state.re, 0, base, a);
  }
}

INLINE void apply_complex(int count, Tile *tile, const Group *group, const int32_t *rows,
                          int begin, int end) {
  const State *from = rows ? &tile->scratch : &tile->state;
  for (int i = begin; i < end; i++) {
    Lanes re[1 << LARGEST], im[1 << LARGEST];
    int base = base_row(group, count, i);
    read_rows(group, count, from->re, rows, base, re);
    read_rows(group, count, from->im, rows, base, im);
    EACH_QUBIT(q, count) apply_complex_gate(group->gates[q], q, count, 0, re, im);
    write_rows(group, count, tile->state.re, 0, base, re);
    write_rows(group, count, tile->state.im, 0, base, im);
  }
}

/* The gradient of a rotation exp(-i t P / 2) behind the gates; then both states before them. */
INLINE void differentiate_real(int count, Tile *tile, const Step *step, const Group *group,
                               const int32_t *rows, int begin, int end) {
  Lanes *to = rows ? tile->scratch.re : tile->state.re;
  Lanes *adjoint_to = rows ? tile->adjoint_scratch.re : tile->adjoint.re;
  Lanes turn[LARGEST] = {{0}};
  for (int i = begin; i < end; i++) {
    Lanes a[1 << LARGEST], d[1 << LARGEST];
    int base = base_row(group, count, i);
    read_rows(group, count, tile->state.re, 0, base, a);
    read_rows(group, count, tile->adjoint.re, 0, base, d);
    EACH_QUBIT(q, count) {
      EACH_ROW(j, count) {
        if (j >> q & 1) continue;
        turn[q] += d[j | 1 << q] * a[j];
        turn[q] -= d[j] * a[j | 1 << q];
      }
      apply_real_gate(group->gates[q], q, count, 1, a);
      apply_real_gate(group->gates[q], q, count, 1, d);
    }
    write_rows(group, count, to, rows, base, a);
    write_rows(group, count, adjoint_to, rows, base, d);
  }
  EACH_QUBIT(q, count)
    tile->rotation_gradients[step->place + (group->gates[q] - step->gates)][1] += turn[q];
}

INLINE void differentiate_complex(int count, Tile *tile, const Step *step, const Group *group,
                                  const int32_t *rows, int begin, int end) {
  State *to = rows ? &tile->scratch : &tile->state;
  State *adjoint_to = rows ? &tile->adjoint_scratch : &tile->adjoint;
  Lanes turn[LARGEST][3] = {{{0}}};
  for (int i = begin; i < end; i++) {
    Lanes ar[1 << LARGEST], ai[1 << LARGEST], dr[1 << LARGEST], di[1 << LARGEST];
    int base = base_row(group, count, i);
    read_rows(group, count, tile->state.re, 0, base, ar);
    read_rows(group, count, tile->state.im, 0, base, ai);
    read_rows(group, count, tile->adjoint.re, 0, base, dr);
    read_rows(group, count, tile->adjoint.im, 0, base, di);
    EACH_QUBIT(q, count) {
      EACH_ROW(j, count) {
        int k = j | 1 << q;
        if (j == k) continue;
        turn[q][0] += dr[j] * ai[k] - di[j] * ar[k] + dr[k] * ai[j] - di[k] * ar[j];
        turn[q][1] += dr[k] * ar[j] + di[k] * ai[j] - dr[j] * ar[k] - di[j] * ai[k];
        turn[q][2] += dr[j] * ai[j] - di[j] * ar[j] - dr[k] * ai[k] + di[k] * ar[k];
      }
      apply_complex_gate(group->gates[q], q, count, 1, ar, ai);
      apply_complex_gate(group->gates[q], q, count, 1, dr, di);
    }
    write_rows(group, count, to->re, rows, base, ar);
    write_rows(group, count, to->im, rows, base, ai);
    write_rows(group, count, adjoint_to->re, rows, base, dr);
    write_rows(group, count, adjoint_to->im, rows, base, di);
  }
  EACH_QUBIT(q, count) for (int axis = 0; axis < 3; axis++)
    tile->rotation_gradients[step->place + (group->gates[q] - step->gates)][axis] += turn[q][axis];
}

/* A loop for each number of qubits, and for rows that are moved on the way. */
#define BY_COUNT(function, ...)                  \
  switch (group->count) {                        \
    case 1: function(1, __VA_ARGS__); break;     \
    case 2: function(2, __VA_ARGS__); break;     \
    default: function(3, __VA_ARGS__);           \
  }

static void visit_forward(Tile *tile, const Step *step, const Group *group, const int32_t *rows,
                          int begin, int end) {
  if (step->components == 2) {
    BY_COUNT(apply_complex, tile, group, rows, begin, end)
  } else if (rows) {
    BY_COUNT(apply_real, tile, group, rows, begin, end)
  } else {
    BY_COUNT(apply_real, tile, group, 0, begin, end)
  }
}

static void visit_backward(Tile *tile, const Step *step, const Group *group, const int32_t *rows,
                           int begin, int end) {
  if (step->components == 2) {
    BY_COUNT(differentiate_complex, tile, step, group, rows, begin, end)
  } else if (rows) {
    BY_COUNT(differentiate_real, tile, step, group, rows, begin, end)
  } else {
    BY_COUNT(differentiate_real, tile, step, group, 0, begin, end)
  }
}

/* A group on all rows of a block. The first group moves rows on the way. */
static void visit_group(Tile *tile, const Step *step, const Groups *groups, int place, int bits,
                        int block, Visit *visit) {
  const Group *group = &groups->group[place];
  int length = 1 << (bits - group->count), all = (block + 1) * length;
  for (int begin = block * length; begin < all; begin += TERMS) {
    int end = all - begin < TERMS ? all : begin + TERMS;
    visit(tile, step, group, place ? 0 : step->rows, begin, end);
  }
}

/* Forward, from the largest blocks to the smallest. */
static void apply_level(Tile *tile, const Step *step, const Groups *groups, int level, int block) {
  int bits = groups->bits[level];
  for (int i = groups->first[level]; i < groups->first[level + 1]; i++)
    visit_group(tile, step, groups, i, bits, block, visit_forward);
  if (level + 1 == LEVELS) return;
  int parts = 1 << (bits - groups->bits[level + 1]);
  for (int part = 0; part < parts; part++)
    apply_level(tile, step, groups, level + 1, block * parts + part);
}

/* Backward, from the smallest blocks to the largest. */
static void differentiate_level(Tile *tile, const Step *step, const Groups *groups, int level,
                                int block) {
  int bits = groups->bits[level];
  int parts = level + 1 < LEVELS ? 1 << (bits - groups->bits[level + 1]) : 0;
  for (int part = 0; part < parts; part++)
    differentiate_level(tile, step, groups, level + 1, block * parts + part);
  for (int i = groups->first[level + 1] - 1; i >= groups->first[level]; i--)
    visit_group(tile, step, groups, i, bits, block, visit_backward);
}

void apply_gates(Tile *tile, const Step *step) {
  Groups groups = make_groups(tile, step, step->components == 2 ? 2 : LARGEST, 1);
  if (step->rows) swap_states(&tile->state, &tile->scratch);
  apply_level(tile, step, &groups, 0, 0);
}

void differentiate_gates(Tile *tile, const Step *step) {
  Groups groups = make_groups(tile, step, step->components == 2 ? 1 : LARGEST, 2);
  differentiate_level(tile, step, &groups, 0, 0);
  if (!step->rows) return;
  swap_states(&tile->state, &tile->scratch);
  swap_states(&tile->adjoint, &tile->adjoint_scratch);
}

void collect_gate_gradients(Tile *tile, const Step *step) {
  for (int i = 0; i < step->count; i++)
    for (int j = 0; j < step->gates[i].count; j++) {
      const GateUse *use = &step->gates[i].uses[j];
      if (use->angle < 0) continue;
      for (int axis = 0; axis < 3; axis++)
        tile->angle_gradients[use->angle] +=
            0.5f * use->axis[axis] * tile->rotation_gradients[step->place + i][axis];
    }
}
