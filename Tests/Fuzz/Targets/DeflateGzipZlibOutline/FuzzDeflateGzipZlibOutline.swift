// SPDX-License-Identifier: Apache-2.0
// Seeds: gzip zlib deflate
import Codecs
import FuzzSupport

/// Any bytes as a stream: its outlines claim each byte once, and its blocks agree with the decoder.
@_cdecl("LLVMFuzzerTestOneInput")
public func fuzz(_ start: UnsafePointer<UInt8>, _ count: Int) -> CInt {
  var input = unsafe FuzzInput(start, count)
  let kind = input.int(0...2)
  let bytes = Bytes(Array(input.bytes[input.position...]))
  switch kind {
  case 0: checkOutlines(Gzip.self, bytes)
  case 1: checkOutlines(Zlib.self, bytes)
  default:
    checkOutlines(Deflate.self, bytes)
    checkBlocks(bytes)
  }
  return 0
}

private func checkOutlines(_ format: any DeepOutlinedFormat.Type, _ bytes: Bytes) {
  let policy = DecodePolicy()
  for isDeep in [false, true] {
    guard
      let outline = isDeep
        ? try? format.deepOutline(bytes, policy: policy)
        : try? format.outline(bytes, policy: policy)
    else { return require(false, "the outline throws") }
    require(outline.unclaimed.isEmpty, "unclaimed bytes")
    require(outline.overlaps.isEmpty, "bytes claimed twice")
  }
}

private func checkBlocks(_ bytes: Bytes) {
  var limits = Limits.default
  limits.maxOutputBytes = 1 << 20
  var decoded: [UInt8] = []
  var failure: CodecError?
  do throws(CodecError) {
    decoded = try Deflate.decode(bytes.span, limits: limits)
  } catch { failure = error }
  if case .limitExceeded? = failure?.kind { return }
  var reader = Deflate.BlockReader(bytes.span)
  do throws(CodecError) {
    var end = 0
    while let block = try reader.next() {
      require(block.bits.lowerBound == end, "a gap between blocks")
      end = block.bits.upperBound
    }
    require(failure == nil, "only the decoder fails, with \(failure?.description ?? "")")
    require(reader.outputByteCount == decoded.count, "the blocks give another size")
  } catch {
    // The two take bits in other portions, so that one may see the end where the other sees a fault.
    require(failure != nil, "only the blocks fail, with \(error)")
  }
}
