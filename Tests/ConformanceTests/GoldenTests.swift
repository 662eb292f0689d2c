// SPDX-License-Identifier: Apache-2.0

import IIO
import Testing

/// The images of imageio's own tests: shape, type and CRC-32 of the pixels that imageio returns.
@Suite(.enabled(if: Corpus.folder != nil))
struct GoldenTests {
  struct Golden: Sendable {
    var name: String
    var shape: [Int]
    var crc: UInt32
    init(_ name: String, _ shape: [Int], _ crc: UInt32) {
      self.name = name
      self.shape = shape
      self.crc = crc
    }
  }

  static let all: [Golden] = [
    Golden("astronaut.png", [512, 512, 3], 0xFDCA_A55F),
    Golden("camera.png", [512, 512], 0x59C2_562E),
    Golden("checkerboard.png", [200, 200], 0x720A_049A),
    Golden("chelsea.png", [300, 451, 3], 0x0F82_9D59),
    Golden("chelsea.bmp", [300, 451, 3], 0x0F82_9D59),
    Golden("clock.png", [300, 400], 0x99E1_18D0),
    Golden("coffee.png", [400, 600, 3], 0xACF4_1373),
    Golden("coins.png", [303, 384], 0x0AC5_A20F),
    Golden("horse.png", [328, 400, 4], 0x627A_FBDF),
    Golden("hubble_deep_field.png", [872, 1000, 3], 0x767B_1CAF),
    Golden("imageio16.png", [16, 16, 4], 0xB579_C198),
    Golden("imageio256.png", [256, 256, 4], 0xC14B_95D6),
    Golden("imageio_banner.png", [128, 624, 4], 0x1189_CF8F),
    Golden("immunohistochemistry.png", [512, 512, 3], 0x9CB3_A458),
    Golden("wikkie.png", [512, 512, 3], 0x32D1_1B16),
    Golden("kodim03.png", [512, 768, 3], 0x00A6_181E),
    Golden("lena.png", [188, 525, 3], 0xBD0E_B613),
    Golden("moon.png", [512, 512], 0x546B_C67A),
    Golden("page.png", [191, 384], 0xB114_AF62),
    Golden("text.png", [172, 448], 0x2D1D_C3A9),
    // A palette with transparency: imageio drops the alpha unless asked, we keep it.
    Golden("imageio_issue246.png", [24, 30, 4], 0x3B3B_9E62),
    Golden("chelsea.jpg", [300, 451, 3], 0x1C37_292C),
    Golden("bricks.jpg", [512, 512, 3], 0x3977_8CC1),
    Golden("wood.jpg", [512, 512, 3], 0x8BA5_F435),
    Golden("meadow_cube.jpg", [12288, 2048, 3], 0x5ED4_DB66),
    Golden("rommel.jpg", [2304, 3072, 3], 0x9F83_D111),
    Golden("scribble_P_RGB.bmp", [600, 800, 3], 0xEEB6_3D2F),
  ]

  static let folders = ["bench/imageio", "png/imageio", "bmp/imageio", "jpeg/imageio"]

  /// The goldens whose files are in the corpus: not all of imageio's files can be had.
  static let present = all.filter { golden in
    folders.contains { Corpus.exists("\($0)/\(golden.name)") }
  }

  @Test(arguments: present)
  func theImageIsTheOneThatImageioReads(golden: Golden) throws {
    let folder = try #require(Self.folders.first { Corpus.exists("\($0)/\(golden.name)") })
    let bytes = try #require(Corpus.read("\(folder)/\(golden.name)"))
    let image = try imread(.bytes(Bytes(bytes)))
    let crc = CRC32.checksum(image.bytes)
    #expect(image.shape == golden.shape && image.dtype == .uint8)
    #expect(crc == golden.crc)
  }

  @Test func aPaletteWithTransparencyCanBeReadAsRGB() throws {
    let bytes = try #require(Corpus.read("png/imageio/imageio_issue246.png"))
    let image = try imread(.bytes(Bytes(bytes)), options: ["mode": "RGB"])
    let crc = CRC32.checksum(image.bytes)
    #expect(image.shape == [24, 30, 3] && crc == 0x7522_0905)
  }

  @Test func manyOfTheFilesAreThere() { #expect(Self.present.count >= 15) }
}
