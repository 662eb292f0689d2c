// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

#if canImport(Glibc)
  import Glibc
#elseif canImport(Musl)
  import Musl
#elseif canImport(Darwin)
  import Darwin
#endif

/// Damaged files, limits, and the odd headers.
@Suite struct BMPFileTests {
  static let files: [Fixtures.Entry] = Fixtures.entries(of: "bmp")

  private func decode(
    _ file: [UInt8], _ options: BMP.DecodeOptions = .init(), _ policy: DecodePolicy = .default
  ) -> Result<NDArray, CodecError> {
    Result { () throws(CodecError) in try BMP.decode(file, options: options, policy: policy) }
  }

  @Test("A file cut anywhere throws or is the whole image", arguments: files)
  func truncation(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let whole = try BMP.decode(file, options: .init())
    for length in 0..<file.count {
      let part = Array(file[..<length])
      switch decode(part) {
      case .success(let image):
        // Only padding, an end mark or bytes behind the pixels may go missing.
        let isSame = image == whole
        #expect(isSame, "\(length) of \(file.count) bytes")
      case .failure(let error): #expect(error.isDamage, "\(length) bytes: \(error)")
      }
      if case .failure(let error) = decode(part, .init(), .salvage) {
        #expect(error.isDamage, "\(length) bytes: \(error)")
      }
    }
  }

  @Test("One changed byte never does harm", arguments: files)
  func mutation(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    var policy = DecodePolicy.default
    policy.limits.maxPixels = 1 << 12
    for position in 0..<min(file.count, 160) {
      for value in [0, 1, 0x80, ~file[position]] {
        var changed = file
        changed[position] = value
        for leniency in [DecodePolicy.Leniency.strict, .standard, .salvage] {
          policy.leniency = leniency
          for options in [BMP.DecodeOptions(), .init(stored: true, alpha: .any)] {
            guard case .success(let image) = decode(changed, options, policy) else { continue }
            let source = changed.rawSpan
            let properties = try BMP.inspect(source, options: options, policy: policy)
            let agrees = properties.shape == image.shape && properties.dtype == image.dtype
            #expect(agrees, "byte \(position) = \(value)")
          }
        }
      }
    }
  }

  @Test("The outline claims every byte once, whole or cut", arguments: files)
  func outline(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let whole = try BMP.outline(Bytes(file), policy: .default)
    #expect(whole.unclaimed == [] && whole.overlaps == [])
    #expect(!whole.leaves.contains { $0.name == "error" })
    for length in 0..<file.count {
      let cut = try BMP.outline(Bytes(Array(file[..<length])), policy: .default)
      #expect(cut.unclaimed == [] && cut.overlaps == [], "\(length) bytes")
    }
  }

  @Test("Each limit stops the decode", arguments: ["rgb24", "pal4", "pal8-rle", "rgb565"])
  func limits(name: String) throws {
    let file = try #require(Fixtures.read("bmp/\(name).bmp"))
    func kind(_ change: (inout Limits) -> Void) -> CodecError.Kind? {
      var policy = DecodePolicy.salvage
      change(&policy.limits)
      if case .failure(let error) = decode(file, .init(), policy) { return error.kind }
      return nil
    }
    #expect(kind { $0.maxDimension = 4 } == .limitExceeded(.dimension))
    #expect(kind { $0.maxPixels = 30 } == .limitExceeded(.pixels))
    #expect(kind { $0.maxImageBytes = 100 } == .limitExceeded(.imageBytes))
    if name.hasPrefix("pal") {
      #expect(kind { $0.maxScratchBytes = 50 } == .limitExceeded(.scratchBytes))
    }
  }

  @Test func aProfileOverTheLimitIsRefused() throws {
    let file = try #require(Fixtures.read("bmp/rgba32-v5-icc.bmp"))
    var policy = DecodePolicy.default
    policy.limits.maxMetadataItemBytes = 5
    let source = file.rawSpan
    var kind: CodecError.Kind?
    do throws(CodecError) {
      _ = try BMP.metadata(source, options: .init(), policy: policy, excludingApplied: true)
    } catch { kind = error.kind }
    #expect(kind == .limitExceeded(.metadataItemBytes))
  }

  @Test func hugeDimensionsEndInALimitNotInATrap() throws {
    for bits in [1, 2, 4, 8, 16, 24, 32, 64] {
      for (width, height) in [(Int(Int32.max), 1), (1, Int(Int32.max)), (1, Int(Int32.min))] {
        let bitmap = BMPBuilder(width: width, height: height, bits: bits, pixels: [0, 0, 0, 0])
        for compression in 0...6 {
          var changed = bitmap
          changed.compression = compression
          guard case .failure(let error) = decode(changed.bytes) else { continue }
          #expect([BMP.name, PNG.name, JPEG.name].contains(error.codec))
        }
      }
    }
  }

  @Test func progressIsReportedAndStops() throws {
    let image = try NDArray(zeros: [200, 3, 3], dtype: .uint8)
    let file = try BMP.encode(image)
    let calls = Counter()
    var policy = DecodePolicy.default
    policy.progress = { fraction in
      calls.add()
      return fraction < 0.5
    }
    guard case .failure(let error) = decode(file, .init(), policy) else {
      Issue.record("was not cancelled")
      return
    }
    #expect(error.kind == .cancelled)
    #expect(calls.value == 3)
  }

  @Test func rowsBeforeTheCutAreSalvaged() throws {
    let file = try #require(Fixtures.read("bmp/rgb24-topdown.bmp"))
    let whole = try BMP.decode(file, options: .init())
    var diagnostics = Diagnostics()
    let cut = Array(file[..<(file.count - 30)])
    let source = cut.rawSpan
    let part = try BMP.decode(source, policy: .salvage, diagnostics: &diagnostics)
    #expect(diagnostics.damage?.rowCount == 3)
    #expect(part[0..<3] == whole[0..<3])
    let lost = part[3..<5].array(as: UInt8.self)
    #expect(lost.allSatisfy { $0 == 0 })
  }

  @Test func theThresholdsAreThoseOfSRGB() throws {
    // Pixels of every linear value, as 64-bit bitmap rows.
    let values = Array(0...8192)
    var pixels: [UInt8] = []
    for value in values {
      for _ in 0..<4 { pixels += [UInt8(value & 255), UInt8(value >> 8)] }
    }
    let bitmap = BMPBuilder(width: values.count, height: 1, bits: 64, pixels: pixels)
    let image = try BMP.decode(bitmap.bytes, options: .init())
    let shown = image.array(as: UInt8.self)
    let expected = values.flatMap { value -> [UInt8] in
      let light = Double(value) / 8192
      let curve = light <= 0.0031308 ? light * 12.92 : 1.055 * pow(light, 1 / 2.4) - 0.055
      let byte = UInt8((curve * 255).rounded())
      return [byte, byte, byte, UInt8((light * 255).rounded())]
    }
    #expect(image.shape == [1, 8193, 4])
    #expect(shown == expected)
  }
}
