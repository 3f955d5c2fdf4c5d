/* The kernel as functions of arrays in memory, which PyTorch's binding calls through ctypes. */

#include "kernel.h"

#define EXPORTED __attribute__((visibility("default")))

/* As `_ERRORS` in torch.py knows them. */
enum { DONE, OTHER_SHAPES, NO_MEMORY };

static int report_end(bool done) { return done ? DONE : NO_MEMORY; }

static Layer read_layer(const int32_t *program, int threads, int count, const Array *arguments) {
  Layer layer = {program, threads};
  for (int i = 0; i < count; i++) layer.arrays[i] = arguments[i];
  return layer;
}

EXPORTED int qslc_torch_outputs(const int32_t *program, int threads, const Array *arguments,
                                const Array *outputs) {
  Layer layer = read_layer(program, threads, UPSTREAM, arguments);
  if (qslc_width(&layer, UPSTREAM) < 0) return OTHER_SHAPES;
  return report_end(qslc_outputs(&layer, *outputs));
}

EXPORTED int qslc_torch_gradients(const int32_t *program, int threads, const Array *arguments,
                                  const Array *gradients) {
  Layer layer = read_layer(program, threads, LAYER_ARRAYS, arguments);
  if (qslc_width(&layer, LAYER_ARRAYS) < 0) return OTHER_SHAPES;
  return report_end(qslc_gradients(&layer, gradients));
}

EXPORTED int qslc_torch_folded(int normalizes, const Array *arguments, const Array *outputs) {
  Folded folded = {.normalizes = normalizes};
  for (int i = 0; i < FOLDED_ARRAYS; i++) folded.arrays[i] = arguments[i];
  if (qslc_folded_width(&folded) < 0) return OTHER_SHAPES;
  return report_end(qslc_folded(&folded, outputs->data));
}
