// SPDX-License-Identifier: Apache-2.0

import IIO
import Testing

/// bmpsuite's files against its own pictures, which show what each file means.
@Suite(.enabled(if: Corpus.folder != nil))
struct BMPSuiteTests {
  struct Pair: Sendable, CustomStringConvertible {
    var file: String
    var picture: String
    /// Largest difference of a sample: 1 where bmpsuite has rounded what it stores or scales.
    var tolerance = 0
    var alpha = BMP.DecodeOptions.Alpha.declared
    var description: String { file }
  }

  static let same = [
    "g/pal1", "g/pal1bg", "g/pal4", "g/pal4gs", "g/pal8", "g/pal8gs", "g/pal8w124", "g/pal8w125",
    "g/pal8w126", "g/rgb24", "q/pal1p1", "q/pal2", "q/pal2color", "q/rgba32",
  ].map { Pair(file: $0, picture: String($0.dropFirst(2))) }

  static let pairs: [Pair] =
    same
    + [
      ("pal1", ["g/pal1wb", "q/pal1huffmsb", "q/pal1huff"]),
      ("pal4", ["g/pal4rle"]),
      (
        "pal8",
        [
          "g/pal8-0", "g/pal8os2", "g/pal8rle", "g/pal8topdown", "g/pal8v4", "g/pal8v5", "q/ba-bm",
          "q/pal8offs", "q/pal8os2-hs", "q/pal8os2-sz", "q/pal8os2sp", "q/pal8os2v2-16",
          "q/pal8os2v2-40sz", "q/pal8os2v2-sz", "q/pal8os2v2", "q/pal8oversizepal",
          "q/rgb24rle24", "b/rletopdown",
        ]
      ),
      ("pal4rlecut-0", ["q/pal4rlecut"]), ("pal4rletrns-0", ["q/pal4rletrns"]),
      ("pal8rlecut-0", ["q/pal8rlecut"]), ("pal8rletrns-0", ["q/pal8rletrns"]),
      (
        "rgb24",
        [
          "g/rgb24pal", "g/rgb32", "g/rgb32bf", "g/rgb32bfdef", "q/rgb24largepal",
          "q/rgb24lprof", "q/rgb24png", "q/rgb24prof", "q/rgb32-xbgr", "q/rgb32fakealpha",
          "q/rgb32h52",
        ]
      ),
      ("rgba32", ["q/rgba32-1", "q/rgba32abf", "q/rgba32h56"]),
    ].flatMap { picture, files in files.map { Pair(file: $0, picture: picture) } }
    + [
      ("rgb16", ["g/rgb16", "g/rgb16bfdef", "q/rgb16faketrns"]),
      ("rgb16-565", ["g/rgb16-565", "g/rgb16-565pal"]), ("rgb16-231", ["q/rgb16-231"]),
      ("rgb16-3103", ["q/rgb16-3103"]), ("rgb16-880", ["b/rgb16-880"]),
      ("rgb32-7187", ["q/rgb32-7187"]), ("rgb24", ["q/rgb32-111110"]),
      ("rgba32", ["q/rgba64"]), ("rgba16-1924", ["q/rgba16-1924"]),
      ("rgba16-4444", ["q/rgba16-4444"]),
      ("rgba16-5551", ["q/rgba16-5551"]), ("rgba32-1010102", ["q/rgba32-1010102"]),
      ("rgba32-61754", ["q/rgba32-61754"]), ("rgba32-81284", ["q/rgba32-81284"]),
    ].flatMap { picture, files in
      files.map { Pair(file: $0, picture: picture, tolerance: 1) }
    }
    + [
      Pair(file: "q/pal4rlecut", picture: "pal4rlecut", alpha: .any),
      Pair(file: "q/pal4rletrns", picture: "pal4rletrns", alpha: .any),
      Pair(file: "q/pal8rlecut", picture: "pal8rlecut", alpha: .any),
      Pair(file: "q/pal8rletrns", picture: "pal8rletrns", alpha: .any),
      Pair(file: "q/rgb32fakealpha", picture: "fakealpha", alpha: .any),
      Pair(file: "q/rgb16faketrns", picture: "rgb16faketrns", tolerance: 1, alpha: .any),
    ]

  @Test(arguments: pairs)
  func fileShowsItsPicture(pair: Pair) throws {
    let file = try #require(Corpus.read("bmp/bmpsuite/\(pair.file).bmp"))
    let picture = try #require(Corpus.read("bmp/bmpsuite/expected/\(pair.picture).png"))
    let found = try BMP.decode(file, options: .init(stored: false, alpha: pair.alpha))
    let expected = try imread(.bytes(Bytes(picture)), extension: "png")
    #expect(found.shape.prefix(2) == expected.shape.prefix(2))
    let (a, b) = (rgba(found), rgba(expected))
    try #require(a.count == b.count)
    var worst = 0
    for i in a.indices where b[i | 3] > 0 || i & 3 == 3 {
      worst = max(worst, abs(Int(a[i]) - Int(b[i])))
    }
    #expect(worst <= pair.tolerance)
  }

  /// Any image as red, green, blue, alpha bytes.
  private func rgba(_ image: NDArray) -> [UInt8] {
    let samples: [UInt8] =
      switch image.dtype {
      case .bool: image.array(as: Bool.self).map { $0 ? 255 : 0 }
      case .uint16: image.array(as: UInt16.self).map { UInt8((Int($0) * 255 + 32_767) / 65_535) }
      default: image.array(as: UInt8.self)
      }
    let channels = image.rank == 2 ? 1 : image.shape[2]
    var result: [UInt8] = []
    result.reserveCapacity(samples.count / channels * 4)
    for start in stride(from: 0, to: samples.count, by: channels) {
      let isGrey = channels < 3
      result += (0..<3).map { samples[start + (isGrey ? 0 : $0)] }
      result.append(channels % 2 == 0 ? samples[start + channels - 1] : 255)
    }
    return result
  }
}
