/* The kernel as two calls of XLA's foreign function interface. */

#include <string.h>

#include "kernel.h"
#include "xla/ffi/api/c_api.h"

#define EXPORTED __attribute__((visibility("default")))

/* XLA asks for the version before it calls. */
static int answers_metadata(const XLA_FFI_CallFrame *frame) {
  XLA_FFI_Extension_Base *extension = frame->extension_start;
  if (!extension || extension->type != XLA_FFI_Extension_Metadata) return 0;
  XLA_FFI_Metadata *metadata = ((XLA_FFI_Metadata_Extension *)extension)->metadata;
  metadata->api_version.major_version = XLA_FFI_API_MAJOR;
  metadata->api_version.minor_version = XLA_FFI_API_MINOR;
  return 1;
}

static const void *attribute(const XLA_FFI_CallFrame *frame, const char *name) {
  for (int64_t i = 0; i < frame->attrs.size; i++) {
    XLA_FFI_ByteSpan *span = frame->attrs.names[i];
    if (span->len != strlen(name) || memcmp(span->ptr, name, span->len)) continue;
    if (frame->attrs.types[i] == XLA_FFI_AttrType_ARRAY)
      return ((XLA_FFI_Array *)frame->attrs.attrs[i])->data;
    return ((XLA_FFI_Scalar *)frame->attrs.attrs[i])->value;
  }
  return 0;
}

static const XLA_FFI_Buffer *argument(const XLA_FFI_CallFrame *frame, int place) {
  return frame->args.args[place];
}

static float *result(const XLA_FFI_CallFrame *frame, int place) {
  return ((XLA_FFI_Buffer *)frame->rets.rets[place])->data;
}

static XLA_FFI_Error *refusal(const XLA_FFI_CallFrame *frame) {
  XLA_FFI_Error_Create_Args arguments = {
      .struct_size = XLA_FFI_Error_Create_Args_STRUCT_SIZE,
      .message = "the circuit is for arrays of other shapes",
      .errc = XLA_FFI_Error_Code_INVALID_ARGUMENT,
  };
  return frame->api->XLA_FFI_Error_Create(&arguments);
}

static int has_shapes(const XLA_FFI_CallFrame *frame, const int32_t *program) {
  const XLA_FFI_Buffer *inputs = argument(frame, 0), *theta = argument(frame, 1);
  Sizes sizes = qslc_sizes(program);
  return inputs->rank == 2 && inputs->dims[1] == sizes.features && theta->rank == 1 &&
         theta->dims[0] == sizes.weights;
}

EXPORTED XLA_FFI_Error *qslc_jax_expectations(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  const int32_t *program = attribute(frame, "program"), *threads = attribute(frame, "threads");
  if (!has_shapes(frame, program)) return refusal(frame);
  qslc_expectations(program, *threads, argument(frame, 0)->dims[0], argument(frame, 0)->data,
                    argument(frame, 1)->data, result(frame, 0));
  return 0;
}

EXPORTED XLA_FFI_Error *qslc_jax_gradients(XLA_FFI_CallFrame *frame) {
  if (answers_metadata(frame)) return 0;
  const int32_t *program = attribute(frame, "program"), *threads = attribute(frame, "threads");
  if (!has_shapes(frame, program)) return refusal(frame);
  qslc_gradients(program, *threads, argument(frame, 0)->dims[0], argument(frame, 0)->data,
                 argument(frame, 1)->data, argument(frame, 2)->data, result(frame, 0),
                 result(frame, 1));
  return 0;
}
