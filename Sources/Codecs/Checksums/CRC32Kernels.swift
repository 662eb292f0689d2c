// SPDX-License-Identifier: Apache-2.0

extension CRC32 {
  /// The register (not inverted) after `bytes`.
  @inline(never)
  static func advance(_ register: UInt32, _ bytes: RawSpan) -> UInt32 {
    unsafe bytes.withUnsafeBytes { bytes in
      unsafe tables.span.withUnsafeBufferPointer { tables in
        let table = unsafe tables.baseAddress.unsafelyUnwrapped
        var register = register
        var i = 0
        guard let base = bytes.baseAddress else { return register }
        // In bounds: i + 8 ≤ count; each index is a byte plus 256 k.
        while i &+ 8 <= bytes.count {
          let word =
            unsafe UInt64(littleEndian: base.loadUnaligned(fromByteOffset: i, as: UInt64.self))
            ^ UInt64(register)
          var next: UInt32 = 0
          for k in 0..<8 {
            let byte = Int(truncatingIfNeeded: word &>> UInt64(truncatingIfNeeded: k &* 8) & 0xFF)
            next ^= unsafe table[(7 &- k) &* 256 &+ byte]
          }
          register = next
          i &+= 8
        }
        while i < bytes.count {
          let byte = unsafe base.load(fromByteOffset: i, as: UInt8.self)
          register = unsafe table[Int(UInt8(truncatingIfNeeded: register) ^ byte)] ^ register &>> 8
          i &+= 1
        }
        return register
      }
    }
  }
}
