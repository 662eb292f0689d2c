// SPDX-License-Identifier: Apache-2.0

import Codecs

/// What the JPEG benchmarks work on: the photographs given, a mosaic of them, and JPEG files as
/// they are.
struct JPEGPicture {
  var name: String
  var width: Int
  var height: Int
  /// 3, or 1 for grey.
  var channels: Int
  /// Rows without gaps.
  var pixels: [UInt8]

  /// The PNG photographs and the mosaic.
  static func all(_ inputs: Inputs) -> [JPEGPicture] {
    let photos = inputs.files.compactMap { photo($0) }
    let small = inputs.files.filter(\.isPNG).compactMap { photo($0) }
    return [mosaic(photos.isEmpty ? [generated] : photos, isSmall: inputs.isSmoke)] + small
  }

  /// The first photograph, for small cuts of it.
  static func first(_ inputs: Inputs) -> JPEGPicture {
    inputs.files.lazy.filter(\.isPNG).compactMap { photo($0) }.first ?? generated
  }

  private static func photo(_ file: Inputs.File) -> JPEGPicture? {
    let image: NDArray?
    if file.isPNG {
      var reader = try? PNG.Reader(Bytes(file.bytes))
      image = try? reader?.read(0)
    } else if file.isJPEG {
      var reader = try? JPEG.Reader(Bytes(file.bytes))
      image = try? reader?.read(0)
    } else {
      image = nil
    }
    guard let image, image.rank == 3, image.shape[2] == 3, image.dtype == .uint8 else {
      return nil
    }
    return JPEGPicture(
      name: file.name, width: image.shape[1], height: image.shape[0], channels: 3,
      pixels: image.array(as: UInt8.self))
  }

  /// Smooth colours with some noise, for want of photographs.
  private static var generated: JPEGPicture {
    var random = Inputs.Random(state: 5)
    var pixels: [UInt8] = []
    for y in 0..<512 {
      for x in 0..<512 {
        for channel in 1...3 {
          let value = (x * channel + y * 2) / 7 + Int(random.next() % 6)
          pixels.append(UInt8(truncatingIfNeeded: value))
        }
      }
    }
    return JPEGPicture(name: "generated", width: 512, height: 512, channels: 3, pixels: pixels)
  }

  /// 3072 × 2048 pixels: squares cut out of the photographs at places that differ.
  private static func mosaic(_ photos: [JPEGPicture], isSmall: Bool) -> JPEGPicture {
    let side = isSmall ? 32 : 512
    let (across, down) = (6, 4)
    let (width, height) = (across * side, down * side)
    var pixels = [UInt8](repeating: 0, count: width * height * 3)
    var random = Inputs.Random(state: 17)
    for cell in 0..<across * down {
      let photo = photos[cell % photos.count]
      let x = Int(random.next() % UInt64(max(photo.width - side, 1)))
      let y = Int(random.next() % UInt64(max(photo.height - side, 1)))
      for row in 0..<side {
        let from = ((y + row) % photo.height * photo.width + x) * 3
        let to = ((cell / across * side + row) * width + cell % across * side) * 3
        let count = min(side, photo.width - x) * 3
        pixels.replaceSubrange(to..<(to + count), with: photo.pixels[from..<(from + count)])
      }
    }
    return JPEGPicture(name: "mosaic", width: width, height: height, channels: 3, pixels: pixels)
  }

  /// Luminance, as libjpeg computes it.
  var grey: JPEGPicture {
    var result = self
    result.channels = 1
    result.pixels = stride(from: 0, to: pixels.count, by: 3).map { i in
      let sum =
        19_595 * Int(pixels[i]) + 38_470 * Int(pixels[i + 1]) + 7_471 * Int(pixels[i + 2])
      return UInt8((sum + 32_768) >> 16)
    }
    return result
  }

  /// A square from the middle.
  func cut(_ side: Int) -> JPEGPicture {
    var result = JPEGPicture(
      name: "\(name).\(side)", width: side, height: side, channels: channels, pixels: [])
    let (x, y) = ((width - side) / 2, (height - side) / 2)
    for row in 0..<side {
      let from = ((y + row) * width + x) * channels
      result.pixels += pixels[from..<(from + side * channels)]
    }
    return result
  }

  /// What lossless files are made of: bits per sample and predictor.
  static func rasters(
    _ picture: JPEGPicture
  ) -> [(name: String, picture: JPEGPicture, bits: CInt, predictor: CInt)] {
    let grey = picture.grey
    return [
      ("rgb8.p1", picture, 8, 1), ("rgb8.p7", picture, 8, 7), ("grey12.p1", grey, 12, 1),
      ("grey16.p4", grey, 16, 4),
    ]
  }

  /// An array of the samples, which have a byte or two each.
  func array(_ samples: Memory, isDeep: Bool) -> NDArray {
    let shape = [height, width, channels]
    let result =
      isDeep
      ? try? NDArray(
        Array(samples.bytes.bindMemory(to: UInt16.self).prefix(pixels.count)), shape: shape)
      : try? NDArray(pixels, shape: shape)
    guard let result else { fail("\(name) is no array\n") }
    return result
  }

  /// The samples with so many bits, in two bytes each.
  func deep(_ bits: CInt) -> Memory {
    let bits = Int(bits)
    let memory = Memory(pixels.count * 2)
    let words = memory.bytes.bindMemory(to: UInt16.self)
    for (i, sample) in pixels.enumerated() {
      words[i] = UInt16(sample) << UInt16(bits - 8) | UInt16(sample) >> UInt16(16 - bits)
    }
    memory.count = pixels.count * 2
    return memory
  }

  /// A file that libjpeg-turbo makes of the picture.
  func file(_ settings: JPEGSettings, by library: LibJPEG = .linked) -> [UInt8] {
    let samples = settings.precision == 8 ? Memory(pixels) : deep(settings.precision)
    return library.file(samples, width: width, height: height, channels: channels, settings)
  }
}

extension Inputs.File {
  var isJPEG: Bool { bytes.starts(with: [0xFF, 0xD8, 0xFF]) }

  /// The first component's sampling factors of a JPEG file with three components, and whether it
  /// is progressive.
  var jpegFrame: (h: Int, v: Int, isProgressive: Bool)? {
    guard isJPEG else { return nil }
    var offset = 2
    while offset + 12 < bytes.count, bytes[offset] == 0xFF {
      let (marker, length) = (
        bytes[offset + 1], Int(bytes[offset + 2]) << 8 | Int(bytes[offset + 3])
      )
      if (0xC0...0xC2).contains(marker) {
        guard bytes[offset + 9] == 3 else { return nil }
        let factors = Int(bytes[offset + 11])
        return (factors >> 4, factors & 15, marker == 0xC2)
      }
      offset += 2 + length
    }
    return nil
  }
}
