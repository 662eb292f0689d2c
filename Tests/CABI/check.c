/* SPDX-License-Identifier: Apache-2.0
 * The C interface, used from C: round trips, errors with their places, an image read from memory. */
#include "iiocodecs.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int failures = 0;

#define EXPECT(condition)                                                     \
  do {                                                                        \
    if (!(condition)) {                                                       \
      fprintf(stderr, "line %d: %s does not hold\n", __LINE__, #condition);   \
      failures++;                                                             \
    }                                                                         \
  } while (0)

static void round_trip(const char *codec) {
  unsigned char source[5000], encoded[70000 + 65600], decoded[5000];
  size_t bound = 0, encoded_size = 0, size = 0;
  iio_error error = {sizeof(iio_error), 0, 0, 0, {0}, {0}, {0}};
  for (size_t i = 0; i < sizeof source; i++) source[i] = (unsigned char)(i / 7 % 50);
  EXPECT(iio_bound(codec, sizeof source, &bound, NULL, &error) == 0);
  EXPECT(bound <= sizeof encoded);
  EXPECT(iio_encode(codec, source, sizeof source, encoded, bound, &encoded_size, NULL, &error) == 0);
  EXPECT(encoded_size < sizeof source);
  EXPECT(iio_decode(codec, encoded, encoded_size, NULL, 0, &size, NULL, &error) == 0);
  EXPECT(size == sizeof source);
  EXPECT(iio_decode(codec, encoded, encoded_size, decoded, sizeof decoded, &size, NULL, &error) == 0);
  EXPECT(size == sizeof source && memcmp(source, decoded, size) == 0);
  EXPECT(iio_decode(codec, encoded, encoded_size, decoded, 100, &size, NULL, &error) == 7);
}

static void errors(void) {
  const unsigned char broken[] = {0x78, 0x9C, 0x07};
  unsigned char output[16];
  size_t size = 0;
  iio_error error = {sizeof(iio_error), 0, 0, 0, {0}, {0}, {0}};
  EXPECT(iio_decode("zlib", broken, sizeof broken, output, sizeof output, &size, NULL, &error) == 5);
  EXPECT(error.status == 5 && error.offset == 2 && error.bit == 0);
  EXPECT(strcmp(error.codec, "zlib") == 0);
  EXPECT(strstr(error.message, "block type is 3") != NULL);
  EXPECT(iio_decode("no such codec", broken, 3, output, 16, &size, NULL, &error) == 4);
  /* A structure of an older header: what it lacks is not written. */
  struct { size_t size; int32_t status; int32_t sentinel; } older = {12, 0, 77};
  EXPECT(iio_decode("zlib", broken, 3, output, 16, &size, NULL, (iio_error *)(void *)&older) == 5);
  EXPECT(older.status == 5 && older.sentinel == 77);
  EXPECT(strlen(iio_strerror(5)) > 0 && strlen(iio_strerror(-99)) > 0);
}

static void parameters(void) {
  unsigned char source[1000] = {0}, encoded[2000];
  size_t size = 0, stored = 0;
  iio_parameter level = {"level", 0, 0, 0, 0, NULL, 0};
  iio_options options = {sizeof(iio_options), &level, 1, 0, NULL};
  EXPECT(iio_encode("deflate", source, 1000, encoded, 2000, &size, NULL, NULL) == 0);
  EXPECT(iio_encode("deflate", source, 1000, encoded, 2000, &stored, &options, NULL) == 0);
  EXPECT(size < 30 && stored > 1000);
  level.integer = 99;
  EXPECT(iio_encode("deflate", source, 1000, encoded, 2000, &size, &options, NULL) == 2);
  level.name = "no such parameter";
  EXPECT(iio_encode("deflate", source, 1000, encoded, 2000, &size, &options, NULL) == 2);
}

static void information(void) {
  char text[65536];
  size_t size = 0, all = 0;
  EXPECT(iio_codec_info("packbits", text, sizeof text, &size) == 0);
  EXPECT(size > 0 && text[0] == '{' && text[size - 1] == '}');
  EXPECT(iio_codec_info(NULL, NULL, 0, &all) == 0);
  EXPECT(all > size);
  EXPECT(iio_codec_info(NULL, text, 3, &all) == 7);
}

static void checksums(void) {
  uint64_t value = 0;
  EXPECT(iio_checksum("crc32", "123456789", 9, 0, &value) == 0);
  EXPECT(value == 0xCBF43926);
  EXPECT(iio_checksum("adler32", "123456789", 9, 1, &value) == 0);
  EXPECT(value == 0x091E01DE);
  EXPECT(iio_checksum("none", "", 0, 0, &value) == 4);
  EXPECT(iio_checksum("md5", "", 0, 0, &value) == 4);

  unsigned char digest[32];
  size_t size = 0;
  EXPECT(iio_digest("md5", "abc", 3, digest, sizeof digest, &size) == 0 && size == 16);
  EXPECT(digest[0] == 0x90 && digest[15] == 0x72);
  EXPECT(iio_digest("sha1", "abc", 3, digest, sizeof digest, &size) == 0 && size == 20);
  EXPECT(digest[0] == 0xA9 && digest[19] == 0x9D);
  EXPECT(iio_digest("crc32", "123456789", 9, digest, 4, &size) == 0 && size == 4);
  EXPECT(digest[0] == 0xCB && digest[3] == 0x26);
  EXPECT(iio_digest("sha256", "abc", 3, digest, 31, &size) == 7);
  EXPECT(iio_digest("none", "", 0, digest, sizeof digest, &size) == 4);
}

static void image(const char *path) {
  unsigned char *bytes = malloc(1 << 20), *pixels = malloc(1 << 22);
  FILE *file = fopen(path, "rb");
  size_t size = file ? fread(bytes, 1, 1 << 20, file) : 0;
  iio_image *image = NULL;
  iio_image_info info = {sizeof(iio_image_info), 0, 0, 0, 0, {0}};
  iio_error error = {sizeof(iio_error), 0, 0, 0, {0}, {0}, {0}};
  if (file) fclose(file);
  EXPECT(size > 0);
  EXPECT(iio_open_memory(bytes, size, NULL, &image, &error) == 0);
  EXPECT(iio_info(image, 0, &info, &error) == 0);
  EXPECT(info.rank == 3 && info.shape[2] == 3 && info.dtype == 1 && info.image_count == 1);
  EXPECT(iio_read_into(image, 0, pixels, info.byte_count, &error) == 0);
  EXPECT(iio_read_into(image, 0, pixels, info.byte_count - 1, &error) == 7);
  EXPECT(iio_info(image, 5, &info, &error) == 2);
  iio_close(image);
  iio_close(NULL);
  EXPECT(iio_open_memory("nothing known", 13, NULL, &image, &error) == 4);
  free(bytes);
  free(pixels);
}

int main(int count, char **arguments) {
  round_trip("zlib");
  round_trip("gzip");
  round_trip("lz4");
  round_trip("packbits");
  errors();
  parameters();
  information();
  checksums();
  image(count > 1 ? arguments[1] : "");
  if (failures == 0) puts("C interface: all checks passed");
  return failures != 0;
}
