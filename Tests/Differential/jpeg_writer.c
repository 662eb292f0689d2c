// SPDX-License-Identifier: Apache-2.0
// jpeg_writer WIDTH HEIGHT CHANNELS BITS RAW_FILE JPEG_FILE [NAME=NUMBER]…
//
// Writes raw samples with libjpeg-turbo 3, of which the headers of version 2 know the rest:
// samples of 2 to 16 bits (two bytes from 9 on), lossy and lossless. Links to the library that
// Pillow's wheel brings, see jpeg_encode.py.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <jpeglib.h>

JDIMENSION jpeg12_write_scanlines(j_compress_ptr, short **, JDIMENSION);
JDIMENSION jpeg16_write_scanlines(j_compress_ptr, unsigned short **, JDIMENSION);
void jpeg_enable_lossless(j_compress_ptr, int predictor, int point_transform);

static int option_count;
static char **options;

static int option(const char *name, int otherwise) {
  size_t length = strlen(name);
  for (int i = 0; i < option_count; i++)
    if (!strncmp(options[i], name, length) && options[i][length] == '=')
      return atoi(options[i] + length + 1);
  return otherwise;
}

int main(int count, char **words) {
  if (count < 7) return 2;
  option_count = count - 7, options = words + 7;
  struct jpeg_compress_struct jpeg;
  struct jpeg_error_mgr errors;
  jpeg.err = jpeg_std_error(&errors);
  jpeg_create_compress(&jpeg);
  FILE *input = fopen(words[5], "rb"), *output = fopen(words[6], "wb");
  if (!input || !output) return 2;
  jpeg_stdio_dest(&jpeg, output);
  jpeg.image_width = atoi(words[1]);
  jpeg.image_height = atoi(words[2]);
  int channels = jpeg.input_components = atoi(words[3]);
  int bits = jpeg.data_precision = atoi(words[4]);
  jpeg.in_color_space = channels == 1   ? JCS_GRAYSCALE
                        : channels == 3 ? JCS_RGB
                        : channels == 4 ? JCS_CMYK
                                        : JCS_UNKNOWN;
  jpeg_set_defaults(&jpeg);
  int predictor = option("predictor", 0);
  if (predictor) {
    jpeg_enable_lossless(&jpeg, predictor, option("point_transform", 0));
    jpeg_set_colorspace(&jpeg, jpeg.in_color_space);
  } else {
    jpeg_set_quality(&jpeg, option("quality", 75), TRUE);
  }
  if (jpeg.jpeg_color_space == JCS_YCbCr) {
    jpeg.comp_info[0].h_samp_factor = option("h", 2);
    jpeg.comp_info[0].v_samp_factor = option("v", 2);
  }
  jpeg.optimize_coding = option("optimize", jpeg.optimize_coding);
  jpeg.arith_code = option("arithmetic", 0);
  jpeg.restart_interval = option("restart_marker_blocks", 0);
  jpeg.restart_in_rows = option("restart_marker_rows", 0);
  if (option("progressive", 0)) jpeg_simple_progression(&jpeg);
  jpeg_start_compress(&jpeg, TRUE);
  size_t size = (size_t)jpeg.image_width * channels * (bits > 8 ? 2 : 1);
  void *row = malloc(size);
  while (jpeg.next_scanline < jpeg.image_height) {
    if (fread(row, 1, size, input) != size) return 2;
    if (bits <= 8) jpeg_write_scanlines(&jpeg, (JSAMPARRAY)&row, 1);
    else if (bits <= 12) jpeg12_write_scanlines(&jpeg, (short **)&row, 1);
    else jpeg16_write_scanlines(&jpeg, (unsigned short **)&row, 1);
  }
  jpeg_finish_compress(&jpeg);
  return fclose(output) != 0;
}
