// SPDX-License-Identifier: Apache-2.0

/// Bounds on what untrusted input may make the library allocate or do.
///
/// They are on by default and bind everything: every allocation whose size comes from a file is
/// checked here first, and this is the only place where sizes from files are multiplied.
public struct Limits: Sendable, Hashable {
  public enum Field: UInt8, Sendable, Hashable, CaseIterable {
    case dimension, pixels, imageBytes, scratchBytes, images
    case metadataItemBytes, metadataBytes, metadataItems, nesting, scans, outputBytes, inputBytes
  }

  /// Largest width, height or other axis length.
  public var maxDimension: Int
  /// Largest number of pixels (elements over channels) in one image.
  public var maxPixels: Int
  /// Largest decoded image, in bytes.
  public var maxImageBytes: Int
  /// Largest working memory beyond the image itself, in bytes.
  public var maxScratchBytes: Int
  /// Most images (frames, pages, slices) one file may hold.
  public var maxImages: Int
  /// Largest single metadata item (text, profile, Exif) after decompression, in bytes.
  public var maxMetadataItemBytes: Int
  /// All metadata of a file, after decompression, in bytes.
  public var maxMetadataBytes: Int
  /// Most metadata items: chunks, tags, IFD entries.
  public var maxMetadataItems: Int
  /// Deepest nesting: IFD chains, DICOM sequences, BSDF lists.
  public var maxNesting: Int
  /// Most scans of one JPEG image.
  public var maxScans: Int
  /// Largest output of a byte codec whose output size is not known before, in bytes.
  public var maxOutputBytes: Int
  /// Most bytes taken from a pipe or another input of unknown length.
  public var maxInputBytes: Int

  public init(
    maxDimension: Int = 1 << 30, maxPixels: Int = 1 << 28, maxImageBytes: Int = 1 << 30,
    maxScratchBytes: Int = 1 << 28, maxImages: Int = 65_536, maxMetadataItemBytes: Int = 1 << 24,
    maxMetadataBytes: Int = 1 << 26, maxMetadataItems: Int = 8_192, maxNesting: Int = 64,
    maxScans: Int = 500, maxOutputBytes: Int = 1 << 30,
    maxInputBytes: Int = 1 << 30
  ) {
    self.maxDimension = maxDimension
    self.maxPixels = maxPixels
    self.maxImageBytes = maxImageBytes
    self.maxScratchBytes = maxScratchBytes
    self.maxImages = maxImages
    self.maxMetadataItemBytes = maxMetadataItemBytes
    self.maxMetadataBytes = maxMetadataBytes
    self.maxMetadataItems = maxMetadataItems
    self.maxNesting = maxNesting
    self.maxScans = maxScans
    self.maxOutputBytes = maxOutputBytes
    self.maxInputBytes = maxInputBytes
  }

  /// 256 megapixels, 1 GiB per image, 64 MiB of metadata, 65,536 images.
  public static var `default`: Limits { Limits() }

  /// Bytes that an array of `shape` and `dtype` takes.
  ///
  /// - Throws: ``CodecError`` with kind `limitExceeded` on overflow or when a bound is passed.
  public func checkedByteCount(
    shape: [Int], dtype: DType, codec: CodecError.Name, at offset: Int? = nil
  ) throws(CodecError) -> Int {
    var elements = 1
    for length in shape {
      guard length >= 0, length <= maxDimension else {
        throw CodecError(.limitExceeded(.dimension), codec: codec, at: offset)
      }
      elements = try product(elements, length, field: .pixels, codec: codec, at: offset)
    }
    let bytes = try product(
      elements, dtype.byteCount, field: .imageBytes, codec: codec, at: offset)
    guard bytes <= maxImageBytes else {
      throw CodecError(.limitExceeded(.imageBytes), codec: codec, at: offset)
    }
    return bytes
  }

  /// Checks the size of an image before anything is allocated for it.
  ///
  /// - Returns: the number of bytes of `[height, width, channels]` elements of `dtype`.
  public func checkedImage(
    width: Int, height: Int, channels: Int, dtype: DType, codec: CodecError.Name,
    at offset: Int? = nil
  ) throws(CodecError) -> Int {
    guard width >= 0, height >= 0, width <= maxDimension, height <= maxDimension else {
      throw CodecError(.limitExceeded(.dimension), codec: codec, at: offset)
    }
    let pixels = try product(width, height, field: .pixels, codec: codec, at: offset)
    guard pixels <= maxPixels else {
      throw CodecError(.limitExceeded(.pixels), codec: codec, at: offset)
    }
    return try checkedByteCount(
      shape: [height, width, channels], dtype: dtype, codec: codec, at: offset)
  }

  /// Throws `limitExceeded(field)` unless `value` is within that field's bound.
  public func check(
    _ value: Int, _ field: Field, codec: CodecError.Name, part: CodecError.Name = "",
    at offset: Int? = nil
  ) throws(CodecError) {
    guard value >= 0, value <= bound(of: field) else {
      throw CodecError(.limitExceeded(field), codec: codec, part: part, at: offset)
    }
  }

  /// The bound of one field.
  public func bound(of field: Field) -> Int {
    switch field {
    case .dimension: maxDimension
    case .pixels: maxPixels
    case .imageBytes: maxImageBytes
    case .scratchBytes: maxScratchBytes
    case .images: maxImages
    case .metadataItemBytes: maxMetadataItemBytes
    case .metadataBytes: maxMetadataBytes
    case .metadataItems: maxMetadataItems
    case .nesting: maxNesting
    case .scans: maxScans
    case .outputBytes: maxOutputBytes
    case .inputBytes: maxInputBytes
    }
  }

  private func product(
    _ a: Int, _ b: Int, field: Field, codec: CodecError.Name, at offset: Int?
  ) throws(CodecError) -> Int {
    let (product, overflow) = a.multipliedReportingOverflow(by: b)
    guard !overflow else { throw CodecError(.limitExceeded(field), codec: codec, at: offset) }
    return product
  }
}

extension Limits.Field: CustomStringConvertible {
  public var description: String {
    switch self {
    case .dimension: "dimension"
    case .pixels: "pixels"
    case .imageBytes: "image bytes"
    case .scratchBytes: "scratch bytes"
    case .images: "images"
    case .metadataItemBytes: "metadata item bytes"
    case .metadataBytes: "metadata bytes"
    case .metadataItems: "metadata items"
    case .nesting: "nesting"
    case .scans: "scans"
    case .outputBytes: "output bytes"
    case .inputBytes: "input bytes"
    }
  }
}

extension Limits {
  /// For arrays as large as one that the caller already has.
  static var unbounded: Limits {
    Limits(maxDimension: .max, maxPixels: .max, maxImageBytes: .max, maxOutputBytes: .max)
  }

  /// The same for images that go to `byteCount` bytes of the caller's: as large as these.
  func allowing(byteCount: Int) -> Limits {
    var limits = self
    limits.maxPixels = max(maxPixels, byteCount)
    limits.maxImageBytes = max(maxImageBytes, byteCount)
    return limits
  }
}
