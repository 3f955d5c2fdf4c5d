/* The kernel as operations of TensorFlow: a layer, its gradients, and a folded layer. */

#define IS_SLIM_BUILD /* leaves out declarations that are not C */
typedef struct TF_OpDefinitionBuilder TF_OpDefinitionBuilder;
typedef struct TF_ShapeInferenceContext TF_ShapeInferenceContext;
typedef struct TF_ShapeHandle TF_ShapeHandle;
typedef struct TF_DimensionHandle TF_DimensionHandle;

#include <stdbool.h>
#include <stdlib.h>

#include "kernel.h"
#include "tensorflow/c/kernels.h"
#include "tensorflow/c/ops.h"

/* What the attributes of an operation say. */
typedef struct {
  int32_t threads;
  int32_t program[];
} Operation;

static void *create(TF_OpKernelConstruction *context) {
  TF_Status *status = TF_NewStatus();
  int32_t count = 0, bytes = 0;
  TF_OpKernelConstruction_GetAttrSize(context, "program", &count, &bytes, status);
  Operation *operation = malloc(sizeof *operation + (size_t)bytes);
  if (!operation) {
    TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "no memory for a circuit");
  } else {
    char *program = (char *)operation->program;
    TF_OpKernelConstruction_GetAttrString(context, "program", program, (size_t)bytes, status);
    TF_OpKernelConstruction_GetAttrInt32(context, "threads", &operation->threads, status);
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(context, status);
  TF_DeleteStatus(status);
  return operation;
}

static Matrix matrix(const TF_Tensor *tensor) {
  TF_DataType type = TF_TensorType(tensor);
  Type own = type == TF_HALF ? FLOAT16 : type == TF_BFLOAT16 ? BFLOAT16 : FLOAT32;
  return (Matrix){TF_TensorData(tensor), own, TF_Dim(tensor, 1)};
}

static int is_matrix(const TF_Tensor *tensor, int64_t rows, int64_t columns) {
  return TF_NumDims(tensor) == 2 && TF_Dim(tensor, 0) == rows && TF_Dim(tensor, 1) == columns;
}

/* Inputs, theta, up, and for gradients the upstream. */
enum { INPUTS, THETA, UP, UPSTREAM, COUNT };

static void read_inputs(TF_OpKernelContext *context, int gradients, TF_Tensor *tensors[COUNT],
                        TF_Status *status) {
  for (int i = 0; i < (gradients ? COUNT : UPSTREAM) && TF_GetCode(status) == TF_OK; i++)
    TF_GetInput(context, i, &tensors[i], status);
}

static int has_shapes(TF_Tensor *const tensors[COUNT], Sizes sizes) {
  const TF_Tensor *inputs = tensors[INPUTS], *up = tensors[UP], *upstream = tensors[UPSTREAM];
  if (TF_NumDims(inputs) != 2 || TF_NumDims(tensors[THETA]) != 1 || TF_NumDims(up) != 2) return 0;
  int64_t units = TF_Dim(up, 1);
  return TF_Dim(inputs, 1) == sizes.features && TF_Dim(tensors[THETA], 0) == sizes.weights &&
         (!units || TF_Dim(up, 0) == sizes.observables) &&
         (!upstream || is_matrix(upstream, TF_Dim(inputs, 0), units ? units : sizes.observables));
}

/* Null if there is no memory. */
static TF_Tensor *output(TF_OpKernelContext *context, int place, TF_DataType type,
                         const int64_t *shape, int rank, TF_Status *status) {
  size_t bytes = TF_DataTypeSize(type);
  for (int i = 0; i < rank; i++) bytes *= (size_t)shape[i];
  return TF_AllocateOutput(context, place, type, shape, rank, bytes, status);
}

static Arguments arguments(TF_Tensor *const tensors[]) {
  return (Arguments){matrix(tensors[INPUTS]), TF_TensorData(tensors[THETA]),
                     TF_TensorData(tensors[UP])};
}

static void delete_all(TF_Tensor *const tensors[], int count) {
  for (int i = 0; i < count; i++) TF_DeleteTensor(tensors[i]);
}

static Layer read_layer(const Operation *operation, TF_Tensor *const tensors[COUNT]) {
  return (Layer){operation->program, operation->threads, TF_Dim(tensors[INPUTS], 0),
                 TF_Dim(tensors[UP], 1)};
}

static void refuse_memory(TF_Status *status) {
  TF_SetStatus(status, TF_RESOURCE_EXHAUSTED, "the quantum sublayer's kernel has no memory left");
}

static void outputs(const Operation *operation, TF_OpKernelContext *context,
                    TF_Tensor *const tensors[COUNT], TF_Status *status) {
  Layer layer = read_layer(operation, tensors);
  int64_t columns = layer.units ? layer.units : qslc_sizes(layer.program).observables;
  TF_DataType type = TF_ExpectedOutputDataType(context, 0);
  TF_Tensor *result = output(context, 0, type, (int64_t[]){layer.tokens, columns}, 2, status);
  if (TF_GetCode(status) == TF_OK && !qslc_outputs(&layer, arguments(tensors), matrix(result)))
    refuse_memory(status);
  TF_DeleteTensor(result);
}

static void gradients(const Operation *operation, TF_OpKernelContext *context,
                      TF_Tensor *const tensors[COUNT], TF_Status *status) {
  Layer layer = read_layer(operation, tensors);
  TF_Tensor *gradients[UPSTREAM] = {0};
  for (int i = 0; i < UPSTREAM && TF_GetCode(status) == TF_OK; i++) {
    int64_t shape[2] = {TF_Dim(tensors[i], 0), i == THETA ? 1 : TF_Dim(tensors[i], 1)};
    gradients[i] =
        output(context, i, TF_TensorType(tensors[i]), shape, TF_NumDims(tensors[i]), status);
  }
  if (TF_GetCode(status) == TF_OK &&
      !qslc_gradients(&layer, arguments(tensors), matrix(tensors[UPSTREAM]), arguments(gradients)))
    refuse_memory(status);
  delete_all(gradients, UPSTREAM);
}

static void compute(const Operation *operation, TF_OpKernelContext *context, int backward) {
  TF_Status *status = TF_NewStatus();
  TF_Tensor *tensors[COUNT] = {0};
  read_inputs(context, backward, tensors, status);
  if (TF_GetCode(status) == TF_OK && !has_shapes(tensors, qslc_sizes(operation->program)))
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "the circuit is for tensors of other shapes");
  if (TF_GetCode(status) == TF_OK) {
    if (backward)
      gradients(operation, context, tensors, status);
    else
      outputs(operation, context, tensors, status);
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelContext_Failure(context, status);
  delete_all(tensors, COUNT);
  TF_DeleteStatus(status);
}

static void compute_outputs(void *operation, TF_OpKernelContext *context) {
  compute(operation, context, 0);
}

static void compute_gradients(void *operation, TF_OpKernelContext *context) {
  compute(operation, context, 1);
}

static char NORMALIZES; /* its address says yes */

static void *create_folded(TF_OpKernelConstruction *context) {
  TF_Status *status = TF_NewStatus();
  unsigned char normalizes = 0;
  TF_OpKernelConstruction_GetAttrBool(context, "normalizes", &normalizes, status);
  if (TF_GetCode(status) != TF_OK) TF_OpKernelConstruction_Failure(context, status);
  TF_DeleteStatus(status);
  return normalizes ? &NORMALIZES : 0;
}

static Array array(const TF_Tensor *tensor) {
  Array own = {TF_TensorData(tensor), TF_NumDims(tensor), {0}};
  for (int i = 0; i < own.rank && i < 3; i++) own.dims[i] = TF_Dim(tensor, i);
  return own;
}

static void compute_folded(void *normalizes, TF_OpKernelContext *context) {
  TF_Status *status = TF_NewStatus();
  TF_Tensor *tensors[FOLDED_ARRAYS] = {0}, *result = 0;
  Folded folded = {.normalizes = normalizes != 0};
  for (int i = 0; i < FOLDED_ARRAYS && TF_GetCode(status) == TF_OK; i++) {
    TF_GetInput(context, i, &tensors[i], status);
    if (TF_GetCode(status) == TF_OK) folded.arrays[i] = array(tensors[i]);
  }
  int64_t width = qslc_folded_width(&folded);
  if (TF_GetCode(status) == TF_OK && width < 0)
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "the folded layer is for tensors of other shapes");
  if (TF_GetCode(status) == TF_OK) {
    int64_t shape[] = {TF_Dim(tensors[FOLDED_INPUTS], 0), width};
    result = output(context, 0, TF_FLOAT, shape, 2, status);
    if (TF_GetCode(status) == TF_OK && !qslc_folded(&folded, TF_TensorData(result)))
      refuse_memory(status);
  }
  if (TF_GetCode(status) != TF_OK) TF_OpKernelContext_Failure(context, status);
  TF_DeleteTensor(result);
  delete_all(tensors, FOLDED_ARRAYS);
  TF_DeleteStatus(status);
}

/* The shapes of inputs, theta and up are those of their gradients. */
static void infer_gradients(TF_ShapeInferenceContext *context, TF_Status *status) {
  for (int i = 0; i < UPSTREAM; i++) {
    TF_ShapeHandle *shape = TF_NewShapeHandle();
    TF_ShapeInferenceContextGetInput(context, i, shape, status);
    TF_ShapeInferenceContextSetOutput(context, i, shape, status);
    TF_DeleteShapeHandle(shape);
  }
}

/* What makes, runs and frees an operation. */
typedef struct {
  void *(*create)(TF_OpKernelConstruction *);
  void (*run)(void *, TF_OpKernelContext *);
  void (*free)(void *);
} Body;

/* Lists end with 0. */
static void register_operation(const char *name, const char *const *inputs,
                               const char *const *results, const char *const *attributes,
                               void (*infer)(TF_ShapeInferenceContext *, TF_Status *), Body body) {
  TF_Status *status = TF_NewStatus();
  TF_OpDefinitionBuilder *builder = TF_NewOpDefinitionBuilder(name);
  for (; *inputs; inputs++) TF_OpDefinitionBuilderAddInput(builder, *inputs);
  for (; *results; results++) TF_OpDefinitionBuilderAddOutput(builder, *results);
  for (; *attributes; attributes++) TF_OpDefinitionBuilderAddAttr(builder, *attributes);
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, infer);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK)
    TF_RegisterKernelBuilder(
        name, TF_NewKernelBuilder(name, "CPU", body.create, body.run, body.free), status);
  TF_DeleteStatus(status);
}

__attribute__((constructor)) static void register_operations(void) {
  static const char *const inputs[] = {"inputs: T", "theta: float", "up: float", "upstream: R", 0};
  static const char *const forward[] = {"inputs: T", "theta: float", "up: float", 0};
  static const char *const values[] = {"outputs: R", 0};
  static const char *const gradients[] = {"inputs_gradients: T", "theta_gradients: float",
                                       "up_gradients: float", 0};
  /* Inputs have the type T, outputs the type R. */
  static const char *const attributes[] = {"T: {float, bfloat16, half}",
                                           "R: {float, bfloat16, half}", "program: string",
                                           "threads: int = 0", 0};
  static const char *const folded[] = {"inputs: float", "forms: float", "order: int32",
                                       "signs: float",  "left: float",  "right: float",
                                       "readout: float", "up: float",   0};
  static const char *const folded_values[] = {"outputs: float", 0};
  static const char *const normalizes[] = {"normalizes: bool", 0};
  register_operation("QslcOutputs", forward, values, attributes,
                     TF_ShapeInferenceContextSetUnknownShape,
                     (Body){create, compute_outputs, free});
  register_operation("QslcGradients", inputs, gradients, attributes, infer_gradients,
                     (Body){create, compute_gradients, free});
  register_operation("QslcFolded", folded, folded_values, normalizes,
                     TF_ShapeInferenceContextSetUnknownShape,
                     (Body){create_folded, compute_folded, 0});
}
