// SPDX-License-Identifier: Apache-2.0

extension FormatManager {
  /// All built-in formats, in order of preference. Adding a format to the library is one line here.
  public static var standard: FormatManager {
    FormatManager([
      PNG.self,
      JPEG.self,
      BMP.self,
      QOI.self,
      DDS.self,
      RGBE.self,
      NPY.self,
      Deflate.self,
      Gzip.self,
      Zlib.self,
    ])
  }
}
