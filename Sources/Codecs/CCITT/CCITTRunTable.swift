// SPDX-License-Identifier: Apache-2.0

/// Finds the run-length code at the front of 13 bits.
///
/// One table per colour, each entry `run << 4 | code length`; 0 where no code begins.
struct CCITTRunTable: Sendable {
  /// The longest code.
  static var bitCount: Int { 13 }

  private let white: [UInt16]
  private let black: [UInt16]

  init() {
    white = Self.table(
      terminating: CCITTTables.whiteTerminating, makeUp: CCITTTables.whiteMakeUp)
    black = Self.table(
      terminating: CCITTTables.blackTerminating, makeUp: CCITTTables.blackMakeUp)
  }

  /// The run of a code and the code's length, from the next 13 bits; `nil` when there is no code.
  ///
  /// A run of 64 and more is followed by another of the same colour.
  func code(_ bits: Int, isBlack: Bool) -> (run: Int, bitCount: Int)? {
    let entry = Int(isBlack ? black[bits] : white[bits])
    return entry == 0 ? nil : (entry >> 4, entry & 15)
  }

  private static func table(
    terminating: InlineArray<64, UInt16>, makeUp: InlineArray<27, UInt16>
  ) -> [UInt16] {
    let extended = CCITTTables.extendedMakeUp
    var table = [UInt16](repeating: 0, count: 1 << bitCount)
    for i in 0..<64 { add(terminating[i], run: i, to: &table) }
    for i in 0..<27 { add(makeUp[i], run: (i + 1) * 64, to: &table) }
    for i in 0..<13 { add(extended[i], run: (i + 28) * 64, to: &table) }
    return table
  }

  /// Fills the entries that begin with `code`.
  private static func add(_ code: UInt16, run: Int, to table: inout [UInt16]) {
    let length = 15 - code.leadingZeroBitCount
    let shift = bitCount - length
    let first = Int(code ^ 1 << UInt16(length)) << shift
    for entry in first..<(first + 1 << shift) { table[entry] = UInt16(run << 4 | length) }
  }
}
