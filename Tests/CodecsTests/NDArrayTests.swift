// SPDX-License-Identifier: Apache-2.0

import Codecs
import Testing

@Suite struct NDArrayTests {
  @Test func aSliceSharesMemoryUntilItIsWritten() throws {
    let whole = try NDArray([1, 2, 3, 4] as [UInt16], shape: [2, 2])
    var row = whole[1]
    try row.withMutableElements(as: UInt16.self) { (elements) throws(CodecError) in
      elements[0] = 9
    }
    #expect(whole.array(as: UInt16.self) == [1, 2, 3, 4])
    #expect(row.array(as: UInt16.self) == [9, 4])
    #expect(whole[0..<1].shape == [1, 2])
    #expect(whole[1..<2].array(as: UInt16.self) == [3, 4])
    #expect(whole[1..<1].array(as: UInt16.self) == [])
  }

  @Test func stackAddsAFirstAxisAndRefusesMixtures() throws {
    let a = try NDArray([1, 2] as [Float], shape: [2])
    let both = try NDArray.stack([a, a])
    #expect(both.shape == [2, 2])
    #expect(both.array(as: Float.self) == [1, 2, 1, 2])
    #expect(throws: CodecError.self) { try NDArray.stack([a, both]) }
    #expect(throws: CodecError.self) { try NDArray.stack([]) }
  }

  @Test func aShapeOverTheLimitIsRefusedBeforeMemoryIsAsked() throws {
    let error = #expect(throws: CodecError.self) {
      try NDArray(zeros: [1 << 20, 1 << 20], dtype: .float64)
    }
    #expect(error?.kind == .limitExceeded(.imageBytes))
    let overflow = #expect(throws: CodecError.self) {
      try NDArray(zeros: [1 << 30, 1 << 30, 1 << 30], dtype: .uint8)
    }
    #expect(overflow?.kind == .limitExceeded(.pixels))
    let negative = #expect(throws: CodecError.self) { try NDArray(zeros: [-1], dtype: .uint8) }
    #expect(negative?.kind == .limitExceeded(.dimension))
  }

  @Test func aBodyThatWritesTooLittleIsTruncated() {
    let error = #expect(throws: CodecError.self) {
      try NDArray(shape: [4], dtype: .uint8) { (output) throws(CodecError) in
        output.append(UInt8(1))
      }
    }
    #expect(error?.kind == .truncated(needed: 3))
  }

  @Test func reshapeKeepsTheElementsAndRefusesAnotherCount() throws {
    let a = try NDArray([1, 2, 3, 4, 5, 6] as [Int32], shape: [2, 3])
    #expect(try a.reshaped([3, 2]).array(as: Int32.self) == [1, 2, 3, 4, 5, 6])
    #expect(throws: CodecError.self) { try a.reshaped([4, 2]) }
    #expect(throws: CodecError.self) { try a.reshaped([-2, -3]) }
  }

  @Test(arguments: DType.allCases)
  func planarAndContiguousUndoEachOther(dtype: DType) throws {
    let bytes = (0..<(2 * 3 * 4 * dtype.byteCount)).map { UInt8($0 % 251) }
    let image = try NDArray(shape: [2, 3, 4], dtype: dtype) { (output) throws(CodecError) in
      for byte in bytes { output.append(dtype == .bool ? byte & 1 : byte) }
    }
    let planar = try image.planar()
    #expect(planar.shape == [4, 2, 3])
    #expect(try planar.contiguous() == image)
  }

  @Test func planarPutsChannelsFirst() throws {
    let image = try NDArray([1, 2, 3, 4, 5, 6] as [UInt8], shape: [1, 2, 3])
    #expect(try image.planar().array(as: UInt8.self) == [1, 4, 2, 5, 3, 6])
    let stack = try NDArray(Array(0..<12) as [UInt8], shape: [2, 1, 2, 3])
    #expect(try stack.planar().shape == [2, 3, 1, 2])
    #expect(try stack.planar()[1].array(as: UInt8.self) == [6, 9, 7, 10, 8, 11])
  }

  @Test func equalityIsByShapeTypeAndBytes() throws {
    let a = try NDArray([1, 2] as [UInt8], shape: [2])
    #expect(try a == NDArray([1, 2] as [UInt8], shape: [2]))
    #expect(try a != NDArray([1, 2] as [UInt8], shape: [1, 2]))
    #expect(try a != NDArray([1, 2] as [Int8], shape: [2]))
    #expect(
      try NDArray([Double.nan], shape: [1]) == NDArray([Double.nan], shape: [1]))
  }

  @Test func aWrongElementTypeTraps() async {
    await #expect(processExitsWith: .failure) {
      let array = try NDArray(zeros: [1], dtype: .uint8)
      _ = array.elements(as: Float.self).count
    }
  }
}

@Suite struct CastTests {
  @Test func integersClampUnlessToldOtherwise() throws {
    let values = try NDArray([-5, 0, 200, 300, 70_000] as [Int32], shape: [5])
    #expect(try values.cast(to: .uint8).array(as: UInt8.self) == [0, 0, 200, 255, 255])
    #expect(
      try values.cast(to: .uint8, overflow: .wrap).array(as: UInt8.self) == [251, 0, 200, 44, 112])
    let error = #expect(throws: CodecError.self) { try values.cast(to: .uint8, overflow: .fail) }
    #expect(error?.kind == .invalidArgument)
  }

  @Test func floatsRoundAsNamed() throws {
    let values = try NDArray([0.5, 1.5, 2.5, -0.5, -1.7, 300, .nan, -.infinity], shape: [8])
    #expect(try values.cast(to: .int16).array(as: Int16.self) == [0, 2, 2, 0, -2, 300, 0, .min])
    #expect(
      try values.cast(to: .uint8, rounding: .towardZero).array(as: UInt8.self)
        == [0, 1, 2, 0, 0, 255, 0, 0])
    #expect(throws: CodecError.self) { try values.cast(to: .int64, overflow: .fail) }
  }

  @Test(arguments: DType.allCases, DType.allCases)
  func smallNumbersSurviveEveryPairOfTypes(from: DType, to: DType) throws {
    let ones = try NDArray([true, false, true], shape: [3]).cast(to: from)
    let there = try ones.cast(to: to)
    #expect(there.dtype == to)
    #expect(try there.cast(to: .float64).array(as: Double.self) == [1, 0, 1])
  }

  @Test func largeUnsignedValuesDoNotBecomeNegative() throws {
    let values = try NDArray([UInt64.max, 1], shape: [2])
    #expect(try values.cast(to: .int64).array(as: Int64.self) == [.max, 1])
    #expect(
      try values.cast(to: .float64).array(as: Double.self) == [18_446_744_073_709_551_616, 1])
  }
}

/// The vectors that imageio's own tests use for `image_as_uint`.
@Suite struct ImageAsUIntTests {
  @Test func unitFloatsAreScaled() throws {
    let unit = try NDArray([0, 0.25, 0.5, 0.75, 1], shape: [5])
    #expect(try unit.stretchedToUInt8().array(as: UInt8.self) == [0, 64, 127, 191, 255])
  }

  @Test func otherIntegersAreStretched() throws {
    let values = try NDArray([0, 1, 2, 3] as [Int32], shape: [4])
    #expect(try values.stretchedToUInt8().array(as: UInt8.self) == [0, 85, 170, 255])
    let bytes = try NDArray([3, 200] as [UInt8], shape: [2])
    #expect(try bytes.stretchedToUInt16().array(as: UInt16.self) == [0, 65_535])
  }

  @Test func unsignedTypesKeepTheirHighBits() throws {
    let words = try NDArray([0, 255, 256, 65_535] as [UInt16], shape: [4])
    #expect(try words.stretchedToUInt8().array(as: UInt8.self) == [0, 0, 1, 255])
    let longs = try NDArray([0, UInt64.max], shape: [2])
    #expect(try longs.stretchedToUInt8().array(as: UInt8.self) == [0, 255])
    #expect(try longs.stretchedToUInt16().array(as: UInt16.self) == [0, 65_535])
    let ints = try NDArray([0, UInt32.max], shape: [2])
    #expect(try ints.stretchedToUInt16().array(as: UInt16.self) == [0, 65_535])
  }

  @Test func halvesRoundAsImageioDoes() throws {
    let low = try NDArray([0, 1.4 / 255, 1.6 / 255, 254.4 / 255, 254.6 / 255, 1], shape: [6])
    #expect(try low.stretchedToUInt8().array(as: UInt8.self) == [0, 1, 2, 254, 255, 255])
  }

  @Test func constantsWrapAndInfinitiesAreRefused() throws {
    let constant = try NDArray([300, 300] as [Int16], shape: [2])
    #expect(try constant.stretchedToUInt8().array(as: UInt8.self) == [44, 44])
    let nan = try NDArray([0, Float.nan, 1], shape: [3])
    #expect(try nan.stretchedToUInt8().array(as: UInt8.self) == [0, 0, 255])
    let infinite = try NDArray([0, Float.infinity], shape: [2])
    #expect(throws: CodecError.self) { try infinite.stretchedToUInt8() }
    let flags = try NDArray([true], shape: [1])
    #expect(throws: CodecError.self) { try flags.stretchedToUInt8() }
  }

  @Test func theOwnTypeIsReturnedUnchanged() throws {
    let bytes = try NDArray([7, 9] as [UInt8], shape: [2])
    #expect(try bytes.stretchedToUInt8() == bytes)
  }
}
