// SPDX-License-Identifier: Apache-2.0

import TestSupport
import Testing

@testable import Codecs

/// Decodes a whole file.
func decodeJPEG(
  _ file: [UInt8], _ options: JPEG.DecodeOptions = .init(), policy: DecodePolicy = .default,
  diagnostics: inout Diagnostics
) throws(CodecError) -> NDArray {
  try JPEG.decode(file.rawSpan, options: options, policy: policy, diagnostics: &diagnostics)
}

func decodeJPEG(
  _ file: [UInt8], _ options: JPEG.DecodeOptions = .init(), policy: DecodePolicy = .default
) throws(CodecError) -> NDArray {
  var diagnostics = Diagnostics()
  return try decodeJPEG(file, options, policy: policy, diagnostics: &diagnostics)
}

@Suite struct JPEGDecodeTests {
  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func aFixtureDecodesToItsPixels(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let image = try decodeJPEG(file, policy: .strict)
    #expect(image.shape == entry.shape)
    #expect(image.dtype == entry.dtype)
    let hash = SHA256.digest(image.bytes).map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }
    #expect(hash.joined() == entry.sha256)
  }

  /// The vector code for rows against the plain code, which gets the components one by one.
  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func colourLayoutsAreWhatTheComponentsGive(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let rgb = try decodeJPEG(file)
    guard rgb.rank == 3, rgb.shape[2] == 3, rgb.dtype == .uint8 else { return }
    let reference = rgb.array(as: UInt8.self)
    for (output, channels) in [(JPEG.Output.bgr, 3), (.rgba, 4), (.bgra, 4), (.rgb, 3)] {
      var options = JPEG.DecodeOptions()
      options.output = output
      let image = try decodeJPEG(file, options)
      var expected: [UInt8] = []
      for i in stride(from: 0, to: reference.count, by: 3) {
        let pixel = [reference[i], reference[i + 1], reference[i + 2]]
        expected += output == .bgr || output == .bgra ? pixel.reversed() : pixel
        if channels == 4 { expected.append(255) }
      }
      #expect(image.shape[2] == channels)
      let actual = image.array(as: UInt8.self)
      #expect(actual == expected)
    }
    if entry.name.contains("rgb") { return }
    var options = JPEG.DecodeOptions()
    options.output = .components
    let components = try decodeJPEG(file, options)
    let span = components.array(as: UInt8.self)
    var converted = [UInt8](repeating: 0, count: span.count)
    var rows = [[UInt8]](repeating: [], count: 3)
    for i in span.indices { rows[i % 3].append(span[i]) }
    let planar = rows[0] + rows[1] + rows[2]
    var target = converted.mutableSpan
    var bytes = target.rawBytes
    let count = span.count / 3
    JPEG.Conversion.ycbcrToRGB(.rgb).convert(
      planar.span, [0, count, 2 * count], largest: 255, into: &bytes, at: 0, count: count)
    #expect(converted == reference)
  }

  @Test(arguments: Fixtures.entries(of: "jpeg"))
  func everyByteOfAFixtureIsClaimedOnce(entry: Fixtures.Entry) throws {
    let file = try #require(Fixtures.read(entry.name))
    let outline = try JPEG.outline(Bytes(file + [1, 2, 3]), policy: .default)
    #expect(outline.unclaimed == [])
    #expect(outline.overlaps == [])
    #expect(!outline.nodes.contains { $0.name == "error" })
    #expect(outline.nodes.last?.name == "trailing bytes")
  }

  @Test func metadataHasTheNamesOfImageio() throws {
    var file = ByteWriter()
    JPEG.write(.soi, to: &file)
    var jfif = JPEG.JFIF()
    (jfif.unit, jfif.xDensity, jfif.yDensity) = (1, 300, 150)
    jfif.write(to: &file)
    JPEG.Adobe(transform: 1).write(to: &file)
    for (number, part) in [(2, "two"), (1, "one")] {
      JPEG.writeHead(.app(2), payloadByteCount: 17, to: &file)
      file.append(JPEG.Signature.icc)
      file.append([UInt8(number), 2])
      file.append(part)
    }
    JPEG.writeHead(.com, payloadByteCount: 5, to: &file)
    file.append("hello")
    let bytes = file.bytes
    let metadata = try JPEG.metadata(bytes.rawSpan, policy: .default)
    #expect(metadata["jfif_density"] == .array([300, 150]))
    #expect(metadata["dpi"] == .array([300, 150]))
    #expect(metadata["adobe_transform"] == 1)
    #expect(metadata["icc_profile"] == .bytes(Bytes(Array("onetwo".utf8))))
    #expect(metadata["comment"] == .bytes(Bytes(Array("hello".utf8))))
  }

  @Test func rowsGoIntoTheCallersMemoryWithItsStride() throws {
    let file = try #require(Fixtures.read("jpeg/baseline-420.jpg"))
    let image = try decodeJPEG(file)
    let expected = image.array(as: UInt8.self)
    let (height, rowByteCount, stride) = (image.shape[0], image.shape[1] * 3, 200)
    var memory = [UInt8](repeating: 7, count: height * stride)
    var diagnostics = Diagnostics()
    do {
      var target = memory.mutableSpan
      var bytes = target.rawBytes
      try JPEG.decode(
        file.rawSpan, into: &bytes, rowStride: stride, options: .init(),
        diagnostics: &diagnostics)
    }
    var (rows, gaps): ([UInt8], [UInt8]) = ([], [])
    for y in 0..<height {
      rows += memory[y * stride..<y * stride + rowByteCount]
      gaps += memory[y * stride + rowByteCount..<(y + 1) * stride]
    }
    #expect(rows == expected)
    #expect(gaps.allSatisfy { $0 == 7 })
  }

  @Test func memoryThatIsTooSmallIsRefused() throws {
    let file = try #require(Fixtures.read("jpeg/baseline-420.jpg"))
    var memory = [UInt8](repeating: 0, count: 37 * 45 * 3 - 1)
    var target = memory.mutableSpan
    var bytes = target.rawBytes
    var diagnostics = Diagnostics()
    var kind: CodecError.Kind?
    do throws(CodecError) {
      try JPEG.decode(
        file.rawSpan, into: &bytes, options: .init(), diagnostics: &diagnostics)
    } catch { kind = error.kind }
    #expect(kind == .outputFull(needed: 37 * 45 * 3))
  }

  @Test(arguments: ["baseline-420", "restart", "grey", "q100"])
  func aFileCutOffAnywhereIsDecodedOrRefused(name: String) throws {
    let file = try #require(Fixtures.read("jpeg/\(name).jpg"))
    let shape = try decodeJPEG(file).shape
    var decoded = 0
    for length in 0..<file.count {
      do throws(CodecError) {
        var diagnostics = Diagnostics()
        let image = try decodeJPEG(Array(file[..<length]), diagnostics: &diagnostics)
        #expect(image.shape == shape)
        #expect(!diagnostics.warnings.isEmpty)
        decoded += 1
      } catch {
        #expect(error.isDamage)
      }
    }
    #expect(decoded > 100)
  }

  @Test(arguments: ["baseline-422", "restart", "optimised", "q1"])
  func oneWrongByteNeverTraps(name: String) throws {
    let file = try #require(Fixtures.read("jpeg/\(name).jpg"))
    var generator = SeededGenerator(seed: 5)
    var limits = Limits.default
    limits.maxPixels = 1 << 20
    for _ in 0..<4_000 {
      var mutant = file
      mutant[Int(generator.next() % UInt64(file.count))] = UInt8(
        truncatingIfNeeded: generator.next())
      _ = try? decodeJPEG(mutant, policy: DecodePolicy(limits: limits))
    }
  }

  @Test func limitsHold() throws {
    let file = try #require(Fixtures.read("jpeg/baseline-420.jpg"))
    func failure(_ change: (inout Limits) -> Void) -> CodecError.Kind? {
      var limits = Limits.default
      change(&limits)
      do throws(CodecError) {
        _ = try decodeJPEG(file, policy: DecodePolicy(limits: limits))
        return nil
      } catch { return error.kind }
    }
    #expect(failure { $0.maxPixels = 37 * 45 - 1 } == .limitExceeded(.pixels))
    #expect(failure { $0.maxDimension = 44 } == .limitExceeded(.dimension))
    #expect(failure { $0.maxImageBytes = 37 * 45 * 3 - 1 } == .limitExceeded(.imageBytes))
    #expect(failure { $0.maxScratchBytes = 1_000 } == .limitExceeded(.scratchBytes))
    #expect(failure { $0.maxScans = 0 } == .limitExceeded(.scans))
  }

  @Test func progressCanCancel() throws {
    let file = try #require(Fixtures.read("jpeg/large.jpg"))
    var kind: CodecError.Kind?
    do throws(CodecError) {
      _ = try decodeJPEG(file, policy: DecodePolicy(progress: { $0 < 0.5 }))
    } catch { kind = error.kind }
    #expect(kind == .cancelled)
  }
}
