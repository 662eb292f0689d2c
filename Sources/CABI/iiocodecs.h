/* SPDX-License-Identifier: Apache-2.0
 *
 * iio's codecs and readers for C. Made of the Swift sources; do not edit.
 *
 * Every function returns 0 or one of the exit codes of the iio command; iio_strerror says what they
 * mean. All buffers are the caller's. Nothing is shared between calls: any thread may call at any time,
 * except that one image is not for two threads at once. */
#ifndef IIOCODECS_H
#define IIOCODECS_H

#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

/* An open image file. */
typedef struct iio_image iio_image;

/* A named parameter. `kind` says which of the other fields holds its value. */
typedef struct iio_parameter {
  const char *name;
  /* 0 integer, 1 real, 2 flag (in integer), 3 text (in bytes), 4 bytes, 5 int64_t numbers (in bytes) */
  int32_t kind;
  int32_t reserved;
  int64_t integer;
  double real;
  const void *bytes;
  size_t byte_count;
} iio_parameter;

/* What a call may be told besides its data. All zero but `size`: the defaults. */
typedef struct iio_options {
  /* sizeof(iio_options) */
  size_t size;
  /* The codec's or format's named parameters; see iio_codec_info. */
  const iio_parameter *parameters;
  size_t parameter_count;
  /* Most bytes that decoding may produce; 0: 1 GiB. */
  size_t max_output_bytes;
  /* The format's name, e.g. "PNG"; NULL: found out from the data. */
  const char *format;
} iio_options;

/* What went wrong, and where. */
typedef struct iio_error {
  /* sizeof(iio_error) */
  size_t size;
  /* As the call returned it. */
  int32_t status;
  /* Bit of the byte at `offset`. */
  int32_t bit;
  /* Position in the source; -1 when not known. */
  int64_t offset;
  /* Who noticed it, e.g. "zlib". */
  char codec[32];
  /* What was being read, e.g. "header". */
  char part[32];
  /* The whole of it as one sentence. */
  char message[256];
} iio_error;

/* What one image of a file is. */
typedef struct iio_image_info {
  /* sizeof(iio_image_info) */
  size_t size;
  /* Bytes that iio_read_into needs. */
  size_t byte_count;
  /* Images in the file; -1 when not known. */
  int64_t image_count;
  /* 0 bool, 1-4 uint8-uint64, 5-8 int8-int64, 9-11 float16-float64, 12-13 complex64, complex128 */
  int32_t dtype;
  /* How many numbers of `shape` there are. */
  int32_t rank;
  /* Rows, columns and channels, with the number of images before them when there are several. */
  int64_t shape[8];
} iio_image_info;

/* Encodes `source` into `output`, which has room for `capacity` bytes, and sets `output_size`.
 *
 * iio_bound tells how much room is always enough. With too little the status is 7. */
int32_t iio_encode(
    const char *codec,
    const void *source,
    size_t source_size,
    void *output,
    size_t capacity,
    size_t *output_size,
    const iio_options *options,
    iio_error *error);

/* Decodes `source` into `output`, which has room for `capacity` bytes, and sets `output_size`.
 *
 * With a null `output` it only finds the size, in the time that decoding takes. */
int32_t iio_decode(
    const char *codec,
    const void *source,
    size_t source_size,
    void *output,
    size_t capacity,
    size_t *output_size,
    const iio_options *options,
    iio_error *error);

/* Sets `bound` to a number of bytes that encoding any `source_size` bytes never exceeds. */
int32_t iio_bound(
    const char *codec,
    size_t source_size,
    size_t *bound,
    const iio_options *options,
    iio_error *error);

/* Writes what there is to know of a codec as a JSON object in UTF-8, without a final zero, into
 * `text`, and sets `size` to its length; all codecs as an array when `codec` is null.
 *
 * With a null `text` it only finds the size. */
int32_t iio_codec_info(
    const char *codec,
    char *text,
    size_t capacity,
    size_t *size);

/* Sets `value` to a checksum of `source`: adler32, crc32, fletcher32, lookup3, xxh32, xxh64, or HDF5's
 * h5crc, h5metadata, h5string.
 *
 * `initial` is the checksum of what came before (crc32: 0, adler32: 1 for nothing), or a seed. The
 * status is 4 for md5, sha1 and sha256: see iio_digest. */
int32_t iio_checksum(
    const char *name,
    const void *source,
    size_t source_size,
    uint64_t initial,
    uint64_t *value);

/* Writes the digest of `source` (md5, sha1, sha256), or the bytes of a checksum with the highest
 * first, into `output`, and sets `output_size`: at most 32 bytes. */
int32_t iio_digest(
    const char *name,
    const void *source,
    size_t source_size,
    void *output,
    size_t capacity,
    size_t *output_size);

/* One line for a status that a function of this library returned. Never freed. */
const char *iio_strerror(
    int32_t status);

/* Opens the image file in memory at `data`, which must stay as it is until iio_close, and sets
 * `image`.
 *
 * `options` may name the format and hold its reading options as parameters. */
int32_t iio_open_memory(
    const void *data,
    size_t size,
    const iio_options *options,
    iio_image **image,
    iio_error *error);

/* Describes image `index`; -1 stands for what the format gives by default, -2 for all images
 * stacked along a new first axis. */
int32_t iio_info(
    iio_image *image,
    int64_t index,
    iio_image_info *info,
    iio_error *error);

/* Decodes image `index` into `output`, which has room for `capacity` bytes, in C order and the
 * machine's byte order. The image is not for two threads at a time. */
int32_t iio_read_into(
    iio_image *image,
    int64_t index,
    void *output,
    size_t capacity,
    iio_error *error);

/* Closes an image and frees what belongs to it. Null is allowed. */
void iio_close(
    iio_image *image);

#ifdef __cplusplus
}
#endif

#endif
