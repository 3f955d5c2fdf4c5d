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

static int count_bits(int64_t row_bytes, int64_t cache, int all) {
  int bits = 4;
  while (bits < all && row_bytes << (bits + 1) <= cache) bits++;
  return bits;
}

/* The groups for a number of states that the gates act on together. */
static Groups make_groups(const Tile *tile, const Step *step, int largest, int states) {
  Groups groups = {.bits = {tile->plan->bits}};
  int64_t row_bytes = (int64_t)sizeof(Lanes) * states * step->components;
  for (int level = 1; level < LEVELS; level++)
    groups.bits[level] = count_bits(row_bytes, CACHES[level - 1], tile->plan->bits);
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
INLINE int find_base(const Group *group, int count, int i) {
  for (int q = 0; q < count; q++) {
    int below = (1 << group->gates[q]->bit) - 1;
    i = (i & below) | (i & ~below) << 1;
  }
  return i;
}

#define EACH_ROW(j, count) _Pragma("GCC unroll 8") for (int j = 0; j < 1 << (count); j++)
#define EACH_QUBIT(q, count) _Pragma("GCC unroll 3") for (int q = 0; q < (count); q++)

INLINE void read_rows(const Group *group, int count, const Lanes *from, const int32_t *rows,
                      int base, Lanes *into) {
  EACH_ROW(j, count) {
    int row = base + group->offset[j];
    into[j] = rows ? flip_signs(from[rows[row] & INT32_MAX], (IntLanes){0} + rows[row]) : from[row];
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

/* The rows of a group, in registers. */
typedef struct {
  Lanes re[1 << LARGEST], im[1 << LARGEST];
} Block;

INLINE void read_block(int components, int count, const Group *group, const State *from,
                       const int32_t *rows, int base, Block *block) {
  read_rows(group, count, from->re, rows, base, block->re);
  if (components == 2) read_rows(group, count, from->im, rows, base, block->im);
}

INLINE void write_block(int components, int count, const Group *group, const State *to,
                        const int32_t *rows, int base, const Block *block) {
  write_rows(group, count, to->re, rows, base, block->re);
  if (components == 2) write_rows(group, count, to->im, rows, base, block->im);
}

/* The matrix of a qubit's gates, or its adjoint, on the rows that differ in the q-th bit. */
INLINE void apply_to_block(int components, const QubitGates *gates, int q, int count, int inverse,
                           Block *block) {
  float sign = inverse ? -1 : 1;
  float r01 = inverse ? gates->re[1][0] : gates->re[0][1], r00 = gates->re[0][0];
  float r10 = inverse ? gates->re[0][1] : gates->re[1][0], r11 = gates->re[1][1];
  float i01 = sign * (inverse ? gates->im[1][0] : gates->im[0][1]), i00 = sign * gates->im[0][0];
  float i10 = sign * (inverse ? gates->im[0][1] : gates->im[1][0]), i11 = sign * gates->im[1][1];
  Lanes *re = block->re, *im = block->im;
  EACH_ROW(j, count) {
    int k = j | 1 << q;
    if (j == k) continue;
    Lanes xr = re[j], yr = re[k];
    if (components == 1) {
      re[j] = r00 * xr + r01 * yr;
      re[k] = r10 * xr + r11 * yr;
      continue;
    }
    Lanes xi = im[j], yi = im[k];
    re[j] = r00 * xr - i00 * xi + r01 * yr - i01 * yi;
    im[j] = r00 * xi + i00 * xr + r01 * yi + i01 * yr;
    re[k] = r10 * xr - i10 * xi + r11 * yr - i11 * yi;
    im[k] = r10 * xi + i10 * xr + r11 * yi + i11 * yr;
  }
}

INLINE void apply(int components, int count, Tile *tile, const Step *step, const Group *group,
                  const int32_t *rows, int begin, int end) {
  const State *from = rows ? &tile->scratch : &tile->state;
  for (int i = begin; i < end; i++) {
    Block block;
    int base = find_base(group, count, i);
    read_block(components, count, group, from, rows, base, &block);
    EACH_QUBIT(q, count) apply_to_block(components, group->gates[q], q, count, 0, &block);
    write_block(components, count, group, &tile->state, 0, base, &block);
  }
}

/* Adds the gradients of rotations about X, Y and Z behind the gates of the q-th qubit. */
INLINE void differentiate_turns(int components, int q, int count, const Block *state,
                                const Block *adjoint, Lanes turns[3]) {
  const Lanes *ar = state->re, *ai = state->im, *dr = adjoint->re, *di = adjoint->im;
  EACH_ROW(j, count) {
    int k = j | 1 << q;
    if (j == k) continue;
    if (components == 2) {
      Qubit a = {{ar[j], ar[k]}, {ai[j], ai[k]}}, d = {{dr[j], dr[k]}, {di[j], di[k]}};
      turns[0] += differentiate_rotation(RX, a, d);
      turns[1] += differentiate_rotation(RY, a, d);
      turns[2] += differentiate_rotation(RZ, a, d);
    } else {
      turns[1] += dr[k] * ar[j];
      turns[1] -= dr[j] * ar[k];
    }
  }
}

/* The gradients of rotations behind the gates; then both states before them. */
INLINE void differentiate(int components, int count, Tile *tile, const Step *step,
                          const Group *group, const int32_t *rows, int begin, int end) {
  const State *to = rows ? &tile->scratch : &tile->state;
  const State *adjoint_to = rows ? &tile->adjoint_scratch : &tile->adjoint;
  Lanes turns[LARGEST][3] = {{{0}}};
  for (int i = begin; i < end; i++) {
    Block state, adjoint;
    int base = find_base(group, count, i);
    read_block(components, count, group, &tile->state, 0, base, &state);
    read_block(components, count, group, &tile->adjoint, 0, base, &adjoint);
    EACH_QUBIT(q, count) {
      differentiate_turns(components, q, count, &state, &adjoint, turns[q]);
      apply_to_block(components, group->gates[q], q, count, 1, &state);
      apply_to_block(components, group->gates[q], q, count, 1, &adjoint);
    }
    write_block(components, count, group, to, rows, base, &state);
    write_block(components, count, group, adjoint_to, rows, base, &adjoint);
  }
  EACH_QUBIT(q, count) for (int axis = 0; axis < 3; axis++)
    tile->rotation_gradients[step->place + (group->gates[q] - step->gates)][axis] += turns[q][axis];
}

/* A loop for each number of qubits. */
#define BY_COUNT(function, components, rows)                                            \
  switch (group->count) {                                                               \
    case 1: function(components, 1, tile, step, group, rows, begin, end); break;        \
    case 2: function(components, 2, tile, step, group, rows, begin, end); break;        \
    default: function(components, 3, tile, step, group, rows, begin, end);              \
  }

/* And for real states, and rows that are moved on the way. */
#define VISIT(visit, function)                                                             \
  static void visit(Tile *tile, const Step *step, const Group *group, const int32_t *rows, \
                    int begin, int end) {                                                  \
    if (step->components == 2) {                                                           \
      BY_COUNT(function, 2, rows)                                                          \
    } else if (rows) {                                                                     \
      BY_COUNT(function, 1, rows)                                                          \
    } else {                                                                               \
      BY_COUNT(function, 1, 0)                                                             \
    }                                                                                      \
  }

VISIT(visit_forward, apply)
VISIT(visit_backward, differentiate)

/* A group on all rows of a block. The first group moves rows on the way. */
static void visit_group(Tile *tile, const Step *step, const Groups *groups, int place, int bits,
                        int block, int back) {
  const Group *group = &groups->group[place];
  const int32_t *rows = place ? 0 : step->rows;
  int length = 1 << (bits - group->count), all = (block + 1) * length;
  for (int begin = block * length; begin < all; begin += TERMS) {
    int end = all - begin < TERMS ? all : begin + TERMS;
    (back ? visit_backward : visit_forward)(tile, step, group, rows, begin, end);
  }
}

/* Forward from the largest blocks to the smallest, and back from these. */
static void visit_level(Tile *tile, const Step *step, const Groups *groups, int level, int block,
                        int back) {
  int bits = groups->bits[level], first = groups->first[level], end = groups->first[level + 1];
  int parts = level + 1 < LEVELS ? 1 << (bits - groups->bits[level + 1]) : 0;
  for (int i = first; i < end && !back; i++) visit_group(tile, step, groups, i, bits, block, 0);
  for (int part = 0; part < parts; part++)
    visit_level(tile, step, groups, level + 1, block * parts + part, back);
  for (int i = end - 1; i >= first && back; i--)
    visit_group(tile, step, groups, i, bits, block, 1);
}

void apply_gates(Tile *tile, const Step *step) {
  Groups groups = make_groups(tile, step, step->components == 2 ? 2 : LARGEST, 1);
  if (step->rows) swap_states(&tile->state, &tile->scratch);
  visit_level(tile, step, &groups, 0, 0, 0);
}

void differentiate_gates(Tile *tile, const Step *step) {
  Groups groups = make_groups(tile, step, step->components == 2 ? 1 : LARGEST, 2);
  visit_level(tile, step, &groups, 0, 0, 1);
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
