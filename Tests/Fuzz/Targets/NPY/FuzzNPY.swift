// SPDX-License-Identifier: Apache-2.0
// Seeds: npy npy/npyio npy/numpy
// Options: -max_len=2000

import Codecs
import FuzzSupport

/// Any bytes decode or throw, the outline claims every byte once, and arrays of any type are read
/// back as they were written.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let file = input.bytes
  let policy = DecodePolicy.fuzzing
  if let image = try? NPY.decode(file, options: .init(), policy: policy) {
    let properties = try? NPY.inspect(file.rawSpan, options: .init(), policy: policy)
    require(
      properties?.shape == image.shape && properties?.dtype == image.dtype,
      "other properties than the image")
    check(image)
  }
  if let outline = try? NPY.outline(Bytes(file), policy: policy) {
    require(outline.unclaimed.isEmpty && outline.overlaps.isEmpty, "bytes not claimed once")
  }
  let dtype = input.pick(DType.allCases)
  let shape = (0..<input.int(0...5)).map { _ in input.int(0...4) }
  let mask: UInt8 = dtype == .bool ? 1 : 255
  let bytes = input.fill(shape.reduce(dtype.byteCount, *)).map { $0 & mask }
  do throws(CodecError) {
    let image = try NDArray(shape: shape, dtype: dtype) { (output) throws(CodecError) in
      output.append(bytes.rawSpan)
    }
    check(image)
  } catch { require(false, "\(shape): \(error)") }
  return 0
}

func check(_ image: NDArray) {
  do throws(CodecError) {
    let back = try NPY.decode(try NPY.encode(image), options: .init(), policy: .strict)
    require(back == image, "\(image.shape) differs")
  } catch { require(false, "\(image.shape): \(error)") }
}
