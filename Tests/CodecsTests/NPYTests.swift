// SPDX-License-Identifier: Apache-2.0

import Codecs
import TestSupport
import Testing

@Suite("NPY")
struct NPYTests {
  /// A file of version 1.0 with any dictionary.
  static func file(_ dictionary: String, _ data: [UInt8] = [], version: UInt8 = 1) -> [UInt8] {
    let text = Array(dictionary.utf8)
    let size = [UInt8(text.count & 255), UInt8(text.count >> 8)]
    return [0x93] + Array("NUMPY".utf8) + [version, 0] + size
      + (version > 1 ? [0, 0] : []) + text + data
  }

  static func decode(_ file: [UInt8]) throws -> NDArray {
    try NPY.decode(file, options: .init(), policy: .strict)
  }

  @Test("the header is that of numpy, byte for byte")
  func header() throws {
    for (shape, text) in [
      ([2, 3], "{'descr': '<u2', 'fortran_order': False, 'shape': (2, 3), }"),
      ([5], "{'descr': '<u2', 'fortran_order': False, 'shape': (5,), }"),
      ([], "{'descr': '<u2', 'fortran_order': False, 'shape': (), }"),
    ] as [([Int], String)] {
      let image = try NDArray(zeros: shape, dtype: .uint16)
      let spaces = String(repeating: " ", count: 117 - text.utf8.count)
      let expected = Self.file(
        text + spaces + "\n", image.array(as: UInt16.self).flatMap { _ in [0, 0] })
      let file = try NPY.encode(image)
      #expect(file == expected)
    }
    // 64 axes: the header grows, and stays aligned.
    let deep = try NDArray(zeros: [Int](repeating: 1, count: 64), dtype: .bool)
    let file = try NPY.encode(deep)
    #expect((file.count - 1) % 64 == 0)
    let back = try Self.decode(file)
    #expect(back == deep)
  }

  @Test("every type and rank comes back", arguments: DType.allCases)
  func roundTrip(dtype: DType) throws {
    var generator = SeededGenerator(seed: 3)
    for shape in [[], [0], [7], [3, 5], [2, 0, 4], [2, 3, 4], [2, 1, 3, 2]] {
      let count = shape.reduce(1, *)
      var bytes = generator.bytes(count * dtype.byteCount)
      if dtype == .bool { bytes = bytes.map { $0 & 1 } }
      let image = try NDArray(shape: shape, dtype: dtype) { $0.append(bytes.rawSpan) }
      let file = try NPY.encode(image)
      let back = try Self.decode(file)
      #expect(back == image, "\(shape)")
      let properties = try NPY.inspect(file.rawSpan, options: .init(), policy: .strict)
      #expect(properties == ImageProperties(shape: shape, dtype: dtype))
    }
  }

  @Test("big-endian numbers and column-major axes are put in order")
  func order() throws {
    let swapped = Self.file(
      "{'descr': '>i2', 'fortran_order': False, 'shape': (2, 2)}\n", [0, 1, 0, 2, 0xFF, 0xFF, 1, 0])
    #expect(try Self.decode(swapped).array(as: Int16.self) == [1, 2, -1, 256])
    let columns = Self.file(
      "{'descr': '|u1', 'fortran_order': True, 'shape': (2, 3)}\n", [1, 4, 2, 5, 3, 6])
    #expect(try Self.decode(columns).array(as: UInt8.self) == [1, 2, 3, 4, 5, 6])
    let both = Self.file(
      "{'descr': '>u2', 'fortran_order': True, 'shape': (1, 2, 2)}", [0, 1, 0, 3, 0, 2, 0, 4])
    #expect(try Self.decode(both).array(as: UInt16.self) == [1, 2, 3, 4])
    let complex = Self.file(
      "{'descr': '>c8', 'fortran_order': False, 'shape': ()}", [0x3F, 0x80, 0, 0, 0xC0, 0, 0, 0])
    let number = try Self.decode(complex).array(as: Complex<Float>.self)
    #expect(number == [Complex(1, -2)])
    let truths = Self.file(
      "{'descr': '|b1', 'fortran_order': False, 'shape': (4,)}", [0, 1, 2, 255])
    #expect(try Self.decode(truths).array(as: Bool.self) == [false, true, true, true])
  }

  @Test("either order of bytes and axes of every type", arguments: DType.allCases)
  func orders(dtype: DType) throws {
    var generator = SeededGenerator(seed: 5)
    let size = dtype.byteCount
    let wordSize = dtype.isComplex ? size / 2 : size
    for shape in [[70], [33, 70], [65, 2, 3], [2, 3, 1, 4], [4, 0, 3]] {
      let bytes = generator.bytes(shape.reduce(1, *) * size).map { dtype == .bool ? $0 & 1 : $0 }
      let image = try NDArray(shape: shape, dtype: dtype) { $0.append(bytes.rawSpan) }
      let header = try NPY.encode(image).dropLast(bytes.count)
      for (swaps, isColumnMajor) in [(true, false), (false, true), (true, true)] {
        var text = String(decoding: header.dropFirst(10), as: UTF8.self)
        if swaps, size > 1 { text.replace("<", with: ">") }
        if isColumnMajor { text.replace("False", with: "True ") }
        var data = bytes
        for index in 0..<(bytes.count / size) {
          var (rest, place, stride) = (index, 0, shape.reduce(1, *))
          for length in shape.reversed() where isColumnMajor {
            stride /= length
            place += rest % length * stride
            rest /= length
          }
          for k in 0..<size {
            let swapped = k / wordSize * wordSize + (wordSize - 1 - k % wordSize)
            data[(isColumnMajor ? place : index) * size + (swaps ? swapped : k)] =
              bytes[index * size + k]
          }
        }
        let back = try Self.decode(Self.file(text, data))
        #expect(back == image, "\(shape) \(swaps) \(isColumnMajor)")
      }
    }
  }

  @Test("versions 2 and 3, Python 2's numbers, other quotes, any order of keys")
  func variants() throws {
    for file in [
      Self.file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", [7, 8], version: 2),
      Self.file("{'descr': '|u1', 'fortran_order': False, 'shape': (2,), }\n", [7, 8], version: 3),
      Self.file("{\"shape\":(2L,),\"descr\":\"u1\",\"fortran_order\":False}", [7, 8]),
      Self.file("{ 'fortran_order' : True , 'shape' : ( 2 , ) , 'descr' : '=u1' } \n", [7, 8]),
    ] {
      #expect(try Self.decode(file).array(as: UInt8.self) == [7, 8])
    }
  }

  @Test("what is not an array of numbers is unsupported, what is no header corrupt")
  func refused() throws {
    let rest = "'fortran_order': False, 'shape': (2,)}"
    for descr in ["'|O'", "'<U3'", "'|S2'", "'<M8[ns]'", "'|V4'", "[('a', '<i4')]", "'<f16'"] {
      let error = try #require(throws: CodecError.self) {
        try Self.decode(Self.file("{'descr': \(descr), \(rest)", [0, 0]))
      }
      #expect(error.kind == .unsupported, "\(descr)")
    }
    for text in [
      "", "{", "{}", "{'descr': 'u1'}", "{'descr': 'u1', \(rest)}", "{'descr': 'u1, \(rest)",
      "{'descr': 'u1', 'fortran_order': 0, 'shape': (2,)}", "{'descr': '\\x75', \(rest)",
      "{'descr': 'u1', 'fortran_order': False, 'shape': (-2,)}",
      "{'descr': 'u1', 'fortran_order': False, 'shape': 2}",
      "{'descr': 'u1', 'fortran_order': False, 'shape': (99999999999999999999,)}",
      "{'descr': 'u1', 'descr': 'u1', \(rest)", "{'descr': 'u1', 'more': 'u1', \(rest)",
    ] {
      let error = try #require(throws: CodecError.self) {
        try Self.decode(Self.file(text, [0, 0]))
      }
      #expect(error.kind == .corrupt, "\(text)")
      #expect(error.offset != nil, "\(text)")
    }
    let error = try #require(throws: CodecError.self) {
      try Self.decode(Self.file("{'descr': 'u1', \(rest)", [0, 0], version: 4))
    }
    #expect(error.kind == .unsupported)
  }

  @Test("every prefix is an error, what follows the array a warning")
  func truncation() throws {
    let file = try NPY.encode(try NDArray([1, 2, 3, 4] as [UInt16], shape: [2, 2]))
    for length in 0..<file.count {
      #expect(throws: CodecError.self, "\(length)") { try Self.decode(Array(file[..<length])) }
    }
    var diagnostics = Diagnostics()
    let longer = file + [0]
    _ = try NPY.decode(longer.rawSpan, diagnostics: &diagnostics)
    #expect(diagnostics.warnings.count == 1)
    #expect(throws: CodecError.self) { try Self.decode(longer) }
  }

  @Test("limits hold, also for empty arrays of endless axes")
  func limits() throws {
    let file = try NPY.encode(try NDArray([1, 2, 3, 4] as [UInt16], shape: [2, 2]))
    let empty = Self.file(
      "{'descr': 'u1', 'fortran_order': False, 'shape': (0, 1073741824, 1073741824, 1073741824)}")
    for (file, limits) in [
      (file, Limits(maxDimension: 1)), (file, Limits(maxImageBytes: 7)),
      (file, Limits(maxMetadataItemBytes: 64)), (empty, Limits()),
    ] {
      let error = try #require(throws: CodecError.self) {
        try NPY.decode(file, options: .init(), policy: DecodePolicy(limits: limits))
      }
      guard case .limitExceeded = error.kind else {
        Issue.record("\(error)")
        continue
      }
    }
  }

  @Test("the outline claims every byte once, also of a damaged file")
  func outline() throws {
    let file = try NPY.encode(try NDArray([1, 2, 3, 4] as [UInt16], shape: [2, 2]))
    for bytes in [file, file + [1, 2], Array(file.dropLast(3)), Array(file[..<50]), []] {
      let outline = try NPY.outline(Bytes(bytes), policy: .default)
      #expect(outline.unclaimed == [] && outline.overlaps == [])
    }
  }
}
