/* The kernel as two operations of TensorFlow. */

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

static TF_Tensor *input(TF_OpKernelContext *context, int place, TF_Status *status) {
  TF_Tensor *tensor = 0;
  TF_GetInput(context, place, &tensor, status);
  return tensor;
}

static float *output(TF_OpKernelContext *context, int place, int64_t rows, int64_t columns,
                     TF_Status *status) {
  int64_t shape[2] = {rows, columns};
  int64_t count = columns < 0 ? rows : rows * columns;
  TF_Tensor *tensor = TF_AllocateOutput(context, place, TF_FLOAT, shape, columns < 0 ? 1 : 2,
                                        sizeof(float) * (size_t)count, status);
  float *data = tensor ? TF_TensorData(tensor) : 0;
  TF_DeleteTensor(tensor);
  return data;
}

static int is_matrix(const TF_Tensor *tensor, int64_t columns) {
  return TF_NumDims(tensor) == 2 && TF_Dim(tensor, 1) == columns;
}

static int has_shapes(TF_Tensor *inputs, TF_Tensor *theta, TF_Tensor *upstream, Sizes sizes) {
  return is_matrix(inputs, sizes.features) && TF_TensorElementCount(theta) == sizes.weights &&
         (!upstream ||
          (is_matrix(upstream, sizes.outputs) && TF_Dim(upstream, 0) == TF_Dim(inputs, 0)));
}

static void compute(const Operation *operation, TF_OpKernelContext *context, int gradients) {
  TF_Status *status = TF_NewStatus();
  TF_Tensor *inputs = input(context, 0, status), *theta = input(context, 1, status);
  TF_Tensor *upstream = gradients ? input(context, 2, status) : 0;
  Sizes sizes = qslc_sizes(operation->program);
  float *values = 0, *theta_slopes = 0;
  int64_t tokens = TF_Dim(inputs, 0);
  if (!has_shapes(inputs, theta, upstream, sizes)) {
    TF_SetStatus(status, TF_INVALID_ARGUMENT, "the circuit is for tensors of other shapes");
  } else {
    values = output(context, 0, tokens, gradients ? sizes.features : sizes.outputs, status);
    if (gradients) theta_slopes = output(context, 1, sizes.weights, -1, status);
  }
  if (TF_GetCode(status) != TF_OK)
    TF_OpKernelContext_Failure(context, status);
  else if (gradients)
    qslc_gradients(operation->program, operation->threads, tokens, TF_TensorData(inputs),
                   TF_TensorData(theta), TF_TensorData(upstream), values, theta_slopes);
  else
    qslc_expectations(operation->program, operation->threads, tokens, TF_TensorData(inputs),
                      TF_TensorData(theta), values);
  TF_DeleteTensor(upstream);
  TF_DeleteTensor(theta);
  TF_DeleteTensor(inputs);
  TF_DeleteStatus(status);
}

static void compute_expectations(void *operation, TF_OpKernelContext *context) {
  compute(operation, context, 0);
}

static void compute_gradients(void *operation, TF_OpKernelContext *context) {
  compute(operation, context, 1);
}

/* The shapes of inputs and theta are those of their gradients. */
static void infer_gradients(TF_ShapeInferenceContext *context, TF_Status *status) {
  for (int i = 0; i < 2; i++) {
    TF_ShapeHandle *shape = TF_NewShapeHandle();
    TF_ShapeInferenceContextGetInput(context, i, shape, status);
    TF_ShapeInferenceContextSetOutput(context, i, shape, status);
    TF_DeleteShapeHandle(shape);
  }
}

static void register_operation(const char *name, const char *const *arguments, int results,
                               void (*infer)(TF_ShapeInferenceContext *, TF_Status *),
                               void (*run)(void *, TF_OpKernelContext *)) {
  TF_Status *status = TF_NewStatus();
  TF_OpDefinitionBuilder *builder = TF_NewOpDefinitionBuilder(name);
  for (; *arguments; arguments++) TF_OpDefinitionBuilderAddInput(builder, *arguments);
  TF_OpDefinitionBuilderAddOutput(builder, results == 1 ? "values: float" : "inputs_slopes: float");
  if (results == 2) TF_OpDefinitionBuilderAddOutput(builder, "theta_slopes: float");
  TF_OpDefinitionBuilderAddAttr(builder, "program: string");
  TF_OpDefinitionBuilderAddAttr(builder, "threads: int = 0");
  TF_OpDefinitionBuilderSetShapeInferenceFunction(builder, infer);
  TF_RegisterOpDefinition(builder, status);
  if (TF_GetCode(status) == TF_OK)
    TF_RegisterKernelBuilder(name, TF_NewKernelBuilder(name, "CPU", create, run, free), status);
  TF_DeleteStatus(status);
}

__attribute__((constructor)) static void register_operations(void) {
  static const char *const forward[] = {"inputs: float", "theta: float", 0};
  static const char *const backward[] = {"inputs: float", "theta: float", "upstream: float", 0};
  register_operation("QslcExpectations", forward, 1, TF_ShapeInferenceContextSetUnknownShape,
                     compute_expectations);
  register_operation("QslcGradients", backward, 2, infer_gradients, compute_gradients);
}
