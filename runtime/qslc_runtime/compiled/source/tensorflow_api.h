/* What the binding takes of TensorFlow's C interface, which has the same names and types in all
 * versions: so it is built without TensorFlow, and runs with any. */

#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum { TF_FLOAT = 1, TF_BFLOAT16 = 14, TF_HALF = 19 } TF_DataType;
typedef enum { TF_OK = 0, TF_INVALID_ARGUMENT = 3, TF_RESOURCE_EXHAUSTED = 8 } TF_Code;

typedef struct TF_KernelBuilder TF_KernelBuilder;
typedef struct TF_OpDefinitionBuilder TF_OpDefinitionBuilder;
typedef struct TF_OpKernelConstruction TF_OpKernelConstruction;
typedef struct TF_OpKernelContext TF_OpKernelContext;
typedef struct TF_ShapeHandle TF_ShapeHandle;
typedef struct TF_ShapeInferenceContext TF_ShapeInferenceContext;
typedef struct TF_Status TF_Status;
typedef struct TF_Tensor TF_Tensor;

TF_Status *TF_NewStatus(void);
void TF_DeleteStatus(TF_Status *);
void TF_SetStatus(TF_Status *, TF_Code, const char *message);
TF_Code TF_GetCode(const TF_Status *);

size_t TF_DataTypeSize(TF_DataType);
TF_DataType TF_TensorType(const TF_Tensor *);
int TF_NumDims(const TF_Tensor *);
int64_t TF_Dim(const TF_Tensor *, int);
void *TF_TensorData(const TF_Tensor *);
void TF_DeleteTensor(TF_Tensor *);

/* A kernel's attributes when it is made, and its tensors when it runs. */
bool TF_OpKernelConstruction_HasAttr(TF_OpKernelConstruction *, const char *name, TF_Status *);
void TF_OpKernelConstruction_GetAttrSize(TF_OpKernelConstruction *, const char *name,
                                         int32_t *count, int32_t *bytes, TF_Status *);
void TF_OpKernelConstruction_GetAttrString(TF_OpKernelConstruction *, const char *name, char *value,
                                           size_t bytes, TF_Status *);
void TF_OpKernelConstruction_GetAttrInt32(TF_OpKernelConstruction *, const char *name,
                                          int32_t *value, TF_Status *);
void TF_OpKernelConstruction_GetAttrBool(TF_OpKernelConstruction *, const char *name,
                                         unsigned char *value, TF_Status *);
void TF_OpKernelConstruction_Failure(TF_OpKernelConstruction *, TF_Status *);
void TF_GetInput(TF_OpKernelContext *, int, TF_Tensor **, TF_Status *);
TF_DataType TF_ExpectedOutputDataType(TF_OpKernelContext *, int);
TF_Tensor *TF_AllocateOutput(TF_OpKernelContext *, int, TF_DataType, const int64_t *dims, int rank,
                             size_t bytes, TF_Status *);
void TF_OpKernelContext_Failure(TF_OpKernelContext *, TF_Status *);

/* Operations: names, types, shapes and kernels. */
TF_OpDefinitionBuilder *TF_NewOpDefinitionBuilder(const char *name);
void TF_OpDefinitionBuilderAddInput(TF_OpDefinitionBuilder *, const char *);
void TF_OpDefinitionBuilderAddOutput(TF_OpDefinitionBuilder *, const char *);
void TF_OpDefinitionBuilderAddAttr(TF_OpDefinitionBuilder *, const char *);
void TF_OpDefinitionBuilderSetShapeInferenceFunction(
    TF_OpDefinitionBuilder *, void (*)(TF_ShapeInferenceContext *, TF_Status *));
void TF_RegisterOpDefinition(TF_OpDefinitionBuilder *, TF_Status *);
TF_ShapeHandle *TF_NewShapeHandle(void);
void TF_DeleteShapeHandle(TF_ShapeHandle *);
void TF_ShapeInferenceContextGetInput(TF_ShapeInferenceContext *, int, TF_ShapeHandle *,
                                      TF_Status *);
void TF_ShapeInferenceContextSetOutput(TF_ShapeInferenceContext *, int, TF_ShapeHandle *,
                                       TF_Status *);
void TF_ShapeInferenceContextSetUnknownShape(TF_ShapeInferenceContext *, TF_Status *);
TF_KernelBuilder *TF_NewKernelBuilder(const char *name, const char *device,
                                      void *(*make)(TF_OpKernelConstruction *),
                                      void (*run)(void *, TF_OpKernelContext *),
                                      void (*free)(void *));
void TF_RegisterKernelBuilder(const char *name, TF_KernelBuilder *, TF_Status *);
